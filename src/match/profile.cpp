#include "match/profile.h"

#include <algorithm>
#include <cmath>
#include <map>

#include <unicode/unistr.h>

#include "search/fold.h"

namespace match {
namespace {

enum class Place { title, keyword, body };

// What a word in the title or the keywords says more than one in the text.
constexpr float strength_leading = 1.0F;
constexpr float strength_body = 0.75F;
constexpr float strength_covered = 0.45F;
// The words that name a kind (压铸) name its family too (铸造): the kind then only adds to it.
constexpr float strength_refining = 0.4F;
constexpr float frequency_leading = 2.0F;
constexpr float share_of_gram = 0.35F;

float strength_of(Relation relation) {
    switch (relation) {
        case Relation::exact:
            return 1.0F;
        case Relation::narrower:
            return 0.95F;
        case Relation::broader:
            return 0.5F;
        case Relation::related:
            return 0.6F;
    }
    return 0;
}

float strength_of_link(Relation relation) {
    switch (relation) {
        case Relation::exact:
            return 0.9F;
        case Relation::narrower:
            return 0.4F;
        case Relation::broader:
            return 0.45F;
        case Relation::related:
            return 0.5F;
    }
    return 0;
}

/// Collects what the fields of one item say.
class Reader {
  public:
    Reader(const Lexicon& lexicon, const search::Tokenizer& tokenizer, std::string_view language)
        : lexicon_(lexicon), tokenizer_(tokenizer), language_(language) {}

    void read(std::string_view text, Place place) {
        search::FoldedText folded;
        std::string composed;
        search::fold_text(text, folded, composed);
        tokenizer_.tokenize(text, tokens_);
        std::vector<bool> marked(composed.size() + 1, false);
        std::vector<Mention> mentions = lexicon_.mentions(folded.units, language_);
        for (const Mention& mention : mentions) {
            std::pair span(folded.offsets[mention.begin], folded.offsets[mention.end]);
            std::u16string_view units(folded.units);
            if (needs_word_bounds(units.substr(mention.begin, mention.end - mention.begin)) &&
                !is_whole(span)) {
                continue;
            }
            std::fill(marked.begin() + span.first, marked.begin() + span.second, true);
            float strength = strength_of(mention.relation) *
                             (place == Place::body ? strength_body : strength_leading) *
                             (mention.covered ? strength_covered : 1.0F) *
                             (refines_family(mention, mentions) ? strength_refining : 1.0F);
            ConceptWeight& weight = concepts_[mention.concept_number];
            weight.leading |= place != Place::body;
            if (strength <= weight.strength) continue;
            weight.concept_number = mention.concept_number;
            weight.origin = mention.concept_number;
            weight.strength = strength;
            weight.direct = true;
            weight.words =
                composed.substr(folded.offsets[mention.begin],
                                folded.offsets[mention.end] - folded.offsets[mention.begin]);
        }
        for (const search::Token& token : tokens_.tokens) {
            std::string_view term = tokens_.text(token);
            if (lexicon_.is_common(term)) continue;
            // What the thesaurus knows counts among the elements, not once more as a word; and a
            // pair that reaches into such a term says nothing.
            auto known = std::count(marked.begin() + token.begin, marked.begin() + token.end, true);
            bool whole = known == static_cast<std::ptrdiff_t>(token.end - token.begin);
            bool covered = token.kind == search::TokenKind::gram ? known > 0 : whole;
            if (covered) continue;
            auto& weight = terms_[std::string(term)];
            weight.first += place == Place::body ? 1.0F : frequency_leading;
            if (token.kind == search::TokenKind::word) weight.second = 1;
            if (token.kind != search::TokenKind::word && weight.second == 0)
                weight.second = share_of_gram;
        }
        length_ += static_cast<float>(tokens_.position_count);
    }

    void follow_links() {
        std::vector<ConceptWeight> direct;
        for (const auto& [number, weight] : concepts_)
            direct.push_back(weight);
        for (const ConceptWeight& weight : direct) {
            for (auto [to, relation] : lexicon_.concept_at(weight.concept_number).links) {
                ConceptWeight linked = weight;
                linked.concept_number = to;
                linked.direct = false;
                linked.strength = weight.strength * strength_of_link(relation);
                ConceptWeight& present = concepts_[to];
                if (linked.strength > present.strength) present = linked;
            }
        }
    }

