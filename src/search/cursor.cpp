#include "search/cursor.h"

#include <algorithm>
#include <map>

#include "base/check.h"

namespace search {

LeafCursor::LeafCursor(const Segment& segment, const Leaf& leaf, const Plan& plan)
    : length_codes_(segment.length_codes().data()),
      norms_(plan.norms.data()),
      impact_(leaf.impact) {
    bool plain = leaf.kind != Leaf::Kind::phrase || leaf.terms.size() == 1;
    if (plain && leaf.terms.size() == 1 && !leaf.field) {
        if (auto term = segment.find_term(leaf.terms.front())) {
            list_ = segment.postings(*term);
            reader_ = std::make_unique<PostingReader>(list_);
            document_count_ = list_.document_count;
        }
    } else {
        if (leaf.kind == Leaf::Kind::phrase) {
            work_out_phrase(segment, leaf);
        } else {
            work_out_unity(segment, leaf);
        }
        document_count_ = static_cast<std::uint32_t>(documents_.size());
    }
    bound();
}

void LeafCursor::bound() {
    if (reader_) {
        for (std::uint32_t i = 0; i < list_.block_count; ++i) {
            const BlockInfo& block = list_.blocks[i];
            score_max_ = std::max(score_max_, contribution(impact_, block.frequency_max,
                                                           norms_[block.length_code_min]));
        }
        return;
    }
    for (std::size_t i = 0; i < documents_.size(); ++i) {
        score_max_ = std::max(score_max_, contribution(impact_, frequencies_[i],
                                                       norms_[length_codes_[documents_[i]]]));
    }
}

namespace {

/// Positions within the wanted field only.
void keep_field(const Segment& segment, std::uint32_t document, std::size_t field,
                std::vector<std::uint32_t>& positions) {
    auto starts = segment.field_starts(document);
    std::uint32_t from = starts[field];
    std::uint32_t to = field + 1 < starts.size() ? starts[field + 1] : no_document;
    std::erase_if(positions, [&](std::uint32_t at) { return at < from || at >= to; });
}

}  // namespace

void LeafCursor::work_out_unity(const Segment& segment, const Leaf& leaf) {
    std::vector<std::pair<std::uint32_t, std::uint32_t>> found;
    std::vector<std::uint32_t> positions;
    for (const std::string& text : leaf.terms) {
        auto term = segment.find_term(text);
        if (!term) continue;
        PostingReader reader(segment.postings(*term));
        for (; reader.document() != no_document; reader.next()) {
            std::uint32_t frequency = reader.frequency();
            if (leaf.field) {
                reader.positions(positions);
                keep_field(segment, reader.document(), *leaf.field, positions);
                frequency = static_cast<std::uint32_t>(positions.size());
                if (frequency == 0) continue;
            }
            found.emplace_back(reader.document(), frequency);
        }
    }
    std::sort(found.begin(), found.end());
    for (auto [document, frequency] : found) {
        if (!documents_.empty() && documents_.back() == document) {
            // The word and its stem are the same occurrence: the larger counts, not the sum.
            frequencies_.back() = std::max(frequencies_.back(), frequency);
        } else {
            documents_.push_back(document);
            frequencies_.push_back(frequency);
        }
    }
}

void LeafCursor::work_out_phrase(const Segment& segment, const Leaf& leaf) {
    std::vector<PostingReader> readers;
    readers.reserve(leaf.terms.size());
    for (const std::string& text : leaf.terms) {
        auto term = segment.find_term(text);
        if (!term) return;
        readers.emplace_back(segment.postings(*term));
    }
    std::vector<std::uint32_t> starts;
    std::vector<std::uint32_t> positions;
    std::vector<std::uint32_t> kept;
    std::uint32_t target = readers.front().document();
    while (target != no_document) {
        std::uint32_t farthest = target;
        for (PostingReader& reader : readers) {
            reader.seek(farthest);
            farthest = std::max(farthest, reader.document());
        }
        if (farthest != target) {
            target = farthest;
            continue;
        }
        readers.front().positions(starts);
        if (leaf.field) keep_field(segment, target, *leaf.field, starts);
        for (std::size_t i = 1; i < readers.size() && !starts.empty(); ++i) {
            readers[i].positions(positions);
            kept.clear();
            for (std::uint32_t start : starts) {
                if (std::binary_search(positions.begin(), positions.end(),
                                       start + leaf.offsets[i])) {
                    kept.push_back(start);
                }
            }
            starts.swap(kept);
        }
        if (!starts.empty()) {
            documents_.push_back(target);
            frequencies_.push_back(static_cast<std::uint32_t>(starts.size()));
        }
        readers.front().next();
        target = readers.front().document();
    }
}

void LeafCursor::next() {
    if (reader_) {
        reader_->next();
    } else {
        ++at_;
    }
}

void LeafCursor::seek(std::uint32_t target) {
    if (reader_) return reader_->seek(target);
    auto from = documents_.begin() + static_cast<std::ptrdiff_t>(std::min(at_, documents_.size()));
    at_ = static_cast<std::size_t>(std::lower_bound(from, documents_.end(), target) -
                                   documents_.begin());
}

std::uint32_t LeafCursor::score() {
    std::uint32_t frequency = reader_ ? reader_->frequency() : frequencies_[at_];
    return contribution(impact_, frequency, norms_[length_codes_[document()]]);
}

std::uint32_t LeafCursor::score_max_at(std::uint32_t target) {
    if (!reader_) return score_max_;
    const BlockInfo* block = reader_->block_at_or_after(target);
    if (block == nullptr) return 0;
    return contribution(impact_, block->frequency_max, norms_[block->length_code_min]);
}

void LeafCursor::accumulate(std::uint32_t begin, std::uint32_t end, std::uint32_t* scores,
                            std::uint64_t* marks) {
    auto add = [&](std::uint32_t document, std::uint32_t frequency) {
        std::uint32_t at = document - begin;
        scores[at] += contribution(impact_, frequency, norms_[length_codes_[document]]);
        marks[at >> 6] |= std::uint64_t{1} << (at & 63);
    };
    if (!reader_) {
        for (; at_ < documents_.size() && documents_[at_] < end; ++at_)
            add(documents_[at_], frequencies_[at_]);
        return;
    }
    while (reader_->document() < end) {
        auto documents = reader_->block_documents();
        auto frequencies = reader_->block_frequencies();
        std::size_t count = documents.size();
        if (documents.back() >= end) {
            count = static_cast<std::size_t>(
                std::lower_bound(documents.begin(), documents.end(), end) - documents.begin());
        }
        for (std::size_t i = 0; i < count; ++i)
            add(documents[i], frequencies[i]);
        if (count < documents.size()) {
            reader_->seek(end);
        } else {
            reader_->next_block();
        }
    }
}

namespace {

class OneLeaf final : public Cursor {
  public:
    OneLeaf(const Segment& segment, const Leaf& leaf, const Plan& plan)
        : leaf_(segment, leaf, plan) {}
    std::uint32_t document() const override { return leaf_.document(); }
    void next() override { leaf_.next(); }
    void seek(std::uint32_t target) override { leaf_.seek(target); }
    std::uint32_t score() override { return leaf_.score(); }
    std::uint32_t estimate() const override { return leaf_.document_count(); }

