#include "indicator/definition.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/yaml.h"
#include "indicator/columns.h"

namespace indicator {
namespace {

base::Result<Unit> read_unit(const base::Yaml& node) {
    std::string name = TRY(node.text());
    if (name == "count") return Unit::count;
    if (name == "money") return Unit::money;
    if (name == "share") return Unit::share;
    return base::refuse(node.fault("value_unknown", "unit is count, money or share"));
}

base::Result<Definition> read_definition(const base::Yaml& node) {
    TRY(node.only_keys({"code", "title", "unit", "fact", "aggregate", "class", "plus", "minus",
                        "part", "whole", "until", "counted", "dimensions", "caliber"}));
    Definition definition;
    definition.code = TRY(TRY(node.required("code")).text());
    definition.title = TRY(base::LocalText::from(TRY(node.required("title"))));
    definition.caliber = TRY(base::LocalText::from(TRY(node.required("caliber"))));
    definition.unit = TRY(read_unit(TRY(node.required("unit"))));
    definition.fact = node["fact"].text_or("");
    std::string aggregate = node["aggregate"].text_or("count");
    if (aggregate != "count" && aggregate != "amount") {
        return base::refuse(
            node["aggregate"].fault("value_unknown", "aggregate is count or amount"));
    }
    definition.aggregate = aggregate == "count" ? Aggregate::count : Aggregate::amount;
    definition.class_prefix = node["class"].text_or("");
    definition.plus = TRY(node["plus"].texts());
    definition.minus = TRY(node["minus"].texts());
    definition.part = node["part"].text_or("");
    definition.whole = node["whole"].text_or("");
    definition.until = node["until"].text_or("");
    definition.is_counted = TRY(node["counted"].boolean_or(true));
    for (const base::Yaml& item : node["dimensions"].items()) {
        auto dimension = parse_dimension(TRY(item.text()));
        if (!dimension) return base::refuse(item.fault("value_unknown", "unknown dimension"));
        bool is_of_time = *dimension == Dimension::month || *dimension == Dimension::year;
        if (definition.is_held() && is_of_time) {
            return base::refuse(item.fault("value_unknown", "what is held has no cut by time"));
        }
        definition.dimensions.push_back(*dimension);
    }
    if (definition.is_held() && (definition.fact.empty() || definition.unit != Unit::count)) {
        return base::refuse(
            node["until"].fault("indicator_unclear", "until counts what fact began"));
    }
    int kinds = !definition.fact.empty() + !definition.plus.empty() + !definition.part.empty() +
                !definition.is_counted;
    if (kinds != 1 || definition.part.empty() != definition.whole.empty()) {
        return base::refuse(node.fault(
            "indicator_unclear", "exactly one of fact, plus, part with whole, or counted: no"));
    }
    return definition;
}

base::Result<std::int64_t> read_target_value(const base::Yaml& node, Unit unit) {
    std::string text = TRY(node.text());
    if (unit == Unit::money) {
        auto money = base::Money::parse(text);
        if (!money)
            return base::refuse(node.fault(money.error().code, "an amount such as \"100.00\""));
        return money->minor;
    }
    std::int64_t value = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc() || end != text.data() + text.size()) {
        return base::refuse(node.fault("value_not_integer", "expected a whole number"));
    }
    return value;
}

/// "2025" or "2025..2027".
base::Status read_period(const base::Yaml& node, Target& target) {
    std::string text = TRY(node.text());
    auto year_at = [&](std::size_t at) {
        int year = 0;
        if (at + 4 <= text.size()) std::from_chars(text.data() + at, text.data() + at + 4, year);
        return year;
    };
    bool range = text.size() == 10 && text.substr(4, 2) == "..";
    target.first_year = year_at(0);
    target.last_year = range ? year_at(6) : target.first_year;
    if ((!range && text.size() != 4) || target.first_year < 1990 ||
        target.last_year < target.first_year) {
        return base::refuse(node.fault("period_malformed", "expected 2025 or 2025..2027"));
    }
    return {};
}

base::Result<Target> read_target(const base::Yaml& node, const Definitions& definitions) {
    TRY(node.only_keys({"policy", "indicator", "place", "period", "relation", "value", "unit",
                        "sure", "superseded_by", "warning"}));
    Target target;
    target.policy = TRY(TRY(node.required("policy")).text());
    target.indicator = TRY(TRY(node.required("indicator")).text());
    target.place = TRY(TRY(node.required("place")).text());
    TRY(read_period(TRY(node.required("period")), target));
    std::string relation = node["relation"].text_or("at_least");
    target.relation =
        relation == "more_than" ? TargetRelation::more_than : TargetRelation::at_least;
    const Definition* definition = definitions.find(target.indicator);
    if (definition == nullptr) {
        return base::refuse(node["indicator"].fault("reference_unknown", "no such indicator"));
    }
    if (TRY(read_unit(TRY(node.required("unit")))) != definition->unit) {
        return base::refuse(node["unit"].fault("unit_differs", "not the unit of the indicator"));
    }
    target.value = TRY(read_target_value(TRY(node.required("value")), definition->unit));
    target.superseded_by = node["superseded_by"].text_or("");
    if (node["warning"].is_defined()) target.warning = TRY(base::LocalText::from(node["warning"]));
    return target;
}

/// A definition may name only others, and never itself through them.
base::Status check_references(const Definitions& definitions, const Definition& definition,
                              const base::Yaml& file, std::size_t depth) {
    std::vector<std::string> names = definition.plus;
    names.insert(names.end(), definition.minus.begin(), definition.minus.end());
    if (!definition.part.empty()) names.insert(names.end(), {definition.part, definition.whole});
    for (const std::string& name : names) {
        const Definition* other = definitions.find(name);
        if (other == nullptr || depth > 8) {
            return base::refuse(file.fault(
                "reference_unknown",
                "indicator " + definition.code + " names " + name + ": unknown or a circle"));
        }
        TRY(check_references(definitions, *other, file, depth + 1));
    }
    return {};
}

Slice narrowed(Slice slice, const Definition& definition) {
    slice.kind = definition.fact;
    if (definition.is_held()) slice.from_month.clear();
    if (slice.class_prefix.size() < definition.class_prefix.size()) {
        slice.class_prefix = definition.class_prefix;
    }
    return slice;
}

std::string month_text(int year, int month) {
    return base::Date{year, month, 1}.to_string().substr(0, 7);
}

Value add(const Value& a, const Value& b, std::int64_t sign) {
    return {a.unit, a.number + sign * b.number, 0, a.has_data || b.has_data};
}

}  // namespace

