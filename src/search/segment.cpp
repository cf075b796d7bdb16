#include "search/segment.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "search/segment_parts.h"

namespace search {
namespace {

base::Error damaged(std::string_view what) {
    return base::error(base::ErrorKind::unavailable, "snapshot_damaged").saying(what);
}

/// FNV-1a, then mixed: ids are ULIDs whose first half hardly differs.
std::uint64_t hash_id(std::string_view id) {
    std::uint64_t hash = 0xCBF29CE484222325U;
    for (char c : id)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
    return hash ^ (hash >> 29);
}

/// Cuts sections out of a segment's bytes, checking each against what is there.
class SectionReader {
  public:
    explicit SectionReader(std::string_view bytes) : bytes_(bytes) {}

    base::Result<SegmentHeader> header() {
        SegmentHeader header;
        if (bytes_.size() < sizeof header)
            return base::refuse(damaged("segment shorter than its header"));
        std::memcpy(&header, bytes_.data(), sizeof header);
        if (header.magic != segment_magic) return base::refuse(damaged("not a segment"));
        if (header.version != segment_version)
            return base::refuse(damaged("unknown segment version"));
        if (header.section_count > 4096 ||
            bytes_.size() < sizeof header + header.section_count * sizeof(SectionPlace)) {
            return base::refuse(damaged("section table cut off"));
        }
        section_count_ = header.section_count;
        return header;
    }

    template <class T>
    base::Status read(std::span<const T>& values, std::size_t count_expected) {
        SectionPlace place;
        if (next_ >= section_count_) return base::refuse(damaged("section missing"));
        std::memcpy(&place, bytes_.data() + sizeof(SegmentHeader) + next_++ * sizeof place,
                    sizeof place);
        if (place.offset % 8 != 0 || place.offset > bytes_.size() ||
            place.size > bytes_.size() - place.offset || place.size % sizeof(T) != 0) {
            return base::refuse(damaged("section outside the segment"));
        }
        values = {reinterpret_cast<const T*>(bytes_.data() + place.offset), place.size / sizeof(T)};
        if (count_expected != any_count && values.size() != count_expected) {
            return base::refuse(damaged("section of the wrong length"));
        }
        return {};
    }

    base::Status read(TextColumn& column, std::size_t count_expected) {
        std::span<const char> bytes;
        TRY(read(column.offsets, count_expected == any_count ? any_count : count_expected + 1));
        TRY(read(bytes, any_count));
        column.bytes = bytes.data();
        if (column.offsets.empty() || column.offsets.front() != 0 ||
            column.offsets.back() != bytes.size() ||
            !std::is_sorted(column.offsets.begin(), column.offsets.end())) {
            return base::refuse(damaged("text offsets out of order"));
        }
        return {};
    }

    static constexpr std::size_t any_count = static_cast<std::size_t>(-1);

