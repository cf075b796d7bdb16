#include "http/weave.h"

#include <algorithm>
#include <optional>
#include <span>

#include "base/check.h"
#include "base/text.h"

namespace http {
namespace {

constexpr int partial_depth_max = 16;

/// One `{{tag}}` and the text before it.
struct Tag {
    std::string_view before;
    char sigil = 0;          ///< '#' '^' '/' '>' '!' '&' '{' '=' or 0 for a variable
    std::string_view name;   ///< trimmed
    std::string_view whole;  ///< with braces
    std::size_t offset = 0;
};

std::string_view trimmed(std::string_view text) {
    static constexpr std::string_view white = " \t\r\n";
    const std::size_t from = text.find_first_not_of(white);
    if (from == std::string_view::npos) return {};
    return text.substr(from, text.find_last_not_of(white) - from + 1);
}

/// Reads tags one after another; after the last, `rest` is the text that remains.
class TagReader {
  public:
    explicit TagReader(std::string_view source) : source_(source) {}

    std::optional<Tag> next() {
        const std::size_t open = source_.find("{{", at_);
        if (open == std::string_view::npos) return {};
        const bool triple = source_.substr(open).starts_with("{{{");
        const std::string_view ending = triple ? "}}}" : "}}";
        const std::size_t close = source_.find(ending, open);
        if (close == std::string_view::npos) {
            unclosed_ = true;
            return {};
        }
        Tag tag;
        tag.before = source_.substr(at_, open - at_);
        tag.offset = open;
        at_ = close + ending.size();
        tag.whole = source_.substr(open, at_ - open);
        std::string_view inside = trimmed(source_.substr(open + 2, close - open - 2));
        static constexpr std::string_view sigils = "#^/>!&{=";
        if (!inside.empty() && sigils.find(inside.front()) != std::string_view::npos) {
            tag.sigil = inside.front();
            inside.remove_prefix(1);
        }
        tag.name = trimmed(inside);
        return tag;
    }
    std::string_view rest() const { return source_.substr(at_); }
    std::size_t position() const { return at_; }
    bool is_unclosed() const { return unclosed_; }

  private:
    std::string_view source_;
    std::size_t at_ = 0;
    bool unclosed_ = false;
};

std::string place(const TemplateSources& sources, std::string_view name, std::size_t offset) {
    const std::string& source = sources.find(name)->second;
    const auto line =
        std::count(source.begin(), source.begin() + static_cast<std::ptrdiff_t>(offset), '\n') + 1;
    return std::string(name) + ".mustache:" + std::to_string(line);
}

base::Error fault(const TemplateSources& sources, std::string_view name, std::size_t offset,
                  std::string_view words) {
    return base::invalid("template_malformed")
        .with("name", name)
        .saying(place(sources, name, offset) + ": " + std::string(words));
}

base::Status check_tags(const TemplateSources& sources, std::string_view name, int depth) {
    if (depth > partial_depth_max) {
        return base::refuse(fault(sources, name, 0, "partials include each other without end"));
    }
    std::vector<Tag> open;
    TagReader reader(sources.find(name)->second);
    while (const auto tag = reader.next()) {
        const auto refuse = [&](std::string_view words) {
            return base::refuse(fault(sources, name, tag->offset, words));
        };
        if (tag->sigil == '=') return refuse("delimiters stay {{ }}");
        if ((tag->sigil == '{' || tag->sigil == '&') && name != "layout") {
            return refuse("an unescaped variable is allowed in the layout only");
        }
        if (tag->name.empty() && tag->sigil != '!') return refuse("a tag without a name");
        if (tag->sigil == '#' || tag->sigil == '^') open.push_back(*tag);
        if (tag->sigil == '/') {
            if (open.empty() || open.back().name != tag->name) {
                return refuse("this section is not the one that is open");
            }
            open.pop_back();
        }
        if (tag->sigil == '>') {
            if (!sources.contains(tag->name)) return refuse("no such partial");
            TRY(check_tags(sources, tag->name, depth + 1));
        }
    }
    if (reader.is_unclosed()) {
        return base::refuse(fault(sources, name, reader.position(), "a tag is not closed"));
    }
    if (!open.empty()) {
        return base::refuse(fault(sources, name, open.back().offset, "a section is not closed"));
    }
    return {};
}

/// Splits the inside of {{#t}} at "|", but not within a tag.
std::vector<std::string_view> split_outside_tags(std::string_view text) {
    std::vector<std::string_view> parts;
    std::size_t from = 0;
    bool in_tag = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text.substr(i).starts_with("{{")) in_tag = true;
        if (text.substr(i).starts_with("}}")) in_tag = false;
        if (text[i] != '|' || in_tag) continue;
        parts.push_back(text.substr(from, i - from));
        from = i + 1;
    }
    parts.push_back(text.substr(from));
    return parts;
}

std::vector<DynamicText::Piece> pieces_of(std::string_view text) {
    std::vector<DynamicText::Piece> pieces;
    TagReader reader(text);
    while (const auto tag = reader.next()) {
        if (!tag->before.empty()) pieces.push_back({std::string(tag->before), false});
        pieces.push_back({std::string(tag->name), true});
    }
    if (!reader.rest().empty()) pieces.push_back({std::string(reader.rest()), false});
    return pieces;
}

