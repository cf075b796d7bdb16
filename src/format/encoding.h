#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace format {

enum class Encoding { utf8, utf16_little, utf16_big, gb18030 };

struct DecodedText {
    std::string text;  ///< UTF-8 without byte order mark
    Encoding encoding = Encoding::utf8;
};

/// Reads a text file of unknown encoding: by its byte order mark, else UTF-8, else GB 18030 where
/// that gives plausible Chinese. Never guesses further: a wrong guess fills the register with
/// rubbish. `csv_encoding_unknown` with the byte `offset` of the first byte that fits nothing.
base::Result<DecodedText> decode_text(std::string_view bytes);

/// UTF-8 → GB 18030, for systems that cannot read UTF-8.
std::string encode_gb18030(std::string_view utf8);

}  // namespace format
