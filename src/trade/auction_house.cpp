#include "trade/auction_house.h"

#include <algorithm>
#include <set>

#include <spdlog/spdlog.h>

#include "base/check.h"
#include "base/hash.h"
#include "trade/auction_record.h"
#include "trade/auction_rows.h"
#include "trade/sealed_bid.h"

namespace trade {
namespace {

/// Letter and two digits by chance, never twice in a sale; I and O look like digits.
std::string draw_alias(base::Random& random, const std::set<std::string, std::less<>>& taken) {
    constexpr std::string_view letters = "ABCDEFGHJKLMNPQRSTUVWXYZ";
    while (true) {
        std::string alias(1, letters[random.below(letters.size())]);
        alias += std::to_string(10 + random.below(90));
        if (!taken.contains(alias)) return alias;
    }
}

base::Error inconsistent(std::string_view field, std::string_view words) {
    return base::invalid("rules_inconsistent").at(field).saying(words);
}

base::Status check_keys(const AuctionDraft& draft) {
    bool by_keys = draft.rules.opening == Opening::by_keys;
    const std::vector<KeyHolder>& holders = draft.key_holders;
    base::Error wrong = base::invalid("key_holders_wrong").at("key_holders");
    if (!by_keys && !holders.empty()) {
        return base::refuse(std::move(wrong).saying("the rules do not open by keys"));
    }
    if (!by_keys) return {};
    bool two = holders.size() == 2 && holders[0].account != holders[1].account &&
               holders[0].public_key != holders[1].public_key;
    bool named = std::ranges::all_of(holders, [](const KeyHolder& holder) {
        return !holder.account.empty() && is_box_key(holder.public_key);
    });
    if (two && named) return {};
    return base::refuse(std::move(wrong).saying("two different people with keys of their own"));
}

base::Status check_people(const AuctionDraft& draft) {
    std::set<std::string> known;
    for (const Admission& admission : draft.bidders) {
        if (!known.insert(admission.organisation.text()).second) {
            return base::refuse(base::invalid("bidder_twice").at("bidders"));
        }
    }
    return {};
}

/// Fills in who may bid, and hides a secret reserve behind its commitment.
std::string complete_rules(AuctionRules& rules, const std::vector<AuctionSeat>& seats,
                           const std::vector<Admission>& bidders, base::Random& random) {
    rules.bidders.clear();
    rules.holders.clear();
    for (std::size_t index = 0; index < seats.size(); ++index) {
        const AuctionSeat& seat = seats[index];
        if (seat.seat == Admission::Seat::bidder) {
            rules.bidders.push_back({seat.alias, base::Money{seat.deposit.minor, rules.currency}});
        }
        int rank = bidders[index].priority_rank;
        if (rank > 0) rules.holders.push_back({seat.alias, rank});
    }
    // The order of the list would tell who signed up first.
    std::ranges::sort(rules.bidders, {}, &Bidder::alias);
    std::ranges::sort(rules.holders, {}, &PriorityHolder::alias);
    rules.reserve_commitment.clear();
    bool secret = rules.reserve && rules.reserve_secrecy == ReserveSecrecy::secret;
    if (!secret) return {};
    std::string salt = base::random_token(random, 16);
    rules.reserve_commitment = reserve_commitment_of(salt, *rules.reserve);
    return SealedContent{rules.reserve->to_string(), salt, 1}.to_text();
}

/// A sale whose row was changed is named and left out; it does not take the others with it.
void add_readable(std::vector<Auction>& list, const store::Row& row) {
    auto read = rows::read_auction(row);
    if (read) list.push_back(std::move(*read));
    if (!read) spdlog::error("sale {}: {}", row.text(0), base::describe(read.error()));
}

}  // namespace

base::Result<Auction> Auctions::announce(store::Transaction& transaction, const party::Actor& actor,
                                         const AuctionDraft& draft) const {
    TRY(permissions_->require(actor, "auction.announce",
                              {draft.place, draft.host, draft.seller, {}, {}}));
    // The pure core runs in any currency; books over all sales are of the home one.
    TRY(read_sale_currency(draft.rules.currency.code()));
    TRY(check_keys(draft));
    TRY(check_people(draft));
    if (draft.rules.open <= transaction.now()) {
        return base::refuse(base::invalid("auction_opens_in_past").at("open"));
    }
    if (draft.agent_allowed && draft.rules.type != AuctionType::english) {
        return base::refuse(inconsistent("agent", "an agent bids in open ascending sales only"));
    }
    Auction made{.id = transaction.new_id<Auction>(),
                 .listing = draft.listing,
                 .entry = draft.entry,
                 .host = draft.host,
                 .seller = draft.seller,
                 .place = draft.place,
                 .title = draft.title,
                 .rules = draft.rules};
    std::vector<AuctionSeat> seats;
    std::set<std::string, std::less<>> taken;
    for (const Admission& admission : draft.bidders) {
        std::string alias = draw_alias(transaction.random(), taken);
        taken.insert(alias);
        seats.push_back(
            {alias, admission.organisation, admission.name, admission.deposit, admission.seat});
    }
    made.rules.procedure = made.id.text();
    std::string reserve = complete_rules(made.rules, seats, draft.bidders, transaction.random());
    // What is stored must read back as what was announced.
    made.rules =
        TRY(rows::read_stored_rules(made.rules.row().name, rows::write_stored_rules(made.rules)));
    made.terms_hash = terms_hash(made.rules);
    made.phase = "announced";
    made.announced_at = transaction.now();
    made.closes_at = begin_auction(made.rules).deadline;
    made.head = base::to_hex(begin_auction(made.rules).head);
    made.agent_allowed = draft.agent_allowed;
    made.is_sample = draft.is_sample;
    if (!reserve.empty()) {
        // Under the keys too where there are some: then nobody knows it before the bids are opened.
        std::vector<std::string> keys;
        for (const KeyHolder& holder : draft.key_holders)
            keys.push_back(holder.public_key);
        reserve =
            keys.empty()
                ? base::to_base64(vault_->seal(reserve, "auction:" + made.id.text() + ":reserve",
                                               transaction.random()))
                : seal_under_keys(keys, reserve);
    }
    rows::insert_auction(transaction, made, reserve);
    for (const AuctionSeat& seat : seats)
        rows::insert_seat(transaction, made.id, seat);
    for (std::size_t slot = 0; slot < draft.key_holders.size(); ++slot) {
        rows::insert_key(transaction, made.id, static_cast<int>(slot + 1), draft.key_holders[slot]);
    }
    transaction.append({actor.log_name(), made.place, made.id.text(), "auction.announced",
                        base::canonical_json(base::json::object{{"terms", made.terms_hash},
                                                                {"head", made.head},
                                                                {"listing", made.listing},
                                                                {"entry", made.entry}})});
    return made;
}

base::Result<std::string> Auctions::admit(store::Transaction& transaction,
                                          const party::Actor& actor, const base::Id<Auction>& id,
                                          const Admission& admission) const {
    Auction auction = TRY(require(transaction, id));
    TRY(permissions_->require(actor, "auction.operate", auction.standing()));
    if (!auction.listing.empty()) return base::refuse(base::conflict("sale_of_listing"));
    if (seat_of(transaction, id, admission.organisation)) {
        return base::refuse(base::conflict("bidder_twice"));
    }
    bool open = auction.phase == "announced" || auction.phase == name_of(Phase::bidding);
    if (!open || (auction.closes_at && transaction.now() >= *auction.closes_at)) {
        return base::refuse(base::conflict(name_of(Code::bidding_closed)));
    }
    std::set<std::string, std::less<>> taken;
    for (const AuctionSeat& seat : seats(transaction, id))
        taken.insert(seat.alias);
    AuctionSeat seat{draw_alias(transaction.random(), taken), admission.organisation,
                     admission.name, admission.deposit, admission.seat};
    rows::insert_seat(transaction, id, seat);
    Event event{.action = Action::admit_bidder, .subject = seat.alias};
    if (seat.deposit.minor > 0) event.amount = seat.deposit.to_string();
    TRY(request(transaction, actor, id, event));
    return seat.alias;
}

base::Status Auctions::withdraw_bidder(store::Transaction& transaction, const party::Actor& actor,
                                       const base::Id<Auction>& id,
                                       const base::Id<party::Organisation>& organisation,
                                       std::string_view document) const {
    TRY(require(transaction, id));
    auto seat = seat_of(transaction, id, organisation);
    if (!seat) return base::refuse(base::not_found("bidder_unknown"));
    if (document.empty()) {
        return base::refuse(base::invalid("document_missing").at("document"));
    }
    return request(transaction, actor, id,
                   {.action = Action::suspend_bidder,
                    .subject = seat->alias,
                    .document = std::string(document)});
}

base::Status Auctions::request(store::Transaction& transaction, const party::Actor& actor,
                               const base::Id<Auction>& id, const Event& event) const {
    Auction auction = TRY(require(transaction, id));
    TRY(permissions_->require(actor, "auction.operate", auction.standing()));
    if (event.action <= Action::decline_offer || event.action == Action::open_bids ||
        !event.actor.empty()) {
        return base::refuse(base::forbidden(name_of(Code::forbidden_role)));
    }
    rows::insert_command(transaction, id, event, actor.log_name());
    transaction.append({actor.log_name(), auction.place, id.text(), "auction.asked",
                        base::canonical_json(rows::to_json(event))});
    return {};
}

std::optional<Auction> Auctions::find(store::Reader& reader, const base::Id<Auction>& id) {
    auto row = reader.first(
        "select " + std::string(rows::auction_columns) + " from trade_auction where id = :id",
        {{"id", id}});
    auto read = row ? rows::read_auction(*row)
                    : base::Result<Auction>(base::refuse(base::not_found("auction_unknown")));
    return read ? std::optional(std::move(*read)) : std::nullopt;
}

base::Result<Auction> Auctions::require(store::Reader& reader, const base::Id<Auction>& id) {
    auto row = reader.first(
        "select " + std::string(rows::auction_columns) + " from trade_auction where id = :id",
        {{"id", id}});
    if (!row) return base::refuse(base::not_found("auction_unknown"));
    return rows::read_auction(*row);
}

std::vector<Auction> Auctions::of_listing(store::Reader& reader, std::string_view listing) {
    std::vector<Auction> found;
    for (const store::Row& row :
         reader.query("select " + std::string(rows::auction_columns) +
                          " from trade_auction where listing = :listing order by id desc",
                      {{"listing", listing}})) {
        add_readable(found, row);
    }
    return found;
}

std::vector<Auction> Auctions::list(store::Reader& reader, const Filter& filter) {
    std::string sql = "select " + std::string(rows::auction_columns) + " from trade_auction where ";
    switch (filter.stage) {
        case Filter::Stage::all:
            sql += "1 = 1";
            break;
        case Filter::Stage::coming:
            sql += "phase = 'announced'";
            break;
        case Filter::Stage::running:
            sql += "phase not in ('announced', 'closed', 'failed')";
            break;
        case Filter::Stage::over:
            sql += "phase in ('closed', 'failed')";
            break;
    }
    sql += " and (:after = '' or id < :after) order by id desc limit :limit";
    std::vector<Auction> found;
    for (const store::Row& row : reader.query(
             sql, {{"after", filter.after}, {"limit", static_cast<std::int64_t>(filter.limit)}})) {
        add_readable(found, row);
    }
    return found;
}

std::vector<AuctionSeat> Auctions::seats(store::Reader& reader, const base::Id<Auction>& id) {
    base::Currency currency = rows::currency_of(reader, id);
    std::vector<AuctionSeat> found;
    for (const store::Row& row :
         reader.query("select alias, organisation, name, deposit, seat from trade_auction_seat "
                      "where auction = :auction order by alias",
                      {{"auction", id}})) {
        found.push_back(rows::read_seat(row, currency));
    }
    return found;
}

std::optional<AuctionSeat> Auctions::seat_of(store::Reader& reader, const base::Id<Auction>& id,
                                             const base::Id<party::Organisation>& organisation) {
    if (organisation.empty()) return std::nullopt;
    auto row = reader.first(
        "select alias, organisation, name, deposit, seat from trade_auction_seat "
        "where auction = :auction and organisation = :organisation",
        {{"auction", id}, {"organisation", organisation}});
    if (!row) return std::nullopt;
    return rows::read_seat(*row, rows::currency_of(reader, id));
}

std::vector<LogEntry> Auctions::events(store::Reader& reader, const base::Id<Auction>& id,
                                       std::uint64_t after, std::size_t limit) {
    std::vector<LogEntry> found;
    for (rows::StoredEvent& event : rows::events(reader, id, after, limit))
        found.push_back(std::move(event.entry));
    return found;
}

base::Status Auctions::tell(store::Transaction& transaction, const Auction& auction,
                            const AuctionNews& news) const {
    for (const Listener& listener : listeners_)
        TRY(listener(transaction, auction, news));
    return {};
}

}  // namespace trade
