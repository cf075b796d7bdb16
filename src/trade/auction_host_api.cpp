// HTTP face of those who run a sale: announce, admit, suspend, open under keys, console.
#include <algorithm>

#include "party/once_api.h"
#include "party/organisation.h"
#include "party/party_api.h"
#include "trade/auction_api.h"
#include "trade/auction_view.h"

namespace trade {

using base::json::array;
using base::json::object;

namespace {

base::Result<Admission> read_admission(store::Reader& reader, const object& body,
                                       base::Currency currency) {
    Admission admission;
    admission.organisation =
        TRY(base::Id<party::Organisation>::parse(TRY(base::require_text(body, "organisation"))));
    auto organisation = party::Organisations::find(reader, admission.organisation);
    if (!organisation) return base::refuse(base::not_found("organisation_unknown"));
    admission.name = organisation->name;
    std::string deposit = base::text_at(body, "deposit");
    admission.deposit = base::Money{0, currency};
    if (!deposit.empty()) admission.deposit = TRY(base::Money::parse(deposit, currency));
    admission.priority_rank = static_cast<int>(base::integer_at(body, "priority_rank").value_or(0));
    if (base::text_at(body, "seat") == "priority_only") {
        admission.seat = Admission::Seat::priority_only;
    }
    return admission;
}

base::Result<AuctionDraft> read_draft(store::Reader& reader, const object& body,
                                      const party::Actor& actor, const AuctionPresets& presets,
                                      base::Time now) {
    AuctionDraft draft;
    draft.title = TRY(base::require_text(body, "title"));
    draft.host = actor.organisation;
    draft.place = base::text_at(body, "place");
    draft.entry = base::text_at(body, "entry");
    draft.seller =
        TRY(base::Id<party::Organisation>::parse(TRY(base::require_text(body, "seller"))));
    if (!party::Organisations::find(reader, draft.seller)) {
        return base::refuse(base::not_found("organisation_unknown"));
    }
    Parameters parameters;
    for (const auto& [name, value] : base::object_at(body, "parameters")) {
        if (value.is_string()) parameters[std::string(name)] = value.as_string();
    }
    base::Time day = base::start_of_day(base::date_in_shanghai(now));
    draft.rules =
        TRY(rules_from_preset(presets, TRY(base::require_text(body, "preset")), parameters, day));
    for (const base::json::value& item : base::array_at(body, "bidders")) {
        object bidder = TRY(base::require_object(item));
        draft.bidders.push_back(TRY(read_admission(reader, bidder, draft.rules.currency)));
    }
    draft.key_holders = TRY(read_key_holders(body));
    draft.agent_allowed = base::bool_at(body, "agent_allowed");
    return draft;
}

}  // namespace

base::Result<std::vector<KeyHolder>> read_key_holders(const object& body) {
    std::vector<KeyHolder> holders;
    for (const base::json::value& item : base::array_at(body, "key_holders")) {
        const object holder = TRY(base::require_object(item));
        holders.push_back(
            {TRY(base::Id<party::Account>::parse(TRY(base::require_text(holder, "account")))),
             TRY(base::require_text(holder, "name")),
             TRY(base::require_text(holder, "public_key"))});
    }
    return holders;
}

void AuctionApi::mount_hosting(http::Router& router) {
    auto call = [this](auto member) {
        return [this, member](const http::Request& request) { return (this->*member)(request); };
    };
    router.post("/api/auctions",
                {.summary = "Announce a sale by a rule set of the region",
                 .signed_in = true,
                 .creates = true},
                call(&AuctionApi::announce));
    router.post("/api/auctions/{id}/bidders",
                {.summary = "Admit a bidder", .signed_in = true, .creates = true},
                call(&AuctionApi::admit));
    router.post("/api/auctions/{id}/acts",
                {.summary = "Suspend, resume, outage, annul, withdraw, score, declare a default",
                 .signed_in = true},
                call(&AuctionApi::operate));
    router.post("/api/auctions/{id}/key",
                {.summary = "A key holder's secret key, after the close", .signed_in = true},
                call(&AuctionApi::give_key));
    router.get(
        "/api/auctions/{id}/console",
        {.summary = "What the host and the supervisor see beyond the public", .signed_in = true},
        call(&AuctionApi::console));
}

base::Result<http::Reply> AuctionApi::announce(const http::Request& request) const {
    object body = TRY(request.json());
    party::Actor actor = party::actor_of(request);
    return party::write_once(
        *parts_.database, request,
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            AuctionDraft draft =
                TRY(read_draft(transaction, body, actor, presets(), transaction.now()));
            Auction made = TRY(desk().auctions().announce(transaction, actor, draft));
            return http::created(summary_json(made), "/api/auctions/" + made.id.text());
        });
}

