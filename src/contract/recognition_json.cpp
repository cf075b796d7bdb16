#include "contract/recognition_json.h"

#include <algorithm>

namespace contract {
namespace {

namespace json = boost::json;
using base::invalid;
using base::refuse;
using base::Result;
using base::Status;

json::array texts(const std::vector<std::string>& values) {
    json::array array;
    for (const std::string& value : values)
        array.push_back(json::value(value));
    return array;
}

json::object amounts_json(const Amounts& amounts) {
    return {{"total", amounts.total.to_string()},
            {"nontech", amounts.non_technical.to_string()},
            {"tech", amounts.technical.to_string()},
            {"own_contribution", amounts.own_contribution.to_string()},
            {"currency", "CNY"},
            {"pending", amounts.pending}};
}

std::string_view name_of(PartStatus status) {
    switch (status) {
        case PartStatus::positive:
            return "positive";
        case PartStatus::curable:
            return "curable";
        case PartStatus::excluded:
            return "excluded";
        case PartStatus::absorbed:
            return "absorbed";
    }
    return "excluded";
}

json::object step_json(const Profile& profile, const Case& facts, const PathStep& step) {
    const ProfileCondition& condition = profile.condition(step.condition);
    json::object read;
    for (Fact fact : condition.when.facts()) {
        FactScope scope = definition_of(fact).scope;
        if (fact == Fact::same_city) {
            read["seat"] = std::to_string(facts.seat);
            read["office"] = std::to_string(facts.office);
        }
        if (fact == Fact::title) read["title_class"] = facts.title_class;
        if (scope == FactScope::derived) continue;
        const FactValues& values =
            scope == FactScope::part ? facts.parts[step.part].facts : facts.facts;
        read[qualified_name(fact, facts, step.part)] = text_of(fact, value_of(values, fact));
    }
    json::object object{{"condition", condition.id},
                        {"holds", step.holds},
                        {"facts", read},
                        {"text", condition.text_key}};
    if (step.part >= 0) object["part"] = facts.parts[step.part].id;
    if (!condition.code.empty()) object["code"] = condition.code;
    return object;
}

json::array reasons_json(const Profile& profile, const Decision& decision) {
    json::array array;
    for (const std::string& code : decision.reasons) {
        json::object reason{{"code", code}};
        if (auto found = profile.citations().find(code); found != profile.citations().end()) {
            reason["law"] = found->second.law;
            reason["mark"] = found->second.mark;
            reason["sure"] = found->second.sure;
        }
        array.push_back(std::move(reason));
    }
    return array;
}

Result<std::string> scalar_text(const json::value& value, const std::string& field) {
    if (value.is_string()) return std::string(value.get_string());
    if (value.is_int64()) return std::to_string(value.get_int64());
    return refuse(invalid("field_wrong_type").at(field));
}

Status read_part(Case& into, const std::string& id, const json::value& value) {
    std::string field = "parts." + id;
    if (!value.is_object()) return refuse(invalid("field_wrong_type").at(field));
    const json::object& object = value.get_object();
    auto part = into.add_part(id, base::text_at(object, "kind"));
    if (!part) return refuse(std::move(part.error()).at(field + ".kind"));
    for (const auto& [key, answer] : object) {
        if (key == "kind") continue;
        std::string name(key);
        std::string text = TRY(scalar_text(answer, field + "." + name));
        auto set = set_part_fact(**part, name, text);
        if (!set) return refuse(std::move(set.error()).at(field + "." + name));
    }
    return {};
}

Status read_counts(Line& line, const json::object& object, const std::string& field) {
    std::int64_t supplied = base::integer_at(object, "supplied").value_or(1);
    std::int64_t needed = base::integer_at(object, "needed").value_or(supplied);
    if (supplied < 1 || supplied > 1'000'000 || needed < 0 || needed > 1'000'000) {
        return refuse(invalid("count_out_of_range").at(field));
    }
    line.supplied = static_cast<int>(supplied);
    line.needed = static_cast<int>(needed);
    return {};
}

Result<Line> line_from(const Case& into, const json::object& object, const std::string& field) {
    std::string kind_name = base::text_at(object, "kind");
    auto kind = find_line_kind(kind_name);
    if (!kind) {
        return refuse(invalid("line_kind_unknown").with("value", kind_name).at(field + ".kind"));
    }
    std::string part_id = base::text_at(object, "part");
    auto part = into.find_part(part_id);
    if (!part) {
        return refuse(invalid("line_part_unknown").with("value", part_id).at(field + ".part"));
    }
    auto currency = base::Currency::parse(base::text_at(object, "currency", "CNY"));
    if (!currency) return refuse(std::move(currency.error()).at(field + ".currency"));
    auto amount = base::Money::parse(base::text_at(object, "amount"), *currency);
    if (!amount) return refuse(std::move(amount.error()).at(field + ".amount"));
    std::optional<ExchangeRate> rate;
    if (object.contains("rate")) {
        auto parsed = ExchangeRate::parse(base::text_at(object, "rate"));
        if (!parsed) return refuse(std::move(parsed.error()).at(field + ".rate"));
        rate = *parsed;
    }
    auto line = make_line(*part, *kind, *amount, rate);
    if (!line) return refuse(std::move(line.error()).at(field + ".amount"));
    TRY(read_counts(*line, object, field));
    if (object.contains("basis")) {
        auto basis = find_royalty_basis(base::text_at(object, "basis"));
        if (!basis || !line->is_open_ended()) {
            return refuse(invalid("royalty_basis_unknown").at(field + ".basis"));
        }
        line->basis = *basis;
    }
    std::string change = base::text_at(object, "change", "raises");
    if (change != "raises" && change != "lowers") {
        return refuse(invalid("line_change_unknown").at(field + ".change"));
    }
    if (change == "lowers") line->effect = LineEffect::lowers;
    return *line;
}

}  // namespace

json::object to_json(const Profile& profile, const Case& facts, const Decision& decision) {
    json::object object{{"id", facts.id},
                        {"rule_set", profile.id()},
                        {"outcome", contract::name_of(decision.outcome)},
                        {"reasons", reasons_json(profile, decision)},
                        {"flags", texts(decision.flags)},
                        {"unknown_facts", texts(decision.unknown_facts)},
                        {"may_be_split", decision.may_be_split}};
    if (!decision.class_code.empty()) object["class"] = decision.class_code;
    if (decision.amounts) object["amounts"] = amounts_json(*decision.amounts);
    if (decision.equity) object["equity"] = decision.equity->to_string();
    if (decision.lane) object["lane"] = contract::name_of(*decision.lane);
    if (decision.right_office != 0) object["right_office"] = std::to_string(decision.right_office);
    json::array parts;
    for (const PartResult& part : decision.parts) {
        parts.push_back(json::object{{"id", part.id},
                                     {"status", name_of(part.status)},
                                     {"class", part.class_code},
                                     {"codes", texts(part.codes)},
                                     {"amounts", amounts_json(part.amounts)}});
    }
    object["parts"] = std::move(parts);
    json::array path;
    for (const PathStep& step : decision.path)
        path.push_back(step_json(profile, facts, step));
    object["path"] = std::move(path);
    return object;
}

Result<Case> case_from_json(const json::object& body) {
    Case result;
    result.id = base::text_at(body, "id");
    result.rule_set = base::text_at(body, "profile");
    for (const auto& [key, value] : base::object_at(body, "facts")) {
        std::string name(key);
        std::string text = TRY(scalar_text(value, "facts." + name));
        auto set = result.set_fact(name, text);
        if (!set) return refuse(std::move(set.error()).at("facts." + name));
    }
    for (const auto& [key, value] : base::object_at(body, "parts")) {
        TRY(read_part(result, std::string(key), value));
    }
    auto field = [](std::size_t index) { return "lines[" + std::to_string(index) + "]"; };
    std::vector<Line> lines;
    for (const json::value& item : base::array_at(body, "lines")) {
        std::string place = field(lines.size());
        if (!item.is_object()) return refuse(invalid("field_wrong_type").at(place));
        lines.push_back(TRY(line_from(result, item.get_object(), place)));
    }
    TRY(result.add_lines(lines, [&](std::size_t index, base::Error problem) {
        return std::move(problem).at(field(index));
    }));
    return result;
}

}  // namespace contract
