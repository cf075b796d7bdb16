#include "trade/auction_record.h"

#include <algorithm>
#include <map>

#include "base/text.h"

namespace trade {
namespace {

constexpr std::string_view record_version = "guiqiao-auction-1";

std::unexpected<base::Error> broken(std::string_view code, std::uint64_t seq,
                                    std::string_view words) {
    return base::refuse(base::conflict(code)
                            .at("events." + std::to_string(seq))
                            .with("seq", std::to_string(seq))
                            .saying("event " + std::to_string(seq) + ": " + std::string(words)));
}

std::unexpected<base::Error> malformed_record(std::string_view words) {
    return base::refuse(base::malformed("record_malformed").saying(words));
}

std::string big_endian(std::uint64_t value) {
    std::string bytes(8, '\0');
    for (int index = 7; index >= 0; --index) {
        bytes[static_cast<std::size_t>(index)] = static_cast<char>(value & 0xff);
        value >>= 8;
    }
    return bytes;
}

base::Digest chained(const base::Digest& before, const LogEntry& entry) {
    std::string bytes(reinterpret_cast<const char*>(before.data()), before.size());
    bytes += big_endian(entry.seq) +
             big_endian(static_cast<std::uint64_t>(entry.stamp.microseconds)) + entry.type +
             entry.payload;
    return base::sha256(bytes);
}

base::Result<std::optional<Event>> event_from(const LogEntry& entry, const SealedContents& openings,
                                              Unopened unopened) {
    auto action = parse_action(entry.type);
    if (!action || *action == Action::tick) return std::optional<Event>();
    auto payload = base::parse_json(entry.payload);
    if (!payload || !payload->is_object()) return malformed_record("a payload is no object");
    const base::json::object& object = payload->as_object();
    Event event;
    event.action = *action;
    std::string bidder = base::text_at(object, "bidder");
    bool of_bidder = *action <= Action::decline_offer;
    (of_bidder ? event.actor : event.subject) = bidder;
    event.document = base::text_at(object, "document");
    event.confirmed_terms = base::text_at(object, "terms");
    if (base::bool_at(object, "confirmed")) event.jump = Event::Jump::confirmed;
    switch (*action) {
        case Action::bid:
        case Action::accept:
        case Action::match:
        case Action::deposit_received:
        case Action::admit_bidder:
            event.amount = base::text_at(object, "amount");
            event.units = static_cast<int>(base::integer_at(object, "units").value_or(1));
            break;
        case Action::quality:
            for (const auto& [alias, points] : object) {
                if (points.is_string()) event.points[std::string(alias)] = points.as_string();
            }
            break;
        default:
            break;
    }
    if (!object.contains("commitment")) return event;
    event.commitment = base::text_at(object, "commitment");
    auto opening = openings.find(entry.seq);
    if (opening == openings.end() && unopened == Unopened::hidden) {
        event.sight = Event::Sight::hidden;
        return event;
    }
    if (opening == openings.end()) {
        return broken("record_not_opened_yet", entry.seq, "a sealed bid that was not opened");
    }
    event.amount = opening->second.amount;
    event.salt = opening->second.salt;
    event.units = opening->second.units;
    return event;
}

}  // namespace

SealedContents opened_contents(const std::vector<LogEntry>& entries) {
    SealedContents found;
    for (const LogEntry& entry : entries) {
        if (entry.type != "opened") continue;
        auto payload = base::parse_json(entry.payload);
        if (!payload || !payload->is_object()) continue;
        for (const base::json::value& item : base::array_at(payload->as_object(), "bids")) {
            if (!item.is_object()) continue;
            const base::json::object& bid = item.as_object();
            auto seq = base::integer_at(bid, "seq");
            if (!seq) continue;
            found[static_cast<std::uint64_t>(*seq)] = {
                base::text_at(bid, "amount"), base::text_at(bid, "salt"),
                static_cast<int>(base::integer_at(bid, "units").value_or(1))};
        }
    }
    return found;
}

base::json::object record_json(const AuctionRules& rules, const AuctionState& state,
                               const std::vector<LogEntry>& entries) {
    base::json::object parameters;
    for (const auto& [name, value] : write_rules(rules))
        parameters[name] = value;
    base::json::array events;
    for (const LogEntry& entry : entries) {
        auto payload = base::parse_json(entry.payload);
        events.push_back(base::json::object{{"seq", entry.seq},
                                            {"stamp", entry.stamp.microseconds},
                                            {"type", entry.type},
                                            {"payload", payload ? *payload : base::json::value()},
                                            {"hash", base::to_hex(entry.hash)}});
    }
    return {{"version", record_version},          {"type", rules.row().name},
            {"rules", std::move(parameters)},     {"terms_hash", terms_hash(rules)},
            {"events", std::move(events)},        {"head", base::to_hex(state.head)},
            {"result", result_json(rules, state)}};
}

base::json::object reserve_opening(base::Money reserve, std::string_view salt) {
    return {{"amount", reserve.to_string()}, {"salt", salt}};
}

base::Result<std::vector<LogEntry>> verify_chain(const base::json::object& record) {
    if (base::text_at(record, "version") != record_version) {
        return malformed_record("not a record of a kind known here");
    }
    std::string terms = base::text_at(record, "terms_hash");
    std::string procedure = base::text_at(base::object_at(record, "rules"), "procedure");
    base::Digest head = base::sha256("gxtx-auction-v1" + procedure + terms);
    std::vector<LogEntry> entries;
    std::map<std::uint64_t, std::size_t> places;
    for (const base::json::value& item : base::array_at(record, "events")) {
        if (!item.is_object()) return malformed_record("an event is no object");
        const base::json::object& object = item.as_object();
        auto seq = base::integer_at(object, "seq"), stamp = base::integer_at(object, "stamp");
        if (!seq || !stamp || !object.contains("payload")) {
            return malformed_record("an event without seq, stamp or payload");
        }
        LogEntry entry;
        entry.seq = static_cast<std::uint64_t>(*seq);
        entry.stamp = {*stamp};
        entry.type = base::text_at(object, "type");
        entry.payload = base::canonical_json(object.at("payload"));
        places[entry.seq] = entries.size();
        std::string hash = base::text_at(object, "hash");
        auto bytes = base::from_hex(hash);
        if (!bytes || bytes->size() != entry.hash.size())
            return malformed_record("a hash is no hash");
        std::ranges::copy(*bytes, reinterpret_cast<char*>(entry.hash.data()));
        entries.push_back(std::move(entry));
    }
    for (std::size_t index = 0; index < entries.size(); ++index) {
        const LogEntry& entry = entries[index];
        std::uint64_t due = index + 1;
        if (entry.seq != due) {
            if (places.contains(due)) {
                return broken("record_event_reordered", due, "stands at another place");
            }
            return broken("record_event_missing", due, "is not in the record");
        }
        if (chained(head, entry) != entry.hash) {
            return broken("record_event_changed", entry.seq, "does not fit its hash");
        }
        head = entry.hash;
    }
    if (base::to_hex(head) != base::text_at(record, "head")) {
        return broken("record_truncated", entries.size() + 1,
                      "the head belongs to a longer or another record");
    }
    return entries;
}

base::Result<std::optional<Event>> event_of(const LogEntry& entry,
                                            const std::vector<LogEntry>& all) {
    return event_from(entry, opened_contents(all), Unopened::refused);
}

base::Result<AuctionState> fold(const AuctionRules& rules, const std::vector<LogEntry>& recorded,
                                const SealedContents& contents, Unopened unopened) {
    AuctionState state =
        begin_auction(rules, unopened == Unopened::hidden ? AuctionState::Sight::blind
                                                          : AuctionState::Sight::seeing);
    std::deque<LogEntry> written;  // what the rules gave and the record has not been asked for yet
    for (const LogEntry& entry : recorded) {
        if (written.empty()) {
            std::optional<Event> event = TRY(event_from(entry, contents, unopened));
            Step step = apply(rules, state, event.value_or(Event{}), entry.stamp);
            written.assign(std::make_move_iterator(step.entries.begin()),
                           std::make_move_iterator(step.entries.end()));
        }
        if (written.empty() || written.front() != entry) {
            return broken(
                "record_event_changed", entry.seq,
                "the rules give another event here: " +
                    (written.empty() ? std::string("none")
                                     : written.front().type + " " + written.front().payload));
        }
        written.pop_front();
    }
    if (!written.empty()) {
        return broken("record_event_missing", recorded.size() + 1, "follows by the rules");
    }
    return state;
}

base::Result<Replayed> replay(const base::json::value& value) {
    if (!value.is_object()) return malformed_record("a record is a JSON object");
    const base::json::object& record = value.as_object();
    auto type = parse_auction_type(base::text_at(record, "type"));
    if (!type) return malformed_record("an unknown type of auction");
    Parameters parameters;
    for (const auto& [name, text] : base::object_at(record, "rules")) {
        if (text.is_string()) parameters[std::string(name)] = text.as_string();
    }
    auto rules = read_rules(*type, parameters, base::Time{});
    if (!rules) return malformed_record("rules: " + base::describe(rules.error()));
    if (terms_hash(*rules) != base::text_at(record, "terms_hash")) {
        return base::refuse(
            base::conflict("record_rules_changed").saying("the rules do not fit their hash"));
    }
    if (!rules->reserve_commitment.empty() && record.contains("reserve_opening")) {
        const base::json::object& opening = base::object_at(record, "reserve_opening");
        AmountText amount = read_amount(base::text_at(opening, "amount"), rules->currency);
        if (reserve_commitment_of(base::text_at(opening, "salt"), amount.amount) !=
            rules->reserve_commitment) {
            return base::refuse(base::conflict("record_reserve_changed")
                                    .saying("the reserve does not fit what was committed to"));
        }
        rules->reserve = amount.amount;
    }
    std::vector<LogEntry> recorded = TRY(verify_chain(record));
    Replayed made{std::move(*rules), {}, {}, {}, 0, {}};
    made.state = TRY(fold(made.rules, recorded, opened_contents(recorded), Unopened::refused));
    made.head = base::to_hex(made.state.head);
    made.events = recorded.size();
    made.entries = std::move(recorded);
    made.result = result_json(made.rules, made.state);
    if (base::canonical_json(made.result) !=
        base::canonical_json(base::json::value(base::object_at(record, "result")))) {
        return base::refuse(base::conflict("record_result_changed")
                                .saying("the result does not follow from the events"));
    }
    return made;
}

}  // namespace trade
