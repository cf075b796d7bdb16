#include "match/evaluation.h"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "base/random.h"
#include "base/text.h"

namespace match {
namespace {

using base::json::object;

std::vector<std::string> texts_at(const object& line, std::string_view key) {
    std::vector<std::string> result;
    for (const auto& value : base::array_at(line, key)) {
        if (value.is_string()) result.emplace_back(value.as_string());
    }
    return result;
}

std::optional<int> small_integer_at(const object& line, std::string_view key) {
    auto number = base::integer_at(line, key);
    return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

std::optional<base::Money> wan_at(const object& line, std::string_view key) {
    auto number = base::integer_at(line, key);
    return number ? std::optional(base::Money::yuan(*number * 10'000)) : std::nullopt;
}

RightsState rights_of(std::string_view state) {
    if (state == "已授权" || state == "granted" || state == "已登记") return RightsState::granted;
    if (state == "实质审查" || state == "pending") return RightsState::pending;
    return RightsState::unknown;
}

}  // namespace

base::Result<Item> item_from_json(const object& line) {
    Item item;
    item.id = TRY(base::require_text(line, "id"));
    std::string kind = TRY(base::require_text(line, "kind"));
    if (kind == "demand" || kind == "asean-need") {
        item.kind = ItemKind::demand;
    } else if (kind == "achievement" || kind == "asean-offer") {
        item.kind = ItemKind::achievement;
    } else {
        return base::refuse(base::invalid("entry_kind_unknown").at("kind").with("value", kind));
    }
    item.title = TRY(base::require_text(line, "title"));
    item.language = base::text_at(line, "lang");
    item.abstract = base::text_at(line, "abstract", base::text_at(line, "summary"));
    item.keywords = texts_at(line, "keywords");
    item.country = base::text_at(line, "country");
    item.region = base::text_at(line, "region");
    std::string card = base::text_at(line, "card");
    if (!card.empty()) item.cards.push_back(card);
    item.trl = small_integer_at(line, "trl");
    item.trl_min = small_integer_at(line, "min_trl");
    item.rights = rights_of(base::text_at(base::object_at(line, "ip"), "state"));
    item.modes = texts_at(line, "modes");
    item.price = wan_at(line, item.kind == ItemKind::demand ? "budget_wan" : "price_wan");
    if (auto deadline = base::Date::parse(base::text_at(line, "deadline")))
        item.deadline = *deadline;
    return item;
}

base::Result<std::vector<Item>> read_items(std::string_view jsonl) {
    std::vector<Item> items;
    int number = 0;
    for (const std::string& line : base::split(jsonl, '\n')) {
        ++number;
        if (base::trim(line).empty()) continue;
        auto value = base::parse_json(line);
        auto item = value && value->is_object() ? item_from_json(value->as_object())
                    : value ? base::Result<Item>(base::refuse(base::malformed("json_malformed")))
                            : base::Result<Item>(base::refuse(value.error()));
        if (!item)
            return base::refuse(std::move(item.error()).with("line", std::to_string(number)));
        items.push_back(std::move(*item));
    }
    return items;
}

base::Result<std::vector<Judgement>> read_judgements(std::string_view tsv) {
    std::vector<Judgement> judgements;
    int number = 0;
    for (const std::string& line : base::split(tsv, '\n')) {
        ++number;
        if (number == 1 || base::trim(line).empty()) continue;
        std::vector<std::string> cells = base::split(line, '\t');
        bool readable =
            cells.size() >= 3 && cells[2].size() == 1 && cells[2][0] >= '0' && cells[2][0] <= '2';
        if (!readable) {
            return base::refuse(
                base::malformed("qrels_malformed").with("line", std::to_string(number)));
        }
        judgements.push_back(
            {cells[0], cells[1], cells[2][0] - '0', cells.size() > 3 ? base::trim(cells[3]) : ""});
    }
    return judgements;
}

namespace {

double gain(int relevance) {
    return std::pow(2.0, relevance) - 1;
}

/// The measures of one demand for one order of its achievements.
Measures measure(const std::vector<Ranked>& ranking) {
    Measures measures;
    double ideal = 0;
    std::vector<int> best;
    for (const Ranked& ranked : ranking)
        best.push_back(ranked.relevance);
    std::sort(best.rbegin(), best.rend());
    constexpr std::size_t depth = 10;
    for (std::size_t i = 0; i < std::min(depth, ranking.size()); ++i) {
        double discount = 1 / std::log2(static_cast<double>(i) + 2);
        measures.ndcg_at_10 += gain(ranking[i].relevance) * discount;
        ideal += gain(best[i]) * discount;
    }
    if (ideal > 0) measures.ndcg_at_10 /= ideal;
    for (std::size_t i = 0; i < ranking.size(); ++i) {
        if (ranking[i].relevance != 2) continue;
        measures.mrr = 1 / static_cast<double>(i + 1);
        measures.precision_at_1 = i == 0;
        break;
    }
    return measures;
}

Measures mean_over_ties(std::vector<Ranked> ranking) {
    constexpr int shuffles = 200;
    base::SeededRandom random(20170264);
    Measures sum;
    for (int round = 0; round < shuffles; ++round) {
        for (std::size_t i = ranking.size(); i > 1; --i)
            std::swap(ranking[i - 1], ranking[random.below(i)]);
        std::stable_sort(ranking.begin(), ranking.end(),
                         [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
        Measures one = measure(ranking);
        sum.ndcg_at_10 += one.ndcg_at_10 / shuffles;
        sum.mrr += one.mrr / shuffles;
        sum.precision_at_1 += one.precision_at_1 / shuffles;
    }
    return sum;
}

void add(Measures& sum, const Measures& one) {
    ++sum.demands;
    sum.ndcg_at_10 += one.ndcg_at_10;
    sum.mrr += one.mrr;
    sum.precision_at_1 += one.precision_at_1;
    sum.traps += one.traps;
    sum.traps_below += one.traps_below;
}

void divide(Measures& sum) {
    if (sum.demands > 0) {
        auto count = static_cast<double>(sum.demands);
        sum.ndcg_at_10 /= count;
        sum.mrr /= count;
        sum.precision_at_1 /= count;
    }
    if (sum.traps > 0) sum.traps_below /= static_cast<double>(sum.traps);
}

void count_traps(Measures& measures, const std::vector<Ranked>& ranking,
                 const std::set<std::string>& traps) {
    double best = -1;
    for (const Ranked& ranked : ranking) {
        if (ranked.relevance == 2) best = std::max(best, ranked.score);
    }
    if (best < 0) return;
    for (const Ranked& ranked : ranking) {
        if (!traps.contains(ranked.achievement)) continue;
        ++measures.traps;
        measures.traps_below += ranked.score < best;
    }
}

}  // namespace

Evaluation evaluate(const std::vector<Item>& items, const std::vector<Judgement>& judgements,
                    std::shared_ptr<const Profiler> profiler, const Weights& weights, Fields fields,
                    base::Date today) {
    std::map<std::string, std::vector<const Judgement*>> by_demand;
    for (const Judgement& judgement : judgements)
        by_demand[judgement.demand].push_back(&judgement);
    auto statistics = std::make_shared<CorpusStatistics>();
    std::vector<Profile> demands;
    std::vector<Profile> achievements;
    for (const Item& item : items) {
        Profile profile = profiler->read(item);
        statistics->add(profile);
        (item.kind == ItemKind::demand ? demands : achievements).push_back(std::move(profile));
    }
    Scorer scorer(profiler, statistics, weights, fields);
    Evaluation evaluation;
    for (const Profile& demand : demands) {
        auto judged = by_demand.find(demand.item.id);
        if (judged == by_demand.end()) continue;
        std::map<std::string, int> relevance;
        std::set<std::string> traps;
        std::set<std::string> cases;
        for (const Judgement* judgement : judged->second) {
            relevance[judgement->achievement] = judgement->relevance;
            if (judgement->case_class == "lexical-trap-strong")
                traps.insert(judgement->achievement);
            if (judgement->relevance > 0) cases.insert(judgement->case_class);
        }
        std::vector<Ranked> ranking;
        for (const Profile& achievement : achievements) {
            double total = scorer.total(demand, achievement, today);
            ranking.push_back({achievement.item.id, total, relevance[achievement.item.id]});
        }
        Measures measures = mean_over_ties(ranking);
        count_traps(measures, ranking, traps);
        add(evaluation.all, measures);
        if (demand.item.language != "zh") add(evaluation.cross_language, measures);
        for (const std::string& name : cases)
            add(evaluation.by_case[name], measures);
        std::stable_sort(ranking.begin(), ranking.end(),
                         [](const Ranked& a, const Ranked& b) { return a.score > b.score; });
        if (ranking.size() > 10) ranking.resize(10);
        evaluation.rankings[demand.item.id] = std::move(ranking);
    }
    divide(evaluation.all);
    divide(evaluation.cross_language);
    for (auto& [name, measures] : evaluation.by_case)
        divide(measures);
    return evaluation;
}

namespace {

object to_json(const Measures& measures) {
    return {{"demands", measures.demands},
            {"ndcg_at_10", measures.ndcg_at_10},
            {"mrr", measures.mrr},
            {"p_at_1", measures.precision_at_1},
            {"strong_traps", measures.traps},
            {"strong_traps_below", measures.traps_below}};
}

}  // namespace

object to_json(const Evaluation& evaluation) {
    object cases;
    for (const auto& [name, measures] : evaluation.by_case)
        cases[name] = to_json(measures);
    object rankings;
    for (const auto& [demand, ranking] : evaluation.rankings) {
        base::json::array list;
        for (const Ranked& ranked : ranking) {
            list.push_back({{"achievement", ranked.achievement},
                            {"score", ranked.score},
                            {"rel", ranked.relevance}});
        }
        rankings[demand] = std::move(list);
    }
    return {{"all", to_json(evaluation.all)},
            {"cross_language", to_json(evaluation.cross_language)},
            {"by_case", std::move(cases)},
            {"rankings", std::move(rankings)}};
}

std::string to_text(const Evaluation& evaluation) {
    std::string text = fmt::format("{:<22} {:>7} {:>8} {:>6} {:>6} {:>6} {:>7}\n", "", "demands",
                                   "nDCG@10", "MRR", "P@1", "traps", "below");
    auto row = [&](std::string_view name, const Measures& m) {
        text += fmt::format("{:<22} {:>7} {:>8.3f} {:>6.3f} {:>6.3f} {:>6} {:>6.1f}%\n", name,
                            m.demands, m.ndcg_at_10, m.mrr, m.precision_at_1, m.traps,
                            100 * m.traps_below);
    };
    row("all", evaluation.all);
    row("cross-language", evaluation.cross_language);
    for (const auto& [name, measures] : evaluation.by_case)
        row("case " + name, measures);
    return text;
}

}  // namespace match
