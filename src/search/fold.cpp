#include "search/fold.h"

#include <array>
#include <memory>

#include <unicode/normalizer2.h>
#include <unicode/translit.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utf16.h>
#include <unicode/utf8.h>

#include "base/check.h"

namespace search {
namespace {

constexpr std::size_t plane_size = 0x10000;
constexpr char16_t folds_to_many = 0xFFFF;
constexpr char16_t vanishes = 0xFFFE;

/// What each character of the basic plane folds to, made once: the transliterator and the
/// normalizer are far too slow to be asked for every character of a million entries.
struct FoldTable {
    std::array<char16_t, plane_size> single;
    std::array<char16_t, plane_size> bare;
    const icu::Normalizer2* folder;

    FoldTable();
};

FoldTable::FoldTable() {
    UErrorCode status = U_ZERO_ERROR;
    folder = icu::Normalizer2::getNFKCCasefoldInstance(status);
    const icu::Normalizer2* decomposer = icu::Normalizer2::getNFDInstance(status);
    CHECK(U_SUCCESS(status));
    std::unique_ptr<icu::Transliterator> simplifier(
        icu::Transliterator::createInstance("Traditional-Simplified", UTRANS_FORWARD, status));
    CHECK(simplifier != nullptr);
    icu::UnicodeString han;
    for (char16_t c = 0x3400; c <= 0x9FFF; ++c)
        han.append(c);
    simplifier->transliterate(han);
    CHECK(han.length() == 0x9FFF - 0x3400 + 1);
    for (std::size_t c = 0; c < plane_size; ++c) {
        auto unit = static_cast<char16_t>(c);
        bare[c] = unit;
        single[c] = unit;
        if (U16_IS_SURROGATE(unit)) continue;
        icu::UnicodeString text(unit);
        icu::UnicodeString folded = folder->normalize(text, status);
        char16_t result = folded.length() == 1 ? folded.charAt(0) : folds_to_many;
        if (folded.isEmpty()) result = vanishes;
        // NFKC takes the vowels "am" of Thai and Lao apart, which ICU's word dictionaries do not expect.
        if (c == 0x0E33 || c == 0x0EB3) result = unit;
        if (result >= 0x3400 && result <= 0x9FFF) result = han.charAt(result - 0x3400);
        single[c] = result;
        if (c < 0x00C0 || c > 0x1EFF || (c > 0x024F && c < 0x1E00)) continue;
        icu::UnicodeString parts = decomposer->normalize(text, status);
        bare[c] = c == 0x0111 ? u'd' : parts.charAt(0);  // đ does not decompose
    }
}

const FoldTable& fold_table() {
    static const auto table = std::make_unique<FoldTable>();
    return *table;
}

bool has_combining_marks(std::string_view text) {
    for (std::size_t i = 0; i + 1 < text.size(); ++i) {
        auto lead = static_cast<unsigned char>(text[i]);
        if (lead == 0xCC) return true;  // U+0300 to U+033F
        if (lead == 0xCD && static_cast<unsigned char>(text[i + 1]) < 0xB0) return true;
    }
    return false;
}

void append_folded(UChar32 c, std::uint32_t offset, FoldedText& result) {
    const FoldTable& table = fold_table();
    auto put = [&](char16_t unit) {
        result.units.push_back(unit);
        result.offsets.push_back(offset);
    };
    if (c >= static_cast<UChar32>(plane_size)) {
        if (!u_hasBinaryProperty(c, UCHAR_IDEOGRAPHIC)) return put(0xFFFD);
        put(U16_LEAD(c));
        return put(U16_TRAIL(c));
    }
    char16_t folded = table.single[static_cast<std::size_t>(c)];
    if (folded == vanishes && c != 0xFFFE) return;
    if (folded != folds_to_many || c == 0xFFFF) return put(folded);
    UErrorCode status = U_ZERO_ERROR;
    icu::UnicodeString many = table.folder->normalize(icu::UnicodeString(c), status);
    for (std::int32_t i = 0; i < many.length(); ++i)
        put(many.charAt(i));
}

}  // namespace

void fold_text(std::string_view utf8, FoldedText& result, std::string& composed) {
    if (has_combining_marks(utf8)) {
        UErrorCode status = U_ZERO_ERROR;
        const icu::Normalizer2* composer = icu::Normalizer2::getNFCInstance(status);
        CHECK(U_SUCCESS(status));
        composed.clear();
        composer
            ->normalize(
                icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())}),
                status)
            .toUTF8String(composed);
    } else {
        composed.assign(utf8);
    }
    result.units.clear();
    result.offsets.clear();
    const auto* bytes = reinterpret_cast<const std::uint8_t*>(composed.data());
    auto length = static_cast<std::int32_t>(composed.size());
    const FoldTable& table = fold_table();
    for (std::int32_t at = 0; at < length;) {
        auto start = static_cast<std::uint32_t>(at);
        UChar32 c;
        U8_NEXT(bytes, at, length, c);
        if (c < 0) c = ' ';
        if (c < 0x80) {
            result.units.push_back(table.single[static_cast<std::size_t>(c)]);
            result.offsets.push_back(start);
        } else {
            append_folded(c, start, result);
        }
    }
    result.offsets.push_back(static_cast<std::uint32_t>(composed.size()));
}

std::string fold_to_utf8(std::string_view utf8) {
    FoldedText folded;
    std::string composed;
    fold_text(utf8, folded, composed);
    std::string result;
    append_utf8(folded.units, result);
    return result;
}

char16_t without_marks(char16_t unit) {
    return fold_table().bare[unit];
}

void append_utf8(std::u16string_view units, std::string& to) {
    for (std::size_t i = 0; i < units.size(); ++i) {
        std::uint32_t c = units[i];
        if (c < 0x80) {
            to.push_back(static_cast<char>(c));
        } else if (c < 0x800) {
            to.push_back(static_cast<char>(0xC0 | (c >> 6)));
            to.push_back(static_cast<char>(0x80 | (c & 0x3F)));
        } else if (U16_IS_LEAD(c) && i + 1 < units.size() && U16_IS_TRAIL(units[i + 1])) {
            std::uint32_t full = U16_GET_SUPPLEMENTARY(c, units[++i]);
            to.push_back(static_cast<char>(0xF0 | (full >> 18)));
            to.push_back(static_cast<char>(0x80 | ((full >> 12) & 0x3F)));
            to.push_back(static_cast<char>(0x80 | ((full >> 6) & 0x3F)));
            to.push_back(static_cast<char>(0x80 | (full & 0x3F)));
        } else {
            to.push_back(static_cast<char>(0xE0 | (c >> 12)));
            to.push_back(static_cast<char>(0x80 | ((c >> 6) & 0x3F)));
            to.push_back(static_cast<char>(0x80 | (c & 0x3F)));
        }
    }
}

}  // namespace search
