#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "contract/contract.h"
#include "contract/statistics.h"
#include "store/database.h"

namespace contract {

/// A registrar as the region knows him: only an account with a row here is held to it, so that a
/// point can work before its people are entered.
struct Registrar {
    base::Id<party::Account> account;
    base::Id<party::Organisation> point;
    std::string name;
    base::Date trained_until;                        ///< last day of the training's validity
    base::Id<party::Organisation> own_organisation;  ///< where he works besides; he never judges it
    bool is_suspended = false;
};

/// What a registration point was entrusted with (contracts.md §6: applied … withdrawn).
struct PointAuthority {
    base::Id<party::Organisation> point;
    std::string state;      ///< applied, active, suspended, withdrawn
    std::string authority;  ///< document that entrusts it
    base::Date valid_from, valid_to;
};

/// How a point, or one of its registrars, works in a period.
struct WorkReport {
    std::string subject;  ///< account of the registrar, or empty for the whole point
    std::string name;
    std::int64_t decided = 0, registered = 0, refused = 0, returned = 0;
    std::int64_t days_total = 0;  ///< from acceptance to each decision, calendar days
    std::int64_t second_reviews = 0, differing = 0;
    /// Tenths of a day; 0 without decisions.
    std::int64_t mean_days_tenths() const { return decided == 0 ? 0 : days_total * 10 / decided; }
    /// Per thousand of everything that was answered.
    std::int64_t return_rate() const {
        return decided + returned == 0 ? 0 : returned * 1000 / (decided + returned);
    }
};

/// Writes or replaces; by the officer of the point's place, and of the place of the point where the
/// registrar stood before: `not_permitted`.
base::Status set_registrar(store::Transaction&, const party::Actor&, const Registrar&);
base::Status set_authority(store::Transaction&, const party::Actor&, const PointAuthority&);
std::vector<Registrar> registrars_of(store::Reader&, std::string_view point);
std::vector<PointAuthority> authorities(store::Reader&);

/// Whether the person is free of the contract's parties: none of his memberships, whichever of them
/// he acts for just now, and not the place where he works besides, is with a party. Parties are the
/// organisations named and those found by the credit codes of the contract and of a change that
/// waits. Error: `registrar_conflict`.
base::Status check_interest(store::Transaction&, const party::Actor&, const Contract&);
/// Whether this person of this point may decide on the contract today: asked for every decision,
/// answer, change, cancellation and second review. Errors: those of check_interest,
/// `registrar_suspended`, `registrar_training_expired`, `point_not_authorised`.
base::Status check_registrar(store::Transaction&, const party::Actor&, const Contract&);

enum class WorkAction { registered, refused, returned };
/// Keeps who answered what and how many days after acceptance.
void note_work(store::Transaction&, const party::Actor&, const Contract&, WorkAction,
               base::Date today);
/// The whole point first, then each registrar by number of decisions: decisions and answered second
/// reviews of the period.
std::vector<WorkReport> work_reports(store::Reader&, std::string_view point, const Period&);

/// Moves the open cases of a closed point to the point that covers their place now. Returns how
/// many; those for which there is none stay and are named. Error: `not_permitted`.
struct Reassignment {
    std::int64_t moved = 0;
    std::vector<std::string> left;  ///< ids of contracts without another point
};
base::Result<Reassignment> reassign_cases(store::Transaction&, const party::Actor&,
                                          const workflow::Cases&, std::string_view point);

}  // namespace contract
