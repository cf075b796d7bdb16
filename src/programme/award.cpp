#include "programme/award.h"

#include <algorithm>
#include <set>

namespace programme {
namespace {

using base::Money;
using base::Yaml;

base::Result<Number> read_number(const Yaml& node) {
    const auto parsed = Number::parse(TRY(node.text()));
    if (!parsed) return base::refuse(node.fault("number_malformed", "expected a number"));
    return *parsed;
}

base::Result<Expression> optional_expression(const Yaml& node, const Vocabulary& words) {
    if (!node.is_defined()) return Expression();
    return Expression::from(node, words);
}

base::Status read_tiers(const Yaml& list, const Vocabulary& words, AwardRule& rule) {
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"up_to", "percent"}));
        AwardTier tier;
        if (node["up_to"].is_defined()) tier.up_to = TRY(read_number(node["up_to"]));
        tier.percent = TRY(Expression::from(TRY(node.required("percent")), words));
        const bool rises = rule.tiers.empty() || !tier.up_to ||
                           (rule.tiers.back().up_to && *tier.up_to > *rule.tiers.back().up_to);
        if (!rises || (!rule.tiers.empty() && !rule.tiers.back().up_to))
            return base::refuse(
                node.fault("tiers_malformed", "bounds must rise, the last has none"));
        rule.tiers.push_back(std::move(tier));
    }
    if (rule.tiers.empty()) return base::refuse(list.fault("tiers_malformed", "at least one tier"));
    return {};
}

base::Status read_instalments(const Yaml& list, AwardRule& rule) {
    Number sum;
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"code", "title", "percent", "after"}));
        Instalment part{TRY(TRY(node.required("code")).text()),
                        TRY(base::LocalText::from(TRY(node.required("title")))),
                        TRY(read_number(TRY(node.required("percent")))),
                        node["after"].text_or("granted")};
        sum = *Number::sum(sum, part.percent);
        rule.instalments.push_back(std::move(part));
    }
    if (rule.instalments.empty() || sum == Number::whole(100)) return {};
    return base::refuse(list.fault("instalments_malformed", "the percentages must add up to 100"));
}

base::Status read_lists(const Yaml& node, const Vocabulary& words, AwardRule& rule) {
    for (const Yaml& item : node["exclusions"].items()) {
        TRY(item.only_keys({"code", "title", "when"}));
        rule.exclusions.push_back({TRY(TRY(item.required("code")).text()),
                                   TRY(base::LocalText::from(TRY(item.required("title")))),
                                   TRY(Condition::from(TRY(item.required("when")), words))});
    }
    for (const Yaml& item : node["clawback"].items()) {
        TRY(item.only_keys({"code", "title", "percent", "source"}));
        rule.clawbacks.push_back({TRY(TRY(item.required("code")).text()),
                                  TRY(base::LocalText::from(TRY(item.required("title")))),
                                  TRY(read_number(TRY(item.required("percent")))),
                                  item["source"].text_or("")});
        const Number percent = rule.clawbacks.back().percent;
        if (percent <= Number() || percent > Number::whole(100))
            return base::refuse(item["percent"].fault("value_out_of_range", "more than 0 to 100"));
    }
    return {};
}

/// An amount in whole fen; nothing when it is not known or does not fit.
std::optional<Money> money_of(const Expression& expression, const Situation& situation) {
    const Known known = expression.of(situation);
    std::optional<Number> number = known.number;
    if (!number && known.text) {
        const auto parsed = Number::parse(*known.text);
        if (parsed) number = *parsed;
    }
    if (!number) return {};
    const Money money = number->to_money();
    if (money.minor > Money::minor_max || money.minor < -Money::minor_max) return {};
    return money;
}

/// percent of money, rounded down to the fen: rounding never lifts an amount above its rate.
Money share(const Money& money, Number percent) {
    const __int128 top = static_cast<__int128>(money.minor) * percent.ten_thousandths();
    return Money::fen(static_cast<std::int64_t>(top / (100 * Number::scale)));
}

Number percent_of(const AwardTier& tier, const Situation& situation) {
    const Known known = tier.percent.of(situation);
    if (!known.number) return {};
    return std::clamp(*known.number, Number(), Number::whole(100));
}

class Calculation {
  public:
    Calculation(const AwardRule& rule, const Situation& situation, const AwardContext& context)
        : rule_(rule), situation_(situation), context_(context) {}

