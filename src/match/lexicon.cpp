#include "match/lexicon.h"

#include <algorithm>
#include <fstream>
#include <sstream>

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/text.h"
#include "search/fold.h"

namespace match {
namespace {

struct ElementName {
    Element element;
    std::string_view name;
};
constexpr ElementName element_names[] = {
    {Element::material, "material"},       {Element::method, "method"},
    {Element::efficacy, "efficacy"},       {Element::product, "product"},
    {Element::application, "application"}, {Element::general, "general"}};

std::optional<Element> parse_element(std::string_view name) {
    for (const ElementName& known : element_names) {
        if (known.name == name) return known.element;
    }
    return std::nullopt;
}

std::optional<Relation> parse_relation(std::string_view name) {
    if (name == "exact") return Relation::exact;
    if (name == "narrower") return Relation::narrower;
    if (name == "broader") return Relation::broader;
    if (name == "related") return Relation::related;
    return std::nullopt;
}

base::Error bad_row(std::string_view code, const std::string& place, std::string_view what) {
    return base::invalid(code)
        .with("place", place)
        .with("value", what)
        .saying(place + ": " + std::string(what));
}

/// Letters and digits that only whole words match in: Latin (also Vietnamese) and digits.
bool is_word_letter(char16_t unit) {
    return unit < 0x0250 ? (u_isalnum(unit) != 0) : (unit >= 0x1E00 && unit <= 0x1EFF);
}

constexpr std::string_view languages[] = {"zh", "en", "vi", "th", "id",
                                          "ms", "lo", "km", "my", "fil"};
constexpr std::uint16_t everywhere = 1 | 2;  // Chinese and English
constexpr std::uint16_t any_language = 0xFFFF;

std::uint16_t language_bit(std::string_view language) {
    for (std::size_t i = 0; i < std::size(languages); ++i) {
        if (language.starts_with(languages[i])) return static_cast<std::uint16_t>(1U << i);
    }
    return 0;
}

constexpr char link_mark = '@';
constexpr std::string_view common_words_file = "common_words.tsv";

}  // namespace

std::string_view to_string(Element element) {
    return element_names[static_cast<std::size_t>(element)].name;
}

std::string Concept::label(std::string_view language) const {
    for (std::string_view name :
         {language.substr(0, language.find('-')), std::string_view("en"), std::string_view("zh")}) {
        auto found = labels.find(std::string(name));
        if (found != labels.end()) return found->second;
    }
    return id;
}

base::Result<Lexicon> Lexicon::load(const std::filesystem::path& folder) {
    Lexicon lexicon;
    std::error_code problem;
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder, problem)) {
        if (entry.path().extension() == ".tsv") files.push_back(entry.path());
    }
    if (problem) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "lexicon_unreadable")
                                .with("place", folder.string())
                                .saying(problem.message()));
    }
    std::sort(files.begin(), files.end());
    for (const std::filesystem::path& path : files) {
        std::ifstream file(path);
        std::stringstream text;
        text << file.rdbuf();
        if (!file) {
            return base::refuse(base::error(base::ErrorKind::unavailable, "lexicon_unreadable")
                                    .with("place", path.string()));
        }
        TRY(lexicon.add_rows(text.str(), path.filename().string()));
    }
    TRY(lexicon.finish());
    return lexicon;
}

base::Status Lexicon::add_rows(std::string_view tsv, std::string_view name) {
    int number = 0;
    for (const std::string& line : base::split(tsv, '\n')) {
        ++number;
        if (line.empty() || line.front() == '#' || number == 1) continue;
        std::string place = std::string(name) + ":" + std::to_string(number);
        if (name == common_words_file) {
            common_words_.insert(search::fold_to_utf8(base::split(line, '\t').back()));
            continue;
        }
        TRY(add_row(line, place));
    }
    return {};
}

base::Status Lexicon::add_row(std::string_view line, const std::string& place) {
    std::vector<std::string> cells = base::split(line, '\t');
    if (cells.size() < 4 || cells.size() > 6) {
        return base::refuse(bad_row("lexicon_row_malformed", place, base::shorten(line, 60)));
    }
    std::string card = cells.size() > 4 ? cells[4] : std::string();
    if (!cells[2].starts_with(link_mark))
        return add_term({cells[0], cells[1], cells[2], cells[3], std::move(card)}, place);
    auto relation = parse_relation(cells[3]);
    if (!relation) return base::refuse(bad_row("lexicon_relation_unknown", place, cells[3]));
    std::uint32_t number = TRY(concept_for(cells[0], card, place));
    pending_links_.push_back({number, cells[2].substr(1), *relation, place});
    return {};
}

