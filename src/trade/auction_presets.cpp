#include "trade/auction_presets.h"

#include "base/yaml.h"

namespace trade {
namespace {

/// What each sale brings by itself; only here, to see whether a preset's own parameters are sound.
Parameters trial_sale() {
    return {{"open", "09:00"}, {"close", "11:00"},    {"free_end", "10:00"}, {"start", "1000"},
            {"step", "100"},   {"reference", "1000"}, {"floor", "500"},      {"beacon", "trial"}};
}

base::Result<AuctionPreset> read_preset(const std::string& name, const base::Yaml& node) {
    if (auto keys = node.only_keys({"type", "source", "valid_from", "parameters"}); !keys) {
        return base::refuse(keys.error());
    }
    AuctionPreset preset;
    preset.name = name;
    base::Yaml type = TRY(node.required("type"));
    auto known = parse_auction_type(TRY(type.text()));
    if (!known) return base::refuse(type.fault("auction_type_unknown", "no such type of auction"));
    preset.type = *known;
    preset.source = TRY(TRY(node.required("source")).text());
    preset.valid_from = TRY(base::Date::parse(TRY(TRY(node.required("valid_from")).text())));
    for (const auto& [key, value] : node["parameters"].pairs()) {
        preset.parameters[key] = TRY(value.text());
    }
    Parameters trial = trial_sale();
    for (const auto& [key, value] : preset.parameters)
        trial[key] = value;
    auto rules = read_rules(preset.type, trial, base::Time{});
    if (!rules) return base::refuse(node.fault(rules.error().code, rules.error().field));
    return preset;
}

}  // namespace

base::Result<AuctionPresets> load_auction_presets(const std::filesystem::path& folder) {
    base::Yaml file = TRY(base::Yaml::load(folder / "presets.yaml"));
    AuctionPresets presets;
    for (const auto& [name, node] : file.pairs()) {
        presets[name] = TRY(read_preset(name, node));
    }
    return presets;
}

base::Result<AuctionRules> rules_from_preset(const AuctionPresets& presets, std::string_view name,
                                             const Parameters& sale, base::Time day) {
    auto found = presets.find(name);
    if (found == presets.end()) {
        return base::refuse(base::not_found("preset_unknown").with("preset", name));
    }
    Parameters merged = found->second.parameters;
    for (const auto& [key, value] : sale)
        merged[key] = value;
    merged["rule_set"] = std::string(name);
    return read_rules(found->second.type, merged, day);
}

}  // namespace trade
