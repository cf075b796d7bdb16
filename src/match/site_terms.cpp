#include "match/site_terms.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "base/check.h"
#include "base/text.h"
#include "catalog/body.h"
#include "search/fold.h"
#include "store/write_row.h"

namespace match {
namespace {

constexpr std::string_view concept_mark = "#";

#define TERM_COLUMNS "id, concept, language, term, relation, card, origin, strength, state"

TermProposal read_row(const store::Row& row) {
    TermProposal item;
    item.id = row.text(0);
    item.concept_id = row.text(1);
    item.language = row.text(2);
    item.term = row.text(3);
    item.relation = row.text(4);
    item.card = row.text(5);
    item.origin = row.text(6);
    item.strength = row.integer(7);
    item.state = row.text(8);
    return item;
}

TermRow row_of(const TermProposal& item) {
    return {item.concept_id, item.language, item.term, item.relation, item.card};
}

bool is_han(std::string_view term) {
    auto lead = static_cast<unsigned char>(term.front());
    return lead >= 0xE3 && lead <= 0xE9;
}

/// A word worth an editor's glance: no single character, no number, not of everyday use.
bool may_be_term(std::string_view term, const Lexicon& lexicon) {
    std::size_t characters = base::count_characters(term);
    bool long_enough = characters >= (is_han(term) ? 2U : 4U);
    bool has_digit =
        std::any_of(term.begin(), term.end(), [](char c) { return c >= '0' && c <= '9'; });
    return long_enough && characters <= 30 && !has_digit && term.front() != '=' &&
           !lexicon.is_common(term);
}

std::vector<std::uint32_t> concepts_in(std::string_view term, const Lexicon& lexicon) {
    search::FoldedText folded;
    std::string composed;
    search::fold_text(term, folded, composed);
    std::vector<std::uint32_t> numbers;
    for (const Mention& mention : lexicon.mentions(folded.units)) {
        bool whole = mention.begin == 0 && mention.end == folded.units.size();
        if (whole && mention.relation == Relation::exact) numbers.push_back(mention.concept_number);
    }
    return numbers;
}

void keep_strongest(std::vector<TermProposal>& proposals, std::size_t count_max) {
    std::stable_sort(
        proposals.begin(), proposals.end(),
        [](const TermProposal& a, const TermProposal& b) { return a.strength > b.strength; });
    if (proposals.size() > count_max) proposals.resize(count_max);
}

}  // namespace

std::vector<TermProposal> terms_from_company(std::span<const Profile> items, const Lexicon& lexicon,
                                             const WordVectors& vectors, double nearness_min,
                                             std::size_t count_max) {
    std::map<std::string, std::string> languages;
    for (const Profile& item : items) {
        for (const TermWeight& term : item.terms) {
            if (term.share >= 1) languages.try_emplace(term.term, item.item.language);
        }
    }
    std::vector<TermProposal> proposals;
    for (const auto& [term, language] : languages) {
        if (!may_be_term(term, lexicon)) continue;
        for (const auto& [other, nearness] : vectors.neighbours(term, 5)) {
            if (nearness < nearness_min) break;
            if (!other.starts_with(concept_mark)) continue;
            auto number = lexicon.find(std::string_view(other).substr(concept_mark.size()));
            if (!number) continue;
            const Concept& concept_ = lexicon.concept_at(*number);
            proposals.push_back({.id = {},
                                 .concept_id = concept_.id,
                                 .language = is_han(term) ? "zh" : language,
                                 .term = term,
                                 .relation = "related",
                                 .card = concept_.card,
                                 .origin = "company",
                                 .strength = std::llround(nearness * 1000),
                                 .state = "proposed"});
            break;
        }
    }
    keep_strongest(proposals, count_max);
    return proposals;
}

std::vector<TermProposal> terms_from_languages(std::span<const catalog::Entry> entries,
                                               const Lexicon& lexicon) {
    std::map<std::pair<std::string, std::string>, TermProposal> found;
    for (const catalog::Entry& entry : entries) {
        std::vector<std::string> own = catalog::words_at(entry.body, "keywords", entry.language);
        for (const auto& [language, value] : base::object_at(entry.body, "keywords")) {
            std::string other_language(language);
            std::vector<std::string> other =
                catalog::words_at(entry.body, "keywords", other_language);
            // Only lists of one length can be read place by place.
            if (other_language == entry.language || other.size() != own.size()) continue;
            for (std::size_t i = 0; i < own.size(); ++i) {
                std::vector<std::uint32_t> one = concepts_in(own[i], lexicon);
                std::vector<std::uint32_t> two = concepts_in(other[i], lexicon);
                if (one.empty() == two.empty()) continue;
                const Concept& concept_ = lexicon.concept_at(one.empty() ? two[0] : one[0]);
                const std::string& term = one.empty() ? own[i] : other[i];
                TermProposal& proposal = found[{concept_.id, term}];
                proposal.concept_id = concept_.id;
                proposal.language = one.empty() ? entry.language : other_language;
                proposal.term = term;
                proposal.relation = "exact";
                proposal.card = concept_.card;
                proposal.origin = "two_languages";
                proposal.strength = std::min<std::int64_t>(1000, proposal.strength + 500);
            }
        }
    }
    std::vector<TermProposal> proposals;
    for (auto& [key, proposal] : found)
        proposals.push_back(std::move(proposal));
    keep_strongest(proposals, 1000);
    return proposals;
}

std::vector<TermProposal> terms_from_verdicts(
    std::span<const std::pair<Profile, Profile>> good_pairs, const Lexicon& lexicon,
    std::int64_t times_min) {
    std::map<std::pair<std::string, std::uint32_t>, std::int64_t> times;
    std::map<std::string, std::string> languages;
    for (const auto& [demand, achievement] : good_pairs) {
        std::set<std::uint32_t> named;
        for (const ConceptWeight& weight : demand.concepts)
            named.insert(weight.concept_number);
        for (const TermWeight& term : demand.terms) {
            // A word of the title counts at least twice (profile.cpp).
            if (term.share < 1 || term.frequency < 2 || !may_be_term(term.term, lexicon)) continue;
            languages.try_emplace(term.term, demand.item.language);
            for (const ConceptWeight& weight : achievement.concepts) {
                if (weight.direct && weight.leading && !named.contains(weight.concept_number))
                    ++times[{term.term, weight.concept_number}];
            }
        }
    }
    std::vector<TermProposal> proposals;
    for (const auto& [key, count] : times) {
        if (count < times_min) continue;
        const Concept& concept_ = lexicon.concept_at(key.second);
        proposals.push_back({.id = {},
                             .concept_id = concept_.id,
                             .language = is_han(key.first) ? "zh" : languages[key.first],
                             .term = key.first,
                             .relation = "related",
                             .card = concept_.card,
                             .origin = "verdicts",
                             .strength = std::min<std::int64_t>(1000, 200 * count),
                             .state = "proposed"});
    }
    keep_strongest(proposals, 1000);
    return proposals;
}

std::int64_t SiteTerms::propose(store::Transaction& transaction,
                                const std::vector<TermProposal>& proposals) {
    std::int64_t added = 0;
    for (const TermProposal& proposal : proposals) {
        std::int64_t present = transaction.number(
            "SELECT COUNT(*) FROM match_term WHERE concept = :concept AND language = :language"
            " AND term = :term",
            {{"concept", proposal.concept_id},
             {"language", proposal.language},
             {"term", proposal.term}});
        if (present > 0) continue;
        store::insert_row(transaction, "match_term",
                          {{"id", base::new_ulid(transaction.now(), transaction.random())},
                           {"concept", proposal.concept_id},
                           {"language", proposal.language},
                           {"term", proposal.term},
                           {"relation", proposal.relation},
                           {"card", proposal.card},
                           {"state", "proposed"},
                           {"origin", proposal.origin},
                           {"strength", proposal.strength},
                           {"made_at", transaction.now()},
                           {"decided_by", ""},
                           {"decided_at", nullptr}});
        ++added;
    }
    if (added > 0) {
        base::json::object payload{{"count", added}};
        transaction.append({.actor = "system",
                            .place = {},
                            .subject = "match-terms",
                            .action = "match.terms_proposed",
                            .payload = base::canonical_json(payload)});
    }
    return added;
}

std::vector<TermProposal> SiteTerms::list(store::Reader& reader, std::string_view state,
                                          std::size_t limit) {
    std::vector<TermProposal> items;
    for (const store::Row& row :
         reader.query("SELECT " TERM_COLUMNS " FROM match_term WHERE state = :state"
                      " ORDER BY strength DESC, id LIMIT :limit",
                      {{"state", state}, {"limit", static_cast<std::int64_t>(limit)}}))
        items.push_back(read_row(row));
    return items;
}

base::Result<TermProposal> SiteTerms::decide(store::Transaction& transaction,
                                             const party::Actor& actor, std::string_view id,
                                             bool take, std::string_view relation) const {
    TRY(tuners_.require(actor));
    auto row =
        transaction.first("SELECT " TERM_COLUMNS " FROM match_term WHERE id = :id", {{"id", id}});
    if (!row) return base::refuse(base::not_found("term_unknown"));
    TermProposal item = read_row(*row);
    if (item.state != "proposed") return base::refuse(base::conflict("term_already_decided"));
    if (!relation.empty()) item.relation = relation;
    if (take) TRY(Lexicon().add_term(row_of(item), "match_term " + item.id));
    item.state = take ? "accepted" : "refused";
    transaction.execute(
        "UPDATE match_term SET state = :state, relation = :relation, decided_by = :by,"
        " decided_at = :at WHERE id = :id",
        {{"state", item.state},
         {"relation", item.relation},
         {"by", actor.log_name()},
         {"at", transaction.now()},
         {"id", id}});
    base::json::object payload{
        {"concept", item.concept_id}, {"term", item.term}, {"relation", item.relation}};
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = item.id,
                        .action = "match.term_" + item.state,
                        .payload = base::canonical_json(payload)});
    return item;
}

std::vector<base::Error> SiteTerms::add_accepted(store::Reader& reader, Lexicon& lexicon) {
    std::vector<base::Error> left_out;
    for (const store::Row& row : reader.query(
             "SELECT " TERM_COLUMNS " FROM match_term WHERE state = 'accepted' ORDER BY id")) {
        TermProposal item = read_row(row);
        base::Status added = lexicon.add_term(row_of(item), "match_term " + item.id);
        if (!added) left_out.push_back(std::move(added).error());
    }
    return left_out;
}

}  // namespace match
