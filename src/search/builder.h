#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "search/segment_parts.h"
#include "search/term_table.h"
#include "search/tokens.h"

namespace search {

/// Collects documents and makes a segment of them. Not thread-safe; one builder per segment.
class SegmentBuilder {
  public:
    SegmentBuilder(const Schema& schema, const Tokenizer& tokenizer);

    /// Ids must differ within one builder. Unknown fields or attributes abort (our own mistake).
    void add(const Document& document);
    std::uint32_t document_count() const {
        return static_cast<std::uint32_t>(parts_.length_codes.size());
    }
    std::shared_ptr<const Segment> finish();

  private:
    struct Occurrence {
        std::uint32_t term = 0;
        std::uint32_t document = 0;
        std::uint16_t position = 0;
        std::uint8_t weight = 0;
        bool has_position = false;
    };
    struct TextHash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const {
            return std::hash<std::string_view>()(text);
        }
    };

    std::uint32_t add_text(std::string_view text, int weight, std::uint32_t position);
    void add_attributes(const Document& document);
    void write_terms();
    void write_keywords();

    const Schema& schema_;
    const Tokenizer& tokenizer_;
    SegmentParts parts_;
    TokenList tokens_;
    TermTable terms_;
    std::vector<Occurrence> occurrences_;
    std::vector<std::unordered_map<std::string, std::uint32_t, TextHash, std::equal_to<>>> values_;
    std::uint32_t length_ = 0;
};

}  // namespace search
