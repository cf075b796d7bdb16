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
constexpr float frequency_leading = 2.0F;
constexpr float share_of_gram = 0.35F;

float strength_of(Relation relation) {
    switch (relation) {
        case Relation::exact:
            return 1.0F;
        case Relation::narrower:
            return 0.85F;
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
    Reader(const Lexicon& lexicon, const search::Tokenizer& tokenizer)
        : lexicon_(lexicon), tokenizer_(tokenizer) {}

    void read(std::string_view text, Place place) {
        search::FoldedText folded;
        std::string composed;
        search::fold_text(text, folded, composed);
        std::vector<std::pair<std::uint32_t, std::uint32_t>> spans;
        for (const Mention& mention : lexicon_.mentions(folded.units)) {
            spans.emplace_back(folded.offsets[mention.begin], folded.offsets[mention.end]);
            float strength = strength_of(mention.relation) *
                             (place == Place::body ? strength_body : strength_leading) *
                             (mention.covered ? strength_covered : 1.0F);
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
        tokenizer_.tokenize(text, tokens_);
        for (const search::Token& token : tokens_.tokens) {
            std::string_view term = tokens_.text(token);
            if (lexicon_.is_common(term)) continue;
            // What the thesaurus knows counts among the elements, not once more as a word.
            bool covered = std::any_of(spans.begin(), spans.end(), [&](auto span) {
                return token.begin >= span.first && token.end <= span.second;
            });
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
    const Lexicon& lexicon_;
    const search::Tokenizer& tokenizer_;
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
    Reader reader(*lexicon_, *tokenizer_);
    reader.read(item.title, Place::title);
    for (const std::string& keyword : item.keywords)
        reader.read(keyword, Place::keyword);
    reader.read(item.abstract, Place::body);
    reader.read(item.present_solution, Place::body);
    reader.follow_links();
    return reader.finish(std::move(item));
}

void Statistics::add(const Profile& profile) {
    ++item_count_;
    length_total_ += profile.length;
    for (const TermWeight& term : profile.terms)
        ++terms_[term.term];
    for (const ConceptWeight& weight : profile.concepts) {
        if (weight.direct) ++concepts_[weight.concept_number];
    }
}

float Statistics::weight_of_term(std::string_view term, const search::Tokenizer& tokenizer) const {
    // A prior worth 500 texts: the chance that a text of this length has the word at all.
    constexpr double prior_texts = 500;
    double prior = 1;
    if (is_han(term)) {
        icu::UnicodeString units =
            icu::UnicodeString::fromUTF8({term.data(), static_cast<std::int32_t>(term.size())});
        std::uint32_t rarity = tokenizer.han_words().rarity(
            {units.getBuffer(), static_cast<std::size_t>(units.length())});
        double length = item_count_ == 0 ? 100 : length_total_ / static_cast<double>(item_count_);
        prior = prior_texts * (1 - std::exp(-length * std::exp(-static_cast<double>(rarity) / 10)));
    }
    auto found = terms_.find(std::string(term));
    double frequency = prior + (found == terms_.end() ? 0 : found->second);
    double total = prior_texts + static_cast<double>(item_count_);
    return static_cast<float>(std::log(1 + (total - frequency + 0.5) / (frequency + 0.5)));
}

float Statistics::weight_of_concept(std::uint32_t concept_number) const {
    constexpr double prior_texts = 300;
    constexpr double prior_frequency = 3;
    auto found = concepts_.find(concept_number);
    double frequency = prior_frequency + (found == concepts_.end() ? 0 : found->second);
    double total = prior_texts + static_cast<double>(item_count_);
    return static_cast<float>(std::log(1 + (total - frequency + 0.5) / (frequency + 0.5)));
}

}  // namespace match
