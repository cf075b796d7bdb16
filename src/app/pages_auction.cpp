// Public pages of online bidding. What may be bid and by whom is judged by trade; here it is shown.
#include "app/pages_auction.h"

#include <algorithm>
#include <array>

#include "app/auction_feeds.h"
#include "base/hash.h"
#include "base/text.h"
#include "party/session_api.h"
#include "store/change_log.h"
#include "trade/auction_view.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using trade::Auction;

constexpr std::size_t history_shown = 200;

/// What the script of the room says in the reader's language.
constexpr std::array room_texts = {
    "yuan",           "left_to_open", "left_to_close", "left_to_step", "waiting",
    "suspended",      "outage",       "leads",         "behind",       "no_bid",
    "sealed_taken",   "won",          "not_won",       "price_best",   "price_start",
    "price_standing", "price_sealed", "price_final",   "sealed",       "leader",
    "leader_you",     "ends_at",      "line_on",       "line_off",     "receipt",
    "receipt_salt",   "no_answer",    "over"};
constexpr std::array phases = {
    "announced", "bidding",          "final_sealed",    "taker_sealed",   "taker_answer",
    "tie_round", "awaiting_quality", "priority_window", "priority_round", "closed",
    "offered",   "failed",           "awaiting_opening"};
constexpr std::array events = {"bid",
                               "accept",
                               "match",
                               "waive",
                               "opened",
                               "closed",
                               "failed",
                               "suspend",
                               "resume",
                               "outage_begins",
                               "outage_ends",
                               "round_closed",
                               "final_sealed",
                               "taker_sealed",
                               "taker_answer",
                               "tie_round",
                               "lots",
                               "quality",
                               "awaiting_quality",
                               "awaiting_opening",
                               "open",
                               "priority_window",
                               "priority_round",
                               "default",
                               "offer",
                               "accept_offer",
                               "decline_offer",
                               "lapse",
                               "offer_lapsed",
                               "admit",
                               "suspend_bidder",
                               "withdraw_sale",
                               "annul",
                               "deposit_received",
                               "refund_confirmed"};

std::string_view state_class(std::string_view phase) {
    if (phase == "closed") return "good";
    if (phase == "failed") return "bad";
    if (phase == "announced") return "warn";
    return "live";
}

/// What the bid pad says back when the page works without scripts.
struct Attempt {
    std::string fault;
    std::string taken;
    std::string typed;
    int status = 200;
};

class AuctionPages {
  public:
    AuctionPages(const PageView& view, const trade::AuctionApi& auctions)
        : view_(view), auctions_(auctions) {}

    base::Result<http::Reply> list(const http::Request& request) const;
    base::Result<http::Reply> room(const http::Request& request) const { return show(request, {}); }
    base::Result<http::Reply> bid(const http::Request& request) const;
    base::Result<http::Reply> agent(const http::Request& request) const;
    base::Result<http::Reply> roots(const http::Request& request) const;
    base::Result<http::Reply> calendar_file(const http::Request& request) const;
    base::Result<http::Reply> atom(const http::Request& request) const;

  private:
    base::Result<http::Reply> show(const http::Request& request, const Attempt& attempt) const;
    void add_price(const http::Request&, const object& sale, object& page) const;
    base::Status add_pad(const http::Request&, const Auction&, const object& sale,
                         const Attempt& attempt, object& page) const;
    base::Status add_history(const http::Request&, const base::Id<Auction>&, object& page) const;
    void add_rules(const http::Request&, const trade::AuctionRules&, object& page) const;
    void add_result(const http::Request&, const object& sale, object& page) const;
    array acts(const http::Request&, const trade::AuctionView&, const object& own) const;

    std::string say(const http::Request& request, std::string_view key,
                    const std::map<std::string, std::string>& values = {}) const {
        return view_.text(request, "auction." + std::string(key), values);
    }
    std::string money(const http::Request& request, const object& sale,
                      std::string_view key) const {
        return money(request, base::text_at(sale, key), base::text_at(sale, "currency"));
    }
    std::string money(const http::Request& request, std::string_view amount,
                      std::string_view currency) const;
    std::vector<Auction> some(trade::Auctions::Filter filter) const;

