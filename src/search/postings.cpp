#include "search/postings.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/check.h"

namespace search {
namespace {

int bits_for(std::uint32_t largest) {
    return 32 - std::countl_zero(largest);
}

/// Appends `values`, `bits` each, lowest bit first, padded to whole bytes.
void pack(const std::vector<std::uint32_t>& values, int bits, std::string& bytes) {
    std::uint64_t pending = 0;
    int filled = 0;
    for (std::uint32_t value : values) {
        pending |= std::uint64_t{value} << filled;
        filled += bits;
        while (filled >= 8) {
            bytes.push_back(static_cast<char>(pending));
            pending >>= 8;
            filled -= 8;
        }
    }
    if (filled > 0) bytes.push_back(static_cast<char>(pending));
}

std::size_t packed_size(std::size_t count, int bits) {
    return (count * static_cast<std::size_t>(bits) + 7) / 8;
}

void unpack(const std::uint8_t* bytes, std::size_t count, int bits, std::uint32_t* values) {
    if (bits == 0) {
        std::fill_n(values, count, 0U);
        return;
    }
    const std::uint64_t mask = (std::uint64_t{1} << bits) - 1;
    std::size_t bit = 0;
    for (std::size_t i = 0; i < count; ++i, bit += static_cast<std::size_t>(bits)) {
        std::uint64_t word;
        std::memcpy(&word, bytes + (bit >> 3), sizeof word);
        values[i] = static_cast<std::uint32_t>((word >> (bit & 7)) & mask);
    }
}

std::uint32_t largest_of(const std::vector<std::uint32_t>& values) {
    return values.empty() ? 0 : *std::max_element(values.begin(), values.end());
}

// Four widths stand before each block: documents, frequencies, position counts, positions.
constexpr std::size_t widths_size = 4;

}  // namespace

void PostingWriter::add(const Posting& posting) {
    CHECK(posting.frequency > 0);
    documents_.push_back(posting.document);
    frequencies_.push_back(posting.frequency - 1U);
    position_counts_.push_back(static_cast<std::uint32_t>(posting.positions.size()));
    positions_.insert(positions_.end(), posting.positions.begin(), posting.positions.end());
    length_code_min_ = std::min(length_code_min_, posting.length_code);
    if (documents_.size() == block_size) close_block();
}

void PostingWriter::close_block() {
    BlockInfo info;
    info.last_document = documents_.back();
    info.offset = static_cast<std::uint32_t>(payload_.size());
    info.frequency_max = static_cast<std::uint8_t>(largest_of(frequencies_) + 1);
    info.length_code_min = length_code_min_;
    info.count = static_cast<std::uint16_t>(documents_.size());
    std::uint32_t last = previous_;
    for (std::uint32_t& document : documents_) {
        std::uint32_t difference = document - last;
        last = document;
        document = difference;
    }
    previous_ = last;
    int widths[widths_size] = {bits_for(largest_of(documents_)), bits_for(largest_of(frequencies_)),
                               bits_for(largest_of(position_counts_)),
                               bits_for(largest_of(positions_))};
    for (int width : widths)
        payload_.push_back(static_cast<char>(width));
    pack(documents_, widths[0], payload_);
    pack(frequencies_, widths[1], payload_);
    pack(position_counts_, widths[2], payload_);
    pack(positions_, widths[3], payload_);
    blocks_.push_back(info);
    documents_.clear();
    frequencies_.clear();
    position_counts_.clear();
    positions_.clear();
    length_code_min_ = 255;
}

std::uint32_t PostingWriter::finish(std::string& bytes) {
    if (!documents_.empty()) close_block();
    bytes.append(reinterpret_cast<const char*>(blocks_.data()), blocks_.size() * sizeof(BlockInfo));
    bytes += payload_;
    while (bytes.size() % 4 != 0)
        bytes.push_back('\0');
    auto count = static_cast<std::uint32_t>(blocks_.size());
    blocks_.clear();
    payload_.clear();
    previous_ = 0;
    return count;
}

PostingReader::PostingReader(const PostingList& list) : list_(list) {
    if (list_.block_count > 0) load_block(0);
}

void PostingReader::load_block(std::uint32_t block) {
    block_ = block;
    bound_block_ = std::max(bound_block_, block);
    has_frequencies_ = false;
    has_positions_ = false;
    if (block >= list_.block_count) {
        document_ = no_document;
        count_ = 0;
        at_ = 0;
        return;
    }
    const BlockInfo& info = list_.blocks[block];
    const std::uint8_t* bytes = list_.payload + info.offset;
    count_ = info.count;
    unpack(bytes + widths_size, count_, bytes[0], documents_);
    std::uint32_t last = block == 0 ? 0 : list_.blocks[block - 1].last_document;
    for (std::uint32_t i = 0; i < count_; ++i) {
        last += documents_[i];
        documents_[i] = last;
    }
    frequencies_at_ = bytes + widths_size + packed_size(count_, bytes[0]);
    at_ = 0;
    document_ = documents_[0];
}

void PostingReader::load_frequencies() {
    const std::uint8_t* bytes = list_.payload + list_.blocks[block_].offset;
    unpack(frequencies_at_, count_, bytes[1], frequencies_);
    for (std::uint32_t i = 0; i < count_; ++i)
        ++frequencies_[i];
    has_frequencies_ = true;
}

void PostingReader::load_positions() {
    const std::uint8_t* bytes = list_.payload + list_.blocks[block_].offset;
    const std::uint8_t* counts_at = frequencies_at_ + packed_size(count_, bytes[1]);
    position_ends_.resize(count_);
    unpack(counts_at, count_, bytes[2], position_ends_.data());
    for (std::uint32_t i = 1; i < count_; ++i)
        position_ends_[i] += position_ends_[i - 1];
    positions_.resize(position_ends_.back());
    unpack(counts_at + packed_size(count_, bytes[2]), positions_.size(), bytes[3],
           positions_.data());
    has_positions_ = true;
}

std::uint32_t PostingReader::frequency() {
    if (!has_frequencies_) load_frequencies();
    return frequencies_[at_];
}

void PostingReader::positions(std::vector<std::uint32_t>& result) {
    if (!has_positions_) load_positions();
    std::uint32_t from = at_ == 0 ? 0 : position_ends_[at_ - 1];
    result.assign(positions_.begin() + from, positions_.begin() + position_ends_[at_]);
}

void PostingReader::next() {
    if (++at_ < count_) {
        document_ = documents_[at_];
    } else {
        load_block(block_ + 1);
    }
}

void PostingReader::seek(std::uint32_t target) {
    if (document_ >= target) return;
    if (list_.blocks[block_].last_document < target) {
        const BlockInfo* end = list_.blocks + list_.block_count;
        const BlockInfo* found = std::lower_bound(list_.blocks + block_ + 1, end, target,
                                                  [](const BlockInfo& info, std::uint32_t wanted) {
                                                      return info.last_document < wanted;
                                                  });
        load_block(static_cast<std::uint32_t>(found - list_.blocks));
        if (document_ >= target) return;
    }
    at_ = static_cast<std::uint32_t>(
        std::lower_bound(documents_ + at_, documents_ + count_, target) - documents_);
    document_ = documents_[at_];
}

std::span<const std::uint32_t> PostingReader::block_documents() const {
    return {documents_ + at_, count_ - at_};
}

std::span<const std::uint32_t> PostingReader::block_frequencies() {
    if (!has_frequencies_) load_frequencies();
    return {frequencies_ + at_, count_ - at_};
}

void PostingReader::next_block() {
    load_block(block_ + 1);
}

const BlockInfo* PostingReader::block_at_or_after(std::uint32_t target) {
    while (bound_block_ < list_.block_count && list_.blocks[bound_block_].last_document < target) {
        ++bound_block_;
    }
    return bound_block_ < list_.block_count ? list_.blocks + bound_block_ : nullptr;
}

}  // namespace search
