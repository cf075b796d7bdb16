#include "base/text.h"

#include <algorithm>
#include <memory>

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "base/check.h"

namespace base {
namespace {

/// Calls `visit(code_point, byte_offset)`; stops at the first malformed byte and returns false.
template <class Visit>
bool each_character(std::string_view text, Visit visit) {
    auto length = static_cast<std::int32_t>(text.size());
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(text.data());
    for (std::int32_t at = 0; at < length;) {
        std::int32_t start = at;
        UChar32 c;
        U8_NEXT(bytes, at, length, c);
        if (c < 0) return false;
        visit(c, static_cast<std::size_t>(start));
    }
    return true;
}

}  // namespace

bool is_valid_utf8(std::string_view bytes) {
    return each_character(bytes, [](UChar32, std::size_t) {});
}

std::size_t count_characters(std::string_view utf8) {
    std::size_t count = 0;
    each_character(utf8, [&](UChar32, std::size_t) { ++count; });
    return count;
}

std::string shorten(std::string_view utf8, std::size_t characters) {
    std::size_t count = 0;
    std::size_t cut = utf8.size();
    each_character(utf8, [&](UChar32, std::size_t at) {
        if (count++ == characters) cut = at;
    });
    if (cut == utf8.size()) return std::string(utf8);
    return std::string(utf8.substr(0, cut)) + "…";
}

std::string trim(std::string_view utf8) {
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(utf8.data());
    auto size = static_cast<std::int32_t>(utf8.size());
    std::int32_t first = 0;
    for (std::int32_t next = 0; next < size; first = next) {
        UChar32 c;
        U8_NEXT(bytes, next, size, c);
        if (!u_isUWhiteSpace(c)) break;
    }
    std::int32_t last = size;
    for (std::int32_t before = size; before > first; last = before) {
        UChar32 c;
        U8_PREV(bytes, first, before, c);
        if (!u_isUWhiteSpace(c)) break;
    }
    return std::string(utf8.substr(first, last - first));
}

std::string fold(std::string_view utf8) {
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2* nfkc = icu::Normalizer2::getNFKCCasefoldInstance(status);
    CHECK(U_SUCCESS(status));
    icu::UnicodeString folded = nfkc->normalize(
        icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())}),
        status);
    std::string text;
    folded.toUTF8String(text);
    std::string result;
    bool space_pending = false;
    each_character(text, [&](UChar32 c, std::size_t) {
        if (u_isUWhiteSpace(c)) {
            space_pending = !result.empty();
            return;
        }
        if (space_pending) result += ' ';
        space_pending = false;
        icu::UnicodeString(c).toUTF8String(result);
    });
    return result;
}

bool has_control_characters(std::string_view utf8) {
    bool found = false;
    each_character(utf8, [&](UChar32 c, std::size_t) {
        bool plain_control = c < 0x20 && c != '\t' && c != '\n' && c != '\r';
        bool high_control = c >= 0x7F && c <= 0x9F;
        bool turns_direction = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
        found = found || plain_control || high_control || turns_direction;
    });
    return found;
}

std::vector<std::string> split(std::string_view text, char separator) {
    std::vector<std::string> parts;
    while (true) {
        std::size_t at = text.find(separator);
        parts.emplace_back(text.substr(0, at));
        if (at == text.npos) return parts;
        text.remove_prefix(at + 1);
    }
}

std::string join(const std::vector<std::string>& parts, std::string_view separator) {
    std::string result;
    for (std::size_t i = 0; i < parts.size(); ++i) {
        if (i > 0) result += separator;
        result += parts[i];
    }
    return result;
}

std::string to_lower_ascii(std::string_view text) {
    std::string result(text);
    for (char& c : result) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return result;
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
    CHECK(!from.empty());
    for (std::size_t at = 0; (at = text.find(from, at)) != text.npos; at += to.size()) {
        text.replace(at, from.size(), to);
    }
    return text;
}

std::string escape_html(std::string_view text) {
    std::string result;
    result.reserve(text.size() + text.size() / 8);
    for (char c : text) {
        switch (c) {
            case '&':
                result += "&amp;";
                break;
            case '<':
                result += "&lt;";
                break;
            case '>':
                result += "&gt;";
                break;
            case '"':
                result += "&quot;";
                break;
            case '\'':
                result += "&#39;";
                break;
            default:
                result += c;
        }
    }
    return result;
}

std::string to_simplified(std::string_view utf8) {
    UErrorCode status = U_ZERO_ERROR;
    static thread_local std::unique_ptr<icu::Transliterator> converter(
        icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    CHECK(converter != nullptr);
    icu::UnicodeString text =
        icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
    converter->transliterate(text);
    std::string result;
    text.toUTF8String(result);
    return result;
}

}  // namespace base