    const PageView& view_;
    const trade::AuctionApi& auctions_;
};

std::string AuctionPages::money(const http::Request& request, std::string_view amount,
                                std::string_view currency) const {
    auto code = base::Currency::parse(currency);
    auto read = base::Money::parse(amount, code ? *code : base::Currency());
    if (!read) return "–";
    if (read->currency == base::Currency()) return view_.yuan(request, *read);
    return read->to_grouped_string() + " " + std::string(currency);
}

std::vector<Auction> AuctionPages::some(trade::Auctions::Filter filter) const {
    auto found = view_.site().database->read<std::vector<Auction>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Auction>> {
            return trade::Auctions::list(reader, filter);
        });
    return found ? std::move(*found) : std::vector<Auction>();
}

base::Result<http::Reply> AuctionPages::list(const http::Request& request) const {
    using Stage = trade::Auctions::Filter::Stage;
    constexpr std::array<std::pair<std::string_view, Stage>, 4> stages = {
        {{"all", Stage::all},
         {"coming", Stage::coming},
         {"running", Stage::running},
         {"over", Stage::over}}};
    trade::Auctions::Filter filter{.after = request.query_or("after")};
    std::string wanted = request.query_or("stage", "all");
    array tabs;
    for (const auto& [name, stage] : stages) {
        if (wanted == name) filter.stage = stage;
        tabs.push_back(object{{"link", "/auctions?stage=" + std::string(name)},
                              {"text", say(request, "stage_" + std::string(name))},
                              {"current", wanted == name}});
    }
    base::Time now = view_.site().clock().now();
    array items;
    std::vector<Auction> found = some(filter);
    for (const Auction& auction : found) {
        object sale = trade::summary_json(auction);
        base::Time end = auction.closes_at.value_or(auction.rules.close);
        bool begun = now >= auction.rules.open;
        std::string phase = auction.phase == "announced" && begun ? "bidding" : auction.phase;
        object item{{"id", auction.id.text()},
                    {"title", auction.title},
                    {"state", say(request, "phase_" + phase)},
                    {"state_class", state_class(phase)},
                    {"type", say(request, "type_" + std::string(auction.rules.row().name))},
                    {"start", money(request, sale, "start")},
                    {"open", view_.moment(request, auction.rules.open)},
                    {"open_iso", base::to_iso(auction.rules.open)},
                    {"close", view_.moment(request, end)},
                    {"close_iso", base::to_iso(end)},
                    {"close_label", say(request, auction.is_over() ? "closed_at" : "closes")}};
        base::Time until = begun ? end : auction.rules.open;
        if (!auction.is_over() && until > now) {
            item["until_iso"] = base::to_iso(until);
            item["remaining"] = view_.remaining(request, until);
        }
        items.push_back(std::move(item));
    }
    object page{{"title", say(request, "calendar_title")},
                {"feed", "/auctions.atom"},
                {"stages", std::move(tabs)},
                {"has_auctions", !items.empty()}};
    page["auctions"] = std::move(items);
    if (found.size() == filter.limit)
        page["next"] = with_query(request, "after", found.back().id.text());
    return view_.render(request, "auctions", std::move(page));
}

