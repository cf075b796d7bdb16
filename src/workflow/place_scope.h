#pragma once

#include <string>
#include <string_view>
#include <vector>

/// Place codes as the names of queues. GB/T 2260: two digits each for region, city and county.
namespace workflow {

inline std::string place_scope(std::string_view code) {
    return "place:" + std::string(code);
}

/// The place and those around it, nearest first: 450102 → 450102, 450100, 450000.
inline std::vector<std::string> enclosing_places(std::string_view code) {
    std::vector<std::string> result;
    if (code.size() != 6) return result;
    for (std::size_t digits : {6, 4, 2}) {
        std::string place = std::string(code.substr(0, digits)) + std::string(6 - digits, '0');
        if (result.empty() || result.back() != place) result.push_back(std::move(place));
    }
    return result;
}

/// `levels` steps up from the place, at most to the region; empty for a code that is none.
inline std::string place_above(std::string_view code, int levels) {
    std::vector<std::string> around = enclosing_places(code);
    if (around.empty()) return {};
    auto index = static_cast<std::size_t>(levels);
    return around[index < around.size() ? index : around.size() - 1];
}

}  // namespace workflow
