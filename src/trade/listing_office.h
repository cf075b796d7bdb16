#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/entry.h"
#include "contract/contract.h"
#include "contract/room.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "store/database.h"
#include "trade/auction_house.h"
#include "trade/auction_presets.h"
#include "trade/ledger.h"
#include "trade/listing.h"
#include "workflow/attachment.h"

namespace trade {

/// Named rule sets of listings of one region (trade/listing.yaml), each with its source.
struct ListingRuleSet {
    std::string name, source;
    base::Date valid_from;
    Parameters parameters;
};
using ListingRuleSets = std::map<std::string, ListingRuleSet, std::less<>>;
/// Refuses unknown parameters with file:line. A folder without the file has none.
base::Result<ListingRuleSets> load_listing_rule_sets(const std::filesystem::path& folder);

/// A listing as stored; what happened in it is in its events, whose fold is `state`.
struct Listing {
    base::Id<Listing> id;
    base::Id<catalog::Entry> entry;
    std::string place;  ///< of the seller
    base::Id<party::Organisation> seller;
    base::Id<party::Organisation> host;  ///< the market operator that runs it
    std::string title;
    base::json::object body;  ///< object, scope, terms in words; published
    ListingRules rules;       ///< as drafted; `state.rules` are those in force
    std::string rule_set;
    std::string previous;  ///< listing that this one follows in the chain
    std::string certificate;
    bool is_sample = false;
    base::Time created_at;
    std::int64_t version = 1;
    ListingState state;

    party::Standing standing() const { return {place, seller, {}, host, {}}; }
    bool is_public() const { return state.published_at.has_value(); }
};

struct ListingRecord {
    std::int64_t seq = 0;
    base::Time at;
    ListingEvent event;
};

struct ListingDraft {
    base::Id<catalog::Entry> entry;
    base::Id<party::Organisation> host;
    std::string rule_set;
    std::string previous;
    Parameters parameters;
    base::json::object body;  ///< object, scope, delivery: texts for the public
};

/// Listings in the store: every request becomes an event that the pure core judges; events are kept,
/// the state is their fold, effects are carried out in the same transaction (deposit book, bars,
/// facts, change log). Who may act in which role is asked here (listing.*). Stateless over the
/// store; thread-safe.
class Listings {
  public:
    struct Parts {
        const party::Permissions& permissions;
        const base::WorkCalendar& calendar;
        const catalog::Entries& entries;
        const workflow::Attachments& attachments;
        const Auctions& auctions;
        const AuctionPresets& presets;
        ListingRuleSets rule_sets;
        contract::Terms confidence;  ///< what a bidder agrees to before he enters the data room
    };
    explicit Listings(Parts parts) : parts_(std::move(parts)) {}

    /// Errors: not_permitted, `entry_not_listable`, `operator_unknown`, `preset_unknown`,
    /// `form_invalid`, `rule_set_undercut`, those of read_listing_rules.
    base::Result<Listing> create(store::Transaction&, const party::Actor&,
                                 const ListingDraft&) const;
    /// Any step of a person. `expected_version` 0 = any. Errors: not_permitted, `listing_unknown`,
    /// `listing_version_stale`, `listing_open_already`, `form_invalid`, listing_refusals().
    base::Result<Listing> act(store::Transaction&, const party::Actor&, const base::Id<Listing>&,
                              ListingEvent, std::int64_t expected_version) const;
    /// A fact of the deposit book, the clock, or the auction.
    base::Result<Listing> record(store::Transaction&, const base::Id<Listing>&,
                                 const ListingEvent&) const;
    /// Two and more are qualified: announces the auction that the listing named, with the admitted
    /// bidders, the holders of priority rights and their deposits. `sale` are open, close and the
    /// like: what the listing fixed is refused (`parameter_not_open`). Errors: not_permitted,
    /// wrong_stage, `auction_announced_already`, those of Auctions::announce.
    base::Result<Auction> announce(store::Transaction&, const party::Actor&,
                                   const base::Id<Listing>&, const Parameters& sale,
                                   std::vector<KeyHolder> key_holders = {}) const;
    /// The news of an auction that belongs to a listing (see Auctions::listen). Never refuses for
    /// what the listing cannot take now: fire_due takes it later.
    base::Status on_auction(store::Transaction&, const Auction&, const AuctionNews&) const;
    /// Listings whose timers are due or whose auction is over. One that refuses is logged and does
    /// not hold up the others. Returns how many moved.
    base::Result<int> fire_due(store::Database&) const;