void AuctionPages::add_price(const http::Request& request, const object& sale, object& page) const {
    std::string phase = base::text_at(sale, "phase");
    bool over = phase == "closed" || phase == "failed";
    const object& standing = base::object_at(sale, "standing");
    const array& winners = base::array_at(sale, "winners");
    std::string amount = base::text_at(sale, "start"), label = "price_start";
    if (sale.contains("best")) {
        amount = base::text_at(sale, "best");
        label = "price_best";
    }
    if (standing.contains("price")) {
        amount = base::text_at(standing, "price");
        label = "price_standing";
    }
    if (over && !winners.empty()) {
        amount = base::text_at(winners[0].as_object(), "price");
        label = "price_final";
    }
    bool hidden = base::bool_at(sale, "sealed") && !sale.contains("best") && !over;
    page["price"] =
        hidden ? say(request, "sealed") : money(request, amount, base::text_at(sale, "currency"));
    page["price_label"] = say(request, hidden ? "price_sealed" : label);
    std::string lead = base::text_at(sale, "lead");
    if (!lead.empty()) page["leader"] = say(request, "leader", {{"alias", lead}});
    page["state"] = say(request, "phase_" + phase);
    page["state_class"] = sale.contains("pause") ? "warn" : state_class(phase);
    page["live"] = over ? "0" : "1";
    std::string until = base::text_at(sale, phase == "announced" ? "open" : "close");
    auto end = base::parse_iso(until);
    if (!end || sale.contains("pause")) {
        if (sale.contains("pause")) page["remaining"] = say(request, base::text_at(sale, "pause"));
        return;
    }
    page["left_label"] = say(request, phase == "announced" ? "left_to_open" : "left_to_close");
    page["remaining"] = view_.remaining(request, *end);
    page["until"] = say(request, "ends_at", {{"time", view_.moment(request, *end)}});
    if (phase == "announced") page["until"] = view_.moment(request, *end);
}

/// What else than a bid is open to this bidder now.
array AuctionPages::acts(const http::Request& request, const trade::AuctionView& view,
                         const object& own) const {
    array list;
    auto add = [&](std::string_view action, bool quiet) {
        list.push_back(object{{"action", action},
                              {"text", say(request, "act_" + std::string(action))},
                              {"quiet", quiet}});
    };
    bool inside = view.auction.rules.priority_mode == trade::PriorityMode::inside_equal &&
                  view.state.phase == trade::Phase::bidding && view.state.best();
    if (base::bool_at(own, "priority_asked") || (base::bool_at(own, "priority") && inside)) {
        add("match", false);
    }
    if (base::bool_at(own, "priority_asked")) add("waive", true);
    if (base::bool_at(own, "offered")) {
        add("accept_offer", false);
        add("decline_offer", true);
    }
    return list;
}

base::Status AuctionPages::add_pad(const http::Request& request, const Auction& auction,
                                   const object& sale, const Attempt& attempt, object& page) const {
    party::Actor actor = party::actor_of(request);
    auto seat = TRY(auctions_.bidding().seat(actor, auction.id));
    if (!seat) {
        page["watching"] = say(request, "watching");
        return {};
    }
    auto view = TRY(auctions_.desk().view(auction.id));
    object own = trade::own_json(*view, *seat);
    std::string phase = base::text_at(sale, "phase");
    bool over = phase == "closed" || phase == "failed";
    bool leads = base::bool_at(own, "leads");
    bool has = own.contains("amount") || own.contains("sealed_seq");
    std::string place = leads ? "leads" : has ? "behind" : "no_bid";
    if (base::bool_at(sale, "sealed")) place = has ? "sealed_taken" : "no_bid";
    if (over) place = own.contains("won") ? "won" : "not_won";
    page["seat"] = true;
    page["alias"] = seat->alias;
    page["place"] = say(
        request, place,
        {{"price", money(request, base::text_at(own, "won"), base::text_at(sale, "currency"))}});
    page["place_class"] = leads ? "leads" : place == "behind" ? "behind" : "";
    array next;
    auto add = [&](const std::string& value) {
        next.push_back(object{{"value", value},
                              {"text", money(request, value, base::text_at(sale, "currency"))},
                              {"first", next.empty()}});
    };
    for (const base::json::value& value : base::array_at(sale, "next"))
        add(std::string(value.as_string()));
    const object& standing = base::object_at(sale, "standing");
    if (standing.contains("price")) add(base::text_at(standing, "price"));
    if (base::bool_at(sale, "posted")) add(base::text_at(sale, "start"));
    bool takes_amount = !standing.contains("price") && !base::bool_at(sale, "posted");
    bool open = !over && phase != "announced" && !sale.contains("pause") &&
                phase != "awaiting_opening" && phase != "awaiting_quality";
    page["may_bid"] = open && (!leads || takes_amount);
    page["next"] = std::move(next);
    page["free_amount"] = takes_amount;
    page["sealed"] = base::bool_at(sale, "sealed");
    page["key"] = base::random_token(view_.site().database->random(), 16);
    page["agent_allowed"] = auction.agent_allowed && !over;
    if (auction.agent_allowed) {
        auto maximum = TRY(auctions_.desk().agent_maximum(auction.id, seat->alias));
        if (maximum) page["agent_maximum"] = maximum->to_string();
    }
    array offers = acts(request, *view, own);
    page["offers"] = !offers.empty();
    page["acts"] = std::move(offers);
    page["fault"] = attempt.fault;
    page["taken"] = attempt.taken;
    page["typed"] = attempt.typed;
    return {};
}

