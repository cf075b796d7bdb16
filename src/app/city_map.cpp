#include "app/city_map.h"

#include <algorithm>

namespace app {
namespace {

constexpr int side_max = 20;

}  // namespace

base::Result<CityMap> CityMap::load(const std::filesystem::path& region_folder,
                                    const party::Places& places) {
    const std::filesystem::path file = region_folder / "map.yaml";
    if (!std::filesystem::exists(file)) return in_rows(places);
    base::Yaml root = TRY(base::Yaml::load(file));
    TRY(root.only_keys({"tiles"}));
    CityMap map;
    map.columns_ = 1;
    for (const base::Yaml& node : TRY(root.required("tiles")).items()) {
        TRY(node.only_keys({"place", "column", "row"}));
        Tile tile{.place = TRY(TRY(node.required("place")).text())};
        const auto column = TRY(TRY(node.required("column")).integer());
        const auto row = TRY(TRY(node.required("row")).integer());
        if (column < 0 || column >= side_max || row < 0 || row >= side_max)
            return base::refuse(node.fault("value_out_of_range", "column and row are 0 to 19"));
        tile.column = static_cast<int>(column);
        tile.row = static_cast<int>(row);
        TRY(map.add(std::move(tile), places, node));
    }
    return map;
}

base::Status CityMap::add(Tile tile, const party::Places& places, const base::Yaml& node) {
    const party::Place* place = places.find(tile.place);
    if (place == nullptr || place->level != party::PlaceLevel::city)
        return base::refuse(node.fault("place_unknown", "no city " + tile.place));
    for (const Tile& other : tiles_) {
        if (other.place == tile.place)
            return base::refuse(node.fault("code_repeated", tile.place + " stands there twice"));
        if (other.column == tile.column && other.row == tile.row)
            return base::refuse(node.fault("code_repeated", "two cities on one tile"));
    }
    columns_ = std::max(columns_, tile.column + 1);
    rows_ = std::max(rows_, tile.row + 1);
    tiles_.push_back(std::move(tile));
    return {};
}

CityMap CityMap::in_rows(const party::Places& places) {
    CityMap map;
    int number = 0;
    for (const party::Place& place : places.all()) {
        if (place.level != party::PlaceLevel::city) continue;
        map.tiles_.push_back({place.code, number % map.columns_, number / map.columns_});
        ++number;
    }
    map.rows_ = std::max(1, (number + map.columns_ - 1) / map.columns_);
    return map;
}

}  // namespace app
