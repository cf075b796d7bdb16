#pragma once

#include <filesystem>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <yaml-cpp/yaml.h>

#include "base/result.h"

namespace base {

/// A node of one of our own region files. Knows its file and line, so that every complaint of
/// `guiqiao check` names the place. Never used for input from users (they send JSON or xlsx).
class Yaml {
  public:
    /// `yaml_unreadable` with file:line when the file is missing or not YAML.
    static Result<Yaml> load(const std::filesystem::path& file);
    /// For tests and for files that arrive as text.
    static Result<Yaml> parse(std::string_view text, std::string_view name);

    bool is_defined() const { return node_.IsDefined() && !node_.IsNull(); }
    bool is_map() const { return is_defined() && node_.IsMap(); }
    bool is_list() const { return is_defined() && node_.IsSequence(); }
    bool is_scalar() const { return is_defined() && node_.IsScalar(); }

    /// The child, undefined if absent (test with is_defined, or use the _or readers).
    Yaml operator[](std::string_view key) const;
    /// The child, or `key_missing` with this node's place.
    Result<Yaml> required(std::string_view key) const;

    Result<std::string> text() const;
    Result<long long> integer() const;
    Result<bool> boolean() const;  ///< yes/no/true/false
    std::string text_or(std::string_view fallback) const;
    Result<long long> integer_or(long long fallback) const;
    Result<bool> boolean_or(bool fallback) const;
    /// A list of texts; a single scalar counts as a list of one; absent is empty.
    Result<std::vector<std::string>> texts() const;

    /// Elements of a list; empty when this is not a list.
    std::vector<Yaml> items() const;
    /// Key and value pairs of a map in file order; empty when this is not a map.
    std::vector<std::pair<std::string, Yaml>> pairs() const;

    /// Refuses keys that nobody reads (`key_unknown`): a typing mistake must not pass silently.
    Status only_keys(std::initializer_list<std::string_view> allowed) const;

    /// "regions/guangxi/kinds/demand.yaml:12"
    std::string where() const;
    /// A refusal at this place: detail = "file:line: words".
    Error fault(std::string_view code, std::string_view words) const;

    const YAML::Node& node() const { return node_; }

  private:
    Yaml(YAML::Node node, std::string file, int line)
        : node_(std::move(node)), file_(std::move(file)), line_(line) {}

    YAML::Node node_;
    std::string file_;
    int line_ = 1;
};

}  // namespace base
