#include "search/segment_parts.h"

#include <cstring>

#include "base/check.h"

namespace search {
namespace {

constexpr std::size_t slack = 8;

class SectionWriter {
  public:
    template <class T>
    void add(const std::vector<T>& values) {
        add_bytes({reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)});
    }
    void add(const TextParts& texts) {
        add(texts.offsets);
        add_bytes(texts.bytes);
    }
    void add_bytes(std::string_view bytes) { sections_.push_back(bytes); }

    std::string finish(SegmentHeader header) const {
        header.section_count = static_cast<std::uint32_t>(sections_.size());
        std::size_t at = sizeof header + sections_.size() * sizeof(SectionPlace);
        std::vector<SectionPlace> places;
        for (std::string_view section : sections_) {
            at = (at + 7) / 8 * 8;
            places.push_back({at, section.size()});
            at += section.size();
        }
        std::string bytes(at + slack, '\0');
        std::memcpy(bytes.data(), &header, sizeof header);
        std::memcpy(bytes.data() + sizeof header, places.data(),
                    places.size() * sizeof(SectionPlace));
        for (std::size_t i = 0; i < sections_.size(); ++i) {
            if (!sections_[i].empty()) {
                std::memcpy(bytes.data() + places[i].offset, sections_[i].data(),
                            sections_[i].size());
            }
        }
        return bytes;
    }

  private:
    std::vector<std::string_view> sections_;
};

}  // namespace

std::string SegmentParts::write(std::size_t field_count) const {
    SegmentHeader header;
    header.document_count = static_cast<std::uint32_t>(length_codes.size());
    header.field_count = static_cast<std::uint32_t>(field_count);
    header.attribute_count = static_cast<std::uint32_t>(attributes.size());
    header.length_total = length_total;
    SectionWriter writer;
    writer.add(ids);
    writer.add(length_codes);
    writer.add(field_starts);
    writer.add(terms);
    writer.add(infos);
    writer.add_bytes(postings);
    for (const AttributeParts& parts : attributes) {
        if (parts.kind == AttributeKind::number) {
            writer.add(parts.numbers);
            continue;
        }
        writer.add(parts.values);
        writer.add(parts.starts);
        writer.add(parts.codes);
    }
    return writer.finish(header);
}

void SegmentParts::add_term(std::string_view term, std::uint32_t document_count,
                            PostingWriter& writer) {
    TermInfo info;
    info.offset = postings.size();
    info.document_count = document_count;
    info.block_count = writer.finish(postings);
    terms.add(term);
    infos.push_back(info);
}

std::shared_ptr<const Segment> open_own(std::string bytes, const Schema& schema) {
    auto owner = std::make_shared<const std::string>(std::move(bytes));
    std::string_view view(owner->data(), owner->size() - slack);
    auto segment = Segment::open(view, owner, schema);
    CHECK_WITH(segment.has_value(), segment ? std::string() : base::describe(segment.error()));
    return *segment;
}

}  // namespace search
