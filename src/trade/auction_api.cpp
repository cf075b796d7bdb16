// HTTP face of online bidding: what bidders and watchers use. Rules are in the core (auction*.cpp)
// and in auction_bidding.cpp. Hosting is in auction_host_api.cpp, evidence in auction_record_api.cpp.
#include "trade/auction_api.h"

#include <charconv>
#include <limits>

#include "party/party_api.h"
#include "trade/auction_view.h"
#include "trade/sealed_bid.h"

namespace trade {

using base::json::array;
using base::json::object;

namespace {

/// Events that a watcher who lost his line gets again.
constexpr std::size_t kept_events = 512;
constexpr std::int64_t page_max = 500;

base::Result<Auctions::Filter> read_filter(const http::Request& request) {
    Auctions::Filter filter{.after = request.query_or("after")};
    std::string stage = request.query_or("stage", "all");
    using Stage = Auctions::Filter::Stage;
    if (stage == "coming") filter.stage = Stage::coming;
    if (stage == "running") filter.stage = Stage::running;
    if (stage == "over") filter.stage = Stage::over;
    filter.limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 30, 1, 100)));
    return filter;
}

std::unexpected<base::Error> malformed() {
    return base::refuse(refusal_of(Code::malformed_request));
}

/// Text as it is; a number never (an amount is a text: 1e3 and 0.1 are no amounts).
base::Result<std::string> text_in(const object& body, std::string_view key) {
    auto found = body.find(key);
    if (found == body.end() || found->value().is_null()) return std::string();
    if (!found->value().is_string()) return malformed();
    return std::string(found->value().as_string());
}

}  // namespace

base::Result<AuctionBidding::Request> read_bid_request(const object& body) {
    AuctionBidding::Request request;
    Event& event = request.event;
    std::string action = TRY(text_in(body, "action"));
    auto named = action.empty() ? std::optional(Action::bid) : parse_posted_act(action);
    if (!named) return malformed();
    event.action = *named;
    event.amount = TRY(text_in(body, "amount"));
    event.currency = TRY(text_in(body, "currency"));
    event.expect_best = TRY(text_in(body, "expect_best"));
    event.confirmed_terms = TRY(text_in(body, "terms"));
    event.salt = TRY(text_in(body, "salt"));
    event.commitment = TRY(text_in(body, "commitment"));
    request.bidder = TRY(text_in(body, "bidder"));
    if (event.amount.size() > 1000 || !is_salt(event.salt)) return malformed();
    if (auto units = body.find("units"); units != body.end()) {
        if (!units->value().is_int64()) return malformed();
        std::int64_t count = units->value().as_int64();
        if (count < 1 || count > 1'000'000) return malformed();
        event.units = static_cast<int>(count);
    }
    if (auto step = body.find("step_seen"); step != body.end()) {
        if (!step->value().is_int64()) return malformed();
        event.step_seen = step->value().as_int64();
    }
    if (base::bool_at(body, "confirm_large")) event.jump = Event::Jump::confirmed;
    return request;
}

AuctionApi::AuctionApi(Parts parts) : parts_(parts), bidding_(*parts.database, *parts.desk) {
    parts_.desk->on_update([this](const AuctionUpdate& update) { publish(update); });
}

void AuctionApi::mount(http::Router& router) {
    mount_bidding(router);
    mount_hosting(router);
    mount_evidence(router);
}

void AuctionApi::mount_bidding(http::Router& router) {
    auto call = [this](auto member) {
        return [this, member](const http::Request& request) { return (this->*member)(request); };
    };
    router.get("/api/auctions",
               {.summary = "Sales, newest first",
                .query = {{"stage", "coming, running, over or all"},
                          {"after", "id of the last one seen"},
                          {"limit", "1 to 100"}}},
               call(&AuctionApi::list));
    router.get("/api/auctions/{id}",
               {.summary = "A sale as it stands: price, end, next valid amounts, server time"},
               call(&AuctionApi::read));
    router.get("/api/auctions/{id}/events",
               {.summary = "Events of a sale by alias, in order",
                .query = {{"after", "number of the last event seen"}, {"limit", "1 to 500"}}},
               call(&AuctionApi::events));
    router.get("/api/auctions/{id}/stream",
               {.summary = "Live events of a sale (server-sent events, resumes by Last-Event-ID)"},
               [this](const http::Request& request) { return watch(request); });
    router.get(
        "/api/auctions/{id}/mine",
        {.summary = "Your own seat, position, sealed bid and standing order", .signed_in = true},
        call(&AuctionApi::mine));
    router.post("/api/auctions/{id}/bids",
                {.summary = "Bid, accept a price, match, waive, answer an offer; give an "
                            "Idempotency-Key, so that a retry counts once",
                 .body_bytes_max = 8 << 10},
                call(&AuctionApi::bid));
    router.get("/api/auctions/{id}/bids/{seq}",
               {.summary = "One bid as published: sealed ones stay closed until they are opened"},
               call(&AuctionApi::read_bid));
    router.put("/api/auctions/{id}/agent",
               {.summary = "Let the agent bid for you up to a maximum", .signed_in = true},
               call(&AuctionApi::set_agent));
    router.del("/api/auctions/{id}/agent",
               {.summary = "End your standing order", .signed_in = true},
               call(&AuctionApi::end_agent));
}

