#include "run_cases/script.h"

#include <fstream>

#include "base/text.h"
#include "run_cases/value.h"

namespace run_cases {

namespace {

constexpr std::string_view goal_mark = "# goal:";

bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\n';
}

/// Reads one statement from left to right.
class Splitter {
  public:
    explicit Splitter(std::string_view text) : text_(text) {}

    base::Result<std::vector<Token>> run() {
        std::vector<Token> tokens;
        while (true) {
            while (at_ < text_.size() && is_space(text_[at_]))
                ++at_;
            if (at_ >= text_.size()) return tokens;
            Token token = TRY(next());
            tokens.push_back(std::move(token));
        }
    }

  private:
    base::Result<Token> next() {
        Token token;
        const bool exact_list =
            text_[at_] == '=' && at_ + 1 < text_.size() && text_[at_ + 1] == '[';
        if (exact_list || begins_group()) {
            token.kind = Token::Kind::group;
            token.text = TRY(group());
            return token;
        }
        if (begins_quote()) {
            token.kind = Token::Kind::quoted;
            token.text = TRY(quoted());
            return token;
        }
        while (at_ < text_.size() && !is_space(text_[at_])) {
            const bool names_setting = text_[at_] == '=' && token.kind == Token::Kind::word &&
                                       !token.text.empty() && is_name(token.text);
            if (names_setting) return setting(token.text);
            token.text += text_[at_++];
        }
        return token;
    }

    base::Result<Token> setting(const std::string& key) {
        ++at_;
        Token token{Token::Kind::setting, key, {}};
        if (at_ >= text_.size() || is_space(text_[at_])) return token;
        if (begins_quote()) {
            token.text = TRY(quoted());
        } else if (begins_group()) {
            token.text = TRY(group());
        } else {
            while (at_ < text_.size() && !is_space(text_[at_]))
                token.text += text_[at_++];
        }
        return token;
    }

    static bool is_name(std::string_view text) {
        for (const char c : text)
            if ((c < 'a' || c > 'z') && c != '_') return false;
        return true;
    }
    bool begins_quote() const { return text_[at_] == '"' || text_[at_] == '\''; }
    bool begins_group() const { return text_[at_] == '{' || text_[at_] == '['; }

    /// Past the quoted text that begins here, with its quotes.
    base::Result<std::string> raw_quoted() {
        const std::size_t begin = at_;
        const char quote = text_[at_++];
        while (at_ < text_.size() && text_[at_] != quote)
            at_ += text_[at_] == '\\' && quote == '"' ? 2 : 1;
        if (at_ >= text_.size()) return base::refuse(base::malformed("quote_open"));
        ++at_;
        return std::string(text_.substr(begin, at_ - begin));
    }

    base::Result<std::string> quoted() {
        const std::string raw = TRY(raw_quoted());
        const base::json::value value = TRY(read_value(raw));
        return std::string(value.as_string());
    }

    base::Result<std::string> group() {
        std::string raw;
        if (text_[at_] == '=') raw += text_[at_++];
        int depth = 0;
        do {
            if (at_ >= text_.size()) return base::refuse(base::malformed("bracket_open"));
            const char c = text_[at_];
            if (c == '"' || (c == '\'' && !raw.empty() && !is_word_end(raw.back()))) {
                raw += TRY(raw_quoted());
                continue;
            }
            if (c == '{' || c == '[') ++depth;
            if (c == '}' || c == ']') --depth;
            raw += c;
            ++at_;
        } while (depth > 0);
        return raw;
    }

    /// An apostrophe within a word (People's) opens no quote.
    static bool is_word_end(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

    std::string_view text_;
    std::size_t at_ = 0;
};

base::Status read_file(Script& script, const std::filesystem::path& file,
                       const std::filesystem::path& root) {
    std::ifstream in(file);
    if (!in) return base::refuse(base::malformed("file_unreadable").saying(file.string()));
    const std::filesystem::path shown = file.lexically_relative(root);
    std::vector<Statement> statements;
    int number = 0;
    for (std::string line; std::getline(in, line);) {
        ++number;
        const std::string bare = base::trim(line);
        if (bare.starts_with(goal_mark) && script.goal.empty())
            script.goal = base::trim(bare.substr(goal_mark.size()));
        if (bare.empty() || bare.starts_with('#')) continue;
        if (is_space(line.front())) {
            if (statements.empty()) {
                return base::refuse(base::malformed("continuation_without_start")
                                        .saying(shown.string() + ":" + std::to_string(number)));
            }
            statements.back().text += "\n" + bare;
        } else {
            statements.push_back({shown, number, bare});
        }
    }
    for (Statement& statement : statements) {
        if (statement.text.starts_with("include "))
            TRY(read_file(script, root / base::trim(statement.text.substr(8)), root));
        else
            script.statements.push_back(std::move(statement));
    }
    return {};
}

}  // namespace

bool is_story(const std::filesystem::path& file) {
    std::ifstream in(file);
    std::string line;
    return std::getline(in, line) && line.starts_with(goal_mark);
}

base::Result<Script> Script::load(const std::filesystem::path& file,
                                  const std::filesystem::path& root) {
    Script script;
    script.file = file.lexically_relative(root);
    TRY(read_file(script, file, root));
    if (script.goal.empty()) {
        return base::refuse(base::malformed("goal_missing").saying(script.file.string()));
    }
    return script;
}

base::Result<std::vector<Token>> split(std::string_view statement) {
    return Splitter(statement).run();
}

}  // namespace run_cases