std::string_view to_string(TargetState state) {
    switch (state) {
        case TargetState::reached:
            return "reached";
        case TargetState::on_path:
            return "on_path";
        case TargetState::behind:
            return "behind";
        case TargetState::far_behind:
            return "far_behind";
        case TargetState::no_data:
            return "no_data";
    }
    return "no_data";
}

TargetState judge(const Target& target, const Value& value, base::Date today, std::int64_t start) {
    if (!value.has_data) return TargetState::no_data;
    bool reached = target.relation == TargetRelation::more_than ? value.number > target.value
                                                                : value.number >= target.value;
    if (reached) return TargetState::reached;
    std::int64_t first = base::Date{target.first_year, 1, 1}.days_since_epoch();
    std::int64_t length = base::Date{target.last_year + 1, 1, 1}.days_since_epoch() - first;
    std::int64_t passed = std::clamp<std::int64_t>(today.days_since_epoch() + 1 - first, 0, length);
    // value against start + (target - start) * passed / length, multiplied out in 128 bits.
    __int128 have = static_cast<__int128>(value.number) * length * 10;
    __int128 path = (static_cast<__int128>(start) * length +
                     static_cast<__int128>(target.value - start) * passed) *
                    10;
    if (have >= path) return TargetState::on_path;
    return have >= path / 10 * 8 ? TargetState::behind : TargetState::far_behind;
}

base::Result<Definitions> Definitions::load(const std::filesystem::path& folder) {
    Definitions result;
    base::Yaml file = TRY(base::Yaml::load(folder / "indicators.yaml"));
    TRY(file.only_keys({"source", "indicators"}));
    for (const base::Yaml& node : TRY(file.required("indicators")).items()) {
        Definition definition = TRY(read_definition(node));
        if (result.find(definition.code) != nullptr) {
            return base::refuse(node.fault("code_repeated", "indicator " + definition.code));
        }
        result.definitions_.push_back(std::move(definition));
    }
    for (const Definition& definition : result.definitions_) {
        TRY(check_references(result, definition, file, 0));
    }
    base::Yaml targets = TRY(base::Yaml::load(folder / "targets.yaml"));
    TRY(targets.only_keys({"policies", "targets"}));
    for (const base::Yaml& node : targets["policies"].items()) {
        TRY(node.only_keys({"code", "document", "title", "version", "sure", "source"}));
        result.policies_.push_back(
            {.code = TRY(TRY(node.required("code")).text()),
             .document = node["document"].text_or(""),
             .title = TRY(base::LocalText::from(TRY(node.required("title")))),
             .sure = node["sure"].text_or(""),
             .source = node["source"].text_or("")});
    }
    for (const base::Yaml& node : targets["targets"].items()) {
        Target target = TRY(read_target(node, result));
        if (result.policy(target.policy) == nullptr) {
            return base::refuse(node["policy"].fault("reference_unknown", "no such policy"));
        }
        result.targets_.push_back(std::move(target));
    }
    return result;
}

