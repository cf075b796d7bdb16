#include <algorithm>
#include <utility>

#include "base/text.h"
#include "search/query.h"

namespace search {
namespace {

enum class Sign { word, phrase, open, close, plus, minus, and_, or_, not_, end };

struct Lexeme {
    Sign sign = Sign::end;
    std::string text;
    std::string field;
    std::size_t column = 0;
    bool prefix = false;
    int edits = 0;
};

std::string near(std::string_view text, std::size_t column) {
    std::size_t at = 0;
    for (std::size_t i = 0; at < text.size() && i < column; ++i) {
        ++at;
        while (at < text.size() && (static_cast<unsigned char>(text[at]) & 0xC0) == 0x80)
            ++at;
    }
    return base::shorten(text.substr(at), 12);
}

/// The full-width signs people type with a Chinese keyboard, as the half-width ones.
std::string with_plain_signs(std::string_view text) {
    std::string plain(text);
    constexpr std::pair<std::string_view, std::string_view> signs[] = {
        {"\uFF08", "("},  {"\uFF09", ")"}, {"\uFF1A", ":"}, {"\u201C", "\""}, {"\u201D", "\""},
        {"\uFF02", "\""}, {"\uFF0A", "*"}, {"\uFF5E", "~"}, {"\u3000", " "}};
    for (auto [wide, narrow] : signs)
        plain = base::replace_all(std::move(plain), wide, narrow);
    return plain;
}

/// Cuts the text into words, phrases and signs.
class Lexer {
  public:
    Lexer(std::string_view text, const Schema& schema) : text_(text), schema_(schema) {}

    base::Result<std::vector<Lexeme>> run() {
        std::vector<Lexeme> result;
        while (true) {
            while (at_ < text_.size() && is_space(text_[at_]))
                step();
            if (at_ == text_.size()) break;
            result.push_back(TRY(next()));
        }
        result.push_back({.sign = Sign::end, .text = {}, .field = {}, .column = column_});
        return result;
    }

    base::Error complain(std::string_view code, std::size_t column) const {
        return base::invalid(code)
            .with("column", std::to_string(column + 1))
            .with("near", near(text_, column));
    }

  private:
    static bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
    static bool ends_word(char c) { return is_space(c) || c == '(' || c == ')' || c == '"'; }

    void step() {
        ++at_;
        while (at_ < text_.size() && (static_cast<unsigned char>(text_[at_]) & 0xC0) == 0x80)
            ++at_;
        ++column_;
    }

    base::Result<Lexeme> next() {
        Lexeme lexeme;
        lexeme.column = column_;
        switch (text_[at_]) {
            case '(':
                lexeme.sign = Sign::open;
                break;
            case ')':
                lexeme.sign = Sign::close;
                break;
            case '+':
                lexeme.sign = Sign::plus;
                break;
            case '-':
            case '!':
                lexeme.sign = Sign::minus;
                break;
            case '"':
                return phrase(std::move(lexeme));
            default:
                return word(std::move(lexeme));
        }
        step();
        return lexeme;
    }

    base::Result<Lexeme> phrase(Lexeme lexeme) {
        step();
        std::size_t from = at_;
        while (at_ < text_.size() && text_[at_] != '"')
            step();
        if (at_ == text_.size()) return base::refuse(complain("query_quote_open", lexeme.column));
        lexeme.sign = Sign::phrase;
        lexeme.text = text_.substr(from, at_ - from);
        step();
        return lexeme;
    }

    base::Result<Lexeme> word(Lexeme lexeme) {
        std::size_t from = at_;
        while (at_ < text_.size() && !ends_word(text_[at_])) {
            if (text_[at_] == ':' && at_ > from) {
                std::string name(text_.substr(from, at_ - from));
                bool looks_like_field = std::all_of(name.begin(), name.end(), [](char c) {
                    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
                });
                if (looks_like_field) return field(std::move(lexeme), std::move(name));
            }
            step();
        }
        lexeme.text = text_.substr(from, at_ - from);
        return finish_word(std::move(lexeme));
    }