base::Result<http::Reply> AuctionApi::admit(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    object body = TRY(request.json());
    party::Actor actor = party::actor_of(request);
    return party::write_once(
        *parts_.database, request,
        [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            Auction auction = TRY(Auctions::require(transaction, id));
            Admission admission = TRY(read_admission(transaction, body, auction.rules.currency));
            TRY(desk().auctions().admit(transaction, actor, id, admission));
            // The alias is told to the bidder only.
            return http::created(object{{"admitted", true}}, "/api/auctions/" + id.text());
        });
}

base::Result<http::Reply> AuctionApi::operate(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    object body = TRY(request.json());
    Event event;
    std::string act = TRY(base::require_text(body, "act"));
    auto action =
        act == "declare_default" ? std::optional(Action::declare_default) : parse_action(act);
    if (!action) return base::refuse(refusal_of(Code::malformed_request));
    event.action = *action;
    event.subject = base::text_at(body, "bidder");
    event.document = base::text_at(body, "document");
    for (const auto& [alias, points] : base::object_at(body, "points")) {
        if (points.is_string()) event.points[std::string(alias)] = points.as_string();
    }
    Outcome outcome = TRY(bidding_.operate(party::actor_of(request), id, std::move(event),
                                           base::text_at(body, "ground")));
    auto view = TRY(desk().view(id));
    object answer = to_json(*view, desk().now());
    answer["code"] = name_of(outcome.code);
    return http::ok(answer);
}

base::Result<http::Reply> AuctionApi::give_key(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    object body = TRY(request.json());
    std::string key = TRY(base::require_text(body, "secret_key"));
    TRY(desk().give_key(id, party::actor_of(request), key));
    return http::ok(to_json(*TRY(desk().view(id)), desk().now()));
}

/// Names without aliases while bidding runs: who is who then only the supervisor sees, and each look
/// stands in the log.
base::Result<http::Reply> AuctionApi::console(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    party::Actor actor = party::actor_of(request);
    auto view = TRY(desk().view(id));
    const party::Permissions& permissions = desk().auctions().permissions();
    auto keys = TRY(parts_.database->read<std::vector<rows::StoredKey>>(
        [&](store::Reader& reader) -> base::Result<std::vector<rows::StoredKey>> {
            return rows::keys(reader, id);
        }));
    bool holds_key = std::ranges::any_of(keys, [&](const rows::StoredKey& key) {
        return actor.signed_in() && key.holder.account == actor.account;
    });
    if (!holds_key) {
        TRY(permissions.require(actor, "auction.supervise", view->auction.standing()));
    }
    bool identifies = view->auction.is_over() ||
                      permissions.may(actor, "auction.identify", view->auction.standing());
    object answer = to_json(*view, desk().now());
    auto seats = TRY(parts_.database->write<std::vector<AuctionSeat>>(
        [&](store::Transaction& transaction) -> base::Result<std::vector<AuctionSeat>> {
            if (identifies && !view->auction.is_over()) {
                transaction.append(
                    {actor.log_name(), view->auction.place, id.text(), "auction.identified", "{}"});
            }
            return Auctions::seats(transaction, id);
        }));
    if (!identifies) std::ranges::sort(seats, {}, &AuctionSeat::name);
    array people;
    for (const AuctionSeat& seat : seats) {
        object person{{"name", seat.name},
                      {"organisation", seat.organisation.text()},
                      {"deposit", seat.deposit.to_string()}};
        if (identifies) person["alias"] = seat.alias;
        people.push_back(std::move(person));
    }
    answer["seats"] = std::move(people);
    array holders;
    for (const rows::StoredKey& key : keys) {
        holders.push_back(object{{"holder", key.holder.name},
                                 {"given", key.given_at.has_value()},
                                 {"yours", key.holder.account == actor.account}});
    }
    answer["keys"] = std::move(holders);
    answer["may_operate"] = permissions.may(actor, "auction.operate", view->auction.standing());
    return http::ok(answer).with_header("Cache-Control", "no-store");
}

}  // namespace trade
