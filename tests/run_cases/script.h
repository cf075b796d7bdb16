#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace run_cases {

/// A piece of a statement. `text` of a quoted token is without its quotes; of a group (a value in
/// braces or brackets) with them; of `key=value` it is the value alone.
struct Token {
    enum class Kind { word, quoted, group, setting };
    Kind kind = Kind::word;
    std::string key;  ///< of a setting
    std::string text;
    bool is(std::string_view word) const { return kind == Kind::word && text == word; }
};

/// One statement: a line that begins at the margin with the indented lines after it.
struct Statement {
    std::filesystem::path file;
    int line = 0;
    std::string text;
    std::string where() const { return file.string() + ":" + std::to_string(line); }
};

/// A case file: its goal and its statements, those of included files in their place.
struct Script {
    std::filesystem::path file;
    std::string goal;
    std::vector<Statement> statements;

    /// `include PATH` (from `root`) takes in another file. Errors: `file_unreadable`,
    /// `goal_missing`, `continuation_without_start`.
    static base::Result<Script> load(const std::filesystem::path& file,
                                     const std::filesystem::path& root);
};

/// True for a file whose first line states a goal: other harnesses have .case files of their own.
bool is_story(const std::filesystem::path& file);

/// Errors: `quote_open`, `bracket_open`.
base::Result<std::vector<Token>> split(std::string_view statement);

}  // namespace run_cases