    base::Result<Lexeme> field(Lexeme lexeme, std::string name) {
        if (!schema_.field(name)) {
            return base::refuse(complain("query_field_unknown", lexeme.column).with("field", name));
        }
        step();
        if (at_ == text_.size() || is_space(text_[at_]) || text_[at_] == '(' || text_[at_] == ')') {
            return base::refuse(complain("query_operand_missing", lexeme.column));
        }
        std::size_t column = lexeme.column;
        Lexeme value = TRY(text_[at_] == '"' ? phrase(std::move(lexeme)) : word(std::move(lexeme)));
        value.field = std::move(name);
        value.column = column;
        return value;
    }

    base::Result<Lexeme> finish_word(Lexeme lexeme) {
        lexeme.sign = Sign::word;
        std::string& text = lexeme.text;
        if (text == "AND" || text == "&&") lexeme.sign = Sign::and_;
        if (text == "OR" || text == "||" || text == "|") lexeme.sign = Sign::or_;
        if (text == "NOT") lexeme.sign = Sign::not_;
        if (lexeme.sign != Sign::word) return lexeme;
        if (text.size() > 1 && text.ends_with('*')) {
            text.pop_back();
            lexeme.prefix = true;
            bool short_ascii = text.size() < 2;
            if (short_ascii) return base::refuse(complain("query_prefix_too_short", lexeme.column));
        } else if (text.size() > 2 && (text.ends_with("~1") || text.ends_with("~2"))) {
            lexeme.edits = text.back() - '0';
            text.resize(text.size() - 2);
        } else if (text.size() > 1 && text.ends_with('~')) {
            text.pop_back();
            lexeme.edits = base::count_characters(text) > 5 ? 2 : 1;
        }
        return lexeme;
    }

    std::string_view text_;
    const Schema& schema_;
    std::size_t at_ = 0;
    std::size_t column_ = 0;
};

/// Recursive descent: or-list of and-lists of (signed) units.
class Parser {
  public:
    Parser(std::vector<Lexeme> lexemes, const Lexer& lexer, Matching matching)
        : lexemes_(std::move(lexemes)), lexer_(lexer), matching_(matching) {}

    base::Result<QueryNode> run() {
        if (lexemes_.size() == 1) return QueryNode{};
        QueryNode root = TRY(alternatives(0));
        if (peek().sign == Sign::close) {
            return base::refuse(lexer_.complain("query_parenthesis_unexpected", peek().column));
        }
        if (only_negates(root)) return base::refuse(lexer_.complain("query_only_negation", 0));
        return root;
    }

  private:
    static bool only_negates(const QueryNode& node) {
        if (node.kind == QueryNode::Kind::negation) return true;
        if (node.kind == QueryNode::Kind::all) {
            return std::all_of(node.parts.begin(), node.parts.end(), only_negates);
        }
        return node.kind == QueryNode::Kind::any &&
               std::any_of(node.parts.begin(), node.parts.end(), only_negates);
    }

    const Lexeme& peek() const { return lexemes_[at_]; }
    const Lexeme& take() { return lexemes_[at_++]; }
    bool take_if(Sign sign) {
        if (peek().sign != sign) return false;
        ++at_;
        return true;
    }

    static QueryNode joined(QueryNode::Kind kind, std::vector<QueryNode> parts,
                            std::size_t column) {
        if (parts.size() == 1) return std::move(parts.front());
        QueryNode node;
        node.kind = kind;
        node.parts = std::move(parts);
        node.column = column;
        return node;
    }

    base::Result<QueryNode> alternatives(std::size_t depth) {
        if (depth > query_depth_max)
            return base::refuse(lexer_.complain("query_too_deep", peek().column));
        std::size_t column = peek().column;
        std::vector<QueryNode> parts;
        parts.push_back(TRY(sequence(depth)));
        while (take_if(Sign::or_))
            parts.push_back(TRY(sequence(depth)));
        return joined(QueryNode::Kind::any, std::move(parts), column);
    }