    /// `listing_unknown`; `listing_damaged` when its stored events do not follow from each other.
    base::Result<Listing> require(store::Reader&, const base::Id<Listing>&) const;
    /// Public ones for anybody, others for the two houses and the officer of the place.
    base::Result<Listing> read(store::Reader&, const party::Actor&, const base::Id<Listing>&) const;
    static std::vector<ListingRecord> records(store::Reader&, const base::Id<Listing>&);
    struct Filter {
        enum class Group { all, open, running, over } group = Group::all;
        std::string seller, host, party;  ///< of whom; empty: public ones only
        std::string after;
        std::size_t limit = 30;
    };
    std::vector<Listing> list(store::Reader&, const Filter&) const;
    /// By the code of a deal certificate. `deal_certificate_unknown`.
    base::Result<Listing> by_certificate(store::Reader&, std::string_view code) const;

    /// What a payer writes on the transfer, so that the statement finds him. Made at registration.
    static std::string reference_of(store::Reader&, const base::Id<Listing>&,
                                    std::string_view party);
    /// Roles in which the actor can act in this listing.
    std::vector<std::string> roles(const party::Actor&, const Listing&) const;
    bool may_enter_room(const party::Actor&, const Listing&) const;
    base::Result<workflow::Attachment> add_file(store::Transaction&, const party::Actor&,
                                                const base::Id<Listing>&, workflow::Attachment,
                                                std::string_view bytes) const;
    /// Checks who may have it and records the look. `file_not_found`, `room_not_for_you`.
    base::Result<workflow::Attachment> open_file(store::Transaction&, const party::Actor&,
                                                 const base::Id<Listing>&,
                                                 std::string_view file) const;
    const workflow::Attachments& attachments() const { return parts_.attachments; }

    /// The contract that the deal asks for, as a draft for the seller to complete.
    base::Result<base::json::object> contract_body(store::Reader&, const Listing&,
                                                   base::Time now) const;

    const ListingRuleSets& rule_sets() const { return parts_.rule_sets; }
    const contract::Terms& confidence() const { return parts_.confidence; }
    const base::WorkCalendar& calendar() const { return parts_.calendar; }
    const party::Permissions& permissions() const { return parts_.permissions; }

  private:
    base::Status fill_in(store::Transaction&, const party::Actor&, const Listing&,
                         ListingEvent&) const;
    base::Status check_object(store::Reader&, const Listing&) const;
    base::Result<Listing> write(store::Transaction&, const party::Actor&, Listing,
                                const ListingEvent&) const;
    base::Status carry_out(store::Transaction&, const Listing&, const ListingEffect&) const;
    base::Status check_amendment(const Listing&, const ListingEvent&) const;
    // listing_auction.cpp
    base::Status steer_auction(store::Transaction&, Stage before, const Listing&,
                               const ListingEvent&) const;
    base::Status take_end(store::Transaction&, const base::Id<Listing>&, const AuctionEnd&) const;
    base::Result<AuctionDraft> draft_auction(store::Reader&, const Listing&, const Parameters& sale,
                                             base::Time now) const;
    base::Status settle_auction(store::Transaction&, const base::Id<Listing>&) const;

    Parts parts_;
};

/// The movement of a deposit or a payment that an effect asks for, if it asks for one.
std::optional<Posting> posting_of(const ListingEffect& effect);

/// Label and value of what a deal certificate attests, and its digest (hex SHA-256 of the canonical
/// JSON), signed by the site.
base::json::object deal_statement(store::Reader&, const Listing&);

}  // namespace trade
