#include "search/tokens.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>

#include <unicode/brkiter.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/uscript.h>
#include <unicode/utf16.h>

#include "base/check.h"
#include "search/stem.h"

namespace search {
namespace {

enum class Script : std::uint8_t { separator, han, latin, digit, syllabic };

constexpr std::u16string_view stop_characters =
    u"的了和与及等在为是对中上下有之其以可所将被把并而或也但由于从到该此这那个各不者使得着过让";

/// What each character of the basic plane is, made once.
struct ScriptTable {
    std::array<Script, 0x10000> script;
    std::array<bool, 0x10000> stop{};

    ScriptTable() {
        for (std::uint32_t c = 0; c < script.size(); ++c)
            script[c] = classify(static_cast<char16_t>(c));
        for (char16_t c : stop_characters)
            stop[c] = true;
    }
    static Script classify(char16_t unit) {
        if (U16_IS_SURROGATE(unit)) return Script::han;
        if (u_isdigit(unit)) return Script::digit;
        if (u_hasBinaryProperty(unit, UCHAR_IDEOGRAPHIC)) return Script::han;
        bool inner = u_isalpha(unit) || u_charType(unit) == U_NON_SPACING_MARK ||
                     u_charType(unit) == U_COMBINING_SPACING_MARK;
        if (unit == u'°' || unit == u'%') return Script::latin;
        if (!inner) return Script::separator;
        UErrorCode status = U_ZERO_ERROR;
        switch (uscript_getScript(unit, &status)) {
            case USCRIPT_THAI:
            case USCRIPT_LAO:
            case USCRIPT_KHMER:
            case USCRIPT_MYANMAR:
                return Script::syllabic;
            default:
                return Script::latin;
        }
    }
};

const ScriptTable& script_table() {
    static const auto table = std::make_unique<ScriptTable>();
    return *table;
}

bool is_digit(char16_t unit) {
    return unit >= u'0' && unit <= u'9';
}

std::u16string_view without_thousands(std::u16string_view number, std::u16string& buffer) {
    if (number.find(u',') == number.npos) return number;
    buffer.clear();
    std::copy_if(number.begin(), number.end(), std::back_inserter(buffer),
                 [](char16_t unit) { return unit != u','; });
    return buffer;
}

}  // namespace

/// A stretch of one script in the folded text.
struct Tokenizer::Run {
    const FoldedText& text;
    std::size_t begin;
    std::size_t end;
    StemLanguage language;
    bool stemmed;  ///< false for texts with Vietnamese marks

    std::u16string_view units() const {
        return std::u16string_view(text.units).substr(begin, end - begin);
    }
};

namespace {

/// Appends terms and keeps count of positions.
class Adder {
  public:
    Adder(const FoldedText& text, TokenList& result) : text_(text), result_(result) {}

    void add(std::u16string_view term, TokenKind kind, std::size_t begin, std::size_t end,
             std::u16string_view prefix = {}) {
        if (term.empty() || term.size() > term_units_max) return;
        Token token;
        token.text_at = static_cast<std::uint32_t>(result_.texts.size());
        append_utf8(prefix, result_.texts);
        append_utf8(term, result_.texts);
        token.text_size = static_cast<std::uint32_t>(result_.texts.size()) - token.text_at;
        token.position = result_.position_count;
        token.begin = text_.offsets[begin];
        token.end = text_.offsets[end];
        token.kind = kind;
        result_.tokens.push_back(token);
    }
    void advance() { ++result_.position_count; }

