// HTTP face of agreements (struct NegotiationApi). Rules are in agreement.cpp.

#include "contract/negotiation_api.h"

namespace contract {

namespace {

namespace json = base::json;

json::value show(const Confirmation& confirmation) {
    if (!confirmation.given()) return nullptr;
    return json::object{{"by", confirmation.account_name}, {"at", base::to_iso(*confirmation.at)}};
}

base::Result<base::Id<Agreement>> agreement_id(const http::Request& request) {
    const auto id = base::Id<Agreement>::parse(request.value("id"));
    if (!id) return base::refuse(base::not_found("agreement_unknown"));
    return *id;
}

base::Result<http::Reply> propose(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(contact_id(request));
    const std::int64_t version = TRY(version_if_given(request));
    const json::object body = TRY(request.json());
    return party::write_once(
        api.database, request, [&](store::Transaction& transaction) -> base::Result<http::Reply> {
            TRY(api.rooms.enter(transaction, session->actor, id));
            const Agreement agreement =
                TRY(api.agreements.propose(transaction, session->actor, id, body, version));
            const json::object shown =
                TRY(show_agreement(api, transaction, agreement, session->actor, request.language));
            return http::created(shown, "/api/agreements/" + agreement.id.text())
                .with_version(shown.at("version").as_int64());
        });
}

base::Result<http::Reply> read_agreement(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(agreement_id(request));
    const json::object shown = TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const Agreement agreement = TRY(api.agreements.read(reader, session->actor, id));
            return show_agreement(api, reader, agreement, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

base::Result<http::Reply> list_agreements(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
    return http::ok(TRY(
        api.database.read<json::object>([&](store::Reader& reader) -> base::Result<json::object> {
            const auto agreements =
                Agreements::list(reader, session->actor, request.query_or("after"), limit);
            json::array list;
            for (const Agreement& agreement : agreements) {
                json::object shown =
                    TRY(show_agreement(api, reader, agreement, session->actor, request.language));
                list.push_back(std::move(shown));
            }
            json::object answer{{"agreements", std::move(list)}};
            if (agreements.size() == limit) answer["next"] = agreements.back().id.text();
            return answer;
        })));
}

base::Result<http::Reply> advance(const NegotiationApi& api, const http::Request& request) {
    const auto session = TRY(party::require_session(request));
    const auto id = TRY(agreement_id(request));
    const std::string& transition = request.value("transition");
    if (transition != "confirm" && transition != "abandon")
        return base::refuse(base::not_found("transition_unknown"));
    // Nobody confirms terms that changed while he was reading.
    const std::int64_t version = TRY(request.if_match());
    const json::object body = request.body.empty() ? json::object() : TRY(request.json());
    const std::string text = TRY(member_text(body, "text"));
    const json::object shown = TRY(api.database.write<json::object>(
        [&](store::Transaction& transaction) -> base::Result<json::object> {
            const Agreement agreement =
                TRY(transition == "confirm"
                        ? api.agreements.confirm(transaction, session->actor, id, version)
                        : api.agreements.abandon(transaction, session->actor, id, text, version));
            return show_agreement(api, transaction, agreement, session->actor, request.language);
        }));
    return http::ok(shown).with_version(shown.at("version").as_int64());
}

}  // namespace

base::Result<json::object> show_agreement(const NegotiationApi& api, store::Reader& reader,
                                          const Agreement& agreement, const party::Actor& actor,
                                          base::Language language) {
    const workflow::Cases& cases = api.agreements.cases();
    const workflow::Case item =
        TRY(cases.require(reader, Agreements::process, agreement.id.text()));
    const workflow::Process* process = cases.process(Agreements::process);
    const workflow::State* state = process->state(agreement.state);
    const Confirmation& mine =
        agreement.seller == actor.organisation ? agreement.by_seller : agreement.by_buyer;
    json::array steps;
    if (agreement.state == "proposed" && !mine.given()) steps.push_back("confirm");
    for (const workflow::Transition* transition : cases.available(item, actor))
        steps.push_back(json::value(transition->code));
    json::object shown{{"id", agreement.id.text()},
                       {"contact", agreement.contact.text()},
                       {"entry", agreement.entry.text()},
                       {"seller", show_side(reader, api.places, agreement.seller, language)},
                       {"buyer", show_side(reader, api.places, agreement.buyer, language)},
                       {"proposer", agreement.proposer.text()},
                       {"mine", agreement.seller == actor.organisation ? "seller" : "buyer"},
                       {"terms", agreement.body},
                       {"revision", agreement.revision},
                       {"seller_confirmed", show(agreement.by_seller)},
                       {"buyer_confirmed", show(agreement.by_buyer)},
                       {"needs_notice", agreement.needs_notice},
                       {"state", agreement.state},
                       {"state_title", state == nullptr ? "" : state->title.in(language)},
                       {"contract", agreement.contract},
                       {"transitions", std::move(steps)},
                       {"created_at", base::to_iso(agreement.created_at)},
                       {"version", agreement.version}};
    if (agreement.agreed_at) shown["agreed_at"] = base::to_iso(*agreement.agreed_at);
    return shown;
}

void NegotiationApi::mount_agreements(http::Router& router) const {
    const NegotiationApi api = *this;
    router.post("/api/rooms/{id}/agreement",
                {.summary = "Propose terms, or replace them (If-Match)",
                 .signed_in = true,
                 .creates = true},
                [api](const http::Request& request) { return propose(api, request); });
    router.get("/api/agreements", {.summary = "Our agreements, newest first", .signed_in = true},
               [api](const http::Request& request) { return list_agreements(api, request); });
    router.get("/api/agreements/form",
               {.summary = "The form of an agreement's terms", .signed_in = true},
               [api](const http::Request& request) -> base::Result<http::Reply> {
                   return http::ok(api.agreements.form().describe(request.language));
               });
    router.get("/api/agreements/{id}", {.summary = "One agreement", .signed_in = true},
               [api](const http::Request& request) { return read_agreement(api, request); });
    router.post("/api/agreements/{id}/{transition}",
                {.summary = "Confirm or abandon an agreement (If-Match)", .signed_in = true},
                [api](const http::Request& request) { return advance(api, request); });
}

}  // namespace contract
