#include "match/survey.h"

#include <algorithm>
#include <map>
#include <tuple>

namespace match {
namespace {

// What a count looks at bounds what it costs: the newest of each kind.
constexpr std::size_t entries_max = 20'000;
constexpr std::size_t gap_demands_max = 2'000;
constexpr std::size_t topics_max = 20;
constexpr double gap_score_max = 0.3;
const base::Duration kept_for = base::minutes(15);

std::string city_of(std::string_view place) {
    return place.size() == 6 && place.substr(2) != "0000" ? std::string(place.substr(0, 4)) + "00"
                                                          : std::string();
}

struct Unmet {
    std::string id;
    std::string card;
    std::string city;
    std::vector<std::uint32_t> concepts;
    double best = 0;
};

/// Each demand goes to the concept that most other unmet ones name too.
std::vector<Gap> gaps_of(const std::vector<Unmet>& unmet) {
    std::map<std::uint32_t, std::size_t> frequency;
    for (const Unmet& one : unmet) {
        for (std::uint32_t number : one.concepts)
            ++frequency[number];
    }
    std::map<std::tuple<std::string, std::string, std::optional<std::uint32_t>>, Gap> clusters;
    for (const Unmet& one : unmet) {
        std::optional<std::uint32_t> topic;
        for (std::uint32_t number : one.concepts) {
            if (!topic || frequency[number] > frequency[*topic]) topic = number;
        }
        Gap& gap = clusters[{one.card, one.city, topic}];
        gap.card = one.card;
        gap.city = one.city;
        gap.topic = topic;
        gap.demands.push_back(one.id);
        gap.best_score = std::max(gap.best_score, one.best);
    }
    std::vector<Gap> gaps;
    for (auto& [key, gap] : clusters)
        gaps.push_back(std::move(gap));
    std::stable_sort(gaps.begin(), gaps.end(), [](const Gap& a, const Gap& b) {
        return a.demands.size() > b.demands.size();
    });
    return gaps;
}

using TopicYears = std::map<std::pair<std::uint32_t, int>, TopicYear>;

std::vector<TopicYear> most_frequent(const TopicYears& counts) {
    std::map<std::uint32_t, std::int64_t> totals;
    for (const auto& [key, count] : counts)
        totals[key.first] += count.demands + count.achievements;
    std::vector<std::pair<std::int64_t, std::uint32_t>> ranked;
    for (auto [number, total] : totals)
        ranked.emplace_back(total, number);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (ranked.size() > topics_max) ranked.resize(topics_max);
    std::vector<TopicYear> result;
    for (auto [total, number] : ranked) {
        for (auto from = counts.lower_bound({number, 0});
             from != counts.end() && from->first.first == number; ++from)
            result.push_back(from->second);
    }
    return result;
}

}  // namespace

base::Result<std::shared_ptr<const SurveyFigures>> Survey::latest() {
    {
        std::lock_guard lock(mutex_);
        bool fresh = figures_ && database_.clock().now() - figures_->made_at < kept_for;
        if (fresh || (figures_ && is_making_)) return figures_;
        if (is_making_) {
            return base::refuse(base::error(base::ErrorKind::unavailable, "survey_in_the_making"));
        }
        is_making_ = true;
    }
    auto made = make();
    std::lock_guard lock(mutex_);
    is_making_ = false;
    if (!made) return base::refuse(std::move(made).error());
    figures_ = std::make_shared<const SurveyFigures>(std::move(*made));
    return figures_;
}

base::Result<SurveyFigures> Survey::make() const {
    SurveyFigures figures;
    figures.made_at = database_.clock().now();
    const party::Actor visitor = party::Actor::visitor();
    base::Date today = base::date_in_shanghai(figures.made_at);
    PairingOptions options;
    options.partners_max = 1;
    options.candidates = 40;
    options.score_min = 0;
    std::vector<Unmet> unmet;
    std::size_t demands = 0;
    std::map<ItemKind, std::size_t> looked_at;
    TopicYears counts;
    TRY(pairing_.each_offered({}, [&](const OfferedPage& page) {
        for (std::size_t i = 0; i < page.entries.size(); ++i) {
            const catalog::Entry& entry = page.entries[i];
            const Item& item = page.items[i];
            if (!entries_.may_read(visitor, entry)) continue;
            if (++looked_at[item.kind] > entries_max) return false;
            bool is_demand = item.kind == ItemKind::demand;
            std::vector<std::uint32_t> concepts = leading_concepts(item);
            int year = base::date_in_shanghai(entry.created_at).year;
            for (std::uint32_t number : concepts) {
                TopicYear& count = counts[{number, year}];
                count.topic = number;
                count.year = year;
                (is_demand ? count.demands : count.achievements) += 1;
            }
            if (!is_demand || ++demands > gap_demands_max) continue;
            auto partners = pairing_.pairing().partners_of(item, today, options);
            double best = partners.empty() ? 0 : partners.front().score.total;
            if (best >= gap_score_max) continue;
            unmet.push_back({item.id, item.cards.empty() ? "" : item.cards.front(),
                             city_of(entry.place), std::move(concepts), best});
        }
        return true;
    }));
    figures.gaps = gaps_of(unmet);
    figures.topics = most_frequent(counts);
    return figures;
}

std::string Survey::label(std::uint32_t topic, std::string_view language) const {
    const Lexicon& lexicon = pairing_.pairing().profiler().lexicon();
    return lexicon.concept_at(topic).label(language);
}

/// The concepts an item names in its title or keywords, without the general ones.
std::vector<std::uint32_t> Survey::leading_concepts(Item item) const {
    const Profiler& profiler = pairing_.pairing().profiler();
    Profile profile = profiler.read(std::move(item));
    std::vector<std::uint32_t> numbers;
    for (const ConceptWeight& weight : profile.concepts) {
        bool telling =
            weight.direct && weight.leading &&
            profiler.lexicon().concept_at(weight.concept_number).element != Element::general;
        if (telling) numbers.push_back(weight.concept_number);
    }
    return numbers;
}

}  // namespace match
