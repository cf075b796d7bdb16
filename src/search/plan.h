#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "search/merger.h"
#include "search/query.h"
#include "search/tokens.h"

namespace search {

/// The segments that one search sees, and which of their documents are gone. Immutable: writers
/// replace the whole, so a reader is never blocked and never sees half a change.
struct View {
    std::vector<MergeInput> parts;
    std::uint64_t document_total = 0;  ///< deleted ones included until a merge drops them
    std::uint64_t live_total = 0;
    std::uint64_t length_total = 0;

    void recount();
    std::uint64_t document_frequency(std::string_view term) const;
};

/// A leaf of the query: documents and a frequency in each, weighed as one term.
struct Leaf {
    enum class Kind { term, unity, phrase };  ///< unity: any of the terms, frequencies added

    Kind kind = Kind::term;
    std::vector<std::string> terms;
    std::vector<std::uint32_t> offsets;  ///< phrase: place of each term after the first
    std::optional<std::size_t> field;    ///< only occurrences in this field
    double weight = 1;
    float impact = 0;  ///< weight × idf × (k1 + 1) in score units; set by the planner
};

struct PlanNode {
    enum class Kind { leaf, all, any, negation, wish, everything, nothing };

    Kind kind = Kind::everything;
    std::size_t leaf = 0;  ///< index in Plan::leaves
    std::vector<PlanNode> parts;
};

/// A query made ready for one view: terms, their weights, prefixes and misspellings expanded.
struct Plan {
    PlanNode root;
    std::vector<Leaf> leaves;
    /// norm[length code]: the part of BM25's denominator that depends on the document's length.
    std::vector<float> norms;
    std::vector<std::string> highlight_terms;

    /// True when the root is one leaf or an `any` of leaves: what the fast paths take.
    bool is_flat_any() const;
};

class Planner {
  public:
    Planner(const View& view, const Schema& schema, const Tokenizer& tokenizer)
        : view_(view), schema_(schema), tokenizer_(tokenizer) {}

    Plan plan(const QueryNode& query, Matching matching);
    /// Any of the `terms_max` rarest terms of `text`.
    Plan plan_like(std::string_view text, std::size_t terms_max);
    /// Any of the given terms; those beyond 1,024 are left out.
    Plan plan_terms(const std::vector<WeightedTerm>& terms);

  private:
    PlanNode node_of(const QueryNode& query);
    PlanNode words_of(const QueryNode& query);
    PlanNode phrase_of(const QueryNode& query);
    PlanNode expanded(const QueryNode& query);
    PlanNode leaf_of(Leaf leaf);
    void weigh();

    const View& view_;
    const Schema& schema_;
    const Tokenizer& tokenizer_;
    Plan plan_;
    bool any_words_ = false;  ///< one word is enough: long words count beside their pairs
};

// BM25F. Short texts vary in length for reasons of style, hence the mild b.
inline constexpr float bm25_k1 = 1.2F;
inline constexpr float bm25_b = 0.5F;
/// Scores are whole numbers, so that their sum does not depend on the order of adding and pruned
/// and exhaustive results agree exactly.
inline constexpr float score_unit = 4096;

inline std::uint32_t contribution(float impact, std::uint32_t frequency, float norm) {
    auto tf = static_cast<float>(frequency);
    return static_cast<std::uint32_t>(impact * tf / (tf + norm)) + 1;
}

}  // namespace search