base::Result<http::Reply> AuctionApi::list(const http::Request& request) const {
    Auctions::Filter filter = TRY(read_filter(request));
    auto found = TRY(parts_.database->read<std::vector<Auction>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Auction>> {
            return Auctions::list(reader, filter);
        }));
    array items;
    for (const Auction& auction : found)
        items.push_back(summary_json(auction));
    object answer{{"items", std::move(items)}, {"server_time", base::to_iso(desk().now())}};
    if (found.size() == filter.limit) answer["next"] = found.back().id.text();
    return http::ok(answer);
}

base::Result<http::Reply> AuctionApi::read(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(desk().view(id));
    return http::ok(to_json(*view, desk().now())).with_header("Cache-Control", "no-store");
}

base::Result<http::Reply> AuctionApi::events(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    TRY(desk().view(id));
    std::int64_t after =
        TRY(request.query_integer("after", 0, 0, std::numeric_limits<std::int64_t>::max()));
    std::int64_t limit = TRY(request.query_integer("limit", 100, 1, page_max));
    auto found = TRY(parts_.database->read<std::vector<LogEntry>>(
        [&](store::Reader& reader) -> base::Result<std::vector<LogEntry>> {
            return Auctions::events(reader, id, static_cast<std::uint64_t>(after),
                                    static_cast<std::size_t>(limit));
        }));
    array items;
    for (const LogEntry& entry : found)
        items.push_back(to_json(entry));
    return http::ok(object{{"items", std::move(items)}});
}

base::Result<http::Reply> AuctionApi::mine(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(desk().view(id));
    AuctionSeat seat = TRY(bidding_.require_seat(party::actor_of(request), id));
    object answer = own_json(*view, seat);
    if (view->auction.agent_allowed) {
        if (auto maximum = TRY(desk().agent_maximum(id, seat.alias))) {
            answer["agent_maximum"] = maximum->to_string();
        }
    }
    return http::ok(answer).with_header("Cache-Control", "no-store");
}

/// Success or refusal, always with what the bidder needs to go on (5.3).
http::Reply AuctionApi::answer_json(const http::Request& request,
                                    const AuctionBidding::Answer& answer) const {
    const Outcome& outcome = answer.desk.outcome;
    http::Reply reply;
    object body;
    if (is_success(outcome.code)) {
        body = {{"code", name_of(outcome.code)}, {"seq", outcome.seq}};
        reply = http::ok(body);
    } else {
        reply = http::problem(refusal_of(outcome.code), request.language, *parts_.texts);
        auto problem = base::parse_json(reply.body);
        if (problem && problem->is_object()) body = problem->get_object();
    }
    body["server_time"] = base::to_iso(answer.now);
    body["stamp"] = base::to_iso(answer.desk.stamp);
    if (outcome.repeat == Outcome::Repeat::repeated) body["repeated"] = true;
    if (!answer.alias.empty()) body["alias"] = answer.alias;
    if (outcome.seal == Outcome::Seal::sealed) body["sealed"] = true;
    if (!answer.desk.salt.empty()) body["salt"] = answer.desk.salt;
    if (answer.view) {
        object sale = to_json(*answer.view, answer.now);
        for (const char* key : {"best", "lead", "min_next", "next", "close", "phase", "standing"}) {
            if (sale.contains(key)) body[key] = sale.at(key);
        }
    }
    if (is_success(outcome.code) && !answer.desk.hash.empty() && answer.view) {
        object receipt{{"auction", answer.view->auction.id.text()},
                       {"alias", answer.alias},
                       {"seq", outcome.seq},
                       {"stamp", answer.desk.stamp.microseconds},
                       {"hash", answer.desk.hash}};
        std::string text = base::canonical_json(receipt);
        receipt["signature"] = base::to_base64(parts_.signer->sign(text));
        receipt["algorithm"] = parts_.signer->algorithm();
        body["receipt"] = std::move(receipt);
    }
    reply.body = base::json::serialize(body);
    reply.headers["Cache-Control"] = "no-store";
    return reply;
}

