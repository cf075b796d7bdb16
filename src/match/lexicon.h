#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace match {

/// The five elements a demand falls into, and words that any entry may use.
enum class Element : std::uint8_t { material, method, efficacy, product, application, general };

std::string_view to_string(Element element);

/// How a term stands to its concept, or a concept to another.
enum class Relation : std::uint8_t { exact, narrower, broader, related };

/// A thing that industry names in many words and languages.
struct Concept {
    std::string id;  ///< "material.red_mud"; the part before the point is the element
    Element element = Element::general;
    std::string card;  ///< the card it belongs to most, or empty
    /// First exact term in each language, for showing.
    std::unordered_map<std::string, std::string> labels;
    /// In a language ("zh-CN", "en"), else in English or Chinese, else the id.
    std::string label(std::string_view language) const;
    /// Concepts that a mention of this one also says something about.
    std::vector<std::pair<std::uint32_t, Relation>> links;
};

/// One row of the thesaurus that is no link.
struct TermRow {
    std::string concept_id;
    std::string language;
    std::string term;
    std::string relation;
    std::string card;
};

/// A term of the thesaurus found in a text.
struct Mention {
    std::uint32_t concept_number = 0;
    Relation relation = Relation::exact;
    bool covered = false;   ///< lies wholly inside a longer term that was found too
    std::size_t begin = 0;  ///< in the folded text
    std::size_t end = 0;
};

/// The thesaurus of a region: `lexicon/*.tsv` with the columns concept, language, term, relation,
/// card, source. A term that begins with "@" links to another concept. `common_words.tsv` lists
/// words that say nothing about the subject. Immutable after loading; safe from many threads.
class Lexicon {
  public:
    /// Errors carry file:line in `detail`: `lexicon_unreadable`, `lexicon_row_malformed`,
    /// `lexicon_element_unknown`, `lexicon_relation_unknown`, `lexicon_language_unknown`, `lexicon_link_unknown`.
    static base::Result<Lexicon> load(const std::filesystem::path& folder);
    /// From rows in the same form; `name` stands for the file in messages.
    base::Status add_rows(std::string_view tsv, std::string_view name);
    /// One term that comes from elsewhere; `place` stands for it in messages. Refused, it leaves the
    /// thesaurus as it was. Errors: those of a row; `lexicon_row_malformed` also for a link and for
    /// what would not fit on one line.
    base::Status add_term(const TermRow& row, const std::string& place);
    /// Resolves links; to be called once after the last add_rows.
    base::Status finish();

    std::size_t concept_count() const { return concepts_.size(); }
    std::size_t term_count() const { return term_count_; }
    const Concept& concept_at(std::uint32_t number) const { return concepts_[number]; }
    std::optional<std::uint32_t> find(std::string_view id) const;

    /// The longest term at each place of a folded text (search::fold_text). Terms in Latin letters
    /// are found as whole words only. Of other languages than the text's, Chinese and English
    /// terms are looked for; all of them when `language` is empty.
    std::vector<Mention> mentions(std::u16string_view folded, std::string_view language = {}) const;
    bool is_common(std::string_view word) const {
        return common_words_.contains(std::string(word));
    }
    /// The Chinese terms, which the splitter should keep whole.
    std::vector<std::string> han_terms() const;

  private:
    struct TermUse {
        std::uint32_t concept_number;
        Relation relation;
        std::uint16_t languages;  // one bit each
    };
    struct PendingLink {
        std::uint32_t from;
        std::string to;
        Relation relation;
        std::string place;
    };

    base::Status add_row(std::string_view line, const std::string& place);
    base::Result<std::uint32_t> concept_for(std::string_view id, std::string_view card,
                                            const std::string& place);
    void add_use(std::string_view term, TermUse use);

    std::vector<Concept> concepts_;
    std::unordered_map<std::string, std::uint32_t> numbers_;
    std::vector<PendingLink> pending_links_;
    std::unordered_map<std::uint64_t, std::uint32_t> edges_;  // node << 16 | unit -> node
    std::vector<std::vector<TermUse>> uses_{1};               // per node
    std::set<std::string> common_words_;
    std::vector<std::string> han_terms_;
    std::size_t term_count_ = 0;
};

}  // namespace match
