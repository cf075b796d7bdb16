#include "base/yaml.h"

#include <algorithm>
#include <charconv>
#include <fstream>
#include <set>
#include <sstream>

namespace base {
namespace {

constexpr int depth_max = 32;

int line_of(const YAML::Node& node, int fallback) {
    if (!node.IsDefined()) return fallback;
    int line = node.Mark().line;
    return line < 0 ? fallback : line + 1;
}

/// A key written twice would silently lose one of its values, and an alias to its own parent never
/// ends: both are refused before anybody walks the tree.
Status check_structure(const Yaml& node, int depth) {
    if (depth > depth_max) return refuse(node.fault("yaml_too_deep", "nested too deeply"));
    std::set<std::string> seen;
    for (const auto& [key, child] : node.pairs()) {
        if (!seen.insert(key).second) {
            return refuse(child.fault("key_duplicate", "the key '" + key + "' is there twice"));
        }
        TRY(check_structure(child, depth + 1));
    }
    for (const Yaml& child : node.items())
        TRY(check_structure(child, depth + 1));
    return {};
}

}  // namespace

Result<Yaml> Yaml::load(const std::filesystem::path& file) {
    std::error_code ignored;
    std::ifstream in(file, std::ios::binary);
    if (!in || !std::filesystem::is_regular_file(file, ignored)) {
        return refuse(invalid("yaml_unreadable").saying(file.string() + ":1: cannot be opened"));
    }
    std::stringstream text;
    text << in.rdbuf();
    return parse(text.str(), file.string());
}

Result<Yaml> Yaml::parse(std::string_view text, std::string_view name) {
    try {
        YAML::Node node = YAML::Load(std::string(text));
        int line = line_of(node, 1);
        Yaml root(std::move(node), std::string(name), line);
        TRY(check_structure(root, 0));
        return root;
    } catch (const YAML::Exception& problem) {
        std::string place = std::string(name) + ":" + std::to_string(problem.mark.line + 1);
        return refuse(invalid("yaml_unreadable").saying(place + ": " + problem.msg));
    }
}

Yaml Yaml::operator[](std::string_view key) const {
    if (!is_map()) return Yaml(YAML::Node(YAML::NodeType::Undefined), file_, line_);
    const YAML::Node& map = node_;
    YAML::Node child = map[std::string(key)];
    int line = line_of(child, line_);
    return Yaml(child, file_, line);
}

Result<Yaml> Yaml::required(std::string_view key) const {
    Yaml child = (*this)[key];
    if (!child.is_defined()) {
        return refuse(fault("key_missing", "missing key '" + std::string(key) + "'"));
    }
    return child;
}

Result<std::string> Yaml::text() const {
    if (!is_scalar()) return refuse(fault("value_not_text", "expected a text"));
    return node_.Scalar();
}

Result<long long> Yaml::integer() const {
    if (is_scalar()) {
        const std::string& scalar = node_.Scalar();
        long long value = 0;
        auto [end, problem] = std::from_chars(scalar.data(), scalar.data() + scalar.size(), value);
        if (problem == std::errc() && end == scalar.data() + scalar.size()) return value;
    }
    return refuse(fault("value_not_integer", "expected a whole number"));
}

Result<bool> Yaml::boolean() const {
    if (is_scalar()) {
        const std::string& scalar = node_.Scalar();
        if (scalar == "yes" || scalar == "true") return true;
        if (scalar == "no" || scalar == "false") return false;
    }
    return refuse(fault("value_not_boolean", "expected yes or no"));
}

std::string Yaml::text_or(std::string_view fallback) const {
    return is_scalar() ? node_.Scalar() : std::string(fallback);
}

Result<long long> Yaml::integer_or(long long fallback) const {
    if (!is_defined()) return fallback;
    return integer();
}

Result<bool> Yaml::boolean_or(bool fallback) const {
    if (!is_defined()) return fallback;
    return boolean();
}

Result<std::vector<std::string>> Yaml::texts() const {
    std::vector<std::string> result;
    if (!is_defined()) return result;
    if (is_scalar()) return std::vector{node_.Scalar()};
    if (!is_list()) return refuse(fault("value_not_list", "expected a list"));
    for (const Yaml& item : items())
        result.push_back(TRY(item.text()));
    return result;
}

std::vector<Yaml> Yaml::items() const {
    std::vector<Yaml> result;
    if (!is_list()) return result;
    for (const YAML::Node& child : node_)
        result.push_back(Yaml(child, file_, line_of(child, line_)));
    return result;
}

std::vector<std::pair<std::string, Yaml>> Yaml::pairs() const {
    std::vector<std::pair<std::string, Yaml>> result;
    if (!is_map()) return result;
    for (const auto& pair : node_) {
        result.emplace_back(pair.first.Scalar(),
                            Yaml(pair.second, file_, line_of(pair.first, line_)));
    }
    return result;
}

Status Yaml::only_keys(std::initializer_list<std::string_view> allowed) const {
    for (const auto& [key, value] : pairs()) {
        if (std::find(allowed.begin(), allowed.end(), key) == allowed.end()) {
            return refuse(value.fault("key_unknown", "unknown key '" + key + "'"));
        }
    }
    return {};
}

std::string Yaml::where() const {
    return file_ + ":" + std::to_string(line_);
}

Error Yaml::fault(std::string_view code, std::string_view words) const {
    return invalid(code).saying(where() + ": " + std::string(words));
}

}  // namespace base
