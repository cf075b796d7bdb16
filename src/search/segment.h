#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "search/document.h"
#include "search/postings.h"

namespace search {

/// The value of a number attribute that a document does not have.
inline constexpr std::int64_t no_number = std::numeric_limits<std::int64_t>::min();

/// Document lengths are kept in one byte: exact to 32, then in steps of one sixteenth.
std::uint8_t encode_length(std::uint32_t length);
std::uint32_t decode_length(std::uint8_t code);

/// Texts one after another with their ends: ids, terms, keyword values.
struct TextColumn {
    std::span<const std::uint32_t> offsets;  ///< one more than there are texts
    const char* bytes = nullptr;

    std::size_t size() const { return offsets.size() - 1; }
    std::string_view operator[](std::size_t i) const {
        return {bytes + offsets[i], offsets[i + 1] - offsets[i]};
    }
};

struct TermInfo {
    std::uint64_t offset = 0;  ///< of the block directory in the postings section
    std::uint32_t document_count = 0;
    std::uint32_t block_count = 0;
};

struct AttributeColumn {
    std::span<const std::int64_t> numbers;
    TextColumn values;                      ///< keyword: distinct values, sorted
    std::span<const std::uint32_t> starts;  ///< keyword: one more than documents
    std::span<const std::uint32_t> codes;

    std::span<const std::uint32_t> codes_of(std::uint32_t document) const {
        return codes.subspan(starts[document], starts[document + 1] - starts[document]);
    }
};

/// An immutable part of an index: one contiguous buffer, the same in memory and on disk
/// (docs/formats/search-snapshot.md), with views into it. Safe from many threads.
class Segment {
  public:
    /// Views `bytes`, which must be followed by 8 readable bytes; `owner` keeps them alive. Every
    /// offset that reading will follow is checked here: `snapshot_damaged`.
    static base::Result<std::shared_ptr<const Segment>> open(std::string_view bytes,
                                                             std::shared_ptr<const void> owner,
                                                             const Schema& schema);

    std::uint32_t document_count() const { return document_count_; }
    std::uint64_t length_total() const { return length_total_; }
    std::string_view id(std::uint32_t document) const { return ids_[document]; }
    std::optional<std::uint32_t> find(std::string_view id) const;
    std::span<const std::uint8_t> length_codes() const { return length_codes_; }
    /// Positions at which the fields of a document begin.
    std::span<const std::uint16_t> field_starts(std::uint32_t document) const {
        return field_starts_.subspan(document * field_count_, field_count_);
    }
    const TextColumn& terms() const { return terms_; }
    std::optional<std::uint32_t> find_term(std::string_view term) const;
    /// Index of the first term not less than `term`.
    std::uint32_t lower_bound(std::string_view term) const;
    PostingList postings(std::uint32_t term) const;
    std::uint32_t document_frequency(std::uint32_t term) const {
        return infos_[term].document_count;
    }
    const AttributeColumn& attribute(std::size_t i) const { return attributes_[i]; }
    std::string_view bytes() const { return bytes_; }

  private:
    Segment() = default;
    base::Status read(const Schema& schema);
    base::Status check_postings() const;
    void make_id_table();

    std::string_view bytes_;
    std::shared_ptr<const void> owner_;
    std::uint32_t document_count_ = 0;
    std::size_t field_count_ = 0;
    std::uint64_t length_total_ = 0;
    TextColumn ids_;
    TextColumn terms_;
    std::span<const TermInfo> infos_;
    std::span<const std::uint8_t> length_codes_;
    std::span<const std::uint16_t> field_starts_;
    std::string_view postings_;
    std::vector<AttributeColumn> attributes_;
    std::vector<std::uint32_t> id_table_;  // open addressing: document + 1, 0 = free
};

}  // namespace search
