#pragma once

#include <filesystem>
#include <iosfwd>
#include <string>

#include "base/texts.h"

namespace app {

/// What `guiqiao recognise FILE.yaml [--rules SET] [--json] [--check]` was asked to do.
struct RecogniseOptions {
    std::filesystem::path file;
    std::filesystem::path region = "regions/guangxi";
    std::string rules;  ///< rule set for every case; empty = as the case says
    base::Language language = base::Language::zh_cn;
    enum class Output { text, json } output = Output::text;
    enum class Mode { show, check } mode = Mode::show;
};

/// Evaluates every case of the file and prints the decisions to `out`, complaints to `err`. In check
/// mode prints only the differences from `expect` and a last line with the counts. Exit status: 0, 1
/// at a difference, 2 when the file or the rule sets cannot be read.
int recognise(const RecogniseOptions& options, std::ostream& out, std::ostream& err);

}  // namespace app
