#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "bench/support/generator.h"
#include "search/document.h"
#include "search/query.h"
#include "search/tokens.h"

namespace bench {

/// Entries put together from real language: clauses of the region's sample entries and texts, the more
/// frequent the more often, and terms of the thesaurus; each entry has a topic, a neighbourhood of the
/// thesaurus that its terms come from again and again. Clauses rather than words, because the splitter
/// also keeps pairs of neighbouring characters, and words thrown together at random would make pairs
/// that no text has. Numbers with units, model names and firms' names are made up, as in real entries,
/// so that the vocabulary goes on growing. The same seed gives the same entries. Not thread-safe.
class Entries {
  public:
    explicit Entries(std::uint64_t seed);

    /// A title of about 22 characters and a body so that both have 220 on average.
    search::Document next();
    /// Two to five words as a visitor types them, mostly of one topic.
    std::string question();
    /// A demand written out, of about 60 different words.
    std::string demand() { return text(150, topic()); }
    Chance& chance() { return chance_; }

  private:
    std::size_t topic() { return chance_.below(terms_.size()); }
    const std::string& topic_word(std::size_t topic);
    std::string rare_word();
    std::string text(std::size_t characters, std::size_t topic);

    Chance chance_;
    std::vector<std::string> clauses_;  ///< of running text, most frequent first
    std::vector<std::string> words_;    ///< of those clauses, likewise
    std::vector<std::string> terms_;  ///< in the order of the thesaurus: neighbours belong together
    std::uint64_t made_ = 0;
};

/// The fields and attributes of those entries.
search::Schema entry_schema();
/// The terms of a text, as our own splitter makes them, one blank between them: for yardsticks that
/// cannot split Chinese.
std::string split(const search::Tokenizer& tokenizer, std::string_view text);
/// Filters and facets that every second and third question carries, by its number.
search::Query query_of(std::string text, std::size_t number, search::Matching matching);

}  // namespace bench