base::Status AuctionPages::add_history(const http::Request& request, const base::Id<Auction>& id,
                                       object& page) const {
    std::uint64_t last = TRY(auctions_.desk().view(id))->auction.last_seq;
    auto found = TRY(view_.site().database->read<std::vector<trade::LogEntry>>(
        [&](store::Reader& reader) -> base::Result<std::vector<trade::LogEntry>> {
            return trade::Auctions::events(
                reader, id, last > history_shown ? last - history_shown : 0, history_shown * 2);
        }));
    std::string currency = base::text_at(page, "currency");
    array rows, plain;
    for (auto entry = found.rbegin(); entry != found.rend(); ++entry) {
        object shown = trade::to_json(*entry);
        const object& payload = base::object_at(shown, "payload");
        std::string amount = base::text_at(payload, "amount");
        std::string who = base::text_at(payload, "bidder");
        if (who.empty()) who = base::text_at(payload, "taker");
        base::LocalTime local = base::local_time(entry->stamp);
        char clock[16];
        std::snprintf(clock, sizeof clock, "%02d:%02d:%02d", local.hour, local.minute,
                      local.second);
        rows.push_back(object{
            {"iso", base::to_iso(entry->stamp)},
            {"at", clock},
            {"text", say(request, "event_" + entry->type)},
            {"who", who},
            {"amount", amount.empty()
                           ? payload.contains("commitment") ? say(request, "sealed") : std::string()
                           : money(request, amount, currency)}});
    }
    for (const trade::LogEntry& entry : found)
        plain.push_back(trade::to_json(entry));
    page["has_history"] = !rows.empty();
    page["history"] = std::move(rows);
    page["history_json"] = base::json::serialize(plain);
    return {};
}

/// The rules in plain words, one sentence each.
void AuctionPages::add_rules(const http::Request& request, const trade::AuctionRules& rules,
                             object& page) const {
    array list;
    auto add = [&](std::string_view key, const std::map<std::string, std::string>& values = {}) {
        list.push_back(base::json::value(say(request, "rule_" + std::string(key), values)));
    };
    std::string currency(rules.currency.code());
    auto amount = [&](base::Money value) { return money(request, value.to_string(), currency); };
    auto seconds = [](base::Duration length) {
        return std::to_string(length.microseconds / 1'000'000);
    };
    add(rules.row().name);
    if (rules.type == trade::AuctionType::english) {
        bool window = rules.form == trade::EnglishForm::window;
        add(rules.step_multiple == trade::StepMultiple::required ? "step_multiple" : "step",
            {{"step", amount(rules.step)}});
        if (window && rules.window.microseconds > 0) {
            add("window",
                {{"window", seconds(rules.window)}, {"extend", seconds(rules.extension)}});
        }
        if (!window) add("cycle", {{"cycle", seconds(rules.cycle)}});
        if (rules.hard_stop) {
            add("hard_stop", {{"time", view_.moment(request, *rules.hard_stop)}});
        }
    }
    if (rules.opening == trade::Opening::by_keys) add("by_keys");
    if (rules.is_sealed() && !rules.is_posted() && rules.opening == trade::Opening::at_close) {
        add("sealed_by_platform");
    }
    if (!rules.deposit.is_zero()) add("deposit", {{"deposit", amount(rules.deposit)}});
    if (rules.reserve_secrecy == trade::ReserveSecrecy::secret) add("reserve_secret");
    if (!rules.holders.empty()) add("priority");
    add("server_time");
    add("no_way_back");
    page["rules"] = std::move(list);
    array facts;
    for (const auto& [name, value] : trade::write_rules(rules)) {
        if (name == "bidders" || name == "procedure") continue;
        std::string text = value;
        if (auto length = trade::read_duration(value); length && value.ends_with("us")) {
            text = std::to_string(length->microseconds / 1'000'000) + " s";
        } else if (auto moment = base::parse_iso(value)) {
            text = view_.moment(request, *moment);
        }
        facts.push_back(object{{"label", name}, {"text", text}});
    }
    page["facts"] = std::move(facts);
}

