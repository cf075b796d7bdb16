#include "trade/auction_bidding.h"

#include <algorithm>
#include <array>

namespace trade {
namespace {

/// Why a host interferes: published with the act.
constexpr std::array<std::string_view, 8> grounds = {
    "objection",         "authority",     "ownership_dispute", "platform_fault",
    "bidder_misconduct", "seller_breach", "error_in_notice",   "winner_refused"};

constexpr std::size_t sealed_key_bytes_min = 16;

bool is_host_act(Action action) {
    switch (action) {
        case Action::suspend:
        case Action::resume:
        case Action::outage_begins:
        case Action::outage_ends:
        case Action::quality:
        case Action::declare_default:
        case Action::lapse:
        case Action::withdraw_sale:
        case Action::annul:
        case Action::suspend_bidder:
            return true;
        default:
            return false;
    }
}

/// What a listing decides about its own sale, which would not hear of it here. An annulment before the
/// end stays with the host (a lost key, an error in the notice): the listing then knows of no result.
bool is_listing_act(Action action, const Auction& auction) {
    switch (action) {
        case Action::suspend:
        case Action::resume:
        case Action::declare_default:
        case Action::lapse:
        case Action::withdraw_sale:
            return true;
        case Action::annul:
            return auction.is_over();
        default:
            return false;
    }
}

bool needs_document(Action action) {
    return action == Action::suspend || action == Action::annul ||
           action == Action::withdraw_sale || action == Action::suspend_bidder;
}

/// The first checks need no sale: what cannot be read, and who is nobody.
std::optional<Code> first_checks(const party::Actor& actor, const Event& event) {
    bool with_amount = event.action == Action::bid;
    AmountText amount = read_amount(event.amount, base::Currency());
    bool unreadable = !event.amount.empty() && amount.fault == AmountText::Fault::malformed;
    if (event.units < 1 || unreadable || (with_amount && event.amount.empty())) {
        return Code::malformed_request;
    }
    if (!actor.signed_in()) return Code::unauthenticated;
    return std::nullopt;
}

}  // namespace

base::Error refusal_of(Code code) {
    return base::error(row_of(code).kind, name_of(code));
}

std::optional<Action> parse_posted_act(std::string_view name) {
    auto action = parse_action(name);
    bool posted = action && *action <= Action::decline_offer && *action != Action::read_bids;
    return posted ? action : std::nullopt;
}

base::Result<std::optional<AuctionSeat>> AuctionBidding::seat(const party::Actor& actor,
                                                              const base::Id<Auction>& id) const {
    using Found = std::optional<AuctionSeat>;
    if (actor.organisation.empty()) return Found();
    const party::Permissions& permissions = desk_->auctions().permissions();
    if (!permissions.may(actor, "auction.bid", {{}, actor.organisation, {}, {}, {}})) {
        return Found();
    }
    return database_->read<Found>([&](store::Reader& reader) -> base::Result<Found> {
        return Auctions::seat_of(reader, id, actor.organisation);
    });
}

base::Result<AuctionSeat> AuctionBidding::require_seat(const party::Actor& actor,
                                                       const base::Id<Auction>& id) const {
    if (!actor.signed_in()) {
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    }
    auto found = TRY(seat(actor, id));
    if (!found) return base::refuse(refusal_of(Code::not_a_bidder));
    return std::move(*found);
}

base::Result<AuctionBidding::Answer> AuctionBidding::act(const party::Actor& actor,
                                                         std::string_view auction,
                                                         Request request) const {
    Answer answer;
    answer.now = desk_->now();
    auto refused = [&](Code code) {
        answer.desk.outcome.code = code;
        answer.desk.stamp = answer.now;
        return answer;
    };
    auto id = base::Id<Auction>::parse(auction);
    if (id) {
        if (auto view = desk_->view(*id)) answer.view = std::move(*view);
    }
    if (auto code = first_checks(actor, request.event)) return refused(*code);
    if (!answer.view) return refused(Code::procedure_not_found);
    auto own = TRY(seat(actor, *id));
    if (!own) return refused(Code::not_a_bidder);
    // Whoever names a bidder must be it: nobody bids in another's name.
    if (!request.bidder.empty() && request.bidder != own->alias) {
        return refused(Code::forbidden_role);
    }
    // Under a key that can be guessed, whoever holds the database could try amounts against the hash.
    const AuctionRules& rules = answer.view->auction.rules;
    const bool is_hidden = request.event.action == Action::bid && rules.is_sealed();
    if (is_hidden && !request.key.empty() && request.key.size() < sealed_key_bytes_min) {
        return base::refuse(base::invalid("idempotency_key_weak")
                                .at("Idempotency-Key")
                                .with("least", std::to_string(sealed_key_bytes_min)));
    }
    request.event.actor = own->alias;
    answer.alias = own->alias;
    answer.desk = TRY(desk_->act(*id, request.event, request.key, request.arrived));
    if (answer.desk.hash.empty() && answer.desk.outcome.seq > 0) {
        auto entry = database_->read<std::vector<LogEntry>>(
            [&](store::Reader& reader) -> base::Result<std::vector<LogEntry>> {
                return Auctions::events(reader, *id, answer.desk.outcome.seq - 1, 1);
            });
        if (entry && !entry->empty()) {
            answer.desk.hash = base::to_hex(entry->front().hash);
            answer.desk.stamp = entry->front().stamp;
        }
    }
    answer.view = TRY(desk_->view(*id));
    answer.now = desk_->now();
    return answer;
}

base::Status AuctionBidding::set_agent(const party::Actor& actor, const base::Id<Auction>& id,
                                       std::optional<std::string> maximum) const {
    AuctionSeat own = TRY(require_seat(actor, id));
    std::optional<base::Money> amount;
    if (maximum) {
        auto view = TRY(desk_->view(id));
        AmountText read = read_amount(*maximum, view->auction.rules.currency);
        if (read.fault != AmountText::Fault::none) {
            return base::refuse(refusal_of(Code::malformed_request));
        }
        amount = read.amount;
    }
    return desk_->set_agent(id, own.alias, amount);
}

base::Result<Outcome> AuctionBidding::operate(const party::Actor& actor,
                                              const base::Id<Auction>& id, Event event,
                                              std::string_view ground) const {
    TRY(database_->read<void>([&](store::Reader& reader) -> base::Status {
        Auction auction = TRY(Auctions::require(reader, id));
        TRY(desk_->auctions().permissions().require(actor, "auction.operate", auction.standing()));
        const bool elsewhere = !auction.listing.empty() && is_listing_act(event.action, auction);
        return elsewhere ? base::Status(base::refuse(base::conflict("sale_of_listing")))
                         : base::Status();
    }));
    if (!is_host_act(event.action)) return base::refuse(refusal_of(Code::forbidden_role));
    if (needs_document(event.action)) {
        if (std::ranges::find(grounds, ground) == grounds.end()) {
            return base::refuse(base::invalid("ground_missing").at("ground"));
        }
        if (event.document.empty()) {
            return base::refuse(base::invalid("document_missing").at("document"));
        }
    }
    // One text in the record: the ground, then the decision it rests on.
    if (!ground.empty() && !event.document.empty()) {
        event.document = std::string(ground) + ": " + event.document;
    }
    Outcome outcome = TRY(desk_->act(id, event)).outcome;
    if (!is_success(outcome.code)) return base::refuse(refusal_of(outcome.code));
    return outcome;
}

}  // namespace trade
