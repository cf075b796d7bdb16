#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace run_cases {

/// A value as a case file writes it: YAML flow style. Plain whole numbers, true, false and null are
/// what they look like; everything else is text, also 120000.00 and 2026-03-02, because the API
/// takes amounts and dates as text. A code of digits is written in quotes: "450102".
/// `=[a, b]` is a list that must match exactly. Errors: `value_unreadable`.
base::Result<base::json::value> read_value(std::string_view text);

/// What `actual` lacks of `expected`, each "path: expected …, got …"; empty when it holds all.
/// Objects match when they hold the members named, lists when they hold an element for each one
/// named. `<any>` matches whatever is there, `<none>` a member that is absent or null,
/// `<has words>` a text with these words in it.
std::vector<std::string> differences(const base::json::value& expected,
                                     const base::json::value& actual);

/// JSON over several lines, for people.
std::string pretty(const base::json::value& value);

}  // namespace run_cases
