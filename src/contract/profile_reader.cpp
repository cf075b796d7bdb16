#include "contract/profile_reader.h"

#include <algorithm>
#include <limits>

namespace contract {
namespace {

using base::refuse;
using base::Result;
using base::Status;
using base::Yaml;

std::string text_key_of(const std::string& code) {
    return "reason." + code;
}

}  // namespace

ProfileReader::ProfileReader(const Yaml& root, std::vector<ContractClass> classes) : root_(root) {
    profile_.classes_ = std::move(classes);
}

Result<Profile> ProfileReader::read() {
    TRY(root_.only_keys({"id", "name", "valid_from", "valid_to", "default", "clock",
                         "refuse_from_round", "large", "unconfirmed", "neighbours", "reasons",
                         "gates", "steps", "unmatched", "absorb", "late_gates", "flags", "order",
                         "titles"}));
    TRY(read_head());
    TRY(read_dates());
    TRY(read_clock());
    TRY(read_unconfirmed());
    TRY(read_neighbours());
    TRY(read_citations());
    TRY(read_order());
    TRY(read_titles());
    TRY(read_gates("gates", {FactScope::contract, FactScope::derived}, profile_.gates_));
    TRY(read_steps());
    TRY(read_absorptions());
    TRY(read_gates("late_gates", {FactScope::contract, FactScope::derived}, profile_.late_gates_));
    TRY(read_flags());
    TRY(read_large());
    TRY(check_codes());
    return std::move(profile_);
}

Result<std::string> ProfileReader::text_of(const Yaml& node, std::string_view key) const {
    Yaml value = TRY(node.required(key));
    return value.text();
}

Result<int> ProfileReader::number_of(const Yaml& node, std::string_view key, int low,
                                     int high) const {
    Yaml value = TRY(node.required(key));
    long long number = TRY(value.integer());
    if (number >= low && number <= high) return static_cast<int>(number);
    return refuse(value.fault("profile_malformed", "'" + std::string(key) + "' must be from " +
                                                       std::to_string(low) + " to " +
                                                       std::to_string(high)));
}

Status ProfileReader::read_head() {
    profile_.id_ = TRY(text_of(root_, "id"));
    Yaml name = TRY(root_.required("name"));
    profile_.name_ = TRY(base::LocalText::from(name));
    profile_.default_ = TRY(root_["default"].boolean_or(false));
    profile_.refuse_from_round_ = TRY(number_of(root_, "refuse_from_round", 2, 30));
    profile_.unmatched_code_ = TRY(text_of(root_, "unmatched"));
    used_codes_.emplace(profile_.unmatched_code_, root_["unmatched"].where());
    return {};
}

Status ProfileReader::read_dates() {
    auto date_at = [&](std::string_view key) -> Result<base::Date> {
        std::string text = TRY(text_of(root_, key));
        auto date = base::Date::parse(text);
        if (!date) return refuse(root_[key].fault("profile_malformed", "expected a date"));
        return *date;
    };
    profile_.valid_from_ = TRY(date_at("valid_from"));
    if (!root_["valid_to"].is_defined()) return {};
    profile_.valid_to_ = TRY(date_at("valid_to"));
    if (*profile_.valid_to_ >= profile_.valid_from_) return {};
    return refuse(root_["valid_to"].fault("profile_malformed", "ends before it begins"));
}

Status ProfileReader::read_clock() {
    Yaml clock = TRY(root_.required("clock"));
    TRY(clock.only_keys({"unit", "standard", "expert"}));
    std::string unit = TRY(text_of(clock, "unit"));
    if (unit != "working_days" && unit != "calendar_days") {
        return refuse(clock["unit"].fault("profile_malformed", "working_days or calendar_days"));
    }
    profile_.clock_.unit =
        unit == "working_days" ? ClockUnit::working_days : ClockUnit::calendar_days;
    profile_.clock_.standard = TRY(number_of(clock, "standard", 1, 365));
    profile_.clock_.expert = TRY(number_of(clock, "expert", 1, 365));
    return {};
}

Status ProfileReader::read_large() {
    Yaml node = TRY(root_.required("large"));
    if (node.is_scalar() && node.text_or("") == "none") return {};
    TRY(node.only_keys({"limit", "base", "flag", "when"}));
    LargeContract large;
    auto limit = base::Money::parse(TRY(text_of(node, "limit")));
    if (!limit) return refuse(node["limit"].fault("profile_malformed", "expected an amount"));
    large.limit = *limit;
    std::string base = TRY(text_of(node, "base"));
    if (base != "technical" && base != "total") {
        return refuse(node["base"].fault("profile_malformed", "technical or total"));
    }
    large.base = base == "technical" ? LargeBase::technical : LargeBase::total;
    large.flag = TRY(text_of(node, "flag"));
    large.condition = TRY(add_condition(node, "large", large.flag, "recognition.flag." + large.flag,
                                        {FactScope::contract, FactScope::derived}));
    profile_.large_ = std::move(large);
    return {};
}

Status ProfileReader::read_unconfirmed() {
    for (const Yaml& item : root_["unconfirmed"].items()) {
        TRY(item.only_keys({"parameter", "note"}));
        Unconfirmed row;
        row.parameter = TRY(text_of(item, "parameter"));
        row.note = TRY(text_of(item, "note"));
        profile_.unconfirmed_.push_back(std::move(row));
    }
    return {};
}

Status ProfileReader::read_neighbours() {
    Yaml node = TRY(root_.required("neighbours"));
    TRY(node.only_keys({"split_days", "split_likeness", "shareholder_percent", "circular_months",
                        "circular_percent"}));
    NeighbourSettings& settings = profile_.neighbours_;
    settings.split_days = TRY(number_of(node, "split_days", 0, 3660));
    settings.split_likeness = TRY(number_of(node, "split_likeness", 1, 1000));
    settings.shareholder_percent = TRY(number_of(node, "shareholder_percent", 1, 100));
    settings.circular_months = TRY(number_of(node, "circular_months", 0, 120));
    settings.circular_percent = TRY(number_of(node, "circular_percent", 0, 100));
    return {};
}

Status ProfileReader::read_citations() {
    Yaml node = TRY(root_.required("reasons"));
    for (const auto& [code, value] : node.pairs()) {
        TRY(value.only_keys({"law", "mark", "sure"}));
        Citation citation;
        citation.law = TRY(text_of(value, "law"));
        citation.mark = TRY(text_of(value, "mark"));
        citation.sure = TRY(text_of(value, "sure"));
        bool known_mark = citation.mark.size() == 1 &&
                          std::string_view("SDXKA").find(citation.mark) != std::string_view::npos;
        if (!known_mark) return refuse(value.fault("profile_malformed", "mark is S, D, X, K or A"));
        if (citation.sure != "high" && citation.sure != "medium" && citation.sure != "low") {
            return refuse(value.fault("profile_malformed", "sure is high, medium or low"));
        }
        if (!profile_.citations_.emplace(code, std::move(citation)).second) {
            return refuse(value.fault("profile_malformed", "code '" + code + "' is written twice"));
        }
    }
    return {};
}

Status ProfileReader::read_order() {
    Yaml node = TRY(root_.required("order"));
    std::vector<std::string> families = TRY(node.texts());
    for (std::size_t i = 0; i < profile_.classes_.size(); ++i) {
        auto found = std::find(families.begin(), families.end(), profile_.classes_[i].family());
        // A class whose family is not ranked is not used by this rule set; read_class_rules checks.
        profile_.ranks_.push_back(found == families.end()
                                      ? -1
                                      : static_cast<int>(found - families.begin()) * 1000 +
                                            static_cast<int>(i));
    }
    return {};
}

Status ProfileReader::read_titles() {
    for (const auto& [title, value] : root_["titles"].pairs()) {
        profile_.titles_.emplace(title, TRY(value.texts()));
    }
    return {};
}

Result<std::uint16_t> ProfileReader::add_condition(const Yaml& rule, const std::string& id,
                                                   const std::string& code,
                                                   const std::string& text_key,
                                                   std::initializer_list<FactScope> scopes,
                                                   std::string_view key) {
    if (id.empty() || !ids_.insert(id).second) {
        return refuse(rule.fault("profile_malformed", "id '" + id + "' is empty or occurs twice"));
    }
    ProfileCondition condition;
    condition.id = id;
    condition.code = code;
    condition.text_key = text_key;
    condition.when = TRY(Condition::from(rule[key], scopes));
    condition.where = rule.where();
    if (profile_.conditions_.size() >= std::numeric_limits<std::uint16_t>::max()) {
        return refuse(rule.fault("profile_malformed", "too many conditions"));
    }
    profile_.conditions_.push_back(std::move(condition));
    return static_cast<std::uint16_t>(profile_.conditions_.size() - 1);
}

Status ProfileReader::read_gates(std::string_view section, std::initializer_list<FactScope> scopes,
                                 std::vector<Gate>& into) {
    Yaml list = TRY(root_.required(section));
    for (const Yaml& node : list.items()) {
        TRY(node.only_keys({"id", "code", "outcome", "stops", "escalates", "when"}));
        TRY(node.required("when"));
        Gate gate;
        std::string outcome_text = TRY(text_of(node, "outcome"));
        auto outcome = find_outcome(outcome_text);
        if (!outcome || *outcome == Outcome::registered) {
            return refuse(node["outcome"].fault("profile_malformed",
                                                "RETURN, NOT_REGISTERED or NOT_ACCEPTED"));
        }
        gate.outcome = *outcome;
        gate.stops = TRY(node["stops"].boolean_or(false));
        gate.escalates = TRY(node["escalates"].boolean_or(false));
        if (gate.escalates && gate.outcome != Outcome::returned) {
            return refuse(node.fault("profile_malformed", "only a RETURN can escalate"));
        }
        std::string id = TRY(text_of(node, "id"));
        std::string code = TRY(text_of(node, "code"));
        used_codes_.emplace(code, node.where());
        gate.condition = TRY(add_condition(node, id, code, text_key_of(code), scopes));
        into.push_back(gate);
    }
    return {};
}

Status ProfileReader::read_steps() {
    Yaml list = TRY(root_.required("steps"));
    std::vector<Yaml> nodes = list.items();
    for (std::size_t i = 0; i < nodes.size(); ++i) {
        std::string id = TRY(text_of(nodes[i], "id"));
        step_numbers_.emplace(id, static_cast<std::uint16_t>(i));
    }
    for (const Yaml& node : nodes) {
        Step step;
        TRY(read_step(node, step));
        bool last = profile_.steps_.size() + 1 == nodes.size();
        if (!last && !node["takes"].is_defined()) {
            return refuse(node.fault("profile_malformed", "only the last step takes what is left"));
        }
        profile_.steps_.push_back(std::move(step));
    }
    if (profile_.steps_.empty()) return refuse(list.fault("profile_malformed", "no step"));
    return {};
}

Status ProfileReader::read_step(const Yaml& node, Step& step) {
    TRY(node.only_keys({"id", "takes", "exclusions", "criteria", "positive", "classes"}));
    step.id = TRY(text_of(node, "id"));
    step.takes = TRY(add_condition(node, "takes." + step.id, "", "recognition.step." + step.id,
                                   {FactScope::part}, "takes"));
    TRY(read_exclusions(node, step));
    TRY(read_criteria(node, step));
    step.positive = node["positive"].text_or("");
    if (step.positive.empty() != node["classes"].items().empty()) {
        return refuse(node.fault("profile_malformed", "'positive' and 'classes' go together"));
    }
    if (!step.positive.empty()) used_codes_.emplace(step.positive, node.where());
    return read_class_rules(node, step);
}

Status ProfileReader::read_exclusions(const Yaml& node, Step& step) {
    for (const Yaml& item : node["exclusions"].items()) {
        TRY(item.only_keys({"id", "code", "when", "effect", "to"}));
        TRY(item.required("when"));
        ExclusionRule rule;
        std::string effect = TRY(text_of(item, "effect"));
        if (effect == "ends") {
            rule.effect = Exclusion::ends;
        } else if (effect == "returns") {
            rule.effect = Exclusion::returns;
        } else if (effect == "moves") {
            rule.effect = Exclusion::moves;
            auto target = step_numbers_.find(TRY(text_of(item, "to")));
            // Only forward: so that every part comes to an end.
            if (target == step_numbers_.end() || target->second <= step_numbers_[step.id]) {
                return refuse(item.fault("profile_malformed", "'to' must name a later step"));
            }
            rule.target = target->second;
        } else {
            return refuse(item.fault("profile_malformed", "effect is ends, returns or moves"));
        }
        std::string id = TRY(text_of(item, "id"));
        std::string code = TRY(text_of(item, "code"));
        used_codes_.emplace(code, item.where());
        rule.condition = TRY(add_condition(item, id, code, text_key_of(code), {FactScope::part}));
        step.exclusions.push_back(rule);
    }
    return {};
}

Status ProfileReader::read_criteria(const Yaml& node, Step& step) {
    for (const Yaml& item : node["criteria"].items()) {
        TRY(item.only_keys({"id", "when"}));
        TRY(item.required("when"));
        std::string id = TRY(text_of(item, "id"));
        step.criteria.push_back(
            TRY(add_condition(item, id, "", "recognition.criterion." + id, {FactScope::part})));
    }
    return {};
}

Status ProfileReader::read_class_rules(const Yaml& node, Step& step) {
    for (const Yaml& item : node["classes"].items()) {
        TRY(item.only_keys({"class", "when"}));
        std::string code = TRY(text_of(item, "class"));
        const auto& classes = profile_.classes_;
        auto found = std::find_if(classes.begin(), classes.end(),
                                  [&](const ContractClass& known) { return known.code == code; });
        if (found == classes.end()) {
            return refuse(item.fault("profile_malformed", "there is no class '" + code + "'"));
        }
        ClassRule rule;
        rule.class_index = static_cast<std::uint16_t>(found - classes.begin());
        if (profile_.ranks_[rule.class_index] < 0) {
            return refuse(item.fault("profile_malformed", "'order' lacks the family of " + code));
        }
        rule.condition = TRY(add_condition(item, step.id + "/" + code, code,
                                           "recognition.class_rule", {FactScope::part}));
        step.classes.push_back(rule);
    }
    return {};
}

Status ProfileReader::read_absorptions() {
    for (const Yaml& item : root_["absorb"].items()) {
        TRY(item.only_keys({"id", "codes", "into", "when"}));
        Absorption rule;
        std::string id = TRY(text_of(item, "id"));
        rule.codes = TRY(item["codes"].texts());
        rule.into = TRY(item["into"].texts());
        if (rule.codes.empty() || rule.into.empty()) {
            return refuse(item.fault("profile_malformed", "'codes' and 'into' name reason codes"));
        }
        rule.condition =
            TRY(add_condition(item, id, "", "recognition.criterion." + id, {FactScope::part}));
        profile_.absorptions_.push_back(std::move(rule));
    }
    return {};
}

Status ProfileReader::read_flags() {
    Yaml list = TRY(root_.required("flags"));
    for (const Yaml& item : list.items()) {
        TRY(item.only_keys({"id", "code", "when"}));
        TRY(item.required("when"));
        std::string id = TRY(text_of(item, "id"));
        std::string code = TRY(text_of(item, "code"));
        profile_.flags_.push_back(TRY(add_condition(item, id, code, "recognition.flag." + code,
                                                    {FactScope::contract, FactScope::derived})));
    }
    return {};
}

Status ProfileReader::check_codes() {
    for (const auto& [code, where] : used_codes_) {
        if (profile_.citations_.contains(code)) continue;
        return refuse(base::invalid("profile_malformed")
                          .saying(where + ": code '" + code + "' has no entry under 'reasons'"));
    }
    for (const auto& [code, citation] : profile_.citations_) {
        if (used_codes_.contains(code)) continue;
        return refuse(
            root_["reasons"][code].fault("profile_malformed", "no rule uses code '" + code + "'"));
    }
    return {};
}

}  // namespace contract
