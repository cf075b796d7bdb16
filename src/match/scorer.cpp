#include "match/scorer.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include "match/conditions.h"

namespace match {
namespace {

constexpr std::array part_names{"elements", "text", "card",  "maturity",
                                "price",    "mode", "place", "owner"};
constexpr std::size_t common_shown_max = 8;
constexpr std::size_t missing_shown_max = 6;
constexpr float frequency_half = 1.2F;
constexpr double both_linked_worth = 0.6;
constexpr double conflict_floor = 2.0;

float saturated(float frequency) {
    return frequency * (1 + frequency_half) / (frequency + frequency_half);
}

/// What is worth how much, apart for the thing a text is about and for what is done to it: a trap shares
/// the one and not the other.
struct SlotMasses {
    double thing = 0;    ///< material, product, field of application
    double problem = 0;  ///< effect, method
    double other = 0;

    void add(Element element, double worth) {
        switch (element) {
            case Element::material:
            case Element::product:
            case Element::application:
                thing += worth;
                return;
            case Element::method:
            case Element::efficacy:
                problem += worth;
                return;
            case Element::general:
                other += worth;
        }
    }
    double total() const { return thing + problem + other; }
};

template <class Weigh>
SlotMasses slot_masses(const Profile& profile, const Lexicon& lexicon, Weigh weigh) {
    SlotMasses masses;
    for (const ConceptWeight& weight : profile.concepts) {
        if (!weight.direct) continue;
        masses.add(lexicon.concept_at(weight.concept_number).element,
                   weigh(weight.concept_number) * weight.strength);
    }
    return masses;
}

/// How far both sides speak of a slot and yet do not meet in it: 0 to 1, the worse of the two slots.
double conflict(const SlotMasses& asked, const SlotMasses& offered, const SlotMasses& common) {
    auto missed = [](double demand, double achievement, double met) {
        double least = std::min(demand, achievement);
        return least <= 0 ? 0 : least / (least + conflict_floor) * (1 - std::min(1.0, met / least));
    };
    return std::max(missed(asked.thing, offered.thing, common.thing),
                    missed(asked.problem, offered.problem, common.problem));
}

/// The best that the achievement says to one concept of the demand.
struct Answer {
    double worth = 0;
    const ConceptWeight* demand = nullptr;
    const ConceptWeight* achievement = nullptr;
};

bool names(const Profile& profile, std::uint32_t concept_number) {
    auto found = std::lower_bound(profile.concepts.begin(), profile.concepts.end(), concept_number,
                                  [](const ConceptWeight& entry, std::uint32_t wanted) {
                                      return entry.concept_number < wanted;
                                  });
    return found != profile.concepts.end() && found->concept_number == concept_number &&
           found->direct;
}

/// A link says nothing new where the other side names the concept it comes from.
bool repeats_origin(const ConceptWeight& d, const ConceptWeight& a, const Profile& demand,
                    const Profile& achievement) {
    return (!d.direct && names(achievement, d.origin)) || (!a.direct && names(demand, a.origin));
}

/// Agreement over what both sides say: nearer the demand's mass, since an achievement often tells
/// more than is asked.
double agreement_base(double demand, double achievement, double achievement_share, double floor) {
    return (1 - achievement_share) * demand + achievement_share * achievement + floor;
}

void keep_largest(std::vector<CommonGround>& common) {
    std::stable_sort(
        common.begin(), common.end(),
        [](const CommonGround& a, const CommonGround& b) { return a.share > b.share; });
    if (common.size() > common_shown_max) common.resize(common_shown_max);
}

std::string label_of(const Concept& concept_, const std::string& language) {
    for (const std::string& wanted : {language, std::string("zh"), std::string("en")}) {
        auto label = concept_.labels.find(wanted);
        if (label != concept_.labels.end()) return label->second;
    }
    return concept_.id;
}

}  // namespace

std::string_view to_string(Stop stop) {
    constexpr std::string_view names[] = {
        "none",          "expired",   "secret",    "export_controlled", "exclusive_elsewhere",
        "owner_blocked", "same_kind", "same_owner"};
    return names[static_cast<std::size_t>(stop)];
}

std::string_view to_string(Part part) {
    return part_names[static_cast<std::size_t>(part)];
}

namespace {

struct NamedWeight {
    std::string_view name;
    double Weights::* member;
    bool is_part;
};
constexpr NamedWeight weight_table[] = {{"elements", &Weights::elements, true},
                                        {"text", &Weights::text, true},
                                        {"card", &Weights::card, true},
                                        {"maturity", &Weights::maturity, true},
                                        {"price", &Weights::price, true},
                                        {"mode", &Weights::mode, true},
                                        {"place", &Weights::place, true},
                                        {"owner", &Weights::owner, true},
                                        {"material", &Weights::material, false},
                                        {"method", &Weights::method, false},
                                        {"efficacy", &Weights::efficacy, false},
                                        {"product", &Weights::product, false},
                                        {"application", &Weights::application, false},
                                        {"general", &Weights::general, false},
                                        {"achievement_share", &Weights::achievement_share, false},
                                        {"concept_floor", &Weights::concept_floor, false},
                                        {"text_floor", &Weights::text_floor, false},
                                        {"conflict", &Weights::conflict, false}};

}  // namespace

base::Status set_weight(Weights& weights, std::string_view name, double value) {
    for (const NamedWeight& known : weight_table) {
        if (known.name != name) continue;
        bool sensible = value >= 0 && value <= 1000;
        if (!sensible) return base::refuse(base::invalid("weight_out_of_range").at(name));
        weights.*known.member = value;
        return {};
    }
    return base::refuse(base::invalid("weight_unknown").with("name", name));
}

std::vector<std::pair<std::string_view, double>> named_weights(const Weights& weights) {
    std::vector<std::pair<std::string_view, double>> result;
    for (const NamedWeight& known : weight_table)
        result.emplace_back(known.name, weights.*known.member);
    return result;
}

bool is_part(std::string_view name) {
    return std::any_of(
        std::begin(weight_table), std::end(weight_table),
        [&](const NamedWeight& known) { return known.name == name && known.is_part; });
}

double Scorer::element_weight(Element element) const {
    switch (element) {
        case Element::material:
            return weights_.material;
        case Element::method:
            return weights_.method;
        case Element::efficacy:
            return weights_.efficacy;
        case Element::product:
            return weights_.product;
        case Element::application:
            return weights_.application;
        case Element::general:
            return weights_.general;
    }
    return 0;
}

Reason Scorer::elements(const Profile& demand, const Profile& achievement, Score* score) const {
    const Lexicon& lexicon = profiler_->lexicon();
    auto weigh = [&](std::uint32_t number) {
        return statistics_->weight_of_concept(number) *
               element_weight(lexicon.concept_at(number).element);
    };
    Reason reason;
    reason.part = Part::elements;
    // Each concept that the demand names is answered once, by the best of what the achievement says.
    std::map<std::uint32_t, Answer> answers;
    auto a = achievement.concepts.begin();
    for (const ConceptWeight& d : demand.concepts) {
        while (a != achievement.concepts.end() && a->concept_number < d.concept_number)
            ++a;
        bool met = a != achievement.concepts.end() && a->concept_number == d.concept_number;
        if (!met || repeats_origin(d, *a, demand, achievement)) continue;
        // Two links to the same broader concept say less than naming it.
        double both_linked = !d.direct && !a->direct ? both_linked_worth : 1.0;
        double leading = d.leading || a->leading ? 1.0 : 0.8;
        double worth =
            weigh(d.concept_number) * std::min(d.strength, a->strength) * both_linked * leading;
        Answer& answer = answers[d.origin];
        if (worth > answer.worth) answer = {worth, &d, &*a};
    }
    SlotMasses asked = slot_masses(demand, lexicon, weigh);
    SlotMasses offered = slot_masses(achievement, lexicon, weigh);
    SlotMasses common;
    for (const auto& [origin, answer] : answers) {
        common.add(lexicon.concept_at(answer.demand->concept_number).element, answer.worth);
        if (score == nullptr) continue;
        const Concept& shared = lexicon.concept_at(answer.demand->concept_number);
        reason.common.push_back({shared.id, std::string(to_string(shared.element)),
                                 answer.demand->words, answer.achievement->words, answer.worth});
    }
    double scale = (1 - weights_.conflict * conflict(asked, offered, common)) /
                   agreement_base(asked.total(), offered.total(), weights_.achievement_share,
                                  weights_.concept_floor);
    reason.share = std::min(1.0, common.total() * scale);
    for (CommonGround& ground : reason.common)
        ground.share *= scale;
    keep_largest(reason.common);
    return reason;
}

Reason Scorer::text(const Profile& demand, const Profile& achievement) const {
    Reason reason;
    reason.part = Part::text;
    const search::Tokenizer& tokenizer = profiler_->tokenizer();
    double common = 0;
    double demand_mass = 0;
    auto a = achievement.terms.begin();
    for (const TermWeight& d : demand.terms) {
        double weight = statistics_->weight_of_term(d.term, tokenizer) * d.share;
        demand_mass += weight * saturated(d.frequency);
        while (a != achievement.terms.end() && a->term < d.term)
            ++a;
        if (a == achievement.terms.end() || a->term != d.term) continue;
        double worth = weight * std::min(saturated(d.frequency), saturated(a->frequency));
        common += worth;
        if (d.term.front() != '=') reason.common.push_back({"", "", d.term, d.term, worth});
    }
    double achievement_mass = 0;
    for (const TermWeight& term : achievement.terms) {
        achievement_mass += statistics_->weight_of_term(term.term, tokenizer) * term.share *
                            saturated(term.frequency);
    }
    // Few texts share more than a third of their words: a third is full agreement.
    constexpr double full_at = 1.0 / 3;
    double scale = 1 / full_at;
    scale /= agreement_base(demand_mass, achievement_mass, weights_.achievement_share,
                            weights_.text_floor);
    reason.share = std::min(1.0, common * scale);
    for (CommonGround& ground : reason.common)
        ground.share *= scale;
    keep_largest(reason.common);
    return reason;
}

Score Scorer::score(const Profile& first, const Profile& second, base::Date today) const {
    bool in_order = first.item.kind == ItemKind::demand;
    const Profile& demand = in_order ? first : second;
    const Profile& achievement = in_order ? second : first;
    Score score;
    if (fields_ == Fields::all) score.stop = stop_of(demand.item, achievement.item, today);
    if (score.stop != Stop::none) return score;

    std::vector<std::pair<double, Reason>> parts;
    parts.emplace_back(weights_.elements, elements(demand, achievement, &score));
    parts.emplace_back(weights_.text, text(demand, achievement));
    if (fields_ == Fields::all) {
        parts.emplace_back(weights_.card, card_reason(demand.item, achievement.item));
        parts.emplace_back(weights_.maturity, maturity_reason(demand.item, achievement.item));
        parts.emplace_back(weights_.price, price_reason(demand.item, achievement.item));
        parts.emplace_back(weights_.mode, mode_reason(demand.item, achievement.item));
        parts.emplace_back(weights_.place, place_reason(demand.item, achievement.item));
        parts.emplace_back(weights_.owner, record_reason(demand.item, achievement.item));
    }
    double weight_total = 0;
    for (const auto& [weight, reason] : parts) {
        if (reason.known) weight_total += weight;
    }
    for (auto& [weight, reason] : parts) {
        double scale = reason.known ? weight / weight_total : 0;
        reason.share_max = scale;
        reason.share *= scale;
        for (CommonGround& ground : reason.common)
            ground.share *= scale;
        score.total += reason.share;
        score.reasons.push_back(std::move(reason));
    }
    const Lexicon& lexicon = profiler_->lexicon();
    auto only = [&](const Profile& one, const Profile& other, std::vector<std::string>& names) {
        for (const ConceptWeight& weight : one.concepts) {
            if (!weight.direct || !weight.leading || names.size() >= missing_shown_max) continue;
            auto found = std::lower_bound(other.concepts.begin(), other.concepts.end(),
                                          weight.concept_number,
                                          [](const ConceptWeight& entry, std::uint32_t wanted) {
                                              return entry.concept_number < wanted;
                                          });
            bool there =
                found != other.concepts.end() && found->concept_number == weight.concept_number;
            const Concept& concept_ = lexicon.concept_at(weight.concept_number);
            if (!there && concept_.element != Element::general) {
                names.push_back(label_of(concept_, one.item.language));
            }
        }
    };
    only(demand, achievement, score.demand_only);
    only(achievement, demand, score.achievement_only);
    return score;
}

double Scorer::total(const Profile& a, const Profile& b, base::Date today) const {
    return score(a, b, today).total;
}

}  // namespace match
