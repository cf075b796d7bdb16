#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "run_cases/expectation.h"
#include "run_cases/script.h"
#include "run_cases/world.h"

namespace run_cases {

struct StoryResult {
    int statements = 0;
    std::vector<std::string> failures;  ///< each "file:line: …" over several lines
    std::set<std::string> codes;        ///< of all refusals that were met
};

/// Plays one case file on a fresh site: see README.md beside this file for the statements. A
/// statement that fails does not stop the story; one that needs a name which a failed statement
/// should have bound is left out. Not thread-safe.
class Story {
  public:
    Story(const Script& script, WorldOptions options);
    StoryResult play();

  private:
    using Tokens = std::vector<Token>;
    base::Status run(const Statement& statement);
    base::Status run_setting(const Tokens& tokens);
    base::Status prepare();
    base::Status set_clock(const Tokens& tokens);
    base::Status advance(const Tokens& tokens);
    base::Status declare_person(const Tokens& tokens);
    base::Status become(const Tokens& tokens);
    base::Status make_setup_code(const Tokens& tokens);
    base::Status make_one_time_code(const Tokens& tokens);
    base::Status walk_matrix(const Tokens& tokens);
    base::Status request(const Tokens& tokens);
    base::Result<Call> read_call(const Tokens& tokens, std::size_t& at);
    base::Status fill_in_version(Call& call);
    base::Status check(const Call& call, const Answer& answer, const Expectation& expected);
    base::Result<std::string> with_values(std::string_view text) const;
    bool needs_unbound(std::string_view text) const;

    const Script& script_;
    WorldOptions options_;
    std::unique_ptr<World> world_;
    Agent* agent_ = nullptr;
    std::string agent_name_;
    bool is_person_ = false;  ///< not a visitor or a browser: signed in anew when time passes
    std::map<std::string, std::string> values_;  ///< bound names
    std::map<std::string, std::string> saved_;   ///< bodies kept by `save`
    std::set<std::string> unbound_;              ///< names whose statement failed
};

}  // namespace run_cases
