#include "programme/scoring.h"

#include <algorithm>
#include <map>
#include <set>

namespace programme {
namespace {

using base::Yaml;

std::optional<Number> mark_of(const base::json::object& marks, std::string_view code) {
    const base::json::value* mark = marks.if_contains(code);
    if (mark == nullptr) return {};
    if (mark->is_int64()) return known_from(*mark).number;
    if (!mark->is_string()) return {};
    const auto parsed = Number::parse(std::string_view(mark->get_string()));
    return parsed ? std::optional(*parsed) : std::nullopt;
}

base::Result<std::optional<Number>> optional_number(const Yaml& node) {
    if (!node.is_defined()) return std::optional<Number>();
    const auto parsed = Number::parse(TRY(node.text()));
    if (!parsed) return base::refuse(node.fault("number_malformed", "expected a number"));
    return std::optional(*parsed);
}

base::Result<ScoreItem> read_item(const Yaml& node, const Vocabulary& words,
                                  const std::vector<std::string>& types) {
    TRY(node.only_keys(
        {"code", "title", "help", "points", "minimum", "only_for", "value", "source"}));
    ScoreItem item;
    item.code = TRY(TRY(node.required("code")).text());
    item.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    if (node["help"].is_defined()) item.help = TRY(base::LocalText::from(node["help"]));
    item.points = *TRY(optional_number(TRY(node.required("points"))));
    item.minimum = TRY(optional_number(node["minimum"]));
    item.only_for = TRY(node["only_for"].texts());
    for (const std::string& type : item.only_for) {
        if (std::ranges::find(types, type) == types.end())
            return base::refuse(node["only_for"].fault("type_unknown", "no type '" + type + "'"));
    }
    if (node["value"].is_defined()) item.value = TRY(Expression::from(node["value"], words));
    item.source = node["source"].text_or("");
    if (item.points > Number()) return item;
    return base::refuse(node["points"].fault("value_out_of_range", "points are more than 0"));
}

base::Status read_spread(const Yaml& node, SpreadRule& rule) {
    TRY(node.only_keys({"farther_than", "keep_min", "spread_max"}));
    rule.farther_than = TRY(optional_number(node["farther_than"]));
    rule.spread_max = TRY(optional_number(node["spread_max"]));
    rule.keep_min = static_cast<int>(TRY(node["keep_min"].integer_or(3)));
    return {};
}

base::Result<Renormalise> read_renormalise(const Yaml& node) {
    const std::string text = node.text_or("section");
    if (text == "section") return Renormalise::within_section;
    if (text == "sheet") return Renormalise::whole_sheet;
    if (text == "none") return Renormalise::none;
    return base::refuse(node.fault("value_unknown", "section, sheet or none"));
}

/// The weight of a line: points × (group's whole points / group's applying points).
class Weights {
  public:
    Weights(const ScoreSheet& sheet, std::string_view type) : sheet_(sheet) {
        for (const ScoreItem& item : sheet.items) {
            const std::string group = group_of(item);
            whole_[group] = *Number::sum(whole_[group], item.points);
            if (item.applies_to(type))
                applying_[group] = *Number::sum(applying_[group], item.points);
        }
        for (const auto& [group, points] : whole_) {
            if (!applying_.contains(group)) lost_ = *Number::sum(lost_, points);
        }
    }

    Number weighted(const ScoreItem& item, Number given) const {
        if (sheet_.renormalise == Renormalise::none) return given.rounded(2);
        const std::string group = group_of(item);
        const std::int64_t whole = whole_.find(group)->second.ten_thousandths();
        const std::int64_t applying = applying_.find(group)->second.ten_thousandths();
        // A section of which nothing applies spreads its weight over the others.
        const Number all = total();
        const std::int64_t kept = all.ten_thousandths() - lost_.ten_thousandths();
        const __int128 top =
            static_cast<__int128>(given.ten_thousandths()) * whole * all.ten_thousandths();
        const __int128 bottom = static_cast<__int128>(applying) * kept;
        // Two digits, half up.
        const __int128 hundredths = (top / 100 + bottom / 2) / bottom;
        return Number::scaled(static_cast<std::int64_t>(hundredths * 100));
    }

  private:
    std::string group_of(const ScoreItem& item) const {
        return sheet_.renormalise == Renormalise::within_section ? item.section : "";
    }
    Number total() const {
        Number sum;
        for (const auto& [group, points] : whole_)
            sum = *Number::sum(sum, points);
        return sum;
    }