void AuctionPages::add_result(const http::Request& request, const object& sale,
                              object& page) const {
    std::string phase = base::text_at(sale, "phase");
    if (phase != "closed" && phase != "failed") return;
    page["over"] = true;
    array winners;
    for (const base::json::value& item : base::array_at(sale, "winners")) {
        object winner = item.as_object();
        winner["price"] =
            money(request, base::text_at(winner, "price"), base::text_at(sale, "currency"));
        if (base::integer_at(winner, "units").value_or(1) == 1) winner.erase("units");
        winners.push_back(std::move(winner));
    }
    page["winners"] = std::move(winners);
    std::string failure = base::text_at(sale, "failure");
    if (!failure.empty()) page["failure"] = say(request, "failure_" + failure);
}

base::Result<http::Reply> AuctionPages::show(const http::Request& request,
                                             const Attempt& attempt) const {
    const auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(auctions_.desk().view(id));
    const Auction& auction = view->auction;
    object sale = trade::to_json(*view, auctions_.desk().now());
    object page{{"title", auction.title},
                {"id", id.text()},
                {"currency", base::text_at(sale, "currency")},
                {"head", auction.head},
                {"terms", auction.terms_hash},
                {"listing", auction.listing},
                {"state_json", base::json::serialize(sale)},
                {"refused", say(request, "refused", {{"count", std::to_string(auction.refused)}})}};
    object words;
    for (const char* key : room_texts)
        words[key] = say(request, key);
    for (const char* phase : phases)
        words[std::string("phase_") + phase] = say(request, std::string("phase_") + phase);
    for (const char* event : events)
        words[std::string("event_") + event] = say(request, std::string("event_") + event);
    page["texts_json"] = base::json::serialize(words);
    add_price(request, sale, page);
    TRY(add_pad(request, auction, sale, attempt, page));
    TRY(add_history(request, id, page));
    add_rules(request, auction.rules, page);
    add_result(request, sale, page);
    http::Reply reply = view_.render(request, "auction", std::move(page), attempt.status);
    reply.headers["Cache-Control"] = "no-store";
    return reply;
}

base::Result<http::Reply> AuctionPages::bid(const http::Request& request) const {
    const auto fields = TRY(request.form());
    const auto field = [&](const std::string& name) {
        const auto found = fields.find(name);
        return found == fields.end() ? std::string() : found->second;
    };
    trade::AuctionBidding::Request asked;
    bool own = !field("own").empty() || field("amount").empty();
    Attempt attempt;
    attempt.typed = base::is_valid_utf8(field("typed")) ? field("typed") : std::string();
    asked.event.amount = own ? attempt.typed : field("amount");
    asked.event.action = trade::Action::bid;
    if (auto named = trade::parse_posted_act(field("action")); !field("action").empty()) {
        if (!named) {
            return base::refuse(trade::refusal_of(trade::Code::malformed_request));
        }
        asked.event.action = *named;
        asked.event.amount.clear();
    }
    if (!field("confirm_large").empty()) asked.event.jump = trade::Event::Jump::confirmed;
    asked.event.confirmed_terms = field("terms");
    asked.key = field("key").substr(0, 200);
    asked.arrived = auctions_.desk().now();
    const auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(auctions_.desk().view(id));
    bool takes = view->auction.rules.is_posted() ||
                 (view->auction.rules.row().timing == trade::Timing::price_clock &&
                  view->state.phase == trade::Phase::bidding);
    if (takes && asked.event.action == trade::Action::bid) {
        asked.event.action = trade::Action::accept;
    }
    auto answer =
        TRY(auctions_.bidding().act(party::actor_of(request), request.value("id"), asked));
    trade::Code code = answer.desk.outcome.code;
    if (trade::is_success(code)) {
        attempt.typed.clear();
        attempt.taken = say(request, "taken", {{"seq", std::to_string(answer.desk.outcome.seq)}});
        return show(request, attempt);
    }
    base::Error refusal = trade::refusal_of(code);
    if (refusal.kind == base::ErrorKind::unauthenticated) return base::refuse(refusal);
    attempt.fault = view_.region().texts.explain(request.language, refusal);
    attempt.status = http::status_of(refusal);
    return show(request, attempt);
}

