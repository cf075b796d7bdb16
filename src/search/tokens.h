#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "search/fold.h"
#include "search/han_words.h"

namespace search {

enum class TokenKind : std::uint8_t {
    word,  ///< a word of the text; the only kind that has a position of its own
    gram,  ///< two neighbouring characters or syllables, so that a split the other way still meets
    stem,  ///< "=" and the stem of a Latin word
    bare,  ///< a Vietnamese (or other) word without its marks
};

struct Token {
    std::uint32_t text_at = 0;
    std::uint32_t text_size = 0;
    std::uint32_t position = 0;
    std::uint32_t begin = 0;  ///< bytes in TokenList::source
    std::uint32_t end = 0;
    TokenKind kind = TokenKind::word;
};

/// Reused from text to text, so that splitting allocates nothing once it is warm.
struct TokenList {
    std::string texts;
    std::string source;  ///< the text that offsets refer to (composed when it had loose marks)
    std::vector<Token> tokens;
    std::uint32_t position_count = 0;

    std::string_view text(const Token& token) const {
        return std::string_view(texts).substr(token.text_at, token.text_size);
    }
};

/// Splits a text of any of our languages into terms: Han by dictionary with character pairs where
/// the split is doubtful; Thai, Lao, Khmer and Burmese by ICU's word break; Latin words with light
/// stems; numbers with their units. Simplified, half width and lower case throughout.
/// Thread-safe: what ICU needs per thread is kept per thread.
class Tokenizer {
  public:
    /// `user_words`: words that must stay whole although the dictionaries do not know them (东盟).
    explicit Tokenizer(const std::vector<std::string>& user_words = {});

    void tokenize(std::string_view utf8, TokenList& result) const;
    const HanWords& han_words() const { return han_words_; }

  private:
    struct Run;
    void add_han(const Run& run, TokenList& result) const;
    void add_latin(const Run& run, TokenList& result) const;
    void add_syllabic(const Run& run, TokenList& result) const;

    HanWords han_words_;
};

/// True for Han characters that carry no subject (的 了 和 …): never terms on their own.
bool is_stop_character(char16_t unit);

}  // namespace search
