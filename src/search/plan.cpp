#include "search/plan.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <unicode/utf8.h>

#include "search/expand.h"

namespace search {
namespace {

constexpr std::size_t expansions_max = 64;
// A pair of characters inside a longer word says less than the word.
constexpr double weight_of_gram = 0.4;
constexpr double weight_of_expansion = 0.7;
constexpr std::size_t leaves_max = 1024;

}  // namespace

void View::recount() {
    document_total = 0;
    live_total = 0;
    length_total = 0;
    for (const MergeInput& part : parts) {
        document_total += part.segment->document_count();
        length_total += part.segment->length_total();
        live_total += part.segment->document_count();
        if (part.deleted != nullptr) {
            live_total -= static_cast<std::uint64_t>(
                std::count(part.deleted->begin(), part.deleted->end(), true));
        }
    }
}

std::uint64_t View::document_frequency(std::string_view term) const {
    std::uint64_t total = 0;
    for (const MergeInput& part : parts) {
        if (auto found = part.segment->find_term(term))
            total += part.segment->document_frequency(*found);
    }
    return total;
}

bool Plan::is_flat_any() const {
    if (root.kind == PlanNode::Kind::leaf) return true;
    return root.kind == PlanNode::Kind::any &&
           std::all_of(root.parts.begin(), root.parts.end(),
                       [](const PlanNode& part) { return part.kind == PlanNode::Kind::leaf; });
}

PlanNode Planner::leaf_of(Leaf leaf) {
    PlanNode node;
    if (leaf.terms.empty() || plan_.leaves.size() >= leaves_max) {
        node.kind = PlanNode::Kind::nothing;
        return node;
    }
    for (const std::string& term : leaf.terms)
        plan_.highlight_terms.push_back(term);
    node.kind = PlanNode::Kind::leaf;
    node.leaf = plan_.leaves.size();
    plan_.leaves.push_back(std::move(leaf));
    return node;
}

namespace {

PlanNode joined(PlanNode::Kind kind, std::vector<PlanNode> parts) {
    if (parts.size() == 1) return std::move(parts.front());
    PlanNode node;
    node.kind = parts.empty() ? PlanNode::Kind::nothing : kind;
    // An `any` directly inside an `any` (and so on) is the same list.
    for (PlanNode& part : parts) {
        if (part.kind == kind) {
            std::move(part.parts.begin(), part.parts.end(), std::back_inserter(node.parts));
        } else {
            node.parts.push_back(std::move(part));
        }
    }
    return node;
}

std::size_t count_units(std::string_view utf8) {
    return static_cast<std::size_t>(std::count_if(utf8.begin(), utf8.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xC0) != 0x80;
    }));
}

bool is_multibyte(std::string_view term) {
    return static_cast<unsigned char>(term.front()) >= 0xE0;
}

}  // namespace

PlanNode Planner::node_of(const QueryNode& query) {
    switch (query.kind) {
        case QueryNode::Kind::word:
            return query.field.empty() ? words_of(query) : phrase_of(query);
        case QueryNode::Kind::phrase:
            return phrase_of(query);
        case QueryNode::Kind::prefix:
        case QueryNode::Kind::fuzzy:
            return expanded(query);
        default:
            break;
    }
    PlanNode::Kind kind = query.kind == QueryNode::Kind::all        ? PlanNode::Kind::all
                          : query.kind == QueryNode::Kind::any      ? PlanNode::Kind::any
                          : query.kind == QueryNode::Kind::negation ? PlanNode::Kind::negation
                                                                    : PlanNode::Kind::wish;
    std::vector<PlanNode> parts;
    for (const QueryNode& part : query.parts) {
        PlanNode node = node_of(part);
        if (node.kind != PlanNode::Kind::everything) parts.push_back(std::move(node));
    }
    if (kind == PlanNode::Kind::negation || kind == PlanNode::Kind::wish) {
        PlanNode node;
        node.kind = parts.empty() ? PlanNode::Kind::everything : kind;
        node.parts = std::move(parts);
        return node;
    }
    PlanNode node = joined(kind, std::move(parts));
    if (query.parts.empty()) node.kind = PlanNode::Kind::everything;
    return node;
}

/// One user word: possibly several words of Chinese without spaces. All of them must occur (or
/// any, when one is enough). Where the splitter is in doubt, pairs of characters stand for the word.
PlanNode Planner::words_of(const QueryNode& query) {
    TokenList tokens;
    tokenizer_.tokenize(query.text, tokens);
    struct Place {
        std::string word;
        std::vector<std::string> stems;  // stems and bare forms: other names of the same word
        std::vector<std::string> grams;
    };
    std::map<std::uint32_t, Place> places;
    for (const Token& token : tokens.tokens) {
        Place& place = places[token.position];
        std::string text(tokens.text(token));
        if (token.kind == TokenKind::word) place.word = text;
        if (token.kind == TokenKind::gram) place.grams.push_back(text);
        if (token.kind == TokenKind::stem) place.stems.push_back(text);
    }
    std::vector<PlanNode> parts;
    for (auto& [position, place] : places) {
        bool single =
            !place.word.empty() && is_multibyte(place.word) && count_units(place.word) == 1;
        bool drop_single = single && (!place.grams.empty() || places.size() > 1);
        std::vector<std::string> grams = place.grams;
        bool long_word = is_multibyte(place.word.empty() ? std::string(1, ' ') : place.word) &&
                         count_units(place.word) > 2;
        if (!place.word.empty() && !drop_single && (!long_word || any_words_ || grams.empty())) {
            Leaf leaf;
            leaf.kind = place.stems.empty() ? Leaf::Kind::term : Leaf::Kind::unity;
            leaf.terms.push_back(place.word);
            for (std::string& stem : place.stems)
                leaf.terms.push_back(std::move(stem));
            parts.push_back(leaf_of(std::move(leaf)));
        }
        for (std::string& gram : grams) {
            Leaf leaf;
            leaf.terms.push_back(std::move(gram));
            if (any_words_) leaf.weight = weight_of_gram;
            parts.push_back(leaf_of(std::move(leaf)));
        }
    }
    if (parts.empty()) return {};  // only stop characters or signs: no condition
    return joined(any_words_ ? PlanNode::Kind::any : PlanNode::Kind::all, std::move(parts));
}

