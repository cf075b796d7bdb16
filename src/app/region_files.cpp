#include "app/region_files.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <string_view>

#include "base/json.h"
#include "base/yaml.h"
#include "match/lexicon.h"

namespace app {
namespace {

/// The folders of a region, and what kind of file each holds.
struct Folder {
    std::string_view name;
    std::string_view extension;
};
constexpr std::array folders{
    Folder{"calendar", ".yaml"}, Folder{"codes", ".yaml"},      Folder{"contract", ".yaml"},
    Folder{"forms", ".yaml"},    Folder{"indicators", ".yaml"}, Folder{"kinds", ".yaml"},
    Folder{"lexicon", ".tsv"},   Folder{"processes", ".yaml"},  Folder{"programmes", ".yaml"},
    Folder{"sample", ".yaml"},   Folder{"sample", ".jsonl"},    Folder{"texts", ".yaml"},
    Folder{"trade", ".yaml"},
};
constexpr std::array<std::string_view, 8> files_of_the_region{
    "region.yaml", "places.yaml", "roles.yaml", "permissions.yaml",
    "plan.yaml",   "map.yaml",    "doors.yaml", "overlays.yaml"};

std::string_view strange(const std::filesystem::path& relative) {
    const std::string name = relative.filename().string();
    if (name.starts_with("README")) return {};
    if (!relative.has_parent_path()) {
        const bool known =
            std::ranges::find(files_of_the_region, name) != files_of_the_region.end();
        return known ? "" : "no part of a region has this name: nobody would read it";
    }
    const std::string top = relative.begin()->string();
    bool folder_known = false;
    for (const Folder& folder : folders) {
        if (folder.name != top) continue;
        folder_known = true;
        if (relative.extension() == folder.extension) return {};
    }
    return folder_known ? "this folder does not hold such files: nobody would read it"
                        : "no part of a region has this folder: nobody would read it";
}

void check_lines(const std::filesystem::path& file, std::vector<std::string>& faults) {
    std::ifstream in(file);
    std::string line;
    for (int number = 1; std::getline(in, line); ++number) {
        if (line.empty()) continue;
        const auto value = base::parse_json(line);
        if (value && value->is_object()) continue;
        faults.push_back(file.string() + ":" + std::to_string(number) + ": " +
                         (value ? "not an object" : base::describe(value.error())));
    }
}

}  // namespace

std::vector<std::string> check_region_files(const std::filesystem::path& folder) {
    std::vector<std::string> faults;
    std::set<std::filesystem::path> files;  // in the order of their names
    std::error_code problem;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder, problem))
        if (entry.is_regular_file()) files.insert(entry.path());
    for (const std::filesystem::path& file : files) {
        const auto relative = file.lexically_relative(folder);
        if (const auto words = strange(relative); !words.empty()) {
            faults.push_back(file.string() + ":1: " + std::string(words));
            continue;
        }
        if (file.extension() == ".jsonl") check_lines(file, faults);
        if (file.extension() != ".yaml") continue;
        if (const auto root = base::Yaml::load(file); !root)
            faults.push_back(base::describe(root.error()));
    }
    if (const auto lexicon = match::Lexicon::load(folder / "lexicon"); !lexicon)
        faults.push_back("lexicon: " + base::describe(lexicon.error()));
    return faults;
}

}  // namespace app
