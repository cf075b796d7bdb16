#include "run_cases/value.h"

#include <algorithm>
#include <optional>

#include <yaml-cpp/yaml.h>

namespace run_cases {

namespace {

namespace json = base::json;

constexpr std::string_view exact_mark = "<exactly>";

bool is_whole_number(std::string_view text) {
    if (text.starts_with('-')) text.remove_prefix(1);
    if (text.empty() || text.size() > 15) return false;
    if (text.size() > 1 && text.front() == '0') return false;
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

json::value scalar_of(const YAML::Node& node) {
    const std::string& text = node.Scalar();
    // yaml-cpp tags a quoted scalar "!" and a plain one "?".
    if (node.Tag() == "!") return json::value(text);
    if (text == "true") return true;
    if (text == "false") return false;
    if (text == "null" || text == "~") return nullptr;
    if (is_whole_number(text)) return std::stoll(text);
    return json::value(text);
}

json::value value_of(const YAML::Node& node) {
    if (node.IsMap()) {
        json::object object;
        for (const auto& member : node)
            object[member.first.Scalar()] = value_of(member.second);
        return object;
    }
    if (node.IsSequence()) {
        json::array list;
        for (const auto& element : node)
            list.push_back(value_of(element));
        return list;
    }
    if (!node.IsDefined() || node.IsNull()) return nullptr;
    return scalar_of(node);
}

/// `=[` outside of quotes becomes a list whose first element marks it as exact.
std::string mark_exact_lists(std::string_view text) {
    std::string marked;
    char quote = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char c = text[i];
        if (quote != 0) {
            if (c == '\\' && quote == '"' && i + 1 < text.size()) marked += text[i++];
            if (text[i] == quote && c != '\\') quote = 0;
        } else if (c == '"' || c == '\'') {
            quote = c;
        } else if (c == '=' && i + 1 < text.size() && text[i + 1] == '[') {
            marked += "[\"" + std::string(exact_mark) + "\",";
            ++i;
            continue;
        }
        marked += text[i];
    }
    return marked;
}

bool is_exact(const json::array& list) {
    return !list.empty() && list.front().is_string() && list.front().as_string() == exact_mark;
}

/// The words of `<has words>`, or nothing.
std::optional<std::string_view> words_wanted(const json::value& expected) {
    if (!expected.is_string()) return {};
    std::string_view text = expected.get_string();
    if (!text.starts_with("<has ") || !text.ends_with('>')) return {};
    return text.substr(5, text.size() - 6);
}

bool is_mark(const json::value& expected, std::string_view mark) {
    return expected.is_string() && std::string_view(expected.get_string()) == mark;
}

class Comparison {
  public:
    std::vector<std::string> found;

    void compare(const json::value& expected, const json::value& actual, const std::string& path) {
        if (is_mark(expected, "<any>")) return;
        if (is_mark(expected, "<none>")) {
            if (!actual.is_null()) say(path, "nothing", actual);
        } else if (const auto words = words_wanted(expected)) {
            const bool has =
                actual.is_string() &&
                std::string_view(actual.get_string()).find(*words) != std::string::npos;
            if (!has) say(path, "a text with " + std::string(*words), actual);
        } else if (expected.is_object() && actual.is_object()) {
            compare_objects(expected.get_object(), actual.get_object(), path);
        } else if (expected.is_array() && actual.is_array()) {
            compare_lists(expected.get_array(), actual.get_array(), path);
        } else if (expected != actual) {
            say(path, json::serialize(expected), actual);
        }
    }

  private:
    void say(const std::string& path, const std::string& expected, const json::value& actual) {
        found.push_back((path.empty() ? "body" : path) + ": expected " + expected + ", got " +
                        json::serialize(actual));
    }

    void compare_objects(const json::object& expected, const json::object& actual,
                         const std::string& path) {
        for (const auto& [key, wanted] : expected) {
            const std::string inner =
                path.empty() ? std::string(key) : path + "." + std::string(key);
            const json::value* got = actual.if_contains(key);
            if (got != nullptr)
                compare(wanted, *got, inner);
            else if (!is_mark(wanted, "<none>"))
                found.push_back(inner + ": expected " + json::serialize(wanted) + ", not there");
        }
    }

    void compare_lists(const json::array& expected, const json::array& actual,
                       const std::string& path) {
        if (is_exact(expected)) return compare_exactly(expected, actual, path);
        for (const json::value& wanted : expected) {
            const bool held = std::ranges::any_of(actual, [&](const json::value& element) {
                return differences(wanted, element).empty();
            });
            if (!held) say(path, "a list with " + json::serialize(wanted), actual);
        }
    }

    void compare_exactly(const json::array& expected, const json::array& actual,
                         const std::string& path) {
        if (actual.size() != expected.size() - 1) {
            say(path, std::to_string(expected.size() - 1) + " elements", actual);
            return;
        }
        for (std::size_t i = 0; i < actual.size(); ++i)
            compare(expected[i + 1], actual[i], path + "[" + std::to_string(i) + "]");
    }
};

void print(const json::value& value, const std::string& indent, std::string& out) {
    if (value.is_object() && !value.get_object().empty()) {
        out += "{\n";
        std::size_t left = value.get_object().size();
        for (const auto& [key, member] : value.get_object()) {
            out += indent + "  " + json::serialize(json::value(key)) + ": ";
            print(member, indent + "  ", out);
            out += --left > 0 ? ",\n" : "\n";
        }
        out += indent + "}";
    } else if (value.is_array() && !value.get_array().empty()) {
        out += "[\n";
        std::size_t left = value.get_array().size();
        for (const json::value& element : value.get_array()) {
            out += indent + "  ";
            print(element, indent + "  ", out);
            out += --left > 0 ? ",\n" : "\n";
        }
        out += indent + "]";
    } else {
        out += json::serialize(value);
    }
}

}  // namespace

base::Result<base::json::value> read_value(std::string_view text) {
    try {
        return value_of(YAML::Load(mark_exact_lists(text)));
    } catch (const YAML::Exception& problem) {
        return base::refuse(base::malformed("value_unreadable").saying(problem.what()));
    }
}

std::vector<std::string> differences(const base::json::value& expected,
                                     const base::json::value& actual) {
    Comparison comparison;
    comparison.compare(expected, actual, {});
    return std::move(comparison.found);
}

std::string pretty(const base::json::value& value) {
    std::string out;
    print(value, {}, out);
    return out;
}

}  // namespace run_cases
