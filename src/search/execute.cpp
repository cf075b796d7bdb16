#include "search/execute.h"

#include <algorithm>
#include <array>
#include <bit>
#include <memory>
#include <unordered_map>

#include "base/check.h"
#include "search/cursor.h"

namespace search {
namespace {

// Fits the second-level cache: 256 KB of scores and 8 KB of marks.
constexpr std::uint32_t window_size = 64 * 1024;

/// A filter made ready for one segment.
class ReadyFilter {
  public:
    ReadyFilter(const Segment& segment, const Filter& filter, std::size_t attribute,
                AttributeKind kind)
        : column_(segment.attribute(attribute)), filter_(filter), kind_(kind) {
        if (kind_ == AttributeKind::number) return;
        allowed_.assign(column_.values.size(), false);
        for (std::size_t i = 0; i < column_.values.size(); ++i) {
            std::string_view value = column_.values[i];
            allowed_[i] =
                std::find(filter.any_of.begin(), filter.any_of.end(), value) != filter.any_of.end();
        }
    }
    bool admits(std::uint32_t document) const {
        if (kind_ == AttributeKind::number) {
            std::int64_t number = column_.numbers[document];
            if (number == no_number) return false;
            return (!filter_.at_least || number >= *filter_.at_least) &&
                   (!filter_.at_most || number <= *filter_.at_most);
        }
        for (std::uint32_t code : column_.codes_of(document)) {
            if (allowed_[code]) return true;
        }
        return false;
    }

  private:
    const AttributeColumn& column_;
    const Filter& filter_;
    AttributeKind kind_;
    std::vector<bool> allowed_;
};

/// Counts the values of one attribute over the matches in one segment.
class FacetCounter {
  public:
    FacetCounter(const Segment& segment, std::size_t attribute, AttributeKind kind)
        : column_(segment.attribute(attribute)), kind_(kind) {
        if (kind_ == AttributeKind::keyword) counts_.assign(column_.values.size(), 0);
    }
    void add(std::uint32_t document) {
        if (kind_ == AttributeKind::number) {
            if (column_.numbers[document] != no_number) ++numbers_[column_.numbers[document]];
            return;
        }
        for (std::uint32_t code : column_.codes_of(document))
            ++counts_[code];
    }
    void report(std::map<std::string, std::uint64_t>& to) const {
        for (std::size_t i = 0; i < counts_.size(); ++i) {
            if (counts_[i] > 0) to[std::string(column_.values[i])] += counts_[i];
        }
        for (auto [number, count] : numbers_)
            to[std::to_string(number)] += count;
    }

  private:
    const AttributeColumn& column_;
    AttributeKind kind_;
    std::vector<std::uint64_t> counts_;
    std::unordered_map<std::int64_t, std::uint64_t> numbers_;
};

/// Keeps the best `limit` of what is offered, over all segments.
class Collector {
  public:
    Collector(const View& view, const Query& query, const PageEnd* after)
        : view_(view), limit_(query.limit), after_(after) {
        heap_.reserve(limit_ + 1);
    }
    bool is_full() const { return heap_.size() >= limit_; }
    /// A key below this cannot enter; an equal one may, by its id.
    std::int64_t threshold() const {
        return limit_ > 0 && is_full() ? heap_.front().key
                                       : std::numeric_limits<std::int64_t>::min();
    }
    void offer(const Found& found) {
        if (limit_ == 0) return;
        if (is_full() && found.key < heap_.front().key) return;
        if (after_ != nullptr && !comes_after(found)) return;
        auto better = [this](const Found& a, const Found& b) { return precedes(a, b); };
        if (is_full()) {
            if (!precedes(found, heap_.front())) return;
            std::pop_heap(heap_.begin(), heap_.end(), better);
            heap_.back() = found;
        } else {
            heap_.push_back(found);
        }
        std::push_heap(heap_.begin(), heap_.end(), better);
    }
    std::vector<Found> finish() {
        std::sort_heap(heap_.begin(), heap_.end(),
                       [this](const Found& a, const Found& b) { return precedes(a, b); });
        return std::move(heap_);
    }

