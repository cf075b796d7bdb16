#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "match/item.h"
#include "match/lexicon.h"
#include "search/tokens.h"

namespace match {

/// How strongly an item is about a concept.
struct ConceptWeight {
    std::uint32_t concept_number = 0;
    float strength = 0;        ///< 0 to 1
    bool direct = false;       ///< the text names it; otherwise it follows from a link
    bool leading = false;      ///< named in the title or the keywords
    std::uint32_t origin = 0;  ///< for links: the concept that the text names
    std::string words;         ///< as the text has them
};

/// A term of the text with its weight over all fields.
struct TermWeight {
    std::string term;
    float frequency = 0;
    float share = 1;  ///< pairs of characters count less than words
};

/// An item read once: concepts and terms, sorted for quick comparison. Immutable.
struct Profile {
    Item item;
    std::vector<ConceptWeight> concepts;  ///< by concept number
    std::vector<TermWeight> terms;        ///< by term
    float length = 0;
};

/// Reads items. Holds no state between items; safe from many threads.
class Profiler {
  public:
    Profiler(std::shared_ptr<const Lexicon> lexicon,
             std::shared_ptr<const search::Tokenizer> tokenizer)
        : lexicon_(std::move(lexicon)), tokenizer_(std::move(tokenizer)) {}

    Profile read(Item item) const;
    const Lexicon& lexicon() const { return *lexicon_; }
    const search::Tokenizer& tokenizer() const { return *tokenizer_; }

  private:
    std::shared_ptr<const Lexicon> lexicon_;
    std::shared_ptr<const search::Tokenizer> tokenizer_;
};

/// How much a term or a concept tells: rare ones more than frequent ones. Counts come from the
/// corpus; while that is small, ICU's word frequencies hold the balance.
class Statistics {
  public:
    virtual ~Statistics() = default;
    virtual std::uint64_t item_count() const = 0;
    /// Words per item.
    virtual double length_mean() const = 0;
    virtual std::uint64_t items_with_term(std::string_view term) const = 0;
    virtual std::uint64_t items_with_concept(std::uint32_t concept_number) const = 0;

    float weight_of_term(std::string_view term, const search::Tokenizer& tokenizer) const;
    float weight_of_concept(std::uint32_t concept_number) const;
};

/// Counts of items that were read one after another: for files without a site.
class CorpusStatistics final : public Statistics {
  public:
    void add(const Profile& profile);
    std::uint64_t item_count() const override { return item_count_; }
    double length_mean() const override;
    std::uint64_t items_with_term(std::string_view term) const override;
    std::uint64_t items_with_concept(std::uint32_t concept_number) const override;

  private:
    std::uint64_t item_count_ = 0;
    double length_total_ = 0;
    std::unordered_map<std::string, std::uint32_t> terms_;
    std::unordered_map<std::uint32_t, std::uint32_t> concepts_;
};

}  // namespace match
