#include "search/index.h"

#include <algorithm>
#include <bit>
#include <map>
#include <set>

#include "base/check.h"
#include "search/builder.h"
#include "search/expand.h"
#include "search/page_cursor.h"
#include "search/print.h"
#include "search/snapshot.h"
#include "search/snippet.h"

namespace search {
namespace {

// Eight segments of one size class make one of the next.
constexpr std::size_t merge_width = 8;
constexpr std::uint32_t documents_per_bulk_segment = 16 * 1024;
// Merges up to this size are done by the writer: they cost less than waking a thread.
constexpr std::uint32_t small_merge_documents_max = 4096;
constexpr std::size_t limit_max = 1000;
constexpr std::size_t snippet_characters = 120;

std::vector<std::string> folded(const std::vector<std::string>& words) {
    std::vector<std::string> result;
    for (const std::string& word : words)
        result.push_back(fold_to_utf8(word));
    return result;
}

int size_class(std::uint32_t documents) {
    return (std::bit_width(documents) - 1) / 3;
}

std::uint32_t live_count(const MergeInput& part) {
    auto gone = part.deleted == nullptr ? 0
                                        : static_cast<std::uint32_t>(std::count(
                                              part.deleted->begin(), part.deleted->end(), true));
    return part.segment->document_count() - gone;
}

/// The next merge that is due, as indices into the view; empty when none is. Smallest first.
std::vector<std::size_t> due_merge(const View& view) {
    std::map<int, std::vector<std::size_t>> classes;
    for (std::size_t i = 0; i < view.parts.size(); ++i) {
        std::uint32_t documents = view.parts[i].segment->document_count();
        bool half_gone =
            view.parts[i].deleted != nullptr && live_count(view.parts[i]) < documents / 2;
        if (half_gone) return {i};
        classes[size_class(documents)].push_back(i);
    }
    for (auto& [size, members] : classes) {
        if (members.size() < merge_width) continue;
        members.resize(merge_width);
        return members;
    }
    return {};
}

/// Marks `id` as gone in every part. Copies of the bitmaps made in this change are kept in `fresh`.
bool mark_deleted(View& view, std::string_view id,
                  std::map<const Segment*, std::shared_ptr<Deletions>>& fresh) {
    bool any = false;
    for (MergeInput& part : view.parts) {
        auto document = part.segment->find(id);
        if (!document || (part.deleted != nullptr && (*part.deleted)[*document])) continue;
        std::shared_ptr<Deletions>& own = fresh[part.segment.get()];
        if (own == nullptr) {
            own = part.deleted == nullptr
                      ? std::make_shared<Deletions>(part.segment->document_count())
                      : std::make_shared<Deletions>(*part.deleted);
            part.deleted = own;
        }
        (*own)[*document] = true;
        any = true;
    }
    return any;
}

void drop_empty_parts(View& view) {
    std::erase_if(view.parts, [](const MergeInput& part) { return live_count(part) == 0; });
}

void replace_parts(View& view, const std::vector<std::size_t>& indices,
                   std::shared_ptr<const Segment> merged) {
    std::vector<MergeInput> kept;
    for (std::size_t i = 0; i < view.parts.size(); ++i) {
        if (std::find(indices.begin(), indices.end(), i) == indices.end())
            kept.push_back(view.parts[i]);
    }
    if (merged != nullptr) kept.push_back({std::move(merged), nullptr});
    view.parts = std::move(kept);
}

}  // namespace

Index::Index(Schema schema, Merging merging)
    : schema_(std::move(schema)),
      tokenizer_(folded(schema_.user_words)),
      merging_(merging),
      view_(std::make_shared<const View>()) {
    for (const FieldSpec& field : schema_.fields)
        CHECK(field.weight >= 1 && field.weight <= 16);
    if (merging_ == Merging::background) merger_ = std::thread([this] { run_merges(); });
}

Index::~Index() {
    {
        std::lock_guard lock(writing_);
        stopping_ = true;
    }
    changed_.notify_all();
    if (merger_.joinable()) merger_.join();
}

void Index::publish(View view) {
    drop_empty_parts(view);
    view.recount();
    view_.store(std::make_shared<const View>(std::move(view)));
    changed_.notify_all();
}

void Index::put_all(std::span<const Document> documents) {
    if (documents.empty()) return;
    std::lock_guard lock(writing_);
    for (std::size_t from = 0; from < documents.size(); from += documents_per_bulk_segment) {
        auto chunk = documents.subspan(
            from, std::min<std::size_t>(documents_per_bulk_segment, documents.size() - from));
        View next = *view();
        std::map<const Segment*, std::shared_ptr<Deletions>> fresh;
        std::map<std::string_view, const Document*> last;
        for (const Document& document : chunk) {
            mark_deleted(next, document.id, fresh);
            last[document.id] = &document;
        }
        SegmentBuilder builder(schema_, tokenizer_);
        for (const Document& document : chunk) {
            if (last[document.id] == &document) builder.add(document);
        }
        next.parts.push_back({builder.finish(), nullptr});
        merge_small(next);
        publish(std::move(next));
    }
}

bool Index::remove(std::string_view id) {
    std::lock_guard lock(writing_);
    View next = *view();
    std::map<const Segment*, std::shared_ptr<Deletions>> fresh;
    if (!mark_deleted(next, id, fresh)) return false;
    publish(std::move(next));
    return true;
}

void Index::merge_small(View& view) const {
    while (true) {
        std::vector<std::size_t> due = due_merge(view);
        if (due.empty()) return;
        std::uint32_t total = 0;
        std::vector<MergeInput> inputs;
        for (std::size_t i : due) {
            total += view.parts[i].segment->document_count();
            inputs.push_back(view.parts[i]);
        }
        if (merging_ == Merging::background && total > small_merge_documents_max) return;
        replace_parts(view, due, merge_segments(inputs, schema_));
    }
}

/// Merges outside the lock, then brings in what was deleted meanwhile. False if nothing was due.
bool Index::merge_one_large() {
    std::shared_ptr<const View> before = view();
    std::uint64_t generation;
    {
        std::lock_guard lock(writing_);
        before = view();
        generation = generation_;
    }
    std::vector<std::size_t> due = due_merge(*before);
    if (due.empty()) return false;
    std::vector<MergeInput> inputs;
    for (std::size_t i : due)
        inputs.push_back(before->parts[i]);
    std::shared_ptr<const Segment> merged = merge_segments(inputs, schema_);

    std::lock_guard lock(writing_);
    if (generation != generation_) return true;
    View next = *view();
    std::vector<std::size_t> now_at;
    std::shared_ptr<Deletions> deleted;
    for (const MergeInput& input : inputs) {
        for (std::size_t i = 0; i < next.parts.size(); ++i) {
            if (next.parts[i].segment != input.segment) continue;
            now_at.push_back(i);
            const Deletions* now = next.parts[i].deleted.get();
            if (now == input.deleted.get() || merged == nullptr) continue;
            for (std::uint32_t document = 0; document < now->size(); ++document) {
                bool was = input.deleted != nullptr && (*input.deleted)[document];
                if (!(*now)[document] || was) continue;
                if (deleted == nullptr)
                    deleted = std::make_shared<Deletions>(merged->document_count());
                auto moved = merged->find(input.segment->id(document));
                CHECK(moved.has_value());
                (*deleted)[*moved] = true;
            }
        }
    }
    // A part whose last document went meanwhile is no longer there; its documents must go as well.
    if (now_at.size() < inputs.size() && merged != nullptr) {
        for (const MergeInput& input : inputs) {
            bool there =
                std::any_of(next.parts.begin(), next.parts.end(),
                            [&](const MergeInput& part) { return part.segment == input.segment; });
            if (there) continue;
            for (std::uint32_t document = 0; document < input.segment->document_count();
                 ++document) {
                if (input.deleted != nullptr && (*input.deleted)[document]) continue;
                if (deleted == nullptr)
                    deleted = std::make_shared<Deletions>(merged->document_count());
                (*deleted)[*merged->find(input.segment->id(document))] = true;
            }
        }
    }
    replace_parts(next, now_at, nullptr);
    if (merged != nullptr) next.parts.push_back({merged, deleted});
    publish(std::move(next));
    return true;
}

void Index::run_merges() {
    while (true) {
        {
            std::unique_lock lock(writing_);
            changed_.wait(lock, [this] { return stopping_ || !due_merge(*view()).empty(); });
            if (stopping_) return;
            idle_ = false;
        }
        merge_one_large();
        {
            std::lock_guard lock(writing_);
            idle_ = true;
        }
        changed_.notify_all();
    }
}

void Index::wait_for_merges() {
    if (merging_ == Merging::at_once) return;
    std::unique_lock lock(writing_);
    changed_.wait(lock, [this] { return idle_ && due_merge(*view()).empty(); });
}

void Index::optimize() {
    std::lock_guard lock(writing_);
    View next = *view();
    if (next.parts.size() < 2 && (next.parts.empty() || next.parts.front().deleted == nullptr))
        return;
    std::shared_ptr<const Segment> merged = merge_segments(next.parts, schema_);
    next.parts.clear();
    if (merged != nullptr) next.parts.push_back({std::move(merged), nullptr});
    ++generation_;
    publish(std::move(next));
}

std::uint64_t Index::document_frequency(std::string_view term) const {
    return view()->document_frequency(term);
}

double Index::length_mean() const {
    std::shared_ptr<const View> now = view();
    if (now->document_total == 0) return 0;
    return static_cast<double>(now->length_total) / static_cast<double>(now->document_total);
}

std::map<std::string, std::uint64_t> Index::prints() const {
    return prints_of(*view(), schema_);
}

std::uint64_t Index::byte_count() const {
    std::uint64_t total = 0;
    for (const MergeInput& part : view()->parts)
        total += part.segment->bytes().size();
    return total;
}

base::Status Index::save(const std::filesystem::path& path, std::uint64_t sequence) const {
    return write_snapshot(path, *view(), schema_, sequence);
}

base::Result<std::uint64_t> Index::load(const std::filesystem::path& path) {
    Snapshot snapshot = TRY(read_snapshot(path, schema_));
    std::lock_guard lock(writing_);
    ++generation_;
    publish(std::move(snapshot.view));
    return snapshot.sequence;
}

namespace {

base::Status check_query(const Query& query, const Schema& schema) {
    auto unknown = [](std::string_view name, std::string_view field) {
        return base::refuse(base::invalid("attribute_unknown").at(field).with("name", name));
    };
    for (const Filter& filter : query.filters) {
        if (!schema.attribute(filter.attribute)) return unknown(filter.attribute, "filters");
    }
    for (const std::string& facet : query.facets) {
        if (!schema.attribute(facet)) return unknown(facet, "facets");
    }
    if (query.sort.by != Sort::By::relevance) {
        auto attribute = schema.attribute(query.sort.attribute);
        if (!attribute || schema.attributes[*attribute].kind != AttributeKind::number) {
            return unknown(query.sort.attribute, "sort");
        }
    }
    if (query.limit > limit_max) {
        return base::refuse(
            base::invalid("limit_out_of_range").at("limit").with("max", std::to_string(limit_max)));
    }
    if (query.counting == Counting::at_least && !query.facets.empty()) {
        return base::refuse(base::invalid("facets_need_exact_count").at("facets"));
    }
    return {};
}

std::vector<FacetValue> sorted_facets(const std::map<std::string, std::uint64_t>& counts) {
    std::vector<FacetValue> values;
    for (const auto& [value, count] : counts)
        values.push_back({value, count});
    std::stable_sort(values.begin(), values.end(),
                     [](const FacetValue& a, const FacetValue& b) { return a.count > b.count; });
    return values;
}

}  // namespace

base::Result<Hits> Index::search(const Query& query, Strategy strategy) const {
    TRY(check_query(query, schema_));
    std::optional<PageEnd> after;
    if (!query.cursor.empty()) after = TRY(read_cursor(query));
    const PageEnd* after_place = after ? &*after : nullptr;
    std::shared_ptr<const View> view = this->view();
    Planner planner(*view, schema_, tokenizer_);
    QueryNode parsed;
    Plan plan;
    bool by_words = query.like.empty() && query.terms.empty();
    if (!query.terms.empty()) {
        plan = planner.plan_terms(query.terms);
    } else if (!query.like.empty()) {
        plan = planner.plan_like(query.like, query.like_terms_max);
    } else {
        parsed = TRY(parse_query(query.text, schema_, query.matching));
        plan = planner.plan(parsed, query.matching);
    }
    Execution execution = execute(*view, plan, query, schema_, after_place, strategy);
    Hits hits;
    if (execution.total == 0 && query.matching == Matching::all_then_any && by_words) {
        plan = planner.plan(TRY(parse_query(query.text, schema_, Matching::any)), Matching::any);
        execution = execute(*view, plan, query, schema_, after_place, Strategy::automatic);
        hits.relaxed = execution.total > 0;
    }
    hits.total = execution.total;
    hits.total_is_exact = execution.total_is_exact;
    for (const std::string& facet : query.facets)
        hits.facets[facet] = sorted_facets(execution.facets[facet]);
    for (const Found& found : execution.found) {
        Hit& hit = hits.hits.emplace_back();
        hit.id = view->parts[found.part].segment->id(found.document);
        hit.score = static_cast<double>(found.score) / static_cast<double>(score_unit);
        if (query.text_of) {
            hit.snippet = make_snippet(query.text_of(hit.id), plan.highlight_terms, tokenizer_,
                                       snippet_characters);
        }
    }
    if (query.limit > 0 && execution.found.size() == query.limit) {
        hits.next_cursor = write_cursor(query, {execution.found.back().key, hits.hits.back().id});
    }
    if (by_words && (hits.total == 0 || hits.relaxed)) {
        hits.suggestion = suggest(*view, tokenizer_, query.text, parsed);
    }
    return hits;
}

}  // namespace search
