#include "trade/auction_rows.h"

#include <algorithm>

#include <spdlog/spdlog.h>

#include "base/check.h"

namespace trade::rows {
namespace {

using base::json::object;

/// What is no hash reads as zeros, which fit no event: the fold names it.
base::Digest digest_of(std::string_view hex) {
    base::Digest digest{};
    auto bytes = base::from_hex(hex);
    if (!bytes || bytes->size() != digest.size()) return digest;
    std::ranges::copy(*bytes, reinterpret_cast<char*>(digest.data()));
    return digest;
}

/// "insert … values (:a0, :b0), (:a1, :b1)" for 2^n rows, made once each.
class ManyRows {
  public:
    ManyRows(std::string head, std::vector<std::string> columns)
        : head_(std::move(head)), columns_(std::move(columns)) {
        for (std::size_t rows = 1, index = 0; index < sizes; rows *= 2, ++index) {
            std::string& sql = sql_[index];
            sql = head_;
            for (std::size_t row = 0; row < rows; ++row) {
                sql += row == 0 ? " (" : ", (";
                for (std::size_t column = 0; column < columns_.size(); ++column) {
                    sql += (column == 0 ? ":" : ", :") + columns_[column] + std::to_string(row);
                }
                sql += ')';
            }
        }
        for (std::size_t row = 0; row < rows_max; ++row) {
            for (const std::string& column : columns_)
                names_.push_back(column + std::to_string(row));
        }
    }

    template <class Items, class Values>
    void run(store::Transaction& transaction, const Items& items, Values values) const {
        std::size_t done = 0;
        while (done < items.size()) {
            std::size_t index = sizes - 1;
            while ((std::size_t{1} << index) > items.size() - done)
                --index;
            std::size_t count = std::size_t{1} << index;
            store::Bindings bindings;
            bindings.reserve(count * columns_.size());
            for (std::size_t row = 0; row < count; ++row) {
                std::size_t name = row * columns_.size();
                for (store::Value& value : values(items[done + row]))
                    bindings.push_back({names_[name++], std::move(value)});
            }
            transaction.execute(sql_[index], bindings);
            done += count;
        }
    }

