#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/yaml.h"
#include "party/place.h"

namespace app {

/// The cities of a region as tiles on a grid, roughly where they lie: a way in, not a map. From the
/// region's map.yaml; without that file the cities stand in rows in the order of their codes.
/// Immutable.
class CityMap {
  public:
    struct Tile {
        std::string place;
        int column = 0;
        int row = 0;
    };
    /// Faults with file:line: no city of the region, one twice, two on one tile, beyond the grid.
    static base::Result<CityMap> load(const std::filesystem::path& region_folder,
                                      const party::Places& places);

    const std::vector<Tile>& tiles() const { return tiles_; }
    int columns() const { return columns_; }
    int rows() const { return rows_; }

  private:
    static CityMap in_rows(const party::Places& places);
    base::Status add(Tile tile, const party::Places& places, const base::Yaml& node);

    std::vector<Tile> tiles_;
    int columns_ = 5;
    int rows_ = 1;
};

}  // namespace app
