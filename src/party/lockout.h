#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace party {

/// Guards a secret against guessing: after `failures_max` failures each further one is followed by
/// a wait that doubles, up to `wait_max`. A day without failures forgets them. The caller counts
/// an attempt before judging it and forgives it when it was right. Stateless over the store.
struct LockoutRule {
    std::int64_t failures_max;
    base::Duration wait_first;
    base::Duration wait_max;
};

inline constexpr LockoutRule account_rule{5, base::minutes(1), base::hours(1)};
/// Many people may sit behind one address.
inline constexpr LockoutRule address_rule{50, base::minutes(1), base::minutes(15)};
inline constexpr LockoutRule setup_rule{10, base::minutes(1), base::hours(1)};

class Lockout {
  public:
    /// `locked_out` {until} while a wait runs; otherwise counts one failure.
    static base::Status count_attempt(store::Transaction&, std::string_view scope,
                                      const LockoutRule&);
    /// Takes one counted attempt back.
    static void forgive_attempt(store::Transaction&, std::string_view scope, const LockoutRule&);
    /// Forgets all failures of the scope.
    static void forget(store::Transaction&, std::string_view scope);
    /// The end of the running wait; the epoch if there is none.
    static base::Time locked_until(store::Reader&, std::string_view scope, base::Time now);
};

}  // namespace party