  private:
    static constexpr std::size_t sizes = 7;
    static constexpr std::size_t rows_max = std::size_t{1} << (sizes - 1);
    std::string head_;
    std::vector<std::string> columns_;
    std::array<std::string, sizes> sql_;
    std::vector<std::string> names_;
};

std::optional<base::Money> money_at(const object& from, std::string_view key, base::Currency in) {
    std::string text = base::text_at(from, key);
    if (text.empty()) return std::nullopt;
    auto amount = base::Money::parse(text, in);
    return amount ? std::optional(*amount) : std::nullopt;
}

std::optional<Code> code_named(std::string_view name) {
    const auto found = std::ranges::find(code_table(), name, &CodeRow::name);
    return found == code_table().end() ? std::nullopt : std::optional(found->code);
}

}  // namespace

base::Result<Auction> read_auction(const store::Row& row) {
    Auction made;
    made.id = row.id<Auction>(0);
    made.listing = row.text(1);
    made.entry = row.text(2);
    made.host = row.id<party::Organisation>(3);
    made.seller = row.id<party::Organisation>(4);
    made.place = row.text(5);
    made.title = row.text(6);
    auto rules = read_stored_rules(row.text(7), row.text(8));
    if (!rules) {
        return base::refuse(base::conflict("record_rules_changed")
                                .with("auction", row.text(0))
                                .saying(base::describe(rules.error())));
    }
    made.rules = std::move(*rules);
    made.terms_hash = row.text(9);
    made.phase = row.text(10);
    made.announced_at = row.time(11);
    made.closes_at = row.time_if(12);
    made.last_seq = static_cast<std::uint64_t>(row.integer(13));
    made.head = row.text(14);
    made.agent_allowed = row.flag(15);
    made.is_sample = row.flag(16);
    made.version = row.integer(17);
    made.refused = static_cast<std::uint64_t>(row.integer(18));
    made.missed_in_queue = static_cast<std::uint64_t>(row.integer(19));
    return made;
}

void insert_auction(store::Transaction& transaction, const Auction& auction,
                    std::string_view sealed_reserve) {
    transaction.execute(
        "insert into trade_auction (id, listing, entry, host, seller, place, title, type, rules, "
        "reserve, terms_hash, phase, announced_at, opens_at, closes_at, last_seq, head, refused, "
        "missed, agent_allowed, is_sample, alive_at, lease_owner, lease_epoch, lease_until, "
        "version) values (:id, :listing, :entry, :host, :seller, :place, :title, :type, :rules, "
        ":reserve, :terms_hash, :phase, :announced_at, :opens_at, :closes_at, 0, :head, 0, 0, "
        ":agent_allowed, :is_sample, :alive_at, '', 0, 0, 1)",
        {{"id", auction.id},
         {"listing", auction.listing},
         {"entry", auction.entry},
         {"host", auction.host},
         {"seller", auction.seller},
         {"place", auction.place},
         {"title", auction.title},
         {"type", auction.rules.row().name},
         {"rules", write_stored_rules(auction.rules)},
         {"reserve", sealed_reserve},
         {"terms_hash", auction.terms_hash},
         {"phase", auction.phase},
         {"announced_at", auction.announced_at},
         {"opens_at", auction.rules.open},
         {"closes_at", auction.closes_at},
         {"head", auction.head},
         {"agent_allowed", auction.agent_allowed},
         {"is_sample", auction.is_sample},
         {"alive_at", auction.announced_at}});
}

AuctionSeat read_seat(const store::Row& row, base::Currency currency) {
    bool bids = row.text(4) == "bidder";
    return {row.text(0),
            row.id<party::Organisation>(1),
            row.text(2),
            {row.integer(3), currency},
            bids ? Admission::Seat::bidder : Admission::Seat::priority_only};
}

base::Currency currency_of(store::Reader& reader, const base::Id<Auction>& id) {
    auto row = reader.first("select rules from trade_auction where id = :id", {{"id", id}});
    auto rules = base::parse_json(row ? row->text(0) : "{}");
    if (!rules || !rules->is_object()) return {};
    auto named = base::Currency::parse(base::text_at(rules->get_object(), "currency"));
    return named ? *named : base::Currency();
}

void insert_seat(store::Transaction& transaction, const base::Id<Auction>& auction,
                 const AuctionSeat& seat) {
    bool bids = seat.seat == Admission::Seat::bidder;
    transaction.execute(
        "insert into trade_auction_seat (auction, alias, organisation, name, deposit, seat, "
        "admitted_at) values (:auction, :alias, :organisation, :name, :deposit, :seat, :now)",
        {{"auction", auction},
         {"alias", seat.alias},
         {"organisation", seat.organisation},
         {"name", seat.name},
         {"deposit", seat.deposit.minor},
         {"seat", bids ? "bidder" : "priority_only"},
         {"now", transaction.now()}});
}

std::vector<StoredEvent> events(store::Reader& reader, const base::Id<Auction>& auction,
                                std::uint64_t after, std::size_t limit) {
    std::vector<StoredEvent> found;
    for (const store::Row& row :
         reader.query("select seq, stamp, type, payload, hash, sealed from trade_auction_event "
                      "where auction = :auction and seq > :after order by seq limit :limit",
                      {{"auction", auction},
                       {"after", static_cast<std::int64_t>(after)},
                       {"limit", static_cast<std::int64_t>(limit)}})) {
        LogEntry entry{static_cast<std::uint64_t>(row.integer(0)), row.time(1), row.text(2),
                       row.text(3), digest_of(row.text(4))};
        found.push_back({std::move(entry), row.text(5)});
    }
    return found;
}

void insert_events(store::Transaction& transaction, const base::Id<Auction>& auction,
                   const std::vector<StoredEvent>& events) {
    static const ManyRows rows(
        "insert into trade_auction_event (auction, seq, stamp, type, payload, hash, sealed) values",
        {"auction", "seq", "stamp", "type", "payload", "hash", "sealed"});
    rows.run(transaction, events, [&](const StoredEvent& event) {
        return std::array<store::Value, 7>{auction,
                                           static_cast<std::int64_t>(event.entry.seq),
                                           event.entry.stamp,
                                           event.entry.type,
                                           event.entry.payload,
                                           base::to_hex(event.entry.hash),
                                           event.sealed};
    });
}

std::vector<StoredAnswer> answers(store::Reader& reader, const base::Id<Auction>& auction) {
    std::vector<StoredAnswer> found;
    for (const store::Row& row :
         reader.query("select bidder, key_hash, digest, outcome from trade_auction_answer "
                      "where auction = :auction",
                      {{"auction", auction}})) {
        auto outcome = read_outcome(row.text(3), {});
        // One answer that cannot be given again is no reason to stop the sale.
        if (outcome) {
            found.push_back({row.text(0), row.text(1), row.text(2), std::move(*outcome)});
        } else {
            spdlog::error("sale {}: a stored answer cannot be read", auction.text());
        }
    }
    return found;
}

void insert_answers(store::Transaction& transaction, const base::Id<Auction>& auction,
                    const std::vector<StoredAnswer>& answers) {
    static const ManyRows rows(
        "insert into trade_auction_answer (auction, bidder, key_hash, digest, outcome) values",
        {"auction", "bidder", "key_hash", "digest", "outcome"});
    rows.run(transaction, answers, [&](const StoredAnswer& answer) {
        return std::array<store::Value, 5>{auction, answer.bidder, answer.key_hash, answer.digest,
                                           base::json::serialize(to_json(answer.outcome))};
    });
}

std::vector<Command> open_commands(store::Reader& reader, const base::Id<Auction>& auction) {
    std::vector<Command> found;
    for (const store::Row& row :
         reader.query("select id, event from trade_auction_command where auction = :auction "
                      "and done_at is null order by id",
                      {{"auction", auction}})) {
        found.push_back({row.text(0), read_event(row.text(1))});
    }
    return found;
}

std::vector<base::Id<Auction>> with_commands(store::Reader& reader) {
    std::vector<base::Id<Auction>> found;
    for (const store::Row& row :
         reader.query("select distinct auction from trade_auction_command where done_at is null")) {
        found.push_back(row.id<Auction>(0));
    }
    return found;
}

void insert_command(store::Transaction& transaction, const base::Id<Auction>& auction,
                    const Event& event, std::string_view actor) {
    transaction.execute(
        "insert into trade_auction_command (id, auction, event, actor, asked_at, answer) "
        "values (:id, :auction, :event, :actor, :now, '')",
        {{"id", transaction.new_id<Command>()},
         {"auction", auction},
         {"event", base::canonical_json(to_json(event))},
         {"actor", actor},
         {"now", transaction.now()}});
}

bool finish_command(store::Transaction& transaction, std::string_view id, Code answer) {
    return transaction.execute(
               "update trade_auction_command set done_at = :now, answer = :answer "
               "where id = :id and done_at is null",
               {{"now", transaction.now()}, {"answer", name_of(answer)}, {"id", id}}) == 1;
}

std::vector<StoredKey> keys(store::Reader& reader, const base::Id<Auction>& auction) {
    std::vector<StoredKey> found;
    for (const store::Row& row :
         reader.query("select slot, account, name, public_key, secret_key, given_at "
                      "from trade_auction_key where auction = :auction order by slot",
                      {{"auction", auction}})) {
        found.push_back({static_cast<int>(row.integer(0)),
                         {row.id<party::Account>(1), row.text(2), row.text(3)},
                         row.text(4),
                         row.time_if(5)});
    }
    return found;
}

void insert_key(store::Transaction& transaction, const base::Id<Auction>& auction, int slot,
                const KeyHolder& holder) {
    transaction.execute(
        "insert into trade_auction_key (auction, slot, account, name, public_key, secret_key) "
        "values (:auction, :slot, :account, :name, :public_key, '')",
        {{"auction", auction},
         {"slot", slot},
         {"account", holder.account},
         {"name", holder.name},
         {"public_key", holder.public_key}});
}

bool give_key(store::Transaction& transaction, const base::Id<Auction>& auction, int slot,
              std::string_view sealed) {
    return transaction.execute(
               "update trade_auction_key set secret_key = :sealed, given_at = :now "
               "where auction = :auction and slot = :slot and given_at is null",
               {{"sealed", sealed},
                {"now", transaction.now()},
                {"auction", auction},
                {"slot", slot}}) == 1;
}

void put_agent(store::Transaction& transaction, const base::Id<Auction>& auction,
               std::string_view alias, std::string_view sealed_maximum, base::Time at) {
    std::optional<base::Time> ended;
    if (sealed_maximum.empty()) ended = at;
    transaction.execute(
        "insert into trade_auction_agent (auction, alias, maximum, set_at, ended_at) "
        "values (:auction, :alias, :maximum, :at, :ended) on conflict (auction, alias) do update "
        "set maximum = excluded.maximum, set_at = excluded.set_at, ended_at = excluded.ended_at",
        {{"auction", auction},
         {"alias", alias},
         {"maximum", sealed_maximum},
         {"at", at},
         {"ended", ended}});
}

base::Result<AuctionRules> read_stored_rules(std::string_view type, std::string_view text) {
    Parameters parameters;
    const base::json::value written = TRY(base::parse_json(text));
    for (const auto& [name, value] : TRY(base::require_object(written))) {
        if (value.is_string()) parameters[std::string(name)] = value.as_string();
    }
    return read_rules(TRY(parse_auction_type(type)), parameters, base::Time{});
}

std::string write_stored_rules(const AuctionRules& rules) {
    object written;
    for (const auto& [name, value] : write_rules(rules))
        written[name] = value;
    return base::canonical_json(written);
}

object to_json(const Outcome& outcome) {
    object made{{"code", name_of(outcome.code)}, {"seq", outcome.seq}};
    if (outcome.seal == Outcome::Seal::sealed) made["sealed"] = true;
    if (!outcome.lead.empty()) made["lead"] = outcome.lead;
    if (outcome.close) made["close"] = base::to_iso(*outcome.close);
    if (outcome.price) {
        made["price"] = outcome.price->to_string();
        made["currency"] = outcome.price->currency.code();
    }
    if (outcome.min_next) {
        made["min_next"] = outcome.min_next->to_string();
        made["currency"] = outcome.min_next->currency.code();
    }
    if (outcome.round) made["round"] = *outcome.round;
    if (outcome.units_left) made["units_left"] = *outcome.units_left;
    if (!outcome.offered.empty()) made["offered"] = outcome.offered;
    return made;
}

std::optional<Outcome> read_outcome(std::string_view text, base::Currency currency) {
    auto parsed = base::parse_json(text);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    const object& from = parsed->get_object();
    const auto code = code_named(base::text_at(from, "code"));
    if (!code) return std::nullopt;
    if (auto named = base::Currency::parse(base::text_at(from, "currency"))) currency = *named;
    Outcome made;
    made.code = *code;
    made.seq = static_cast<std::uint64_t>(base::integer_at(from, "seq").value_or(0));
    made.seal = base::bool_at(from, "sealed") ? Outcome::Seal::sealed : Outcome::Seal::open;
    made.lead = base::text_at(from, "lead");
    if (auto close = base::parse_iso(base::text_at(from, "close"))) made.close = *close;
    made.price = money_at(from, "price", currency);
    made.min_next = money_at(from, "min_next", currency);
    if (auto round = base::integer_at(from, "round")) made.round = static_cast<int>(*round);
    if (auto left = base::integer_at(from, "units_left")) made.units_left = static_cast<int>(*left);
    made.offered = base::text_at(from, "offered");
    return made;
}

object to_json(const Event& event) {
    object made{{"action", name_of(event.action)}};
    auto add = [&](std::string_view key, const std::string& value) {
        if (!value.empty()) made[key] = value;
    };
    add("subject", event.subject);
    add("amount", event.amount);
    add("document", event.document);
    object points;
    for (const auto& [alias, value] : event.points)
        points[alias] = value;
    if (!points.empty()) made["points"] = std::move(points);
    return made;
}

std::optional<Event> read_event(std::string_view text) {
    auto parsed = base::parse_json(text);
    if (!parsed || !parsed->is_object()) return std::nullopt;
    const object& from = parsed->get_object();
    auto action = parse_action(base::text_at(from, "action"));
    if (!action) return std::nullopt;
    Event event;
    event.action = *action;
    event.subject = base::text_at(from, "subject");
    event.amount = base::text_at(from, "amount");
    event.document = base::text_at(from, "document");
    for (const auto& [alias, points] : base::object_at(from, "points")) {
        if (points.is_string()) event.points[std::string(alias)] = points.as_string();
    }
    return event;
}

}  // namespace trade::rows
