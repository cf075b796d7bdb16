#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "search/segment.h"

namespace search {

inline constexpr std::uint32_t segment_magic = 0x47535147;  // "GQSG"
inline constexpr std::uint32_t segment_version = 1;

struct SegmentHeader {
    std::uint32_t magic = segment_magic;
    std::uint32_t version = segment_version;
    std::uint32_t document_count = 0;
    std::uint32_t field_count = 0;
    std::uint32_t attribute_count = 0;
    std::uint32_t section_count = 0;
    std::uint64_t length_total = 0;
};
static_assert(sizeof(SegmentHeader) == 32);

struct SectionPlace {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
};

/// Texts while they are collected.
struct TextParts {
    std::vector<std::uint32_t> offsets{0};
    std::string bytes;

    void add(std::string_view text) {
        bytes += text;
        offsets.push_back(static_cast<std::uint32_t>(bytes.size()));
    }
};

struct AttributeParts {
    AttributeKind kind = AttributeKind::keyword;
    std::vector<std::int64_t> numbers;
    TextParts values;
    std::vector<std::uint32_t> starts{0};
    std::vector<std::uint32_t> codes;
};

/// A segment in the making: what the builder and the merger fill and `write` turns into bytes.
struct SegmentParts {
    TextParts ids;
    std::vector<std::uint8_t> length_codes;
    std::vector<std::uint16_t> field_starts;
    TextParts terms;
    std::vector<TermInfo> infos;
    std::string postings;
    std::vector<AttributeParts> attributes;
    std::uint64_t length_total = 0;

    /// The bytes with the 8 bytes of slack that reading needs after them.
    std::string write(std::size_t field_count) const;
    void add_term(std::string_view term, std::uint32_t document_count, PostingWriter& writer);
};

/// Opens bytes made by SegmentParts::write; a defect would be our own mistake.
std::shared_ptr<const Segment> open_own(std::string bytes, const Schema& schema);

}  // namespace search