class Weaver {
  public:
    Weaver(const TemplateSources& sources, base::Language language, const base::Texts& texts,
           Escaping escaping)
        : sources_(sources), language_(language), texts_(texts), escaping_(escaping) {}

    void add(std::string_view source) {
        TagReader reader(source);
        while (const auto tag = reader.next()) {
            out_.source += tag->before;
            if (tag->sigil == '!') continue;
            if (tag->sigil == '>') {
                std::string_view partial = sources_.find(tag->name)->second;
                // A file ends with a line end that is no part of what it says.
                if (partial.ends_with('\n')) partial.remove_suffix(1);
                add(partial);
            } else if (tag->sigil == '#' && tag->name == "t") {
                const std::size_t from = reader.position();
                auto inner = reader.next();
                while (inner && !(inner->sigil == '/' && inner->name == "t"))
                    inner = reader.next();
                CHECK_WITH(inner.has_value(), "an unbalanced template passed the check");
                add_text(source.substr(from, inner->offset - from));
            } else {
                out_.source += tag->whole;
            }
        }
        out_.source += reader.rest();
    }
    Woven take() { return std::move(out_); }

  private:
    void add_text(std::string_view inside) {
        const auto parts = split_outside_tags(inside);
        DynamicText text;
        text.key = pieces_of(trimmed(parts.front()));
        for (const std::string_view part : std::span(parts).subspan(1)) {
            const std::size_t equals = part.find('=');
            if (equals == std::string_view::npos) continue;
            text.parameters.emplace_back(trimmed(part.substr(0, equals)),
                                         pieces_of(trimmed(part.substr(equals + 1))));
        }
        if (text.key.size() == 1 && !text.key.front().is_field) return add_fixed(text);
        out_.source +=
            std::string("{{") + dynamic_mark + std::to_string(out_.dynamic_texts.size()) + "}}";
        out_.dynamic_texts.push_back(std::move(text));
    }

    /// A known key becomes its words here and now; its parameters become ordinary variables.
    void add_fixed(const DynamicText& text) {
        std::string words = escaped(texts_.get(language_, text.key.front().text));
        words = base::replace_all(std::move(words), "{{", "{\u200b{");
        for (const auto& [name, pieces] : text.parameters) {
            std::string value;
            for (const auto& piece : pieces) {
                value += piece.is_field ? "{{" + piece.text + "}}" : escaped(piece.text);
            }
            words = base::replace_all(std::move(words), '{' + name + '}', value);
        }
        out_.source += words;
    }
    std::string escaped(std::string_view text) const {
        return escaping_ == Escaping::html ? base::escape_html(text) : std::string(text);
    }

    const TemplateSources& sources_;
    base::Language language_;
    const base::Texts& texts_;
    Escaping escaping_;
    Woven out_;
};

}  // namespace

base::Status check_template(const TemplateSources& sources, std::string_view name) {
    return check_tags(sources, name, 0);
}

Woven weave(const TemplateSources& sources, std::string_view name, base::Language language,
            const base::Texts& texts, Escaping escaping) {
    Weaver weaver(sources, language, texts, escaping);
    weaver.add(sources.find(name)->second);
    return weaver.take();
}

std::vector<std::string> missing_texts(const TemplateSources& sources, std::string_view name,
                                       const base::Texts& texts) {
    std::vector<std::string> missing;
    const std::string_view source = sources.find(name)->second;
    TagReader reader(source);
    while (const auto tag = reader.next()) {
        if (tag->sigil != '#' || tag->name != "t") continue;
        const std::string_view inside = source.substr(reader.position());
        const std::size_t end = std::min(inside.find('|'), inside.find("{{"));
        const std::string_view key = trimmed(inside.substr(0, end));
        const std::string_view after = end == std::string_view::npos ? "" : inside.substr(end);
        const bool chosen_later = after.starts_with("{{") && !after.starts_with("{{/");
        if (chosen_later || texts.has(base::Language::zh_cn, key)) continue;
        missing.push_back(place(sources, name, tag->offset) + ": no text '" + std::string(key) +
                          "'");
    }
    return missing;
}

std::string without_indentation(std::string_view html) {
    std::string out;
    out.reserve(html.size());
    std::string_view kept_until;
    while (!html.empty()) {
        const std::size_t end = html.find('\n');
        std::string_view line = html.substr(0, end);
        html.remove_prefix(end == std::string_view::npos ? html.size() : end + 1);
        if (kept_until.empty()) {
            const std::size_t from = line.find_first_not_of(" \t\r");
            if (from == std::string_view::npos) continue;
            line.remove_prefix(from);
        }
        out += line;
        if (end != std::string_view::npos) out += '\n';
        static constexpr std::pair<std::string_view, std::string_view> verbatim[] = {
            {"<pre", "</pre>"}, {"<textarea", "</textarea>"}, {"<script", "</script>"}};
        for (const auto& [begin, finish] : verbatim) {
            const std::size_t opened = line.rfind(begin);
            const std::size_t closed = line.rfind(finish);
            const bool open = opened != std::string_view::npos &&
                              (closed == std::string_view::npos || closed < opened);
            if (kept_until.empty() && open) kept_until = finish;
            if (kept_until == finish && closed != std::string_view::npos && !open) kept_until = {};
        }
    }
    return out;
}

}  // namespace http
