#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "run_cases/agent.h"
#include "run_cases/script.h"

namespace run_cases {

/// What stands behind `->`: a status, then in any order
///   code                     of the refusal
///   {…} or =[…]              what the body holds (value.h)
///   contains "…"  not "…"    words of the body        starts "…"   its first bytes
///   type T                   of the content           to "…"       the Location begins so
///   header NAME "…"          has these words
///   $NAME  $NAME.path        binds the id, or what is at the path; `$NAME.location`, `$NAME.etag`
///   $NAME match "…(…)…"      binds what the pattern finds in the body
///   save NAME                keeps the body for an upload
struct Expectation {
    struct Binding {
        std::string name;
        std::string path;
        std::string pattern;
    };
    int status = 0;
    std::string code;
    std::optional<base::json::value> body;
    std::vector<std::string> contains, lacks;
    std::string starts, type, location;
    std::vector<std::pair<std::string, std::string>> headers;
    std::vector<Binding> bindings;
    std::vector<std::string> saves;

    /// Reads the tokens from `at` on; `expectation_unreadable`.
    static base::Result<Expectation> from(const std::vector<Token>& tokens, std::size_t at);
    /// What of it the answer does not meet.
    std::vector<std::string> faults(const Answer& answer) const;
    /// The value that the binding names; nothing when it is not there.
    static std::optional<std::string> find(const Answer& answer, const Binding& binding);
};

}  // namespace run_cases
