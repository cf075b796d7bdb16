#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "trade/auction.h"
#include "trade/sealed_bid.h"

namespace trade {

/// The public record of a sale: rules, events in a hash chain, head and result (docs/trading.md).
/// Before sealed bids are opened it holds their commitments only, so it may be published live.
base::json::object record_json(const AuctionRules& rules, const AuctionState& state,
                               const std::vector<LogEntry>& entries);
/// The opening of a secret reserve, as `reserve_opening` of a record that is over.
base::json::object reserve_opening(base::Money reserve, std::string_view salt);

struct Replayed {
    AuctionRules rules;
    AuctionState state;
    std::vector<LogEntry> entries;
    std::string head;
    std::uint64_t events = 0;
    base::json::object result;
};

/// Recomputes a sale from its record alone: no server, clock or chance. Errors name the event:
/// `record_malformed`, `record_rules_changed`, `record_event_missing`, `record_event_reordered`,
/// `record_event_changed`, `record_truncated`, `record_result_changed`, `record_reserve_changed`
/// (the reserve does not fit what was committed to), `record_not_opened_yet`
/// (sealed bids are still closed; the chain itself holds).
base::Result<Replayed> replay(const base::json::value& record);

/// The part of replay that needs no opening: the chain from the rules to the head.
base::Result<std::vector<LogEntry>> verify_chain(const base::json::object& record);

/// What the sealed bids of a sale hold, by the number of their event.
using SealedContents = std::map<std::uint64_t, SealedContent>;
/// What is done with a sealed bid whose content is not known.
enum class Unopened { refused, hidden };

/// What the "opened" events of a record say.
SealedContents opened_contents(const std::vector<LogEntry>& entries);

/// The state after the stored events, applying the acts again and demanding that every event comes
/// out the same to the byte. With Unopened::hidden the sale is folded blind, as its writer saw it.
/// Errors: `record_malformed`, `record_not_opened_yet`, `record_event_changed`,
/// `record_event_missing` {seq}.
base::Result<AuctionState> fold(const AuctionRules& rules, const std::vector<LogEntry>& recorded,
                                const SealedContents& contents, Unopened unopened);

/// The event an entry stands for, with the amount from its opening where it was sealed; nothing for
/// entries that the core writes by itself (timers and consequences).
base::Result<std::optional<Event>> event_of(const LogEntry& entry,
                                            const std::vector<LogEntry>& all);

}  // namespace trade
