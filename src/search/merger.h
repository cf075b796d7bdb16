#pragma once

#include <memory>
#include <span>
#include <vector>

#include "search/segment.h"

namespace search {

/// Which documents of a segment are gone; empty while none is. Copied when changed, never edited.
using Deletions = std::vector<bool>;

struct MergeInput {
    std::shared_ptr<const Segment> segment;
    std::shared_ptr<const Deletions> deleted;  ///< may be null
};

/// One segment with the live documents of all inputs, in their order. Null when none is left.
std::shared_ptr<const Segment> merge_segments(std::span<const MergeInput> inputs,
                                              const Schema& schema);

}  // namespace search
