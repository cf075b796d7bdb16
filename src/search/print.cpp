#include "search/print.h"

#include <algorithm>
#include <vector>

#include "search/checksum.h"
#include "search/postings.h"

namespace search {
namespace {

/// Values one after another, hashed as one text.
class Hasher {
  public:
    Hasher& add(std::string_view text) {
        add(static_cast<std::uint64_t>(text.size()));
        bytes_ += text;
        return *this;
    }
    Hasher& add(std::uint64_t value) {
        bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
        return *this;
    }
    std::uint64_t finish() {
        std::uint64_t sum = checksum(bytes_);
        bytes_.clear();
        return sum;
    }

  private:
    std::string bytes_;
};

std::uint64_t print_of_attributes(const Segment& segment, std::uint32_t document,
                                  const Schema& schema) {
    Hasher hasher;
    hasher.add(std::uint64_t{segment.length_codes()[document]});
    for (std::uint16_t start : segment.field_starts(document))
        hasher.add(std::uint64_t{start});
    for (std::size_t i = 0; i < schema.attributes.size(); ++i) {
        const AttributeColumn& column = segment.attribute(i);
        hasher.add(schema.attributes[i].name);
        if (schema.attributes[i].kind == AttributeKind::number) {
            hasher.add(static_cast<std::uint64_t>(column.numbers[document]));
            continue;
        }
        std::vector<std::string_view> values;
        for (std::uint32_t code : column.codes_of(document))
            values.push_back(column.values[code]);
        std::sort(values.begin(), values.end());
        for (std::string_view value : values)
            hasher.add(value);
    }
    return hasher.finish();
}

/// Sums over terms, because their order differs from segment to segment only in what is absent.
std::vector<std::uint64_t> prints_of_segment(const Segment& segment, const Schema& schema) {
    std::vector<std::uint64_t> prints(segment.document_count());
    for (std::uint32_t document = 0; document < prints.size(); ++document)
        prints[document] = print_of_attributes(segment, document, schema);
    Hasher hasher;
    std::vector<std::uint32_t> positions;
    for (std::uint32_t term = 0; term < segment.terms().size(); ++term) {
        PostingReader reader(segment.postings(term));
        for (; reader.document() != no_document; reader.next()) {
            hasher.add(segment.terms()[term]).add(std::uint64_t{reader.frequency()});
            reader.positions(positions);
            for (std::uint32_t position : positions)
                hasher.add(std::uint64_t{position});
            prints[reader.document()] += hasher.finish();
        }
    }
    return prints;
}

}  // namespace

std::map<std::string, std::uint64_t> prints_of(const View& view, const Schema& schema) {
    std::map<std::string, std::uint64_t> result;
    for (const MergeInput& part : view.parts) {
        std::vector<std::uint64_t> prints = prints_of_segment(*part.segment, schema);
        for (std::uint32_t document = 0; document < prints.size(); ++document) {
            if (part.deleted != nullptr && (*part.deleted)[document]) continue;
            result[std::string(part.segment->id(document))] = prints[document];
        }
    }
    return result;
}

std::string first_difference(const std::map<std::string, std::uint64_t>& one,
                             std::string_view one_name,
                             const std::map<std::string, std::uint64_t>& other,
                             std::string_view other_name) {
    auto [left, right] = std::mismatch(one.begin(), one.end(), other.begin(), other.end());
    if (left == one.end() && right == other.end()) return {};
    auto only_in = [](const std::string& id, std::string_view name) {
        return id + ": only in the " + std::string(name);
    };
    if (right == other.end() || (left != one.end() && left->first < right->first)) {
        return only_in(left->first, one_name);
    }
    if (left == one.end() || right->first < left->first) return only_in(right->first, other_name);
    return left->first + ": the " + std::string(one_name) + " and the " + std::string(other_name) +
           " hold different words or attributes";
}

}  // namespace search