  private:
    LeafCursor leaf_;
};

class Everything final : public Cursor {
  public:
    explicit Everything(std::uint32_t count) : count_(count) {}
    std::uint32_t document() const override { return at_ < count_ ? at_ : no_document; }
    void next() override { ++at_; }
    void seek(std::uint32_t target) override { at_ = std::max(at_, target); }
    std::uint32_t score() override { return 0; }
    std::uint32_t estimate() const override { return count_; }

  private:
    std::uint32_t count_;
    std::uint32_t at_ = 0;
};

class Union final : public Cursor {
  public:
    explicit Union(std::vector<std::unique_ptr<Cursor>> parts) : parts_(std::move(parts)) {
        settle();
    }
    std::uint32_t document() const override { return document_; }
    void next() override {
        for (auto& part : parts_) {
            if (part->document() == document_) part->next();
        }
        settle();
    }
    void seek(std::uint32_t target) override {
        if (document_ >= target) return;
        for (auto& part : parts_)
            part->seek(target);
        settle();
    }
    std::uint32_t score() override {
        std::uint32_t total = 0;
        for (auto& part : parts_) {
            if (part->document() == document_) total += part->score();
        }
        return total;
    }
    std::uint32_t estimate() const override {
        std::uint64_t total = 0;
        for (const auto& part : parts_)
            total += part->estimate();
        return static_cast<std::uint32_t>(std::min<std::uint64_t>(total, no_document - 1));
    }

