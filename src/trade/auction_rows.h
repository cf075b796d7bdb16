#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/crypto.h"
#include "store/database.h"
#include "trade/auction_house.h"
#include "trade/auction_record.h"

/// How sales stand in their tables. No rules here; Auctions and AuctionRoom decide.
namespace trade::rows {

inline constexpr std::string_view auction_columns =
    "id, listing, entry, host, seller, place, title, type, rules, terms_hash, phase, "
    "announced_at, closes_at, last_seq, head, agent_allowed, is_sample, version, refused, missed";

/// `record_rules_changed` when the stored rules do not read back.
base::Result<Auction> read_auction(const store::Row& row);
void insert_auction(store::Transaction&, const Auction&, std::string_view sealed_reserve);
/// From alias, organisation, name, deposit, seat.
AuctionSeat read_seat(const store::Row& row, base::Currency currency);
/// Of a sale's amounts, without reading the whole of its rules; CNY when there is no such sale.
base::Currency currency_of(store::Reader&, const base::Id<Auction>&);
void insert_seat(store::Transaction&, const base::Id<Auction>&, const AuctionSeat&);

/// An event with what is kept beside it of a sealed bid (a box, or text under the site's vault).
struct StoredEvent {
    LogEntry entry;
    std::string sealed;
};
std::vector<StoredEvent> events(store::Reader&, const base::Id<Auction>&, std::uint64_t after,
                                std::size_t limit);
/// Many rows in few statements. A number that is taken breaks the transaction (another writer).
void insert_events(store::Transaction&, const base::Id<Auction>&,
                   const std::vector<StoredEvent>& events);

/// The first answer to a keyed request.
struct StoredAnswer {
    std::string bidder;
    std::string key_hash;
    std::string digest;
    Outcome outcome;
};
std::vector<StoredAnswer> answers(store::Reader&, const base::Id<Auction>&);
void insert_answers(store::Transaction&, const base::Id<Auction>&,
                    const std::vector<StoredAnswer>& answers);

/// An act of the platform that another transaction asked for.
struct Command {
    std::string id;
    std::optional<Event> event;  ///< none: it cannot be read and is answered as malformed
};
std::vector<Command> open_commands(store::Reader&, const base::Id<Auction>&);
/// Sales somebody asked something of.
std::vector<base::Id<Auction>> with_commands(store::Reader&);
void insert_command(store::Transaction&, const base::Id<Auction>&, const Event&,
                    std::string_view actor);
/// False when it was done already.
bool finish_command(store::Transaction&, std::string_view id, Code answer);

struct StoredKey {
    int slot = 1;
    KeyHolder holder;
    std::string secret_key;  ///< sealed under the vault until the sale is over; empty: not given
    std::optional<base::Time> given_at;
};
std::vector<StoredKey> keys(store::Reader&, const base::Id<Auction>&);
void insert_key(store::Transaction&, const base::Id<Auction>&, int slot, const KeyHolder&);
/// False when it was given before.
bool give_key(store::Transaction&, const base::Id<Auction>&, int slot, std::string_view sealed);

/// An empty maximum ends the standing order.
void put_agent(store::Transaction&, const base::Id<Auction>&, std::string_view alias,
               std::string_view sealed_maximum, base::Time at);

/// Reads the rules as written, with the reserve where it is known.
base::Result<AuctionRules> read_stored_rules(std::string_view type, std::string_view text);
std::string write_stored_rules(const AuctionRules& rules);

base::json::object to_json(const Outcome& outcome);
std::optional<Outcome> read_outcome(std::string_view text, base::Currency currency);
base::json::object to_json(const Event& event);
std::optional<Event> read_event(std::string_view text);

}  // namespace trade::rows
