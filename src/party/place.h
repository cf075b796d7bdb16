#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"

namespace party {

enum class PlaceLevel { region = 1, city = 2, county = 3 };

struct Place {
    std::string code;  ///< GB/T 2260, six digits
    PlaceLevel level = PlaceLevel::county;
    base::LocalText name;
};

/// A range of codes, inclusive: scope checks in SQL are `place between :low and :high`.
struct PlaceRange {
    std::string low;
    std::string high;
};

/// The tree region → cities → counties of one region. Immutable after loading; shareable.
/// Parks, zones and alliances are memberships, never parents (see overlays.yaml).
class Places {
  public:
    /// Reads `places.yaml`. Refuses duplicates and children without a parent, with file:line.
    static base::Result<Places> load(const std::filesystem::path& file);
    static base::Result<Places> from(const base::Yaml& root);

    const Place* find(std::string_view code) const;  ///< null if unknown
    /// The place, or `place_unknown`.
    base::Result<Place> require(std::string_view code) const;
    const Place& region() const { return places_.front(); }
    const std::vector<Place>& all() const { return places_; }  ///< in code order
    std::vector<Place> children(std::string_view code) const;
    /// The city a county or city code belongs to; the region's own code for the region.
    std::string city_of(std::string_view code) const;
    std::string name(std::string_view code, base::Language language) const;
    /// 450000 → 450000…459999, 450100 → 450100…450199, 450102 → itself.
    static PlaceRange range(std::string_view code);
    /// True if `inner` is `outer` or lies in it; both need not be known.
    static bool contains(std::string_view outer, std::string_view inner);

  private:
    std::vector<Place> places_;
    std::unordered_map<std::string, std::size_t> by_code_;
};

}  // namespace party