base::Result<http::Reply> AuctionPages::agent(const http::Request& request) const {
    const auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    const auto fields = TRY(request.form());
    bool ends = fields.contains("end");
    auto typed = fields.find("maximum");
    std::optional<std::string> maximum;
    if (!ends && typed != fields.end()) maximum = typed->second;
    auto set = auctions_.bidding().set_agent(party::actor_of(request), id, maximum);
    Attempt attempt;
    if (set) {
        attempt.taken = say(request, ends ? "agent_ended" : "agent_is_set");
    } else {
        if (set.error().kind == base::ErrorKind::unauthenticated) return base::refuse(set.error());
        attempt.fault = view_.region().texts.explain(request.language, set.error());
        attempt.status = http::status_of(set.error());
    }
    return show(request, attempt);
}

base::Result<http::Reply> AuctionPages::roots(const http::Request& request) const {
    object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
        array rows;
        std::int64_t last = store::last_seq(reader);
        auto newest = store::batch_of(reader, last);
        std::int64_t from = newest ? newest->first_seq : last;
        // A thousand rows back holds at least the newest minutes; all are in the JSON.
        for (const store::BatchRoot& batch :
             store::batches_after(reader, std::max<std::int64_t>(0, from - 1000), 200)) {
            rows.insert(rows.begin(), object{{"iso", base::to_iso(batch.signed_at)},
                                             {"at", view_.moment(request, batch.signed_at)},
                                             {"rows", std::to_string(batch.first_seq) + "–" +
                                                          std::to_string(batch.last_seq)},
                                             {"root", batch.root}});
        }
        return object{{"title", say(request, "roots_title")}, {"roots", std::move(rows)}};
    }));
    return view_.render(request, "roots", std::move(page));
}

base::Result<http::Reply> AuctionPages::calendar_file(const http::Request&) const {
    return http::text(
        to_ical(some({.limit = 100}), view_.site().options.site_url, view_.site().clock().now()),
        "text/calendar; charset=utf-8");
}

base::Result<http::Reply> AuctionPages::atom(const http::Request& request) const {
    return http::text(to_atom(some({.limit = 50}), view_.site().options.site_url,
                              say(request, "calendar_title"), view_.site().clock().now()),
                      "application/atom+xml; charset=utf-8");
}

}  // namespace

void mount_auction_pages(http::Router& router, const PageView& view,
                         const trade::AuctionApi& auctions) {
    auto pages = std::make_shared<AuctionPages>(view, auctions);
    auto call = [pages](auto member) {
        return
            [pages, member](const http::Request& request) { return ((*pages).*member)(request); };
    };
    http::RouteInfo hidden{.hidden = true};
    router.get("/auctions", hidden, call(&AuctionPages::list));
    router.get("/auctions.ics", hidden, call(&AuctionPages::calendar_file));
    router.get("/auctions.atom", hidden, call(&AuctionPages::atom));
    router.get("/auctions/{id}", hidden, call(&AuctionPages::room));
    router.post("/auctions/{id}/bids", hidden, call(&AuctionPages::bid));
    router.post("/auctions/{id}/agent", hidden, call(&AuctionPages::agent));
    router.get("/roots", hidden, call(&AuctionPages::roots));
}

}  // namespace app
