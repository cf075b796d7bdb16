#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/calendar.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "trade/listing_rules.h"

namespace trade {

/// Where a listing stands (docs/trading.md, "Listings").
enum class Stage {
    draft,
    review,
    published,
    suspended,
    unsold,       ///< nobody came: the owner lowers once, lists anew, or ends
    qualifying,   ///< the operator judges who registered
    agreement,    ///< one buyer: agreed at not less than the asked price
    competition,  ///< two and more: the auction that the listing announced
    priority_window,
    result_notice,  ///< of an agreed price: the notice itself
    contested,      ///< an objection was admitted, the notice stands still
    contract_pending,
    payment_pending,
    settled,
    certified,
    hearing,   ///< a default was declared, the defaulter is heard
    choosing,  ///< after a default: offer to the second, or list anew
    offered,   ///< the second was asked
    failed,
    withdrawn,
    terminated,
    annulled,
    relisted,
};
std::string_view name_of(Stage stage);
std::optional<Stage> parse_stage(std::string_view name);
bool is_end(Stage stage);

/// Something asked of a listing. All of it is text, so that a stored event, a scenario line and a
/// request are the same thing.
struct ListingEvent {
    std::string action;
    std::string role;   ///< seller, operator, bidder, supervisor, public, clock
    std::string actor;  ///< who it is: account for staff, key for a bidder
    std::string party;  ///< whom it is about
    std::map<std::string, std::string> values;
    std::string value(std::string_view name) const;
    bool operator==(const ListingEvent&) const = default;
};
base::json::object to_json(const ListingEvent& event);
ListingEvent listing_event_from(const base::json::object& stored);

/// Somebody who registered, alone or with others (joint bidders answer together).
struct ListingParty {
    std::string key;
    std::vector<std::string> members;
    /// holder: of a priority right, who waits for the price instead of competing.
    enum class Standing {
        registered,
        lapsed,
        left,
        qualified,
        refused,
        holder
    } standing = Standing::registered;
    base::Money deposit;   ///< held now
    int revision = 1;      ///< of the terms he agreed to
    std::string refusal;   ///< code: a published criterion, false_documents, conflict_of_interest …
    std::string relation;  ///< declared relation to the seller, or empty
    std::string undertaking;  ///< hash of the confidentiality terms he agreed to, or empty
    enum class Gate { none, open, passed } export_gate = Gate::none;
    base::Time at;
    bool is_interested() const {
        return standing == Standing::registered || standing == Standing::qualified;
    }
    bool operator==(const ListingParty&) const = default;
};

struct ListingQuestion {
    std::string id;
    std::string party;
    base::Time at;
    std::optional<base::Time> answered_at;
    bool operator==(const ListingQuestion&) const = default;
};

enum class PriorityAnswer { silent, declared, waived, exercised };

/// Everything a listing knows: the fold of its events. A value.
struct ListingState {
    Stage stage = Stage::draft;
    ListingRules rules;  ///< as amended
    int revision = 1;
    base::Money first_price;  ///< of the chain of listings that this one follows on
    bool is_relisting = false;
    int extensions = 0;
    int lowers = 0;
    base::Time last;
    Term period;                           ///< the running disclosure: the first, or an extension
    std::optional<base::Time> deadline;    ///< the timer of the stage; after it fired, what it was
    std::optional<base::Time> confirm_by;  ///< after an amendment
    std::string submitted_by;
    std::optional<base::Time> published_at;
    std::optional<base::Time> period_from;  ///< when the running disclosure began
    Stage stage_before = Stage::draft;      ///< a suspension, hearing
    std::optional<base::Time> suspended_since;
    std::string suspension_reason;
    std::vector<ListingParty> parties;
    std::vector<ListingQuestion> questions;
    std::map<std::string, PriorityAnswer, std::less<>> priorities;
    std::string offer_by;  ///< in agreement: whose offer waits for the owner
    std::optional<PaymentPlan> plan;
    std::string winner;
    std::optional<base::Money> price;  ///< of the deal, as valued by the stated rule
    /// After the winner, best first, each with his own price.
    std::vector<std::pair<std::string, base::Money>> runners;
    int offers_made = 0;
    std::string auction;  ///< announced for this competition
    /// What the auction said while the listing was suspended; taken when it goes on.
    std::optional<ListingEvent> auction_result;
    int objections_open = 0;
    std::optional<base::Duration> notice_left;
    std::string contract;
    std::string contract_number;  ///< of its registration
    std::string security;
    base::Money paid;  ///< towards the price, what a deposit became included
    std::string default_ground;
    std::vector<std::string> defaulted;
    std::string end_reason;
    std::string certificate;
    bool is_over() const { return is_end(stage); }
    ListingParty* party(std::string_view key);
    const ListingParty* party(std::string_view key) const;
    int interested() const;
    /// Who may read confidential documents now: inside, deposit held, cleared for export where that is
    /// asked, and bound to confidence.
    bool admits_to_room(std::string_view key) const;
    bool operator==(const ListingState&) const = default;
};

/// What the shell has to do because of an event. The core only names it.
struct ListingEffect {
    std::string kind;  ///< the table in docs/trading.md: deposit_release, deposit_forfeit, …
    std::string party;
    base::Time due;
    base::Money amount;
    std::string reason;
    bool operator==(const ListingEffect&) const = default;
};

/// Reasons by which an owner withdraws; part of the published notice.
std::span<const std::string_view> withdrawal_grounds();
/// Every code this core refuses with, sorted: documented, texted, and reached by a case.
std::span<const std::string_view> listing_refusals();

/// Which roles may take an action; none for an unknown one.
std::vector<std::string_view> roles_of_action(std::string_view action);

ListingState begin_listing(const ListingRules& rules);

/// The pure core: (rules, state, event, now) → (state, effects) or the refusal, which leaves the
/// state as the due timers left it. Due timers fire first, each at its own moment, so that a late
/// job changes nothing; `now` before the last event counts as that. Errors: listing_refusals().
base::Result<std::vector<ListingEffect>> apply(const base::WorkCalendar& calendar,
                                               ListingState& state, const ListingEvent& event,
                                               base::Time now);
/// The next moment at which a timer changes something.
std::optional<base::Time> next_due(const ListingState& state);

}  // namespace trade