PlanNode Planner::phrase_of(const QueryNode& query) {
    TokenList tokens;
    tokenizer_.tokenize(query.text, tokens);
    Leaf leaf;
    leaf.kind = Leaf::Kind::phrase;
    if (!query.field.empty()) leaf.field = schema_.field(query.field);
    std::optional<std::uint32_t> first;
    for (const Token& token : tokens.tokens) {
        if (token.kind != TokenKind::word) continue;
        if (!first) first = token.position;
        leaf.terms.emplace_back(tokens.text(token));
        leaf.offsets.push_back(token.position - *first);
    }
    if (leaf.terms.empty()) return {};
    return leaf_of(std::move(leaf));
}

PlanNode Planner::expanded(const QueryNode& query) {
    std::string folded = fold_to_utf8(query.text);
    Leaf leaf;
    leaf.kind = Leaf::Kind::unity;
    leaf.weight = weight_of_expansion;
    if (!query.field.empty()) leaf.field = schema_.field(query.field);
    leaf.terms = query.kind == QueryNode::Kind::prefix
                     ? terms_with_prefix(view_, folded, expansions_max)
                     : terms_near(view_, folded, query.edits, expansions_max);
    return leaf_of(std::move(leaf));
}

void Planner::weigh() {
    auto documents = static_cast<double>(view_.document_total);
    for (Leaf& leaf : plan_.leaves) {
        std::uint64_t frequency = leaf.kind == Leaf::Kind::phrase ? view_.document_total : 0;
        for (const std::string& term : leaf.terms) {
            std::uint64_t of_term = view_.document_frequency(term);
            frequency = leaf.kind == Leaf::Kind::phrase ? std::min(frequency, of_term)
                                                        : std::max(frequency, of_term);
        }
        auto df = static_cast<double>(frequency);
        double idf = std::log(1 + (documents - df + 0.5) / (df + 0.5));
        leaf.impact = static_cast<float>(leaf.weight * idf * (bm25_k1 + 1) * score_unit);
    }
    double average = view_.document_total == 0 ? 1
                                               : static_cast<double>(view_.length_total) /
                                                     static_cast<double>(view_.document_total);
    plan_.norms.resize(256);
    for (std::size_t code = 0; code < plan_.norms.size(); ++code) {
        auto ratio = static_cast<float>(decode_length(static_cast<std::uint8_t>(code)) /
                                        std::max(average, 1.0));
        plan_.norms[code] = bm25_k1 * (1 - bm25_b + bm25_b * ratio);
    }
}

Plan Planner::plan(const QueryNode& query, Matching matching) {
    plan_ = {};
    any_words_ = matching == Matching::any;
    plan_.root = node_of(query);
    weigh();
    return std::move(plan_);
}

Plan Planner::plan_like(std::string_view text, std::size_t terms_max) {
    plan_ = {};
    TokenList tokens;
    tokenizer_.tokenize(text.substr(0, query_bytes_max * 4), tokens);
    std::map<std::string, TokenKind, std::less<>> kinds;
    for (const Token& token : tokens.tokens)
        kinds.try_emplace(std::string(tokens.text(token)), token.kind);
    std::vector<std::pair<std::uint64_t, std::string>> ranked;
    for (const auto& [term, kind] : kinds) {
        std::uint64_t frequency = view_.document_frequency(term);
        if (frequency > 0) ranked.emplace_back(frequency, term);
    }
    std::sort(ranked.begin(), ranked.end());
    if (ranked.size() > terms_max) ranked.resize(terms_max);
    std::vector<PlanNode> parts;
    for (auto& [frequency, term] : ranked) {
        Leaf leaf;
        if (kinds.find(term)->second == TokenKind::gram) leaf.weight = weight_of_gram;
        leaf.terms.push_back(term);
        parts.push_back(leaf_of(std::move(leaf)));
    }
    plan_.root = joined(PlanNode::Kind::any, std::move(parts));
    weigh();
    return std::move(plan_);
}

Plan Planner::plan_terms(const std::vector<WeightedTerm>& terms) {
    plan_ = {};
    std::vector<PlanNode> parts;
    for (const WeightedTerm& wanted : terms) {
        if (parts.size() == leaves_max) break;
        Leaf leaf;
        leaf.terms.push_back(wanted.term);
        leaf.weight = wanted.weight;
        parts.push_back(leaf_of(std::move(leaf)));
    }
    plan_.root = joined(PlanNode::Kind::any, std::move(parts));
    weigh();
    return std::move(plan_);
}

}  // namespace search
