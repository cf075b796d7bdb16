#pragma once

#include "programme/outcome.h"

/// The rows of titles and awards, shared by this module's sources only.
namespace programme::rows {

void insert(store::Transaction&, const Title&);
void update(store::Transaction&, const Title&);
/// Valid ones whose last day lies before `today`.
std::vector<Title> titles_past(store::Reader&, const std::string& today, int limit);
void insert(store::Transaction&, const GrantedAward&);
void update(store::Transaction&, const GrantedAward&);

}  // namespace programme::rows

namespace programme {

/// So many months later, on the last day of a shorter month.
base::Date add_months(base::Date day, int months);

}  // namespace programme
