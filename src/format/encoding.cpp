#include "format/encoding.h"

#include <memory>
#include <optional>
#include <vector>

#include <unicode/ucnv.h>
#include <unicode/unistr.h>
#include <unicode/utf8.h>

#include "base/check.h"
#include "base/text.h"

namespace format {
namespace {

using Converter = std::unique_ptr<UConverter, decltype(&ucnv_close)>;

base::Error unknown(std::size_t offset) {
    return base::invalid("csv_encoding_unknown").with("offset", std::to_string(offset));
}

Converter open_converter(const char* name) {
    UErrorCode status = U_ZERO_ERROR;
    Converter converter(ucnv_open(name, &status), ucnv_close);
    CHECK(U_SUCCESS(status));
    return converter;
}

/// Offset of the first byte that is not UTF-8, or the length.
std::size_t valid_utf8_length(std::string_view bytes) {
    auto length = static_cast<std::int32_t>(bytes.size());
    const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::int32_t at = 0;
    while (at < length) {
        std::int32_t start = at;
        UChar32 c;
        U8_NEXT(data, at, length, c);
        if (c < 0) return static_cast<std::size_t>(start);
    }
    return bytes.size();
}

/// Decodes with an ICU converter that stops at the first malformed sequence.
base::Result<std::string> convert(std::string_view bytes, const char* name, std::size_t offset) {
    Converter converter = open_converter(name);
    UErrorCode status = U_ZERO_ERROR;
    ucnv_setToUCallBack(converter.get(), UCNV_TO_U_CALLBACK_STOP, nullptr, nullptr, nullptr,
                        &status);
    icu::UnicodeString text;
    std::vector<UChar> buffer(1 << 14);
    const char* at = bytes.data();
    const char* end = at + bytes.size();
    do {
        status = U_ZERO_ERROR;
        UChar* out = buffer.data();
        ucnv_toUnicode(converter.get(), &out, buffer.data() + buffer.size(), &at, end, nullptr,
                       true, &status);
        text.append(buffer.data(), static_cast<std::int32_t>(out - buffer.data()));
    } while (status == U_BUFFER_OVERFLOW_ERROR);
    if (U_FAILURE(status)) {
        char invalid[32];
        std::int8_t length = sizeof invalid;
        UErrorCode ignored = U_ZERO_ERROR;
        ucnv_getInvalidChars(converter.get(), invalid, &length, &ignored);
        auto read = static_cast<std::size_t>(at - bytes.data());
        return base::refuse(unknown(offset + read - static_cast<std::size_t>(length)));
    }
    std::string utf8;
    text.toUTF8String(utf8);
    return utf8;
}

/// Big5, Shift JIS and the like also decode as GB 18030, into rare characters. Real Chinese is
/// nearly all in the GB 2312 block (both bytes high); beyond 3 in 10 outside it is something else.
bool is_plausible_gb18030(std::string_view bytes) {
    std::size_t pairs = 0;
    std::size_t outside = 0;
    for (std::size_t i = 0; i + 1 < bytes.size(); ++i) {
        auto lead = static_cast<unsigned char>(bytes[i]);
        auto trail = static_cast<unsigned char>(bytes[i + 1]);
        if (lead < 0x80) continue;
        ++pairs;
        if (lead < 0xA1 || lead > 0xF7 || trail < 0xA1) ++outside;
        ++i;
    }
    return outside * 10 <= pairs * 3;
}

}  // namespace

base::Result<DecodedText> decode_text(std::string_view bytes) {
    if (bytes.size() > (1U << 30)) return base::refuse(unknown(0));
    if (bytes.starts_with("\xFF\xFE")) {
        return DecodedText{TRY(convert(bytes.substr(2), "UTF-16LE", 2)), Encoding::utf16_little};
    }
    if (bytes.starts_with("\xFE\xFF")) {
        return DecodedText{TRY(convert(bytes.substr(2), "UTF-16BE", 2)), Encoding::utf16_big};
    }
    std::size_t nul = bytes.find('\0');
    if (nul != bytes.npos) return base::refuse(unknown(nul));
    std::string_view body = bytes.starts_with("\xEF\xBB\xBF") ? bytes.substr(3) : bytes;
    std::size_t valid = valid_utf8_length(body);
    if (valid == body.size()) return DecodedText{std::string(body), Encoding::utf8};
    std::size_t offset = bytes.size() - body.size() + valid;
    if (body.size() != bytes.size()) return base::refuse(unknown(offset));  // BOM says UTF-8
    std::string text = TRY(convert(bytes, "GB18030", 0));
    if (!is_plausible_gb18030(bytes)) return base::refuse(unknown(offset));
    return DecodedText{std::move(text), Encoding::gb18030};
}

std::string encode_gb18030(std::string_view utf8) {
    Converter converter = open_converter("GB18030");
    icu::UnicodeString text =
        icu::UnicodeString::fromUTF8({utf8.data(), static_cast<std::int32_t>(utf8.size())});
    UErrorCode status = U_ZERO_ERROR;
    std::string bytes(static_cast<std::size_t>(text.length()) * 4 + 4, '\0');
    std::int32_t length =
        ucnv_fromUChars(converter.get(), bytes.data(), static_cast<std::int32_t>(bytes.size()),
                        text.getBuffer(), text.length(), &status);
    CHECK(U_SUCCESS(status));
    bytes.resize(static_cast<std::size_t>(length));
    return bytes;
}

}  // namespace format
