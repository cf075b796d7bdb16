#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace fuzz {

/// A parser that takes bytes from outside. `run` must return whatever the bytes are; what may not
/// happen (a crash, or a property that does not hold) is a CHECK. Deterministic and without state.
struct Target {
    std::string_view name;
    void (*run)(std::string_view bytes);
    std::vector<std::string> seeds;    ///< well-formed inputs to begin with
    std::vector<std::string> phrases;  ///< pieces that mean something in this language
};

const std::vector<Target>& targets();
/// Null if there is none of that name.
const Target* find_target(std::string_view name);

}  // namespace fuzz
