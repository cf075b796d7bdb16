#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"
#include "trade/auction_rules.h"

namespace trade {

/// A named set of parameters of one region, with the rule it rests on.
struct AuctionPreset {
    std::string name;
    AuctionType type = AuctionType::english;
    std::string source;
    base::Date valid_from;
    Parameters parameters;
};
using AuctionPresets = std::map<std::string, AuctionPreset, std::less<>>;

/// Reads `presets.yaml` of a region's trade folder. Refuses unknown keys, types and parameters with
/// file:line (`key_unknown`, `auction_type_unknown`, `parameter_unknown`, `parameter_invalid`).
base::Result<AuctionPresets> load_auction_presets(const std::filesystem::path& folder);

/// The preset's parameters with those of the sale laid over them. `preset_unknown`, and as read_rules.
base::Result<AuctionRules> rules_from_preset(const AuctionPresets& presets, std::string_view name,
                                             const Parameters& sale, base::Time day);

}  // namespace trade