const Definition* Definitions::find(std::string_view code) const {
    auto found = std::ranges::find(definitions_, code, &Definition::code);
    return found == definitions_.end() ? nullptr : &*found;
}

const Policy* Definitions::policy(std::string_view code) const {
    auto found = std::ranges::find(policies_, code, &Policy::code);
    return found == policies_.end() ? nullptr : &*found;
}

std::vector<Figure> Definitions::figures(store::Reader& reader, const Slice& slice,
                                         Dimension dimension) const {
    return columns_ ? columns_->sum_by(reader, slice, dimension) : sum_by(reader, slice, dimension);
}

Figure Definitions::figure(store::Reader& reader, const Slice& slice) const {
    std::vector<Figure> sums = figures(reader, slice, Dimension::none);
    return sums.empty() ? Figure{} : sums.front();
}

Value Definitions::value(store::Reader& reader, const Definition& definition, Slice slice) const {
    std::vector<Group> groups = values_by(reader, definition, std::move(slice), Dimension::none);
    return groups.empty() ? Value{.unit = definition.unit} : groups.front().value;
}

std::vector<Definitions::Group> Definitions::values_by(store::Reader& reader,
                                                       const Definition& definition, Slice slice,
                                                       Dimension dimension) const {
    std::map<std::string, Value> values;
    auto combine = [&](const std::string& code, auto&& merge) {
        const Definition* other = find(code);
        CHECK(other != nullptr);
        for (const Group& group : values_by(reader, *other, slice, dimension)) {
            Value& value = values[group.key];
            value.unit = definition.unit;
            merge(value, group.value);
        }
    };
    if (!definition.fact.empty()) {
        for (const Figure& figure : figures(reader, narrowed(slice, definition), dimension)) {
            bool counts = definition.aggregate == Aggregate::count;
            values[figure.key] = {definition.unit, counts ? figure.count : figure.amount.minor, 0,
                                  true};
        }
        Slice ended = narrowed(slice, definition);
        ended.kind = definition.until;
        if (definition.is_held()) {
            for (const Figure& figure : figures(reader, ended, dimension))
                values[figure.key].number -= figure.count;
        }
    }
    for (const std::string& code : definition.plus) {
        combine(code, [](Value& value, const Value& other) { value = add(value, other, 1); });
    }
    for (const std::string& code : definition.minus) {
        combine(code, [](Value& value, const Value& other) { value = add(value, other, -1); });
    }
    if (!definition.part.empty()) {
        combine(definition.part,
                [](Value& value, const Value& other) { value.number = other.number; });
        combine(definition.whole, [](Value& value, const Value& other) {
            value.whole = other.number;
            value.has_data = other.number != 0;
        });
    }
    std::vector<Group> groups;
    for (auto& [key, value] : values)
        groups.push_back({key, value});
    return groups;
}

Definitions::Progress Definitions::progress(store::Reader& reader, const Target& target,
                                            base::Date today) const {
    const Definition* definition = find(target.indicator);
    CHECK(definition != nullptr);
    if (!definition->is_counted) return {.actual = {.unit = definition->unit}};
    const auto until = [&](int from_year, int to_year) {
        return value(reader, *definition,
                     {.from_month = month_text(from_year, 1),
                      .to_month = month_text(to_year, 12),
                      .place = target.place});
    };
    Progress result{.actual = until(target.first_year, target.last_year)};
    const int before = target.first_year - 1;
    std::int64_t start = definition->is_held() ? until(before, before).number : 0;
    result.state = judge(target, result.actual, today, start);
    return result;
}

std::vector<Slice> Definitions::slices_behind(const Definition& definition,
                                              const Slice& slice) const {
    if (!definition.fact.empty()) return {narrowed(slice, definition)};
    std::vector<std::string> names = definition.plus;
    if (!definition.part.empty()) names = {definition.part, definition.whole};
    std::vector<Slice> slices;
    for (const std::string& name : names) {
        const Definition* other = find(name);
        CHECK(other != nullptr);
        for (Slice& behind : slices_behind(*other, slice))
            slices.push_back(std::move(behind));
    }
    return slices;
}

}  // namespace indicator
