#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/result.h"
#include "party/actor.h"
#include "party/permission.h"
#include "party/place.h"
#include "store/database.h"

namespace party {

/// True for a unified social credit code with the right GB 32100-2015 check character.
bool is_valid_credit_code(std::string_view code);
/// The check character of 17 valid characters (for generators and messages).
char credit_code_check(std::string_view first_17);

enum class OrganisationKind {
    university,
    institute,
    enterprise,
    transfer_institution,
    registration_point,
    government,
    market_operator,
    hospital,
    association,
    financial,
    foreign,
    other
};
base::Result<OrganisationKind> parse_organisation_kind(std::string_view code);
std::string_view to_string(OrganisationKind kind);

enum class OrganisationState { pending, verified, refused, suspended };
std::string_view to_string(OrganisationState state);
base::Result<OrganisationState> parse_organisation_state(std::string_view code);

struct Organisation {
    base::Id<Organisation> id;
    std::string credit_code;  ///< empty only for foreign ones
    std::string name;
    std::string name_en;
    OrganisationKind kind = OrganisationKind::other;
    bool is_public_body =
        false;  ///< state-founded: agreed prices need a notice (促进科技成果转化法 18)
    std::string place;
    std::string address;
    std::string introduction;
    OrganisationState state = OrganisationState::pending;
    std::string decision_reason;  ///< why refused or suspended, in the officer's words
    bool is_sample = false;
    std::int64_t version = 1;
    base::Time created_at;
};

struct OrganisationDraft {
    std::string credit_code, name, name_en, place, address, introduction;
    OrganisationKind kind = OrganisationKind::enterprise;
    bool is_public_body = false;
    bool is_sample = false;
};

/// Organisations and their verification by the officer of the place. Stateless over the store;
/// thread-safe. Permission is asked here (actions organisation.*).
class Organisations {
  public:
    Organisations(const Places& places, const Permissions& permissions)
        : places_(&places), permissions_(&permissions) {}

    /// Hears of every organisation that was made, changed or decided on, in the transaction that did
    /// it; a refusal undoes it. Set at start, before the object is shared.
    using Follower = std::function<base::Status(store::Transaction&, const Actor&,
                                                const Organisation&, const Standing&)>;
    void follow(Follower follower) { follower_ = std::move(follower); }

    /// By an officer of the place (verified at once). Errors: form_invalid (credit_code_invalid, …),
    /// `organisation_exists` when the credit code is taken, not_permitted.
    base::Result<Organisation> create(store::Transaction&, const Actor&,
                                      const OrganisationDraft&) const;
    /// By anybody: pending until the officer of the place has decided. Only as a part of
    /// Accounts::register_with_organisation, which makes its first member.
    base::Result<Organisation> create_pending(store::Transaction&, const Actor&,
                                              const OrganisationDraft&) const;
    /// A change of name, code, kind or public standing by its own members makes it pending again.
    /// Errors: form_invalid, `organisation_exists`, `version_stale`, not_permitted.
    base::Result<Organisation> update(store::Transaction&, const Actor&,
                                      const base::Id<Organisation>&, const OrganisationDraft&,
                                      std::int64_t expected_version) const;
    /// The officer of the place says yes or no; refusing and suspending need a reason of 5–500
    /// characters. pending → verified | refused, verified → suspended, refused and suspended →
    /// verified. Errors: not_permitted, `already_decided` {state}, `reason_missing`.
    base::Result<Organisation> verify(store::Transaction&, const Actor&,
                                      const base::Id<Organisation>&, OrganisationState decision,
                                      std::string_view reason) const;
    static std::optional<Organisation> find(store::Reader&, const base::Id<Organisation>&);
    static base::Result<Organisation> require(store::Reader&, const base::Id<Organisation>&);
    static std::optional<Organisation> find_by_credit_code(store::Reader&, std::string_view code);
    struct Filter {
        std::string place;  ///< subtree
        std::optional<OrganisationKind> kind;
        std::optional<OrganisationState> state;
        std::string name_part;
        std::string after;  ///< cursor: last id seen
        std::size_t limit = 50;
    };
    static std::vector<Organisation> list(store::Reader&, const Filter&);
    /// What permission on an organisation depends on. One from outside the region stands at the
    /// region's own code: the region's officer looks after it.
    Standing standing_of(const Organisation&) const;
    /// The registration point responsible for a seller's place: nearest enclosing (county, city, region).
    static std::optional<Organisation> registration_point_for(store::Reader&,
                                                              std::string_view place);

  private:
    base::Result<Organisation> insert(store::Transaction&, const Actor&, const OrganisationDraft&,
                                      OrganisationState) const;
    base::Result<OrganisationDraft> checked(OrganisationDraft) const;

    base::Status tell(store::Transaction&, const Actor&, const Organisation&) const;

    const Places* places_;
    const Permissions* permissions_;
    Follower follower_;
};

}  // namespace party
