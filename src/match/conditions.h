#pragma once

#include "match/scorer.h"

namespace match {

/// The parts that compare facts rather than words. Each gives a share from 0 to 1, `known` = false
/// when one side does not say, and codes for what is missing.

/// Same primary card 1; any common card 0.6.
Reason card_reason(const Item& demand, const Item& achievement);
/// Stage reached ≥ stage wanted 1; each missing level costs half of what is left.
Reason maturity_reason(const Item& demand, const Item& achievement);
/// Asked ≤ budget 1, falling to 0 at 2 × budget. Different currencies are not compared.
Reason price_reason(const Item& demand, const Item& achievement);
/// One common mode of cooperation is enough.
Reason mode_reason(const Item& demand, const Item& achievement);
/// Same county 1, city 0.8, region 0.5, country 0.3, else 0.2: help is easier to give nearby.
Reason place_reason(const Item& demand, const Item& achievement);
/// The share of requests that the owners answered, the slower of the two sides; unknown until one
/// side has been asked three times.
Reason record_reason(const Item& demand, const Item& achievement);

}  // namespace match
