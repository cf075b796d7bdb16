#include "party/place.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/yaml.h"

namespace party {

namespace {

base::Result<PlaceLevel> parse_level(const base::Yaml& node) {
    const std::string text = TRY(node.text());
    if (text == "region") return PlaceLevel::region;
    if (text == "city") return PlaceLevel::city;
    if (text == "county") return PlaceLevel::county;
    return base::refuse(node.fault("place_level_unknown", "level is region, city or county"));
}

bool is_code(std::string_view code) {
    return code.size() == 6 &&
           std::all_of(code.begin(), code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// The level a code has by its zeros.
PlaceLevel level_of(std::string_view code) {
    if (code.substr(2) == "0000") return PlaceLevel::region;
    if (code.substr(4) == "00") return PlaceLevel::city;
    return PlaceLevel::county;
}

/// The code of the place directly around a city or county.
std::string parent_of(std::string_view code, PlaceLevel level) {
    if (level == PlaceLevel::city) return std::string(code.substr(0, 2)) + "0000";
    return std::string(code.substr(0, 4)) + "00";
}

base::Result<Place> read_place(const base::Yaml& node) {
    TRY(node.only_keys({"code", "level", "name"}));
    Place place;
    place.code = TRY(TRY(node.required("code")).text());
    if (!is_code(place.code))
        return base::refuse(node.fault("place_code_malformed", "a code is six digits"));
    place.level = TRY(parse_level(TRY(node.required("level"))));
    if (place.level != level_of(place.code))
        return base::refuse(node.fault("place_level_wrong", "level and code do not agree"));
    place.name = TRY(base::LocalText::from(TRY(node.required("name"))));
    return place;
}

}  // namespace

base::Result<Places> Places::load(const std::filesystem::path& file) {
    const base::Yaml root = TRY(base::Yaml::load(file));
    return from(root);
}

base::Result<Places> Places::from(const base::Yaml& root) {
    TRY(root.only_keys({"source", "places"}));
    Places result;
    std::set<std::string> seen;
    const base::Yaml list = TRY(root.required("places"));
    for (const base::Yaml& node : list.items()) {
        Place place = TRY(read_place(node));
        if (!seen.insert(place.code).second)
            return base::refuse(node.fault("place_duplicate", "this code is here twice"));
        result.places_.push_back(std::move(place));
    }
    if (result.places_.empty())
        return base::refuse(list.fault("places_empty", "a region has at least one place"));
    std::ranges::sort(result.places_, {}, &Place::code);
    if (result.region().level != PlaceLevel::region)
        return base::refuse(list.fault("region_missing", "no place of level region"));
    for (std::size_t i = 0; i < result.places_.size(); ++i) {
        const Place& place = result.places_[i];
        result.by_code_.emplace(place.code, i);
        if (i == 0) continue;
        if (place.level == PlaceLevel::region)
            return base::refuse(list.fault("region_duplicate", "second region: " + place.code));
        if (!seen.contains(parent_of(place.code, place.level)))
            return base::refuse(list.fault("place_orphan", "no parent for " + place.code));
    }
    return result;
}

const Place* Places::find(std::string_view code) const {
    const auto found = by_code_.find(std::string(code));
    return found == by_code_.end() ? nullptr : &places_[found->second];
}

base::Result<Place> Places::require(std::string_view code) const {
    const Place* place = find(code);
    if (place == nullptr)
        return base::refuse(base::invalid("place_unknown").with("code", code.substr(0, 20)));
    return *place;
}

std::vector<Place> Places::children(std::string_view code) const {
    std::vector<Place> result;
    for (const Place& place : places_)
        if (place.level != PlaceLevel::region && parent_of(place.code, place.level) == code)
            result.push_back(place);
    return result;
}

std::string Places::city_of(std::string_view code) const {
    if (!is_code(code) || level_of(code) == PlaceLevel::region) return std::string(code);
    return std::string(code.substr(0, 4)) + "00";
}

std::string Places::name(std::string_view code, base::Language language) const {
    const Place* place = find(code);
    return place == nullptr ? std::string(code) : place->name.in(language);
}

PlaceRange Places::range(std::string_view code) {
    CHECK_WITH(is_code(code), "a place code has six digits");
    std::string high(code);
    switch (level_of(code)) {
        case PlaceLevel::region:
            high.replace(2, 4, "9999");
            break;
        case PlaceLevel::city:
            high.replace(4, 2, "99");
            break;
        case PlaceLevel::county:
            break;
    }
    return {std::string(code), std::move(high)};
}

bool Places::contains(std::string_view outer, std::string_view inner) {
    if (!is_code(outer) || !is_code(inner)) return false;
    const PlaceRange outer_range = range(outer);
    return inner >= outer_range.low && inner <= outer_range.high;
}

}  // namespace party
