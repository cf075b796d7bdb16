#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace app {

/// What is wrong with the files of a region folder one by one, as "file:line: words": a YAML or
/// JSON-lines file that does not parse, a thesaurus row that is none, a file that nobody would ever
/// read (a wrong name or a wrong folder). What the parts of Region::load read with more sense is
/// checked there as well.
std::vector<std::string> check_region_files(const std::filesystem::path& folder);

}  // namespace app
