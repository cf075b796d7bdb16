#include "search/merger.h"

#include <algorithm>
#include <map>

#include "search/segment_parts.h"

namespace search {
namespace {

class Merger {
  public:
    Merger(std::span<const MergeInput> inputs, const Schema& schema)
        : inputs_(inputs), schema_(schema) {}

    std::shared_ptr<const Segment> run() {
        copy_documents();
        if (parts_.length_codes.empty()) return nullptr;
        for (std::size_t i = 0; i < schema_.attributes.size(); ++i)
            copy_attribute(i);
        copy_terms();
        return open_own(parts_.write(schema_.fields.size()), schema_);
    }

  private:
    void copy_documents();
    void copy_attribute(std::size_t i);
    void copy_terms();

    std::span<const MergeInput> inputs_;
    const Schema& schema_;
    SegmentParts parts_;
    std::vector<std::vector<std::uint32_t>> renumbered_;  // per input: new document or no_document
};

void Merger::copy_documents() {
    for (const MergeInput& input : inputs_) {
        const Segment& segment = *input.segment;
        std::vector<std::uint32_t>& renumbered =
            renumbered_.emplace_back(segment.document_count(), no_document);
        for (std::uint32_t document = 0; document < segment.document_count(); ++document) {
            if (input.deleted != nullptr && (*input.deleted)[document]) continue;
            renumbered[document] = static_cast<std::uint32_t>(parts_.length_codes.size());
            parts_.ids.add(segment.id(document));
            std::uint8_t code = segment.length_codes()[document];
            parts_.length_codes.push_back(code);
            parts_.length_total += decode_length(code);
            auto starts = segment.field_starts(document);
            parts_.field_starts.insert(parts_.field_starts.end(), starts.begin(), starts.end());
        }
    }
}

void Merger::copy_attribute(std::size_t i) {
    AttributeParts& parts = parts_.attributes.emplace_back();
    parts.kind = schema_.attributes[i].kind;
    if (parts.kind == AttributeKind::number) {
        for (std::size_t k = 0; k < inputs_.size(); ++k) {
            auto numbers = inputs_[k].segment->attribute(i).numbers;
            for (std::size_t document = 0; document < numbers.size(); ++document) {
                if (renumbered_[k][document] != no_document)
                    parts.numbers.push_back(numbers[document]);
            }
        }
        return;
    }
    std::map<std::string_view, std::uint32_t> codes;
    for (const MergeInput& input : inputs_) {
        const TextColumn& values = input.segment->attribute(i).values;
        for (std::size_t v = 0; v < values.size(); ++v)
            codes.emplace(values[v], 0);
    }
    std::uint32_t next = 0;
    for (auto& [value, code] : codes) {
        code = next++;
        parts.values.add(value);
    }
    for (std::size_t k = 0; k < inputs_.size(); ++k) {
        const AttributeColumn& column = inputs_[k].segment->attribute(i);
        std::vector<std::uint32_t> recoded;
        for (std::size_t v = 0; v < column.values.size(); ++v)
            recoded.push_back(codes[column.values[v]]);
        for (std::uint32_t document = 0; document < renumbered_[k].size(); ++document) {
            if (renumbered_[k][document] == no_document) continue;
            for (std::uint32_t code : column.codes_of(document))
                parts.codes.push_back(recoded[code]);
            parts.starts.push_back(static_cast<std::uint32_t>(parts.codes.size()));
        }
    }
}

void Merger::copy_terms() {
    std::vector<std::uint32_t> next(inputs_.size(), 0);
    PostingWriter writer;
    std::vector<std::uint32_t> positions;
    while (true) {
        std::string_view term;
        bool any = false;
        for (std::size_t k = 0; k < inputs_.size(); ++k) {
            const TextColumn& terms = inputs_[k].segment->terms();
            if (next[k] == terms.size()) continue;
            if (!any || terms[next[k]] < term) term = terms[next[k]];
            any = true;
        }
        if (!any) return;
        std::uint32_t documents = 0;
        for (std::size_t k = 0; k < inputs_.size(); ++k) {
            const Segment& segment = *inputs_[k].segment;
            if (next[k] == segment.terms().size() || segment.terms()[next[k]] != term) continue;
            PostingReader reader(segment.postings(next[k]++));
            for (; reader.document() != no_document; reader.next()) {
                std::uint32_t document = renumbered_[k][reader.document()];
                if (document == no_document) continue;
                reader.positions(positions);
                writer.add({document, static_cast<std::uint8_t>(reader.frequency()),
                            parts_.length_codes[document], positions});
                ++documents;
            }
        }
        if (documents > 0) parts_.add_term(term, documents, writer);
    }
}

}  // namespace

std::shared_ptr<const Segment> merge_segments(std::span<const MergeInput> inputs,
                                              const Schema& schema) {
    return Merger(inputs, schema).run();
}

}  // namespace search