  private:
    std::string_view id_of(const Found& found) const {
        return view_.parts[found.part].segment->id(found.document);
    }
    bool precedes(const Found& a, const Found& b) const {
        return a.key != b.key ? a.key > b.key : id_of(a) < id_of(b);
    }
    bool comes_after(const Found& found) const {
        return found.key != after_->key ? found.key < after_->key : id_of(found) > after_->id;
    }

    const View& view_;
    std::size_t limit_;
    const PageEnd* after_;
    std::vector<Found> heap_;  // worst at the front
};

/// One search in one segment.
class PartSearch {
  public:
    PartSearch(const View& view, std::uint32_t part, const Plan& plan, const Query& query,
               const Schema& schema, Collector& collector, Execution& result)
        : part_(part),
          input_(view.parts[part]),
          segment_(*input_.segment),
          plan_(plan),
          query_(query),
          collector_(collector),
          result_(result) {
        for (const Filter& filter : query.filters) {
            std::size_t attribute = *schema.attribute(filter.attribute);
            filters_.emplace_back(segment_, filter, attribute, schema.attributes[attribute].kind);
        }
        for (const std::string& facet : query.facets) {
            std::size_t attribute = *schema.attribute(facet);
            facets_.emplace_back(segment_, attribute, schema.attributes[attribute].kind);
        }
        if (query.sort.by != Sort::By::relevance) {
            sort_numbers_ = segment_.attribute(*schema.attribute(query.sort.attribute)).numbers;
        }
    }

    void run_exhaustively();
    void run_in_windows();
    void run_pruned();

    void report() {
        for (std::size_t i = 0; i < facets_.size(); ++i)
            facets_[i].report(result_.facets[query_.facets[i]]);
    }

  private:
    bool admits(std::uint32_t document) const {
        if (input_.deleted != nullptr && (*input_.deleted)[document]) return false;
        for (const ReadyFilter& filter : filters_) {
            if (!filter.admits(document)) return false;
        }
        return true;
    }
    std::int64_t key_of(std::uint32_t document, std::uint32_t score) const {
        if (query_.sort.by == Sort::By::relevance) return score;
        std::int64_t number = sort_numbers_[document];
        constexpr std::int64_t last = std::numeric_limits<std::int64_t>::min() + 1;
        if (number == no_number) return last;
        return query_.sort.by == Sort::By::descending ? number : -number;
    }
    void take(std::uint32_t document, std::uint32_t score) {
        ++result_.total;
        for (FacetCounter& facet : facets_)
            facet.add(document);
        collector_.offer({key_of(document, score), part_, document, score});
    }
    std::vector<std::unique_ptr<LeafCursor>> leaf_cursors() const;