base::Result<http::Reply> AuctionApi::bid(const http::Request& request) const {
    base::Time arrived = desk().now();
    auto read = read_bid_request(TRY(request.json()));
    if (!read) {
        AuctionBidding::Answer refused;
        refused.desk.outcome.code = Code::malformed_request;
        refused.desk.stamp = refused.now = arrived;
        return answer_json(request, refused);
    }
    read->key = request.header("idempotency-key");
    if (read->key.size() > 200) return malformed();
    read->arrived = arrived;
    auto answer = bidding_.act(party::actor_of(request), request.value("id"), std::move(*read));
    return answer_json(request, TRY(std::move(answer)));
}

base::Result<http::Reply> AuctionApi::read_bid(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(desk().view(id));
    std::uint64_t seq = 0;
    const std::string& text = request.value("seq");
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seq);
    bool readable = problem == std::errc() && end == text.data() + text.size() && seq > 0;
    if (!readable) return base::refuse(base::not_found("bid_unknown"));
    auto found = TRY(parts_.database->read<std::vector<LogEntry>>(
        [&](store::Reader& reader) -> base::Result<std::vector<LogEntry>> {
            return Auctions::events(reader, id, seq - 1, 1);
        }));
    bool is_bid = !found.empty() && found[0].seq == seq &&
                  parse_action(found[0].type).value_or(Action::tick) <= Action::match;
    if (!is_bid) return base::refuse(base::not_found("bid_unknown"));
    object bid = to_json(found[0]);
    bool is_sealed = base::object_at(bid, "payload").contains("commitment");
    // Its commitment is in the record; the amount is nobody's to read, bidder and host included.
    if (is_sealed && !view->state.bids_are_open(view->auction.rules)) {
        return base::refuse(refusal_of(Code::sealed_until_close));
    }
    return http::ok(bid);
}

base::Result<http::Reply> AuctionApi::set_agent(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    object body = TRY(request.json());
    std::string maximum = TRY(text_in(body, "maximum"));
    TRY(bidding_.set_agent(party::actor_of(request), id, maximum));
    return mine(request);
}

base::Result<http::Reply> AuctionApi::end_agent(const http::Request& request) const {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    TRY(bidding_.set_agent(party::actor_of(request), id, std::nullopt));
    return http::no_content();
}

base::Result<http::Reply> AuctionApi::watch(const http::Request& request) {
    auto id = TRY(base::Id<Auction>::parse(request.value("id")));
    auto view = TRY(desk().view(id));
    Stream& stream = stream_of(*view);
    return http::stream(http::EventStream::watch(stream.channel, request.header("last-event-id")));
}

/// The stream with the newest events in it, so that a watcher can come back after a restart too.
AuctionApi::Stream& AuctionApi::stream_of(const AuctionView& view) {
    std::lock_guard lock(streams_->mutex);
    std::unique_ptr<Stream>& stream = streams_->by_auction[view.auction.id.text()];
    if (stream) return *stream;
    stream = std::make_unique<Stream>(kept_events);
    auto recent = parts_.database->read<std::vector<LogEntry>>(
        [&](store::Reader& reader) -> base::Result<std::vector<LogEntry>> {
            std::uint64_t last = view.auction.last_seq;
            return Auctions::events(reader, view.auction.id,
                                    last > kept_events ? last - kept_events : 0, kept_events * 2);
        });
    if (!recent) return *stream;
    for (const LogEntry& entry : *recent) {
        stream->channel.publish(static_cast<std::int64_t>(entry.seq), "event",
                                base::json::serialize(to_json(entry)));
        stream->last = entry.seq;
    }
    return *stream;
}

void AuctionApi::publish(const AuctionUpdate& update) {
    std::lock_guard lock(streams_->mutex);
    auto found = streams_->by_auction.find(update.view->auction.id.text());
    if (found == streams_->by_auction.end()) return;
    Stream& stream = *found->second;
    base::Time now = desk().now();
    for (const LogEntry& entry : update.entries) {
        if (entry.seq <= stream.last) continue;
        object data = to_json(entry);
        // The last of several carries the sale as it stands, so that a page need not ask.
        if (&entry == &update.entries.back()) data["sale"] = to_json(*update.view, now);
        stream.channel.publish(static_cast<std::int64_t>(entry.seq), "event",
                               base::json::serialize(data));
        stream.last = entry.seq;
    }
}

}  // namespace trade
