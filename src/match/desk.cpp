#include "match/desk.h"

#include <algorithm>
#include <set>

#include "catalog/body.h"

namespace match {
namespace {

constexpr std::size_t page = 500;
constexpr std::size_t entries_max = 20'000;
constexpr std::size_t gap_demands_max = 5'000;

base::Date today_of(const store::Database& database) {
    return base::date_in_shanghai(database.clock().now());
}

std::string city_of(std::string_view place) {
    return place.size() == 6 && place.substr(2) != "0000" ? std::string(place.substr(0, 4)) + "00"
                                                          : std::string();
}

std::string label_in(const Concept& concept_, std::string_view language) {
    std::string wanted(language.substr(0, 2));
    for (const std::string& name : {wanted, std::string("zh"), std::string("en")}) {
        auto label = concept_.labels.find(name);
        if (label != concept_.labels.end()) return label->second;
    }
    return concept_.id;
}

/// The concepts an item names in its title or keywords, without the general ones.
std::vector<std::uint32_t> leading_concepts(const Profile& profile, const Lexicon& lexicon) {
    std::vector<std::uint32_t> numbers;
    for (const ConceptWeight& weight : profile.concepts) {
        bool telling = weight.direct && weight.leading &&
                       lexicon.concept_at(weight.concept_number).element != Element::general;
        if (telling) numbers.push_back(weight.concept_number);
    }
    return numbers;
}

}  // namespace

base::Result<std::vector<catalog::Entry>> Desk::offered(std::string_view place,
                                                        std::size_t limit) const {
    return database_->read<std::vector<catalog::Entry>>(
        [&](store::Reader& reader) -> base::Result<std::vector<catalog::Entry>> {
            std::vector<catalog::Entry> found;
            for (const char* state : {"published", "matched"}) {
                catalog::EntryFilter filter{.state = state, .limit = page};
                while (found.size() < limit) {
                    auto some = catalog::Entries::list(reader, filter);
                    for (catalog::Entry& entry : some) {
                        filter.before = entry.id.text();
                        bool paired = entries_->kind_of(entry).pairing != catalog::Pairing::none;
                        if (paired && entry.place.starts_with(place))
                            found.push_back(std::move(entry));
                    }
                    if (some.size() < page) break;
                }
            }
            std::sort(found.begin(), found.end(),
                      [](const catalog::Entry& a, const catalog::Entry& b) { return b.id < a.id; });
            return found;
        });
}

base::Result<std::vector<SuggestedPair>> Desk::today(const party::Actor& actor,
                                                     const DeskFilter& filter) const {
    std::vector<catalog::Entry> entries = TRY(offered(filter.place, entries_max));
    std::set<std::pair<std::string, std::string>> judged;
    TRY(database_->read<void>([&](store::Reader& reader) -> base::Status {
        for (auto& pair : EvidenceBook::judged_by(reader, actor))
            judged.insert(std::move(pair));
        return {};
    }));
    std::vector<SuggestedPair> pairs;
    std::size_t demands = 0;
    PairingOptions options;
    options.score_min = filter.score_min;
    for (const catalog::Entry& demand : entries) {
        const catalog::Kind& kind = entries_->kind_of(demand);
        if (kind.pairing != catalog::Pairing::wanted || !entries_->may_read(actor, demand))
            continue;
        auto cards = catalog::cards_of(kind, demand.body);
        bool wanted = filter.card.empty() ||
                      std::find(cards.begin(), cards.end(), filter.card) != cards.end();
        if (!wanted) continue;
        if (++demands > filter.demands_max) break;
        auto partners =
            pairing_->pairing().partners(demand.id.text(), today_of(*database_), options);
        if (!partners) continue;  // withdrawn meanwhile
        TRY(database_->read<void>([&](store::Reader& reader) -> base::Status {
            std::size_t kept = 0;
            for (Partner& partner : *partners) {
                if (judged.contains({demand.id.text(), partner.id})) continue;
                auto other = catalog::Entries::find(reader, base::Id<catalog::Entry>(partner.id));
                if (!other || !entries_->may_read(actor, *other)) continue;
                pairs.push_back({demand, std::move(*other), std::move(partner.score)});
                if (++kept >= filter.partners_per_demand) break;
            }
            return {};
        }));
    }
    std::stable_sort(pairs.begin(), pairs.end(),
                     [](const SuggestedPair& a, const SuggestedPair& b) {
                         return a.score.total > b.score.total;
                     });
    return pairs;
}

base::Result<std::vector<Gap>> Desk::gaps(const party::Actor& actor, std::string_view language,
                                          double score_max) const {
    struct Unmet {
        const catalog::Entry* entry;
        std::string card;
        std::vector<std::uint32_t> concepts;
        double best = 0;
    };
    std::vector<catalog::Entry> entries = TRY(offered("", entries_max));
    const Pairing& pairing = pairing_->pairing();
    const Lexicon& lexicon = pairing.profiler().lexicon();
    std::vector<Unmet> unmet;
    PairingOptions options;
    options.partners_max = 1;
    options.candidates = 40;
    options.score_min = 0;
    for (const catalog::Entry& entry : entries) {
        const catalog::Kind& kind = entries_->kind_of(entry);
        if (kind.pairing != catalog::Pairing::wanted || !entries_->may_read(actor, entry)) continue;
        auto partners = pairing.partners(entry.id.text(), today_of(*database_), options);
        if (!partners) continue;
        double best = partners->empty() ? 0 : partners->front().score.total;
        if (best >= score_max) continue;
        auto item = TRY(database_->read<std::optional<Item>>(
            [&](store::Reader& reader) -> base::Result<std::optional<Item>> {
                return pairing_->item(reader, entry);
            }));
        if (!item) continue;
        std::string card = item->cards.empty() ? "" : item->cards.front();
        unmet.push_back({&entry, card,
                         leading_concepts(pairing.profiler().read(std::move(*item)), lexicon),
                         best});
        if (unmet.size() >= gap_demands_max) break;
    }
    std::map<std::uint32_t, std::size_t> frequency;
    for (const Unmet& one : unmet) {
        for (std::uint32_t number : one.concepts)
            ++frequency[number];
    }
    // Each demand goes to the concept that most other unmet ones name too.
    std::map<std::tuple<std::string, std::string, std::string>, Gap> clusters;
    for (const Unmet& one : unmet) {
        std::string topic;
        std::size_t most = 0;
        for (std::uint32_t number : one.concepts) {
            if (frequency[number] <= most) continue;
            most = frequency[number];
            topic = label_in(lexicon.concept_at(number), language);
        }
        std::string city = city_of(one.entry->place);
        Gap& gap = clusters[{one.card, city, topic}];
        gap.card = one.card;
        gap.city = city;
        gap.topic = topic;
        gap.demands.push_back(one.entry->id.text());
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

base::Result<std::vector<TopicYear>> Desk::trend(std::string_view language,
                                                 std::size_t topics_max) const {
    std::vector<catalog::Entry> entries = TRY(offered("", entries_max));
    const Profiler& profiler = pairing_->pairing().profiler();
    std::map<std::uint32_t, std::int64_t> totals;
    std::map<std::pair<std::uint32_t, int>, TopicYear> counts;
    for (const catalog::Entry& entry : entries) {
        auto item = item_of(entries_->kind_of(entry), entry, "");
        if (!item) continue;
        bool is_demand = item->kind == ItemKind::demand;
        int year = base::date_in_shanghai(entry.created_at).year;
        for (std::uint32_t number :
             leading_concepts(profiler.read(std::move(*item)), profiler.lexicon())) {
            ++totals[number];
            TopicYear& count = counts[{number, year}];
            count.year = year;
            (is_demand ? count.demands : count.achievements) += 1;
        }
    }
    std::vector<std::pair<std::int64_t, std::uint32_t>> ranked;
    for (auto [number, total] : totals)
        ranked.emplace_back(total, number);
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (ranked.size() > topics_max) ranked.resize(topics_max);
    std::vector<TopicYear> result;
    for (auto [total, number] : ranked) {
        for (auto from = counts.lower_bound({number, 0});
             from != counts.end() && from->first.first == number; ++from) {
            from->second.topic = label_in(profiler.lexicon().concept_at(number), language);
            result.push_back(from->second);
        }
    }
    return result;
}

}  // namespace match
