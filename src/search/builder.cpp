#include "search/builder.h"

#include <algorithm>

#include "base/check.h"

namespace search {
namespace {

// Positions are kept in 16 bits; words of a text beyond this are found but have no place.
constexpr std::uint32_t position_max = 65'000;
// Between fields, so that no phrase reaches from one into the next.
constexpr std::uint32_t gap_between_fields = 8;
constexpr std::uint32_t frequency_max = 255;

}  // namespace

SegmentBuilder::SegmentBuilder(const Schema& schema, const Tokenizer& tokenizer)
    : schema_(schema), tokenizer_(tokenizer), values_(schema.attributes.size()) {
    parts_.attributes.resize(schema.attributes.size());
    for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
        parts_.attributes[i].kind = schema.attributes[i].kind;
    }
}

std::uint32_t SegmentBuilder::add_text(std::string_view text, int weight, std::uint32_t position) {
    tokenizer_.tokenize(text, tokens_);
    std::uint32_t document = document_count();
    for (const Token& token : tokens_.tokens) {
        std::uint32_t at = position + token.position;
        Occurrence occurrence;
        occurrence.term = terms_.number_of(tokens_.text(token));
        occurrence.document = document;
        occurrence.position = static_cast<std::uint16_t>(std::min(at, position_max));
        occurrence.weight = static_cast<std::uint8_t>(weight);
        occurrence.has_position = token.kind == TokenKind::word && at < position_max;
        occurrences_.push_back(occurrence);
    }
    length_ += tokens_.position_count * static_cast<std::uint32_t>(weight);
    return position + tokens_.position_count + gap_between_fields;
}

void SegmentBuilder::add(const Document& document) {
    for (const auto& [name, text] : document.texts)
        CHECK_WITH(schema_.field(name).has_value(), name);
    std::uint32_t position = 0;
    length_ = 0;
    for (const FieldSpec& field : schema_.fields) {
        parts_.field_starts.push_back(static_cast<std::uint16_t>(std::min(position, position_max)));
        auto text = document.texts.find(field.name);
        position = add_text(text == document.texts.end() ? std::string_view() : text->second,
                            field.weight, position);
    }
    add_attributes(document);
    parts_.ids.add(document.id);
    // The coded length, so that merging segments leaves the average as it was.
    std::uint8_t code = encode_length(length_);
    parts_.length_total += decode_length(code);
    parts_.length_codes.push_back(code);
}

void SegmentBuilder::add_attributes(const Document& document) {
    for (const auto& [name, values] : document.keywords)
        CHECK_WITH(schema_.attribute(name).has_value(), name);
    for (const auto& [name, value] : document.numbers)
        CHECK_WITH(schema_.attribute(name).has_value(), name);
    for (std::size_t i = 0; i < schema_.attributes.size(); ++i) {
        AttributeParts& parts = parts_.attributes[i];
        if (parts.kind == AttributeKind::number) {
            auto number = document.numbers.find(schema_.attributes[i].name);
            parts.numbers.push_back(number == document.numbers.end() ? no_number : number->second);
            continue;
        }
        auto values = document.keywords.find(schema_.attributes[i].name);
        if (values != document.keywords.end()) {
            std::size_t first = parts.codes.size();
            for (const std::string& value : values->second) {
                auto code = values_[i]
                                .try_emplace(value, static_cast<std::uint32_t>(values_[i].size()))
                                .first;
                bool repeated = std::find(parts.codes.begin() + static_cast<std::ptrdiff_t>(first),
                                          parts.codes.end(), code->second) != parts.codes.end();
                if (!repeated) parts.codes.push_back(code->second);
            }
        }
        parts.starts.push_back(static_cast<std::uint32_t>(parts.codes.size()));
    }
}

void SegmentBuilder::write_terms() {
    std::vector<std::string_view> names(terms_.size());
    for (std::uint32_t number = 0; number < names.size(); ++number)
        names[number] = terms_.text(number);
    // Counting sort by term keeps documents and positions in order.
    std::vector<std::uint32_t> starts(terms_.size() + 1, 0);
    for (const Occurrence& occurrence : occurrences_)
        ++starts[occurrence.term + 1];
    for (std::size_t i = 1; i < starts.size(); ++i)
        starts[i] += starts[i - 1];
    std::vector<Occurrence> sorted(occurrences_.size());
    std::vector<std::uint32_t> next(starts.begin(), starts.end() - 1);
    for (const Occurrence& occurrence : occurrences_)
        sorted[next[occurrence.term]++] = occurrence;
    std::vector<std::uint32_t> order(terms_.size());
    for (std::uint32_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::sort(order.begin(), order.end(), [&](auto a, auto b) { return names[a] < names[b]; });

    PostingWriter writer;
    std::vector<std::uint32_t> positions;
    for (std::uint32_t term : order) {
        std::uint32_t documents = 0;
        for (std::uint32_t i = starts[term]; i < starts[term + 1];) {
            std::uint32_t document = sorted[i].document;
            std::uint32_t frequency = 0;
            positions.clear();
            for (; i < starts[term + 1] && sorted[i].document == document; ++i) {
                frequency += sorted[i].weight;
                if (sorted[i].has_position) positions.push_back(sorted[i].position);
            }
            frequency = std::min(frequency, frequency_max);
            writer.add({document, static_cast<std::uint8_t>(frequency),
                        parts_.length_codes[document], positions});
            ++documents;
        }
        parts_.add_term(names[term], documents, writer);
    }
}

void SegmentBuilder::write_keywords() {
    for (std::size_t i = 0; i < values_.size(); ++i) {
        AttributeParts& parts = parts_.attributes[i];
        if (parts.kind != AttributeKind::keyword) continue;
        std::vector<std::pair<std::string_view, std::uint32_t>> sorted(values_[i].begin(),
                                                                       values_[i].end());
        std::sort(sorted.begin(), sorted.end());
        std::vector<std::uint32_t> renumbered(sorted.size());
        for (std::uint32_t code = 0; code < sorted.size(); ++code) {
            renumbered[sorted[code].second] = code;
            parts.values.add(sorted[code].first);
        }
        for (std::uint32_t& code : parts.codes)
            code = renumbered[code];
    }
}

std::shared_ptr<const Segment> SegmentBuilder::finish() {
    write_terms();
    write_keywords();
    return open_own(parts_.write(schema_.fields.size()), schema_);
}

}  // namespace search
