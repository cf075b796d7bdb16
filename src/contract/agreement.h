#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "catalog/entry.h"
#include "contract/negotiation.h"
#include "contract/room.h"
#include "party/permission.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/case.h"
#include "workflow/form.h"

namespace contract {

struct Confirmation {
    std::string account_name;
    std::optional<base::Time> at;
    bool given() const { return at.has_value(); }
};

/// The terms two sides of a room agree on (form `agreement`). `revision` counts the terms: each
/// change needs both sides again.
struct Agreement {
    base::Id<Agreement> id;
    base::Id<Contact> contact;
    base::Id<catalog::Entry> entry;  ///< what the room was opened about
    base::Id<party::Organisation> seller;
    base::Id<party::Organisation> buyer;
    base::Id<party::Organisation> proposer;  ///< of this revision
    std::string place;                       ///< of the seller
    base::json::object body;
    int revision = 1;
    Confirmation by_seller;
    Confirmation by_buyer;
    bool needs_notice = false;  ///< public body, agreed price (促进科技成果转化法 18)
    std::string state;          ///< mirrors the case
    std::string contract;       ///< id of the contract written from it, or empty
    std::int64_t version = 1;
    base::Time created_at;
    std::optional<base::Time> agreed_at;

    std::string result_name() const { return base::text_at(body, "result_name"); }
    /// Nothing when the price is a formula only.
    std::optional<base::Money> price() const;
    /// own = the seller, counterpart = the buyer.
    party::Standing standing() const { return {place, seller, buyer, {}, {}}; }
    bool is_member(const party::Actor& actor) const {
        return actor.signed_in() && !actor.organisation.empty() &&
               (actor.organisation == seller || actor.organisation == buyer);
    }
};

/// Agreeing on terms (process `agreement`): one side proposes, the other confirms; a public body's
/// agreed price then needs a notice before a contract. The notice module drives that part through
/// begin_notice, clear and uphold; the contract module ends it with conclude. Stateless over the
/// store; thread-safe after `attach`.
class Agreements {
  public:
    Agreements(const workflow::Form& form, const Contacts& contacts,
               const catalog::Entries& entries, const party::Permissions& permissions,
               const party::Places& places, const base::Vault& vault)
        : form_(&form),
          contacts_(&contacts),
          entries_(&entries),
          permissions_(&permissions),
          places_(&places),
          vault_(&vault) {}

    static constexpr std::string_view process = "agreement";
    /// Kind of the room file that holds a public body's decision on the deal.
    static constexpr std::string_view minutes_kind = "decision_minutes";

    /// Follows the process. Once, at start, before the listeners.
    void attach(workflow::Cases& cases);
    /// Called in the transaction of every step with the state left and the agreement as it is now;
    /// a refusal undoes the step. So the notice module ends its notice when terms change.
    using Listener = std::function<base::Status(store::Transaction&, const party::Actor&,
                                                const Agreement&, std::string_view state_before)>;
    void listen(Listener listener) { listeners_.push_back(std::move(listener)); }

    /// New terms for the room, confirmed by the side that writes them; those before are replaced and
    /// a running notice ends. Errors: those of rooms, `form_invalid` (price_missing,
    /// market_reference_missing, related_explanation_missing and the fields'), `agreement_concluded`,
    /// `version_stale`, `organisation_not_verified`. `expected_version` 0 only for the first terms.
    base::Result<Agreement> propose(store::Transaction&, const party::Actor&,
                                    const base::Id<Contact>&, const base::json::object& body,
                                    std::int64_t expected_version) const;
    /// The actor's side agrees to the terms of this version. When both have, the deal is agreed and,
    /// if it must be published, waits for its notice. Errors: `agreement_unknown`, not_permitted,
    /// `wrong_state`, `version_stale`, `already_confirmed`, `decision_minutes_missing`.
    base::Result<Agreement> confirm(store::Transaction&, const party::Actor&,
                                    const base::Id<Agreement>&,
                                    std::int64_t expected_version) const;
    /// Either side gives up, with a reason in words. Errors of Cases::advance.
    base::Result<Agreement> abandon(store::Transaction&, const party::Actor&,
                                    const base::Id<Agreement>&, std::string_view text,
                                    std::int64_t expected_version) const;

    // For the notice module: the platform's own steps. `wrong_state` if they do not fit.
    base::Result<Agreement> begin_notice(store::Transaction&, const base::Id<Agreement>&) const;
    base::Result<Agreement> clear(store::Transaction&, const base::Id<Agreement>&) const;
    base::Result<Agreement> uphold(store::Transaction&, const base::Id<Agreement>&) const;
    /// The notice ended without a decision (withdrawn): it is needed again.
    base::Result<Agreement> restart_notice(store::Transaction&, const base::Id<Agreement>&) const;
    /// For the contract module: a contract was written from it. `wrong_state` before it is agreed
    /// and, where needed, cleared.
    base::Result<Agreement> conclude(store::Transaction&, const base::Id<Agreement>&,
                                     std::string_view contract) const;

    static std::optional<Agreement> find(store::Reader&, const base::Id<Agreement>&);
    static base::Result<Agreement> require(store::Reader&, const base::Id<Agreement>&);
    /// As one of the two sides, else `agreement_unknown`.
    base::Result<Agreement> read(store::Reader&, const party::Actor&,
                                 const base::Id<Agreement>&) const;
    /// All of a room, newest first.
    static std::vector<Agreement> of_room(store::Reader&, const base::Id<Contact>&);
    /// All that the actor's organisation is a side of, newest first.
    static std::vector<Agreement> list(store::Reader&, const party::Actor&, std::string_view before,
                                       std::size_t limit);

    const workflow::Form& form() const { return *form_; }
    const workflow::Cases& cases() const { return *cases_; }

  private:
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Result<Contact> room_for(store::Reader&, const party::Actor&,
                                   const base::Id<Contact>&) const;
    base::Result<Agreement> first_terms(store::Transaction&, const party::Actor&, const Contact&,
                                        const base::json::object& body) const;
    base::Result<Agreement> replace_terms(store::Transaction&, const party::Actor&, Agreement,
                                          const Contact&, const base::json::object& body,
                                          std::int64_t expected_version) const;
    base::Status set_sides(store::Reader&, Agreement&, const Contact&) const;
    base::Status settle(store::Transaction&, const Agreement&) const;
    base::Result<Agreement> step(store::Transaction&, const base::Id<Agreement>&,
                                 std::string_view transition) const;
    void log(store::Transaction&, const party::Actor&, const Agreement&,
             std::string_view what) const;

    const workflow::Form* form_;
    const Contacts* contacts_;
    const catalog::Entries* entries_;
    const party::Permissions* permissions_;
    const party::Places* places_;
    const base::Vault* vault_;
    const workflow::Cases* cases_ = nullptr;
    std::vector<Listener> listeners_;
};

/// Defects that one field alone cannot show, all at once (see propose).
std::vector<base::Error> check_terms(const base::json::object& body);

}  // namespace contract
