#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/texts.h"

namespace http {

/// Template sources by name ("entry", "mail/invitation.txt").
using TemplateSources = std::map<std::string, std::string, std::less<>>;

enum class Escaping { html, none };

/// A text whose key or parameters are known only at run time.
struct DynamicText {
    struct Piece {
        std::string text;  ///< literal, or the name of a field
        bool is_field = false;
    };
    std::vector<Piece> key;
    std::vector<std::pair<std::string, std::vector<Piece>>> parameters;
};

/// A template with partials and fixed texts put in: plain mustache of variables and sections.
/// A dynamic text is left as the variable `dynamic_mark` + its index.
struct Woven {
    std::string source;
    std::vector<DynamicText> dynamic_texts;
};
inline constexpr char dynamic_mark = '\x01';

/// Refuses unbalanced sections, unescaped variables (outside `layout`), changed delimiters, unknown
/// or endless partials: `template_malformed` with file:line.
base::Status check_template(const TemplateSources& sources, std::string_view name);
/// `name` must have passed check_template.
Woven weave(const TemplateSources& sources, std::string_view name, base::Language language,
            const base::Texts& texts, Escaping escaping);
/// Fixed keys without a text in zh-CN, as "file:line: no text 'key'".
std::vector<std::string> missing_texts(const TemplateSources& sources, std::string_view name,
                                       const base::Texts& texts);
/// Without indentation and empty lines, except in <pre>, <textarea> and <script>.
std::string without_indentation(std::string_view html);

}  // namespace http