    Award run() {
        find_unset();
        if (!award_.unset.empty()) return std::move(award_);
        if (rule_.items.empty()) {
            item(situation_);
        } else {
            for (const base::json::value& row : rows()) {
                if (!row.is_object()) continue;
                Situation within = situation_;
                within.row = &row.get_object();
                item(within);
            }
        }
        for (const AwardItem& one : award_.items)
            award_.total += one.amount;
        cap_whole("cap_case", rule_.cap_case, Money());
        cap_whole("cap_organisation_year", rule_.cap_organisation_year, context_.organisation_year);
        cap_whole("budget_year", rule_.budget_year, context_.programme_year);
        const std::int64_t rest = award_.total.minor % rule_.round_down_fen;
        if (rest > 0) reduce("rounding", "", Money(), Money::fen(rest));
        split();
        return std::move(award_);
    }

  private:
    void find_unset() {
        std::set<std::string> seen;
        for (const std::string& name : rule_.parameters()) {
            const auto found = situation_.vocabulary->parameters.find(name);
            if (!found->second.value && seen.insert(name).second) award_.unset.push_back(name);
        }
    }

    const base::json::array& rows() const {
        return base::array_at(base::object_at(situation_.facts, "form"),
                              std::string_view(rule_.items).substr(5));
    }

    void add(std::string what, const std::string& key, Money base, Money effect,
             std::string rate = {}, std::string reason = {}) {
        award_.lines.push_back(
            {std::move(what), key, base, effect, std::move(rate), std::move(reason)});
    }

    /// Takes from the total, so that lines and total stay in step.
    void reduce(const std::string& what, const std::string& key, Money base, Money by) {
        add(what, key, base, -by);
        award_.total = award_.total - by;
    }

    void item(const Situation& within) {
        AwardItem one;
        if (!rule_.key.empty()) one.key = value_at(within, rule_.key).text.value_or("");
        for (const Exclusion& exclusion : rule_.exclusions) {
            if (exclusion.when.judge(within) != Verdict::met) continue;
            add("excluded", one.key, Money(), Money(), {}, exclusion.code);
            award_.items.push_back(one);
            return;
        }
        const auto used = context_.claimed.find(one.key);
        const bool is_twice = !one.key.empty() && !seen_.insert(one.key).second;
        if (!one.key.empty() && (used != context_.claimed.end() || is_twice)) {
            add("double_claim", one.key, Money(), Money(), {}, is_twice ? "" : used->second);
            award_.items.push_back(one);
            return;
        }
        const auto base = money_of(rule_.base, within);
        if (!base || base->is_negative()) {
            add("base_unknown", one.key, Money(), Money());
            award_.items.push_back(one);
            return;
        }
        one.base = *base;
        const auto floor = money_of(rule_.floor, within);
        if (floor && one.base < *floor) {
            add("below_floor", one.key, *floor, Money());
            award_.items.push_back(one);
            return;
        }
        one.amount = tiers(one, within);
        const auto cap = money_of(rule_.cap_item, within);
        if (cap && one.amount > *cap) {
            add("cap_item", one.key, *cap, *cap - one.amount);
            one.amount = *cap;
        }
        award_.items.push_back(one);
    }

    Money tiers(const AwardItem& one, const Situation& within) {
        Money sum;
        Money below;
        for (const AwardTier& tier : rule_.tiers) {
            const Money top = tier.up_to ? std::min(tier.up_to->to_money(), one.base) : one.base;
            const bool is_last = !tier.up_to || one.base <= tier.up_to->to_money();
            const Money slice = rule_.mode == TierMode::whole ? one.base : top - below;
            below = top;
            if (rule_.mode == TierMode::whole && !is_last) continue;
            const Number percent = percent_of(tier, within);
            const Money part = share(slice, percent);
            if (slice.minor > 0) add("tier", one.key, slice, part, percent.to_string());
            sum += part;
            if (is_last) break;
        }
        return sum;
    }

    void cap_whole(const std::string& what, const Expression& limit, Money used) {
        const auto cap = money_of(limit, situation_);
        if (!cap) return;
        const Money left = std::max(*cap - used, Money());
        if (award_.total > left) reduce(what, "", left, award_.total - left);
    }

    void split() {
        Money given;
        for (std::size_t i = 0; i < rule_.instalments.size(); ++i) {
            const Instalment& part = rule_.instalments[i];
            const bool is_last = i + 1 == rule_.instalments.size();
            const Money amount = is_last ? award_.total - given : share(award_.total, part.percent);
            given += amount;
            award_.instalments.emplace_back(part.code, amount);
        }
        if (rule_.instalments.empty()) award_.instalments.emplace_back("all", award_.total);
    }

    const AwardRule& rule_;
    const Situation& situation_;
    const AwardContext& context_;
    Award award_;
    std::set<std::string> seen_;
};

}  // namespace