base::Status Lexicon::add_term(const TermRow& row, const std::string& place) {
    bool one_line =
        std::none_of(row.term.begin(), row.term.end(), [](unsigned char c) { return c < 0x20; });
    if (base::trim(row.term).empty() || !one_line || row.term.starts_with(link_mark))
        return base::refuse(bad_row("lexicon_row_malformed", place, base::shorten(row.term, 60)));
    auto relation = parse_relation(row.relation);
    if (!relation) return base::refuse(bad_row("lexicon_relation_unknown", place, row.relation));
    std::uint16_t language = language_bit(row.language);
    if (language == 0)
        return base::refuse(bad_row("lexicon_language_unknown", place, row.language));
    std::uint32_t number = TRY(concept_for(row.concept_id, row.card, place));
    if (*relation == Relation::exact) concepts_[number].labels.try_emplace(row.language, row.term);
    add_use(row.term, {number, *relation, language});
    return {};
}

base::Result<std::uint32_t> Lexicon::concept_for(std::string_view id, std::string_view card,
                                                 const std::string& place) {
    auto known = numbers_.find(std::string(id));
    if (known != numbers_.end()) {
        if (concepts_[known->second].card.empty()) concepts_[known->second].card = card;
        return known->second;
    }
    auto element = parse_element(id.substr(0, id.find('.')));
    if (!element || id.find('.') == id.npos)
        return base::refuse(bad_row("lexicon_element_unknown", place, id));
    auto number = static_cast<std::uint32_t>(concepts_.size());
    Concept& added = concepts_.emplace_back();
    added.id = id;
    added.element = *element;
    added.card = card;
    numbers_.emplace(added.id, number);
    return number;
}

void Lexicon::add_use(std::string_view term, TermUse use) {
    search::FoldedText folded;
    std::string composed;
    search::fold_text(base::trim(term), folded, composed);
    std::uint32_t node = 0;
    bool han = true;
    for (char16_t unit : folded.units) {
        han = han && unit >= 0x4E00 && unit <= 0x9FFF;
        auto [edge, added] = edges_.try_emplace((std::uint64_t{node} << 16) | unit,
                                                static_cast<std::uint32_t>(uses_.size()));
        if (added) uses_.emplace_back();
        node = edge->second;
    }
    auto& uses = uses_[node];
    for (TermUse& other : uses) {
        if (other.concept_number != use.concept_number) continue;
        other.languages |= use.languages;
        return;
    }
    uses.push_back(use);
    ++term_count_;
    if (han && folded.units.size() > 1 && folded.units.size() <= 6) han_terms_.push_back(composed);
}

base::Status Lexicon::finish() {
    for (const PendingLink& link : pending_links_) {
        auto to = numbers_.find(link.to);
        if (to == numbers_.end())
            return base::refuse(bad_row("lexicon_link_unknown", link.place, link.to));
        concepts_[link.from].links.emplace_back(to->second, link.relation);
        // Only "related" holds both ways; what is broader one way is narrower the other.
        if (link.relation == Relation::related)
            concepts_[to->second].links.emplace_back(link.from, link.relation);
    }
    pending_links_.clear();
    return {};
}

std::optional<std::uint32_t> Lexicon::find(std::string_view id) const {
    auto found = numbers_.find(std::string(id));
    return found == numbers_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<std::string> Lexicon::han_terms() const {
    return han_terms_;
}

std::vector<Mention> Lexicon::mentions(std::u16string_view folded,
                                       std::string_view language) const {
    std::uint16_t own = language_bit(language);
    std::uint16_t wanted = own == 0 ? any_language : static_cast<std::uint16_t>(own | everywhere);
    auto is_wanted = [&](const TermUse& use) { return (use.languages & wanted) != 0; };
    std::vector<Mention> result;
    std::size_t covered_to = 0;
    for (std::size_t begin = 0; begin < folded.size(); ++begin) {
        bool word_start = is_word_letter(folded[begin]);
        if (word_start && begin > 0 && is_word_letter(folded[begin - 1])) continue;
        std::uint32_t node = 0;
        std::uint32_t longest = 0;
        std::size_t longest_end = begin;
        for (std::size_t at = begin; at < folded.size(); ++at) {
            auto edge = edges_.find((std::uint64_t{node} << 16) | folded[at]);
            if (edge == edges_.end()) break;
            node = edge->second;
            if (std::none_of(uses_[node].begin(), uses_[node].end(), is_wanted)) continue;
            std::size_t end = at + 1;
            if (is_word_letter(folded[at])) {
                // An English plural still is the word.
                bool plural = end < folded.size() && folded[end] == u's';
                std::size_t after = plural ? end + 1 : end;
                bool whole = after >= folded.size() || !is_word_letter(folded[after]);
                bool exact = end >= folded.size() || !is_word_letter(folded[end]);
                if (!exact && !(plural && whole)) continue;
            }
            longest = node;
            longest_end = end;
        }
        if (longest == 0) continue;
        bool covered = longest_end <= covered_to;
        for (const TermUse& use : uses_[longest]) {
            if (!is_wanted(use)) continue;
            result.push_back({use.concept_number, use.relation, covered, begin, longest_end});
        }
        covered_to = std::max(covered_to, longest_end);
    }
    return result;
}

}  // namespace match
