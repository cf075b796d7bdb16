#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <vector>

namespace search {

inline constexpr std::uint32_t no_document = std::numeric_limits<std::uint32_t>::max();
inline constexpr std::size_t block_size = 128;

/// Where a block of up to 128 postings lies and the bound that pruning needs: no posting in it has
/// a higher weighted frequency or a shorter document. 12 bytes, stored as is.
struct BlockInfo {
    std::uint32_t last_document = 0;
    std::uint32_t offset = 0;  ///< bytes from the start of the term's payload
    std::uint8_t frequency_max = 0;
    std::uint8_t length_code_min = 0;
    std::uint16_t count = 0;
};
static_assert(sizeof(BlockInfo) == 12);

/// One posting while an index is built: a document, the weighted frequency (1 to 255) and the
/// positions of the term in it (none for grams and stems).
struct Posting {
    std::uint32_t document = 0;
    std::uint8_t frequency = 1;
    std::uint8_t length_code = 0;
    std::span<const std::uint32_t> positions;
};

/// Packs a term's postings, in order of document, into blocks: differences of documents,
/// frequencies, counts of positions and positions, each with the fewest bits that the block needs.
class PostingWriter {
  public:
    void add(const Posting& posting);
    /// Appends the directory and then the payload to `bytes`; the writer is empty again.
    /// Returns the number of blocks.
    std::uint32_t finish(std::string& bytes);

  private:
    void close_block();

    std::vector<BlockInfo> blocks_;
    std::string payload_;
    std::vector<std::uint32_t> documents_;
    std::vector<std::uint32_t> frequencies_;
    std::vector<std::uint32_t> position_counts_;
    std::vector<std::uint32_t> positions_;
    std::uint8_t length_code_min_ = 255;
    std::uint32_t previous_ = 0;  // last document of the block before, or 0
};

/// A term's postings as they lie in a segment.
struct PostingList {
    const BlockInfo* blocks = nullptr;
    const std::uint8_t* payload = nullptr;
    std::uint32_t block_count = 0;
    std::uint32_t document_count = 0;
};

/// Walks a packed list. Reading is lazy: frequencies and positions of a block are unpacked when
/// first asked for. The buffer behind the list must have 8 readable bytes after its end.
class PostingReader {
  public:
    explicit PostingReader(const PostingList& list);

    std::uint32_t document() const { return document_; }
    std::uint32_t frequency();
    /// Overwrites `result` with the positions of the present posting.
    void positions(std::vector<std::uint32_t>& result);
    void next();
    /// To the first posting at or after `target`; never goes back.
    void seek(std::uint32_t target);

    /// Bulk form for accumulation: the rest of the present block.
    std::span<const std::uint32_t> block_documents() const;
    std::span<const std::uint32_t> block_frequencies();
    /// To the first posting of the next block.
    void next_block();

    const BlockInfo* block_at_or_after(std::uint32_t target);
    std::uint32_t document_count() const { return list_.document_count; }

  private:
    void load_block(std::uint32_t block);
    void load_frequencies();
    void load_positions();

    PostingList list_;
    std::uint32_t document_ = no_document;
    std::uint32_t block_ = 0;
    std::uint32_t bound_block_ = 0;
    std::uint32_t at_ = 0;
    std::uint32_t count_ = 0;
    bool has_frequencies_ = false;
    bool has_positions_ = false;
    const std::uint8_t* frequencies_at_ = nullptr;
    std::uint32_t documents_[block_size];
    std::uint32_t frequencies_[block_size];
    std::vector<std::uint32_t> position_ends_;
    std::vector<std::uint32_t> positions_;
};

}  // namespace search