  private:
    std::string_view bytes_;
    std::size_t section_count_ = 0;
    std::size_t next_ = 0;
};

base::Status check_codes(const AttributeColumn& column) {
    if (column.starts.front() != 0 || column.starts.back() != column.codes.size() ||
        !std::is_sorted(column.starts.begin(), column.starts.end())) {
        return base::refuse(damaged("attribute starts out of order"));
    }
    bool known = std::all_of(column.codes.begin(), column.codes.end(),
                             [&](std::uint32_t code) { return code < column.values.size(); });
    if (!known) return base::refuse(damaged("attribute code without a value"));
    return {};
}

}  // namespace

std::uint8_t encode_length(std::uint32_t length) {
    if (length < 32) return static_cast<std::uint8_t>(length);
    int exponent = std::bit_width(length) - 5;
    std::uint32_t code =
        32 + static_cast<std::uint32_t>(exponent - 1) * 16 + ((length >> exponent) & 15);
    return static_cast<std::uint8_t>(std::min(code, 255U));
}

std::uint32_t decode_length(std::uint8_t code) {
    if (code < 32) return code;
    return (16U + ((code - 32U) & 15U)) << ((code - 32U) / 16U + 1U);
}

base::Result<std::shared_ptr<const Segment>> Segment::open(std::string_view bytes,
                                                           std::shared_ptr<const void> owner,
                                                           const Schema& schema) {
    std::shared_ptr<Segment> segment(new Segment);
    segment->bytes_ = bytes;
    segment->owner_ = std::move(owner);
    TRY(segment->read(schema));
    TRY(segment->check_postings());
    segment->make_id_table();
    return segment;
}

base::Status Segment::read(const Schema& schema) {
    SectionReader reader(bytes_);
    SegmentHeader header = TRY(reader.header());
    if (header.field_count != schema.fields.size() ||
        header.attribute_count != schema.attributes.size()) {
        return base::refuse(damaged("segment of another schema"));
    }
    document_count_ = header.document_count;
    field_count_ = header.field_count;
    length_total_ = header.length_total;
    TRY(reader.read(ids_, document_count_));
    TRY(reader.read(length_codes_, document_count_));
    TRY(reader.read(field_starts_, document_count_ * field_count_));
    TRY(reader.read(terms_, SectionReader::any_count));
    TRY(reader.read(infos_, terms_.size()));
    std::span<const char> postings;
    TRY(reader.read(postings, SectionReader::any_count));
    postings_ = {postings.data(), postings.size()};
    attributes_.resize(schema.attributes.size());
    for (std::size_t i = 0; i < attributes_.size(); ++i) {
        AttributeColumn& column = attributes_[i];
        if (schema.attributes[i].kind == AttributeKind::number) {
            TRY(reader.read(column.numbers, document_count_));
            continue;
        }
        TRY(reader.read(column.values, SectionReader::any_count));
        TRY(reader.read(column.starts, std::size_t{document_count_} + 1));
        TRY(reader.read(column.codes, SectionReader::any_count));
        TRY(check_codes(column));
    }
    return {};
}

base::Status Segment::check_postings() const {
    for (std::size_t term = 0; term < infos_.size(); ++term) {
        const TermInfo& info = infos_[term];
        std::uint64_t directory = std::uint64_t{info.block_count} * sizeof(BlockInfo);
        if (info.offset % 4 != 0 || info.offset > postings_.size() ||
            directory > postings_.size() - info.offset) {
            return base::refuse(damaged("postings outside their section"));
        }
        PostingList list = postings(static_cast<std::uint32_t>(term));
        std::size_t room = postings_.size() - info.offset - directory;
        std::uint64_t total = 0;
        for (std::uint32_t i = 0; i < list.block_count; ++i) {
            const BlockInfo& block = list.blocks[i];
            if (block.count == 0 || block.count > block_size ||
                block.last_document >= document_count_ || block.offset + 4U > room) {
                return base::refuse(damaged("posting block out of bounds"));
            }
            const std::uint8_t* widths = list.payload + block.offset;
            if (widths[0] > 32 || widths[1] > 8 || widths[2] > 16 || widths[3] > 16 ||
                block.offset + 4U + block.count * (widths[0] + widths[1] + widths[2]) / 8U > room) {
                return base::refuse(damaged("posting block wider than its payload"));
            }
            total += block.count;
        }
        if (total != info.document_count || total == 0) {
            return base::refuse(damaged("posting counts disagree"));
        }
    }
    return {};
}

void Segment::make_id_table() {
    std::size_t size = std::bit_ceil(std::size_t{document_count_} * 3 / 2 + 2);
    id_table_.assign(size, 0);
    for (std::uint32_t document = 0; document < document_count_; ++document) {
        std::size_t at = hash_id(ids_[document]) & (size - 1);
        while (id_table_[at] != 0)
            at = (at + 1) & (size - 1);
        id_table_[at] = document + 1;
    }
}

std::optional<std::uint32_t> Segment::find(std::string_view id) const {
    std::size_t mask = id_table_.size() - 1;
    for (std::size_t at = hash_id(id) & mask; id_table_[at] != 0; at = (at + 1) & mask) {
        if (ids_[id_table_[at] - 1] == id) return id_table_[at] - 1;
    }
    return std::nullopt;
}

std::uint32_t Segment::lower_bound(std::string_view term) const {
    std::uint32_t low = 0;
    auto high = static_cast<std::uint32_t>(terms_.size());
    while (low < high) {
        std::uint32_t middle = low + (high - low) / 2;
        if (terms_[middle] < term) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

std::optional<std::uint32_t> Segment::find_term(std::string_view term) const {
    std::uint32_t at = lower_bound(term);
    if (at == terms_.size() || terms_[at] != term) return std::nullopt;
    return at;
}

PostingList Segment::postings(std::uint32_t term) const {
    const TermInfo& info = infos_[term];
    PostingList list;
    const char* directory = postings_.data() + info.offset;
    list.blocks = reinterpret_cast<const BlockInfo*>(directory);
    list.payload =
        reinterpret_cast<const std::uint8_t*>(directory) + info.block_count * sizeof(BlockInfo);
    list.block_count = info.block_count;
    list.document_count = info.document_count;
    return list;
}

}  // namespace search
