#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "search/plan.h"
#include "search/segment.h"

namespace search {

/// Walks the documents of one leaf in one segment and weighs them. A single term is read from its
/// packed list; a phrase, a prefix or a term within a field is worked out once, beforehand.
class LeafCursor {
  public:
    LeafCursor(const Segment& segment, const Leaf& leaf, const Plan& plan);

    std::uint32_t document() const { return reader_ ? reader_->document() : own_document(); }
    void next();
    void seek(std::uint32_t target);
    std::uint32_t score();
    std::uint32_t document_count() const { return document_count_; }

    /// An upper bound of score() over the whole list.
    std::uint32_t score_max() const { return score_max_; }
    /// An upper bound of score() at `target`, without reading postings.
    std::uint32_t score_max_at(std::uint32_t target);
    /// Adds the scores of all documents below `end` to `scores[document - begin]` and marks them.
    void accumulate(std::uint32_t begin, std::uint32_t end, std::uint32_t* scores,
                    std::uint64_t* marks);

  private:
    std::uint32_t own_document() const {
        return at_ < documents_.size() ? documents_[at_] : no_document;
    }
    void work_out_unity(const Segment& segment, const Leaf& leaf);
    void work_out_phrase(const Segment& segment, const Leaf& leaf);
    void bound();

    const std::uint8_t* length_codes_;
    const float* norms_;
    float impact_;
    std::unique_ptr<PostingReader> reader_;
    PostingList list_;
    std::vector<std::uint32_t> documents_;
    std::vector<std::uint32_t> frequencies_;
    std::size_t at_ = 0;
    std::uint32_t document_count_ = 0;
    std::uint32_t score_max_ = 0;
};

/// Walks the documents that a whole plan admits, in order.
class Cursor {
  public:
    virtual ~Cursor() = default;
    virtual std::uint32_t document() const = 0;
    virtual void next() = 0;
    virtual void seek(std::uint32_t target) = 0;
    /// The score of the present document.
    virtual std::uint32_t score() = 0;
    /// Roughly how many documents it will give: the rarest leads an `all`.
    virtual std::uint32_t estimate() const = 0;
};

std::unique_ptr<Cursor> make_cursor(const Segment& segment, const PlanNode& node, const Plan& plan);

}  // namespace search