    /// Units side by side: joined by AND explicitly, or as `matching_` says. Musts and nots hold
    /// for the whole sequence.
    base::Result<QueryNode> sequence(std::size_t depth) {
        std::size_t column = peek().column;
        std::vector<QueryNode> musts;
        std::vector<QueryNode> wishes;
        bool previous_and = false;
        while (peek().sign != Sign::end && peek().sign != Sign::close && peek().sign != Sign::or_) {
            if (peek().sign == Sign::and_) {
                if (musts.empty() && wishes.empty()) break;
                take();
                // a AND b: what stood before becomes a must as well.
                if (!previous_and && !wishes.empty()) {
                    musts.push_back(std::move(wishes.back()));
                    wishes.pop_back();
                }
                previous_and = true;
                if (peek().sign == Sign::end || peek().sign == Sign::close ||
                    peek().sign == Sign::or_ || peek().sign == Sign::and_) {
                    return base::refuse(lexer_.complain("query_operand_missing", peek().column));
                }
                continue;
            }
            bool must = take_if(Sign::plus) || previous_and || matching_ != Matching::any;
            bool negated = false;
            while (peek().sign == Sign::minus || peek().sign == Sign::not_) {
                take();
                negated = !negated;
            }
            QueryNode unit = TRY(this->unit(depth));
            if (negated) unit = wrapped(QueryNode::Kind::negation, std::move(unit));
            (must || negated ? musts : wishes).push_back(std::move(unit));
            previous_and = false;
        }
        if (musts.empty() && wishes.empty()) {
            return base::refuse(lexer_.complain("query_operand_missing", column));
        }
        if (!wishes.empty()) {
            // Beside a must, wishes only rank; alone, one of them has to occur.
            bool alone = std::all_of(musts.begin(), musts.end(), only_negates);
            QueryNode wished = joined(QueryNode::Kind::any, std::move(wishes), column);
            if (!alone) wished = wrapped(QueryNode::Kind::wish, std::move(wished));
            musts.push_back(std::move(wished));
        }
        return joined(QueryNode::Kind::all, std::move(musts), column);
    }

    static QueryNode wrapped(QueryNode::Kind kind, QueryNode unit) {
        QueryNode node;
        node.kind = kind;
        node.column = unit.column;
        node.parts.push_back(std::move(unit));
        return node;
    }

    base::Result<QueryNode> unit(std::size_t depth) {
        const Lexeme& lexeme = peek();
        if (lexeme.sign == Sign::open) {
            std::size_t column = take().column;
            QueryNode inner = TRY(alternatives(depth + 1));
            if (!take_if(Sign::close)) {
                return base::refuse(lexer_.complain("query_parenthesis_open", column));
            }
            return inner;
        }
        if (lexeme.sign != Sign::word && lexeme.sign != Sign::phrase) {
            return base::refuse(lexer_.complain("query_operand_missing", lexeme.column));
        }
        if (++word_count_ > query_words_max) {
            return base::refuse(lexer_.complain("query_too_many_words", lexeme.column)
                                    .with("max", std::to_string(query_words_max)));
        }
        QueryNode node;
        node.text = lexeme.text;
        node.field = lexeme.field;
        node.column = lexeme.column;
        node.edits = lexeme.edits;
        node.kind = lexeme.sign == Sign::phrase ? QueryNode::Kind::phrase
                    : lexeme.prefix             ? QueryNode::Kind::prefix
                    : lexeme.edits > 0          ? QueryNode::Kind::fuzzy
                                                : QueryNode::Kind::word;
        take();
        return node;
    }

    std::vector<Lexeme> lexemes_;
    const Lexer& lexer_;
    Matching matching_;
    std::size_t at_ = 0;
    std::size_t word_count_ = 0;
};

}  // namespace

base::Result<QueryNode> parse_query(std::string_view text, const Schema& schema,
                                    Matching matching) {
    if (text.size() > query_bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "query_too_long")
                                .with("max", std::to_string(query_bytes_max))
                                .with("size", std::to_string(text.size())));
    }
    if (!base::is_valid_utf8(text)) return base::refuse(base::malformed("query_not_utf8"));
    std::string plain = with_plain_signs(text);
    Lexer lexer(plain, schema);
    std::size_t column = 0;
    for (char c : plain) {
        if (base::has_control_characters({&c, 1})) {
            return base::refuse(lexer.complain("query_control_character", column));
        }
        if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++column;
    }
    std::vector<Lexeme> lexemes = TRY(lexer.run());
    return Parser(std::move(lexemes), lexer, matching).run();
}

}  // namespace search