const Clawback* AwardRule::clawback(std::string_view code) const {
    const auto found = std::ranges::find(clawbacks, code, &Clawback::code);
    return found == clawbacks.end() ? nullptr : &*found;
}

std::vector<std::string> AwardRule::parameters() const {
    std::vector<std::string> result;
    const auto add = [&](std::vector<std::string> more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    for (const Expression* part :
         {&base, &floor, &cap_item, &cap_case, &cap_organisation_year, &budget_year})
        add(part->parameters());
    for (const AwardTier& tier : tiers)
        add(tier.percent.parameters());
    for (const Exclusion& exclusion : exclusions)
        add(exclusion.when.parameters());
    return result;
}

base::Result<AwardRule> read_award(const Yaml& node, const Vocabulary& form_words) {
    TRY(node.only_keys({"title", "items", "key", "base", "exclusions", "floor", "mode", "tiers",
                        "cap_item", "cap_case", "cap_organisation_year", "budget_year",
                        "round_down_to", "instalments", "clawback", "ranked_by", "source"}));
    AwardRule rule;
    Vocabulary words = form_words;
    rule.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    rule.items = node["items"].text_or("");
    if (!rule.items.empty()) {
        const base::FieldSpec* table = words.path_field(rule.items);
        if (table == nullptr || table->type != base::FieldType::table)
            return base::refuse(node["items"].fault("path_unknown", "no table of the form"));
        words.row = &table->columns;
    }
    if (node["key"].is_defined()) {
        TRY(Expression::from(node["key"], words));
        rule.key = TRY(node["key"].text());
    }
    rule.base = TRY(Expression::from(TRY(node.required("base")), words));
    rule.floor = TRY(optional_expression(node["floor"], words));
    rule.cap_item = TRY(optional_expression(node["cap_item"], words));
    rule.cap_case = TRY(optional_expression(node["cap_case"], form_words));
    rule.cap_organisation_year =
        TRY(optional_expression(node["cap_organisation_year"], form_words));
    rule.budget_year = TRY(optional_expression(node["budget_year"], form_words));
    const std::string mode = node["mode"].text_or("marginal");
    if (mode != "marginal" && mode != "whole")
        return base::refuse(node["mode"].fault("value_unknown", "marginal or whole"));
    rule.mode = mode == "whole" ? TierMode::whole : TierMode::marginal;
    TRY(read_tiers(TRY(node.required("tiers")), words, rule));
    if (node["round_down_to"].is_defined()) {
        const Number unit = TRY(read_number(node["round_down_to"]));
        rule.round_down_fen = unit.to_money().minor;
        if (rule.round_down_fen < 1)
            return base::refuse(node["round_down_to"].fault("value_out_of_range", "0.01 or more"));
    }
    TRY(read_lists(node, words, rule));
    TRY(read_instalments(node["instalments"], rule));
    rule.ranked_by = TRY(node["ranked_by"].texts());
    for (const std::string& order : rule.ranked_by) {
        if (order != "score" && order != "rank" && order != "submitted")
            return base::refuse(
                node["ranked_by"].fault("value_unknown", "score, rank or submitted"));
    }
    rule.source = node["source"].text_or("");
    return rule;
}

Award award_of(const AwardRule& rule, const Situation& situation, const AwardContext& context) {
    return Calculation(rule, situation, context).run();
}

base::Money clawback_of(const Clawback& clawback, const base::Money& paid) {
    const __int128 unit = 100 * Number::scale;
    const __int128 top =
        static_cast<__int128>(paid.minor) * clawback.percent.ten_thousandths() + unit - 1;
    return base::Money::fen(std::min(paid.minor, static_cast<std::int64_t>(top / unit)));
}

base::json::object to_json(const Award& award) {
    base::json::array lines, items, instalments, unset;
    for (const AwardLine& line : award.lines) {
        lines.push_back(base::json::object{{"what", line.what},
                                           {"item", line.item},
                                           {"base", line.base.to_string()},
                                           {"rate", line.rate},
                                           {"effect", line.effect.to_string()},
                                           {"reason", line.reason}});
    }
    for (const AwardItem& item : award.items) {
        items.push_back(base::json::object{{"key", item.key},
                                           {"base", item.base.to_string()},
                                           {"amount", item.amount.to_string()}});
    }
    for (const auto& [code, amount] : award.instalments)
        instalments.push_back(base::json::object{{"code", code}, {"amount", amount.to_string()}});
    for (const std::string& name : award.unset)
        unset.push_back(base::json::value(name));
    return {{"total", award.total.to_string()},
            {"lines", std::move(lines)},
            {"items", std::move(items)},
            {"instalments", std::move(instalments)},
            {"unset", std::move(unset)}};
}

}  // namespace programme