  private:
    void settle() {
        document_ = no_document;
        for (auto& part : parts_)
            document_ = std::min(document_, part->document());
    }

    std::vector<std::unique_ptr<Cursor>> parts_;
    std::uint32_t document_ = no_document;
};

/// All musts, none of the nots; wishes add to the score where they happen to match.
class Intersection final : public Cursor {
  public:
    Intersection(std::vector<std::unique_ptr<Cursor>> musts,
                 std::vector<std::unique_ptr<Cursor>> nots,
                 std::vector<std::unique_ptr<Cursor>> wishes)
        : musts_(std::move(musts)), nots_(std::move(nots)), wishes_(std::move(wishes)) {
        CHECK(!musts_.empty());
        std::stable_sort(musts_.begin(), musts_.end(), [](const auto& a, const auto& b) {
            return a->estimate() < b->estimate();
        });
        settle();
    }
    std::uint32_t document() const override { return document_; }
    void next() override {
        musts_.front()->next();
        settle();
    }
    void seek(std::uint32_t target) override {
        if (document_ >= target) return;
        musts_.front()->seek(target);
        settle();
    }
    std::uint32_t score() override {
        std::uint32_t total = 0;
        for (auto& must : musts_)
            total += must->score();
        for (auto& wish : wishes_) {
            wish->seek(document_);
            if (wish->document() == document_) total += wish->score();
        }
        return total;
    }
    std::uint32_t estimate() const override { return musts_.front()->estimate(); }

  private:
    void settle() {
        while (true) {
            document_ = musts_.front()->document();
            if (document_ == no_document) return;
            std::uint32_t farther = document_;
            for (std::size_t i = 1; i < musts_.size() && farther == document_; ++i) {
                musts_[i]->seek(document_);
                farther = musts_[i]->document();
            }
            if (farther != document_) {
                musts_.front()->seek(farther);
                continue;
            }
            bool excluded = false;
            for (auto& negated : nots_) {
                negated->seek(document_);
                excluded |= negated->document() == document_;
            }
            if (!excluded) return;
            musts_.front()->next();
        }
    }

    std::vector<std::unique_ptr<Cursor>> musts_;
    std::vector<std::unique_ptr<Cursor>> nots_;
    std::vector<std::unique_ptr<Cursor>> wishes_;
    std::uint32_t document_ = no_document;
};

}  // namespace

std::unique_ptr<Cursor> make_cursor(const Segment& segment, const PlanNode& node,
                                    const Plan& plan) {
    switch (node.kind) {
        case PlanNode::Kind::leaf:
            return std::make_unique<OneLeaf>(segment, plan.leaves[node.leaf], plan);
        case PlanNode::Kind::everything:
            return std::make_unique<Everything>(segment.document_count());
        case PlanNode::Kind::nothing:
            return std::make_unique<Everything>(0);
        case PlanNode::Kind::any: {
            std::vector<std::unique_ptr<Cursor>> parts;
            for (const PlanNode& part : node.parts)
                parts.push_back(make_cursor(segment, part, plan));
            return std::make_unique<Union>(std::move(parts));
        }
        case PlanNode::Kind::wish:
        case PlanNode::Kind::negation:
        case PlanNode::Kind::all:
            break;
    }
    std::vector<std::unique_ptr<Cursor>> musts;
    std::vector<std::unique_ptr<Cursor>> nots;
    std::vector<std::unique_ptr<Cursor>> wishes;
    auto place = [&](const PlanNode& part) {
        if (part.kind == PlanNode::Kind::negation) {
            nots.push_back(make_cursor(segment, part.parts.front(), plan));
        } else if (part.kind == PlanNode::Kind::wish) {
            wishes.push_back(make_cursor(segment, part.parts.front(), plan));
        } else {
            musts.push_back(make_cursor(segment, part, plan));
        }
    };
    if (node.kind == PlanNode::Kind::all) {
        for (const PlanNode& part : node.parts)
            place(part);
    } else {
        place(node);
    }
    if (musts.empty()) musts.push_back(std::make_unique<Everything>(segment.document_count()));
    return std::make_unique<Intersection>(std::move(musts), std::move(nots), std::move(wishes));
}

}  // namespace search