  private:
    static constexpr std::size_t term_units_max = 64;
    const FoldedText& text_;
    TokenList& result_;
};

}  // namespace

bool is_stop_character(char16_t unit) {
    return script_table().stop[unit];
}

Tokenizer::Tokenizer(const std::vector<std::string>& user_words) : han_words_(user_words) {
}

void Tokenizer::add_han(const Run& run, TokenList& result) const {
    thread_local std::vector<std::uint8_t> lengths;
    std::u16string_view units = run.units();
    han_words_.split(units, lengths);
    const ScriptTable& table = script_table();
    Adder adder(run.text, result);
    std::size_t at = 0;
    for (std::size_t i = 0; i < lengths.size(); at += lengths[i], ++i) {
        std::size_t length = lengths[i];
        std::size_t begin = run.begin + at;
        bool stop = length == 1 && table.stop[units[at]];
        if (!stop) adder.add(units.substr(at, length), TokenKind::word, begin, begin + length);
        for (std::size_t k = 0; length > 2 && k + 1 < length; ++k) {
            adder.add(units.substr(at + k, 2), TokenKind::gram, begin + k, begin + k + 2);
        }
        // Where a word of one character meets its neighbour, the split is doubtful: keep the pair.
        bool has_next = i + 1 < lengths.size();
        if (has_next && (length == 1 || lengths[i + 1] == 1)) {
            std::size_t last = at + length - 1;
            if (!table.stop[units[last]] && !table.stop[units[last + 1]]) {
                adder.add(units.substr(last, 2), TokenKind::gram, run.begin + last,
                          run.begin + last + 2);
            }
        }
        adder.advance();
    }
}

void Tokenizer::add_latin(const Run& run, TokenList& result) const {
    std::u16string_view units = run.units();
    Adder adder(run.text, result);
    std::u16string buffer;
    // A number and its unit: 500kg is found as 500kg and as 500.
    std::size_t digits = 0;
    while (digits < units.size() &&
           (is_digit(units[digits]) || units[digits] == u'.' || units[digits] == u',')) {
        ++digits;
    }
    if (digits > 0 && is_digit(units[0])) {
        std::u16string number(without_thousands(units.substr(0, digits), buffer));
        adder.add(number, TokenKind::word, run.begin, run.begin + digits);
        if (digits < units.size()) {
            std::u16string whole = number + std::u16string(units.substr(digits));
            adder.add(whole, TokenKind::gram, run.begin, run.end);
            adder.advance();
            adder.add(units.substr(digits), TokenKind::word, run.begin + digits, run.end);
        }
        return adder.advance();
    }
    adder.add(units, TokenKind::word, run.begin, run.end);
    buffer.clear();
    std::string ascii;
    for (char16_t unit : units) {
        char16_t bare = without_marks(unit);
        buffer.push_back(bare);
        if (bare < 0x80) ascii.push_back(static_cast<char>(bare));
    }
    if (buffer != units) {
        adder.add(buffer, TokenKind::bare, run.begin, run.end);
    } else if (run.stemmed && ascii.size() == units.size() && ascii.size() > 2 &&
               std::all_of(ascii.begin(), ascii.end(),
                           [](char c) { return c >= 'a' && c <= 'z'; })) {
        auto add_stem = [&](const std::string& text) {
            adder.add(std::u16string(text.begin(), text.end()), TokenKind::stem, run.begin, run.end,
                      u"=");
        };
        std::string english = stem(ascii, StemLanguage::english);
        std::string malay = stem(ascii, StemLanguage::malay);
        if (run.language != StemLanguage::malay) add_stem(english);
        bool second = run.language == StemLanguage::none && malay != english;
        if (run.language == StemLanguage::malay || second) add_stem(malay);
    }
    adder.advance();
}

void Tokenizer::add_syllabic(const Run& run, TokenList& result) const {
    thread_local std::unique_ptr<icu::BreakIterator> breaker;
    UErrorCode status = U_ZERO_ERROR;
    if (breaker == nullptr) {
        breaker.reset(icu::BreakIterator::createWordInstance(icu::Locale::getRoot(), status));
        CHECK(U_SUCCESS(status));
    }
    std::u16string_view units = run.units();
    icu::UnicodeString view(false, units.data(), static_cast<std::int32_t>(units.size()));
    breaker->setText(view);
    Adder adder(run.text, result);
    std::size_t from = 0;
    std::optional<std::size_t> previous;
    for (std::int32_t to = breaker->next(); to != icu::BreakIterator::DONE; to = breaker->next()) {
        auto end = static_cast<std::size_t>(to);
        adder.add(units.substr(from, end - from), TokenKind::word, run.begin + from,
                  run.begin + end);
        // The dictionaries for Lao, Khmer and Burmese know few technical words and leave syllables.
        if (previous) {
            adder.add(units.substr(*previous, end - *previous), TokenKind::gram,
                      run.begin + *previous, run.begin + end);
        }
        adder.advance();
        previous = from;
        from = end;
    }
}

void Tokenizer::tokenize(std::string_view utf8, TokenList& result) const {
    thread_local FoldedText folded;
    result.texts.clear();
    result.tokens.clear();
    result.position_count = 0;
    fold_text(utf8, folded, result.source);
    const ScriptTable& table = script_table();
    const std::u16string& units = folded.units;
    bool has_marks = false;
    std::string ascii;
    for (char16_t unit : units) {
        has_marks |= unit >= 0x00C0 && unit <= 0x1EFF && without_marks(unit) != unit;
        if (unit < 0x80) ascii.push_back(static_cast<char>(unit));
    }
    StemLanguage language = has_marks ? StemLanguage::none : guess_language(ascii);
    std::size_t at = 0;
    while (at < units.size()) {
        Script script = table.script[units[at]];
        if (script == Script::separator) {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        if (script == Script::han || script == Script::syllabic) {
            while (end < units.size() && table.script[units[end]] == script)
                ++end;
        } else {
            auto inner = [&](std::size_t i) {
                return i < units.size() && (table.script[units[i]] == Script::latin ||
                                            table.script[units[i]] == Script::digit);
            };
            auto joint = [&](std::size_t i) {  // 3.5 and 1,000 but not "end. 5"
                return i + 1 < units.size() && (units[i] == u'.' || units[i] == u',') &&
                       is_digit(units[i - 1]) && is_digit(units[i + 1]);
            };
            while (inner(end) || joint(end))
                ++end;
        }
        Run run{folded, at, end, language, !has_marks};
        switch (script) {
            case Script::han:
                add_han(run, result);
                break;
            case Script::syllabic:
                add_syllabic(run, result);
                break;
            default:
                add_latin(run, result);
        }
        at = end;
    }
}

}  // namespace search