    std::uint32_t part_;
    const MergeInput& input_;
    const Segment& segment_;
    const Plan& plan_;
    const Query& query_;
    Collector& collector_;
    Execution& result_;
    std::vector<ReadyFilter> filters_;
    std::vector<FacetCounter> facets_;
    std::span<const std::int64_t> sort_numbers_;
};

std::vector<std::unique_ptr<LeafCursor>> PartSearch::leaf_cursors() const {
    std::vector<std::unique_ptr<LeafCursor>> cursors;
    auto add = [&](const PlanNode& node) {
        auto cursor = std::make_unique<LeafCursor>(segment_, plan_.leaves[node.leaf], plan_);
        if (cursor->document() != no_document) cursors.push_back(std::move(cursor));
    };
    if (plan_.root.kind == PlanNode::Kind::leaf) {
        add(plan_.root);
    } else {
        for (const PlanNode& part : plan_.root.parts)
            add(part);
    }
    return cursors;
}

void PartSearch::run_exhaustively() {
    auto cursor = make_cursor(segment_, plan_.root, plan_);
    for (; cursor->document() != no_document; cursor->next()) {
        if (admits(cursor->document())) take(cursor->document(), cursor->score());
    }
}

void PartSearch::run_in_windows() {
    auto cursors = leaf_cursors();
    thread_local std::vector<std::uint32_t> scores(window_size);
    std::array<std::uint64_t, window_size / 64> marks;
    for (std::uint32_t begin = 0; begin < segment_.document_count(); begin += window_size) {
        std::uint32_t end = std::min(begin + window_size, segment_.document_count());
        marks.fill(0);
        for (auto& cursor : cursors)
            cursor->accumulate(begin, end, scores.data(), marks.data());
        for (std::size_t word = 0; word < marks.size(); ++word) {
            for (std::uint64_t left = marks[word]; left != 0; left &= left - 1) {
                auto at = static_cast<std::uint32_t>(word * 64) +
                          static_cast<std::uint32_t>(std::countr_zero(left));
                std::uint32_t score = scores[at];
                scores[at] = 0;
                if (admits(begin + at)) take(begin + at, score);
            }
        }
    }
}

/// MaxScore: lists whose bounds together cannot reach the threshold are only looked up, never
/// walked; a lookup stops as soon as the bounds of the blocks ahead cannot lift the document in.
void PartSearch::run_pruned() {
    auto cursors = leaf_cursors();
    std::sort(cursors.begin(), cursors.end(),
              [](const auto& a, const auto& b) { return a->score_max() < b->score_max(); });
    std::vector<std::int64_t> bounds;  // of the first i + 1 lists together
    for (const auto& cursor : cursors) {
        bounds.push_back((bounds.empty() ? 0 : bounds.back()) + cursor->score_max());
    }
    std::size_t essential = 0;
    while (true) {
        std::int64_t threshold = collector_.threshold();
        while (essential < cursors.size() && bounds[essential] < threshold)
            ++essential;
        if (essential == cursors.size()) return;
        std::uint32_t document = no_document;
        for (std::size_t i = essential; i < cursors.size(); ++i) {
            document = std::min(document, cursors[i]->document());
        }
        if (document == no_document) return;
        std::int64_t score = 0;
        for (std::size_t i = essential; i < cursors.size(); ++i) {
            if (cursors[i]->document() != document) continue;
            score += cursors[i]->score();
            cursors[i]->next();
        }
        bool possible = true;
        for (std::size_t i = essential; i-- > 0 && possible;) {
            std::int64_t others = i > 0 ? bounds[i - 1] : 0;
            if (score + bounds[i] < threshold ||
                score + others + cursors[i]->score_max_at(document) < threshold) {
                possible = false;
                break;
            }
            cursors[i]->seek(document);
            if (cursors[i]->document() == document) score += cursors[i]->score();
        }
        if (possible && score >= threshold && admits(document))
            take(document, static_cast<std::uint32_t>(score));
    }
}

Strategy choose(const Plan& plan, const Query& query) {
    if (!plan.is_flat_any()) return Strategy::exhaustive;
    bool countless = query.counting == Counting::at_least && query.facets.empty();
    bool by_score = query.sort.by == Sort::By::relevance;
    // Measured: for long queries adding up in windows beats pruning.
    constexpr std::size_t short_query = 8;
    if (countless && by_score && plan.leaves.size() <= short_query) return Strategy::pruned;
    return Strategy::windows;
}

}  // namespace

Execution execute(const View& view, const Plan& plan, const Query& query, const Schema& schema,
                  const PageEnd* after, Strategy strategy) {
    Execution result;
    if (strategy == Strategy::automatic) strategy = choose(plan, query);
    if (strategy != Strategy::exhaustive) CHECK(plan.is_flat_any());
    Collector collector(view, query, after);
    for (std::uint32_t part = 0; part < view.parts.size(); ++part) {
        PartSearch search(view, part, plan, query, schema, collector, result);
        switch (strategy) {
            case Strategy::windows:
                search.run_in_windows();
                break;
            case Strategy::pruned:
                search.run_pruned();
                break;
            default:
                search.run_exhaustively();
        }
        search.report();
    }
    result.total_is_exact = strategy != Strategy::pruned;
    result.found = collector.finish();
    return result;
}

}  // namespace search