    Profile finish(Item item) {
        Profile profile;
        profile.item = std::move(item);
        for (auto& [number, weight] : concepts_)
            profile.concepts.push_back(std::move(weight));
        for (auto& [term, weight] : terms_)
            profile.terms.push_back({term, weight.first, weight.second});
        profile.length = length_;
        return profile;
    }

  private:
    /// A single Chinese character (螺 in 螺栓) and the unspaced scripts (ปลา in ปลาย) are taken
    /// only where the splitter sees a word of its own.
    /// Whether the same words also name a family that this concept is a kind of.
    static bool refines_family(const Mention& mention, const std::vector<Mention>& mentions) {
        return mention.relation == Relation::exact &&
               std::any_of(mentions.begin(), mentions.end(), [&](const Mention& other) {
                   return other.begin == mention.begin && other.end == mention.end &&
                          other.relation == Relation::narrower;
               });
    }
    static bool needs_word_bounds(std::u16string_view term) {
        bool unspaced = term.front() >= 0x0E00 && term.front() <= 0x17FF;
        return unspaced || (term.size() == 1 && term.front() >= 0x3400);
    }
    bool is_whole(std::pair<std::uint32_t, std::uint32_t> span) const {
        bool begins = false;
        bool ends = false;
        for (const search::Token& token : tokens_.tokens) {
            if (token.kind != search::TokenKind::word) continue;
            begins |= token.begin == span.first;
            ends |= token.end == span.second;
        }
        return begins && ends;
    }

    const Lexicon& lexicon_;
    const search::Tokenizer& tokenizer_;
    std::string_view language_;
    search::TokenList tokens_;
    std::map<std::uint32_t, ConceptWeight> concepts_;
    std::map<std::string, std::pair<float, float>> terms_;
    float length_ = 0;
};

bool is_han(std::string_view term) {
    auto lead = static_cast<unsigned char>(term.front());
    return lead >= 0xE3 && lead <= 0xE9;
}

}  // namespace

Profile Profiler::read(Item item) const {
    Reader reader(*lexicon_, *tokenizer_, item.language);
    reader.read(item.title, Place::title);
    for (const std::string& keyword : item.keywords)
        reader.read(keyword, Place::keyword);
    reader.read(item.abstract, Place::body);
    reader.read(item.present_solution, Place::body);
    reader.follow_links();
    return reader.finish(std::move(item));
}

void CorpusStatistics::add(const Profile& profile) {
    ++item_count_;
    length_total_ += profile.length;
    for (const TermWeight& term : profile.terms)
        ++terms_[term.term];
    for (const ConceptWeight& weight : profile.concepts) {
        if (weight.direct) ++concepts_[weight.concept_number];
    }
}

double CorpusStatistics::length_mean() const {
    return item_count_ == 0 ? 0 : length_total_ / static_cast<double>(item_count_);
}

std::uint64_t CorpusStatistics::items_with_term(std::string_view term) const {
    auto found = terms_.find(std::string(term));
    return found == terms_.end() ? 0 : found->second;
}

std::uint64_t CorpusStatistics::items_with_concept(std::uint32_t concept_number) const {
    auto found = concepts_.find(concept_number);
    return found == concepts_.end() ? 0 : found->second;
}

namespace {

float rarity_weight(double total, double frequency) {
    return static_cast<float>(
        std::log(1 + std::max(0.0, total - frequency + 0.5) / (frequency + 0.5)));
}

}  // namespace

float Statistics::weight_of_term(std::string_view term, const search::Tokenizer& tokenizer) const {
    // A prior worth 500 texts: the chance that a text of this length has the word at all.
    constexpr double prior_texts = 500;
    double prior = 1;
    if (is_han(term)) {
        icu::UnicodeString units =
            icu::UnicodeString::fromUTF8({term.data(), static_cast<std::int32_t>(term.size())});
        std::uint32_t rarity = tokenizer.han_words().rarity(
            {units.getBuffer(), static_cast<std::size_t>(units.length())});
        double length = item_count() == 0 ? 100 : length_mean();
        prior = prior_texts * (1 - std::exp(-length * std::exp(-static_cast<double>(rarity) / 10)));
    }
    double frequency = prior + static_cast<double>(items_with_term(term));
    return rarity_weight(prior_texts + static_cast<double>(item_count()), frequency);
}

float Statistics::weight_of_concept(std::uint32_t concept_number) const {
    constexpr double prior_texts = 300;
    constexpr double prior_frequency = 3;
    double frequency = prior_frequency + static_cast<double>(items_with_concept(concept_number));
    return rarity_weight(prior_texts + static_cast<double>(item_count()), frequency);
}

}  // namespace match