    const ScoreSheet& sheet_;
    std::map<std::string, Number> whole_, applying_;
    Number lost_;
};

void judge(const ScoreSheet& sheet, Score& score) {
    const bool fails =
        std::ranges::any_of(score.lines, [](const ScoreLine& line) { return line.below_minimum; });
    if (!score.is_complete) {
        score.verdict = Verdict::open;
    } else if (fails) {
        score.verdict = Verdict::not_met;
    } else if (sheet.pass_at) {
        score.verdict = score.total >= *sheet.pass_at ? Verdict::met : Verdict::not_met;
    }
}

void add_up(const ScoreSheet& sheet, std::string_view type, Score& score) {
    const Weights weights(sheet, type);
    score.total = Number();
    for (ScoreLine& line : score.lines) {
        const ScoreItem& item = *sheet.item(line.code);
        if (!line.applies) continue;
        line.counted_max = weights.weighted(item, item.points);
        if (!line.given) {
            score.is_complete = false;
            continue;
        }
        line.counted = weights.weighted(item, *line.given);
        line.below_minimum = item.minimum && *line.given < *item.minimum;
        score.total = *Number::sum(score.total, line.counted);
    }
    judge(sheet, score);
}

}  // namespace

bool ScoreItem::applies_to(std::string_view type) const {
    return only_for.empty() || std::ranges::find(only_for, type) != only_for.end();
}

const ScoreItem* ScoreSheet::item(std::string_view code) const {
    const auto found = std::ranges::find(items, code, &ScoreItem::code);
    return found == items.end() ? nullptr : &*found;
}

bool ScoreSheet::needs_experts() const {
    return std::ranges::any_of(items, [](const ScoreItem& item) { return !item.by_rule(); });
}

Number ScoreSheet::points_of(std::string_view type) const {
    Number sum;
    for (const ScoreItem& entry : items) {
        if (entry.applies_to(type)) sum = *Number::sum(sum, entry.points);
    }
    return sum;
}

base::Result<ScoreSheet> read_sheet(const Yaml& node, const Vocabulary& words,
                                    const std::vector<std::string>& types) {
    TRY(node.only_keys({"pass_at", "experts_min", "renormalise", "spread", "hides_applicant",
                        "hidden_fields", "sections", "source"}));
    ScoreSheet sheet;
    sheet.pass_at = TRY(optional_number(node["pass_at"]));
    sheet.experts_min = static_cast<int>(TRY(node["experts_min"].integer_or(3)));
    sheet.renormalise = TRY(read_renormalise(node["renormalise"]));
    if (node["spread"].is_defined()) TRY(read_spread(node["spread"], sheet.spread));
    sheet.hides_applicant = TRY(node["hides_applicant"].boolean_or(false));
    sheet.hidden_fields = TRY(node["hidden_fields"].texts());
    for (const std::string& name : sheet.hidden_fields) {
        if (words.path_field("form." + name) == nullptr)
            return base::refuse(
                node["hidden_fields"].fault("path_unknown", "no field '" + name + "'"));
    }
    sheet.source = node["source"].text_or("");
    std::set<std::string> seen;
    for (const Yaml& part : TRY(node.required("sections")).items()) {
        TRY(part.only_keys({"code", "title", "items"}));
        ScoreSection section{TRY(TRY(part.required("code")).text()),
                             TRY(base::LocalText::from(TRY(part.required("title"))))};
        for (const Yaml& line : TRY(part.required("items")).items()) {
            ScoreItem item = TRY(read_item(line, words, types));
            item.section = section.code;
            if (!seen.insert(item.code).second)
                return base::refuse(line["code"].fault("code_repeated", item.code));
            sheet.items.push_back(std::move(item));
        }
        sheet.sections.push_back(std::move(section));
    }
    const bool has_few = sheet.needs_experts() && sheet.experts_min < 1;
    if (has_few || sheet.items.empty())
        return base::refuse(node.fault("scoring_malformed", "no items, or nobody who scores them"));
    return sheet;
}

std::vector<base::Error> check_marks(const ScoreSheet& sheet, std::string_view type,
                                     const base::json::object& marks) {
    std::vector<base::Error> defects;
    for (const ScoreItem& item : sheet.items) {
        const bool is_asked = !item.by_rule() && item.applies_to(type);
        if (!is_asked) continue;
        if (!marks.contains(item.code)) {
            defects.push_back(base::invalid("score_missing").at(item.code));
            continue;
        }
        const auto mark = mark_of(marks, item.code);
        if (!mark) {
            defects.push_back(base::invalid("score_not_a_number").at(item.code));
        } else if (*mark < Number() || *mark > item.points) {
            defects.push_back(base::invalid("score_out_of_range")
                                  .with("max", item.points.to_string())
                                  .at(item.code));
        }
    }
    for (const auto& [key, value] : marks) {
        const ScoreItem* item = sheet.item(key);
        if (item == nullptr || item->by_rule() || !item->applies_to(type))
            defects.push_back(base::invalid("score_unknown").at(key));
    }
    return defects;
}

Score score_of(const ScoreSheet& sheet, std::string_view type, const Situation& situation,
               const base::json::object& marks) {
    Score score;
    for (const ScoreItem& item : sheet.items) {
        ScoreLine line;
        line.code = item.code;
        line.section = item.section;
        line.points = item.points;
        line.applies = item.applies_to(type);
        if (line.applies && item.by_rule()) {
            const Known known = item.value.of(situation);
            line.given = known.number;
            if (line.given) line.given = std::clamp(*line.given, Number(), item.points);
        } else if (line.applies) {
            line.given = mark_of(marks, item.code);
        }
        score.lines.push_back(std::move(line));
    }
    add_up(sheet, type, score);
    return score;
}

Merged merge_totals(const SpreadRule& rule, const std::vector<Number>& totals) {
    Merged merged;
    if (totals.empty()) return merged;
    std::vector<Number> sorted = totals;
    std::ranges::sort(sorted);
    const std::size_t middle = sorted.size() / 2;
    merged.median =
        sorted.size() % 2 == 1
            ? sorted[middle]
            : Number::scaled(
                  (sorted[middle - 1].ten_thousandths() + sorted[middle].ten_thousandths()) / 2);
    const auto distance = [&](std::size_t index) {
        const std::int64_t away = totals[index].ten_thousandths() - merged.median.ten_thousandths();
        return away < 0 ? -away : away;
    };
    std::vector<std::size_t> order(totals.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    std::ranges::stable_sort(order, [&](auto a, auto b) { return distance(a) > distance(b); });
    const auto keep_min = static_cast<std::size_t>(std::max(rule.keep_min, 1));
    for (std::size_t index : order) {
        const bool is_far =
            rule.farther_than && distance(index) > rule.farther_than->ten_thousandths();
        if (is_far && totals.size() - merged.left_out.size() > keep_min)
            merged.left_out.push_back(index);
    }
    std::ranges::sort(merged.left_out);
    Number sum, low, high;
    std::int64_t count = 0;
    for (std::size_t i = 0; i < totals.size(); ++i) {
        if (std::ranges::binary_search(merged.left_out, i)) continue;
        low = count == 0 ? totals[i] : std::min(low, totals[i]);
        high = count == 0 ? totals[i] : std::max(high, totals[i]);
        sum = *Number::sum(sum, totals[i]);
        ++count;
    }
    merged.mean = Number::quotient(sum, Number::whole(count))->rounded(2);
    merged.spread = *Number::difference(high, low);
    merged.needs_another = rule.spread_max && merged.spread > *rule.spread_max;
    return merged;
}

PanelScore panel_score(const ScoreSheet& sheet, std::string_view type, const Situation& situation,
                       const std::vector<base::json::object>& marks) {
    PanelScore panel;
    std::vector<Number> totals;
    for (const base::json::object& one : marks) {
        panel.each.push_back(score_of(sheet, type, situation, one));
        totals.push_back(panel.each.back().total);
    }
    panel.merged = merge_totals(sheet.spread, totals);
    panel.result = score_of(sheet, type, situation, {});
    for (std::size_t line = 0; line < panel.result.lines.size(); ++line) {
        ScoreLine& merged = panel.result.lines[line];
        if (!merged.applies || sheet.item(merged.code)->by_rule()) continue;
        std::optional<Number> sum;
        std::int64_t count = 0;
        for (std::size_t i = 0; i < panel.each.size(); ++i) {
            const auto& given = panel.each[i].lines[line].given;
            if (std::ranges::binary_search(panel.merged.left_out, i) || !given) continue;
            sum = sum ? *Number::sum(*sum, *given) : *given;
            ++count;
        }
        if (count > 0) merged.given = Number::quotient(*sum, Number::whole(count));
    }
    panel.result.is_complete = true;
    add_up(sheet, type, panel.result);
    // The total is the mean of the totals as announced to the experts, not of rounded lines.
    if (!marks.empty() && panel.result.is_complete) {
        panel.result.total = panel.merged.mean;
        judge(sheet, panel.result);
    }
    return panel;
}

base::json::object to_json(const Score& score) {
    base::json::array lines;
    for (const ScoreLine& line : score.lines) {
        base::json::object shown{{"code", line.code},
                                 {"section", line.section},
                                 {"applies", line.applies},
                                 {"points", line.points.to_string()},
                                 {"counted", line.counted.to_string()},
                                 {"counted_max", line.counted_max.to_string()},
                                 {"below_minimum", line.below_minimum}};
        if (line.given) shown["given"] = line.given->to_string();
        lines.push_back(std::move(shown));
    }
    return {{"total", score.total.to_string()},
            {"complete", score.is_complete},
            {"verdict", to_string(score.verdict)},
            {"lines", std::move(lines)}};
}

}  // namespace programme
