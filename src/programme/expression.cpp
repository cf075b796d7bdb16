#include "programme/expression.h"

#include <algorithm>
#include <array>

#include "base/text.h"

namespace programme {

struct Expression::Choice {
    Condition when;
    Expression then;
};

namespace {

using base::Yaml;

constexpr std::array applicant_facts{
    "applicant.kind",   "applicant.place", "applicant.city",        "applicant.name",
    "applicant.titles", "applicant.type",  "applicant.public_body", "applicant.verified",
    "applicant.person", "applicant.credit"};
constexpr std::array other_facts{"score.total",    "title.grade", "title.code",  "title.rounds",
                                 "outcome.result", "batch.year",  "item.amount", "outcome.rank"};

bool is_path(std::string_view text) {
    for (std::string_view root : {"form.", "applicant.", "record.", "row.", "score.", "title.",
                                  "outcome.", "batch.", "item."}) {
        if (text.starts_with(root) && text.size() > root.size()) return true;
    }
    return false;
}

const base::FieldSpec* column_of(const std::vector<base::FieldSpec>& fields,
                                 std::string_view name) {
    const auto found = std::ranges::find(fields, name, &base::FieldSpec::name);
    return found == fields.end() ? nullptr : &*found;
}

base::Status check_path(const Yaml& node, std::string_view path, const Vocabulary& words) {
    const auto unknown = [&] {
        return base::refuse(
            node.fault("path_unknown", "nothing is known as '" + std::string(path) + "' here"));
    };
    if (path.starts_with("form."))
        return words.path_field(path) == nullptr ? base::Status(unknown()) : base::Status();
    if (path.starts_with("row.")) {
        if (words.row != nullptr && column_of(*words.row, path.substr(4)) != nullptr) return {};
        return unknown();
    }
    if (path.starts_with("record.")) {
        if (std::ranges::find(words.records, path.substr(7)) != words.records.end()) return {};
        return unknown();
    }
    const bool is_fact = std::ranges::find(applicant_facts, path) != applicant_facts.end() ||
                         std::ranges::find(other_facts, path) != other_facts.end();
    return is_fact ? base::Status() : base::Status(unknown());
}

std::optional<Number> number_of(const Known& known) {
    if (known.number) return known.number;
    if (!known.text || known.text->empty()) return {};
    const auto parsed = Number::parse(*known.text);
    return parsed ? std::optional(*parsed) : std::nullopt;
}

Known number(std::optional<Number> value) {
    Known known;
    known.number = value;
    return known;
}

const base::json::value* find_in(const base::json::object& object, std::string_view path) {
    const std::size_t dot = path.find('.');
    const base::json::value* found = object.if_contains(path.substr(0, dot));
    if (found == nullptr || dot == std::string_view::npos) return found;
    return found->is_object() ? find_in(found->get_object(), path.substr(dot + 1)) : nullptr;
}

/// Whole years (12 × and months likewise) between two days.
std::int64_t months_between(base::Date from, base::Date to) {
    const std::int64_t months = (to.year - from.year) * 12 + (to.month - from.month);
    return to.day < from.day ? months - 1 : months;
}

const base::json::array* rows_of(const Situation& situation, std::string_view path) {
    const base::json::value* found = find_in(situation.facts, path);
    return found != nullptr && found->is_array() ? &found->get_array() : nullptr;
}

/// top / bottom against a limit, exactly: a bound is never reached by rounding. Nothing by zero.
std::optional<std::strong_ordering> compare_ratio(std::optional<Number> top,
                                                  std::optional<Number> bottom, Number limit) {
    if (!top || !bottom || bottom->is_zero()) return {};
    const __int128 left = static_cast<__int128>(top->ten_thousandths()) * Number::scale;
    const __int128 right =
        static_cast<__int128>(limit.ten_thousandths()) * bottom->ten_thousandths();
    const auto order = left <=> right;
    return *bottom > Number() ? order : 0 <=> order;
}

Known chosen(const Parameter& parameter) {
    return number(parameter.value);
}

}  // namespace

const base::FieldSpec* Vocabulary::path_field(std::string_view path) const {
    if (form == nullptr || !path.starts_with("form.")) return nullptr;
    return column_of(*form, path.substr(5));
}

std::string Known::to_string() const {
    if (number) return number->to_string();
    if (text) return *text;
    if (flag) return *flag ? "yes" : "no";
    if (list) return base::join(*list, ", ");
    return "?";
}

Known known_from(const base::json::value& value) {
    Known known;
    if (value.is_int64()) {
        if (value.get_int64() > 900'000'000'000'000 || value.get_int64() < -900'000'000'000'000)
            return known;
        known.number = Number::whole(value.get_int64());
    } else if (value.is_string()) {
        if (!value.get_string().empty()) known.text = std::string(value.get_string());
    } else if (value.is_bool()) {
        known.flag = value.get_bool();
    } else if (value.is_array()) {
        std::vector<std::string> list;
        for (const base::json::value& item : value.get_array()) {
            if (item.is_string()) list.emplace_back(item.get_string());
        }
        known.list = std::move(list);
    }
    return known;
}

Known value_at(const Situation& situation, std::string_view path) {
    if (path.starts_with("row.")) {
        if (situation.row == nullptr) return {};
        const base::json::value* cell = situation.row->if_contains(path.substr(4));
        return cell == nullptr ? Known() : known_from(*cell);
    }
    const base::json::value* found = find_in(situation.facts, path);
    return found == nullptr ? Known() : known_from(*found);
}

base::Result<Expression> Expression::from(const Yaml& node, const Vocabulary& words) {
    Expression result;
    if (node.is_map()) {
        TRY(result.read_map(node, words));
        return result;
    }
    const std::string text = TRY(node.text());
    if (is_path(text)) {
        TRY(check_path(node, text, words));
        result.operation_ = Operation::path;
        result.name_ = text;
        return result;
    }
    result.operation_ = Operation::literal;
    if (const auto parsed = Number::parse(text))
        result.literal_.number = *parsed;
    else
        result.literal_.text = text;
    return result;
}

base::Status Expression::read_map(const Yaml& node, const Vocabulary& words) {
    struct Form {
        std::string_view key;
        Operation operation;
        std::size_t parts;  // 0: any number
    };
    static constexpr std::array forms{
        Form{"sum", Operation::sum, 0},         Form{"smallest", Operation::smallest, 0},
        Form{"largest", Operation::largest, 0}, Form{"difference", Operation::difference, 2},
        Form{"product", Operation::product, 2}, Form{"ratio", Operation::ratio, 2},
    };
    for (const Form& form : forms) {
        const Yaml list = node[form.key];
        if (!list.is_defined()) continue;
        TRY(node.only_keys({form.key}));
        operation_ = form.operation;
        for (const Yaml& item : list.items())
            parts_.push_back(TRY(from(item, words)));
        const bool fits = form.parts == 0 ? !parts_.empty() : parts_.size() == form.parts;
        if (fits) return {};
        return base::refuse(list.fault(
            "value_malformed", "'" + std::string(form.key) + "' has the wrong number of parts"));
    }
    if (node["count"].is_defined() || node["total"].is_defined()) {
        operation_ = node["count"].is_defined() ? Operation::count : Operation::total;
        return read_table(node, operation_ == Operation::count ? node["count"] : node["total"],
                          words);
    }
    for (const auto& [key, operation] : {std::pair{"years_since", Operation::years_since},
                                         std::pair{"months_since", Operation::months_since},
                                         std::pair{"days_since", Operation::days_since}}) {
        if (!node[key].is_defined()) continue;
        TRY(node.only_keys({key}));
        operation_ = operation;
        parts_.push_back(TRY(from(node[key], words)));
        return {};
    }
    if (node["parameter"].is_defined()) {
        TRY(node.only_keys({"parameter"}));
        operation_ = Operation::parameter;
        name_ = TRY(node["parameter"].text());
        if (words.parameters.contains(name_)) return {};
        return base::refuse(node.fault("parameter_unknown", "no parameter '" + name_ + "'"));
    }
    if (node["scale"].is_defined()) {
        TRY(node.only_keys({"scale", "of"}));
        operation_ = Operation::scale;
        name_ = TRY(node["scale"].text());
        if (!words.scales.contains(name_))
            return base::refuse(node.fault("scale_unknown", "no scale '" + name_ + "'"));
        parts_.push_back(TRY(from(TRY(node.required("of")), words)));
        return {};
    }
    if (node["choose"].is_defined()) {
        TRY(node.only_keys({"choose", "otherwise"}));
        operation_ = Operation::choose;
        for (const Yaml& item : node["choose"].items()) {
            TRY(item.only_keys({"when", "then"}));
            Choice choice{TRY(Condition::from(TRY(item.required("when")), words)),
                          TRY(from(TRY(item.required("then")), words))};
            choices_.push_back(std::make_shared<const Choice>(std::move(choice)));
        }
        if (node["otherwise"].is_defined()) parts_.push_back(TRY(from(node["otherwise"], words)));
        return {};
    }
    return base::refuse(
        node.fault("value_malformed",
                   "expected sum, difference, product, ratio, smallest, largest, count, "
                   "total, years_since, months_since, days_since, parameter, scale, choose"));
}

base::Status Expression::read_table(const Yaml& node, const Yaml& path, const Vocabulary& words) {
    TRY(node.only_keys({operation_ == Operation::count ? "count" : "total", "column", "where"}));
    name_ = TRY(path.text());
    const base::FieldSpec* table = words.path_field(name_);
    const bool is_table =
        table != nullptr &&
        (table->type == base::FieldType::table ||
         (operation_ == Operation::count &&
          (table->type == base::FieldType::choices || table->type == base::FieldType::words)));
    if (!is_table)
        return base::refuse(path.fault("path_unknown", "no table of the form '" + name_ + "'"));
    Vocabulary within = words;
    within.row = &table->columns;
    if (operation_ == Operation::total) {
        column_ = TRY(TRY(node.required("column")).text());
        if (column_of(table->columns, column_) == nullptr)
            return base::refuse(
                node["column"].fault("path_unknown", "no column '" + column_ + "'"));
    }
    if (!node["where"].is_defined()) return {};
    Choice filter{TRY(Condition::from(node["where"], within)), {}};
    choices_.push_back(std::make_shared<const Choice>(std::move(filter)));
    return {};
}

Known Expression::of(const Situation& situation) const {
    switch (operation_) {
        case Operation::none:
            return {};
        case Operation::path:
            return value_at(situation, name_);
        case Operation::literal:
            return literal_;
        case Operation::parameter:
            return chosen(situation.vocabulary->parameters.find(name_)->second);
        case Operation::count:
        case Operation::total:
            return over_rows(situation);
        case Operation::years_since:
        case Operation::months_since:
        case Operation::days_since:
            return since(situation);
        case Operation::scale: {
            const Expression& measured = parts_[0];
            const auto value = number_of(measured.of(situation));
            if (!value) return {};
            for (const ScaleStep& step : situation.vocabulary->scales.find(name_)->second) {
                const bool is_ratio = measured.operation_ == Operation::ratio;
                const auto exact =
                    is_ratio ? compare_ratio(number_of(measured.parts_[0].of(situation)),
                                             number_of(measured.parts_[1].of(situation)), step.from)
                             : std::optional(*value <=> step.from);
                if (exact && *exact >= 0) return number(step.gives);
            }
            return number(Number());
        }
        case Operation::choose:
            for (const auto& choice : choices_) {
                const Verdict verdict = choice->when.judge(situation);
                if (verdict == Verdict::met) return choice->then.of(situation);
                if (verdict == Verdict::open) return {};
            }
            return parts_.empty() ? Known() : parts_[0].of(situation);
        default:
            return fold(situation);
    }
}

Known Expression::fold(const Situation& situation) const {
    std::optional<Number> result;
    for (const Expression& part : parts_) {
        const auto value = number_of(part.of(situation));
        const bool may_lack = operation_ == Operation::smallest || operation_ == Operation::largest;
        if (!value && may_lack) continue;
        if (!value) return {};
        if (!result) {
            result = value;
            continue;
        }
        switch (operation_) {
            case Operation::sum:
                result = Number::sum(*result, *value);
                break;
            case Operation::difference:
                result = Number::difference(*result, *value);
                break;
            case Operation::product:
                result = Number::product(*result, *value);
                break;
            case Operation::ratio:
                result = Number::quotient(*result, *value);
                break;
            case Operation::smallest:
                result = std::min(*result, *value);
                break;
            default:
                result = std::max(*result, *value);
        }
        if (!result) return {};
    }
    return number(result);
}

Known Expression::over_rows(const Situation& situation) const {
    const base::json::array* rows = rows_of(situation, name_);
    if (rows == nullptr) return number(Number());
    std::optional<Number> result = Number();
    for (const base::json::value& row : *rows) {
        if (!row.is_object()) {
            if (operation_ == Operation::count) result = Number::sum(*result, Number::whole(1));
            continue;
        }
        Situation within = situation;
        within.row = &row.get_object();
        if (!choices_.empty() && choices_[0]->when.judge(within) != Verdict::met) continue;
        std::optional<Number> value = Number::whole(1);
        if (operation_ == Operation::total) value = number_of(value_at(within, "row." + column_));
        if (!value) continue;
        result = Number::sum(*result, *value);
        if (!result) return {};
    }
    return number(result);
}

Known Expression::since(const Situation& situation) const {
    const Known known = parts_[0].of(situation);
    if (!known.text) return {};
    const auto from = base::Date::parse(*known.text);
    if (!from) return {};
    if (operation_ == Operation::days_since)
        return number(Number::whole(situation.today.days_since_epoch() - from->days_since_epoch()));
    const std::int64_t months = months_between(*from, situation.today);
    if (operation_ == Operation::months_since) return number(Number::whole(months));
    return number(Number::whole(months < 0 ? -((11 - months) / 12) : months / 12));
}

std::string Expression::to_string() const {
    const auto joined = [&](std::string_view name, std::string_view between) {
        std::vector<std::string> texts;
        for (const Expression& part : parts_)
            texts.push_back(part.to_string());
        return std::string(name) + "(" + base::join(texts, between) + ")";
    };
    switch (operation_) {
        case Operation::none:
            return "";
        case Operation::path:
            return name_;
        case Operation::literal:
            return literal_.to_string();
        case Operation::parameter:
            return name_;
        case Operation::sum:
            return joined("", " + ");
        case Operation::difference:
            return joined("", " - ");
        case Operation::product:
            return joined("", " × ");
        case Operation::ratio:
            return joined("", " / ");
        case Operation::smallest:
            return joined("min", ", ");
        case Operation::largest:
            return joined("max", ", ");
        case Operation::count:
            return "count(" + name_ + ")";
        case Operation::total:
            return "total(" + name_ + "." + column_ + ")";
        case Operation::years_since:
            return joined("years_since", "");
        case Operation::months_since:
            return joined("months_since", "");
        case Operation::days_since:
            return joined("days_since", "");
        case Operation::scale:
            return joined(name_, "");
        case Operation::choose:
            return "choose";
    }
    return "";
}

std::vector<std::string> Expression::parameters() const {
    std::vector<std::string> result;
    if (operation_ == Operation::parameter) result.push_back(name_);
    const auto add = [&](std::vector<std::string> more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    for (const Expression& part : parts_)
        add(part.parameters());
    for (const auto& choice : choices_) {
        add(choice->when.parameters());
        add(choice->then.parameters());
    }
    return result;
}

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::met:
            return "met";
        case Verdict::not_met:
            return "not_met";
        case Verdict::open:
            return "open";
    }
    return "open";
}

base::Result<Condition> Condition::from(const Yaml& node, const Vocabulary& words) {
    Condition result;
    if (!node.is_map())
        return base::refuse(
            node.fault("condition_malformed", "expected all, any, not or a comparison"));
    for (const auto& [key, operation] :
         {std::pair{"all", Operation::all}, std::pair{"any", Operation::any}}) {
        if (!node[key].is_defined()) continue;
        TRY(node.only_keys({key}));
        result.operation_ = operation;
        for (const Yaml& item : node[key].items())
            result.parts_.push_back(TRY(from(item, words)));
        if (result.parts_.empty())
            return base::refuse(node[key].fault("condition_malformed", "an empty list"));
        return result;
    }
    if (node["not"].is_defined()) {
        TRY(node.only_keys({"not"}));
        result.operation_ = Operation::negate;
        result.parts_.push_back(TRY(from(node["not"], words)));
        return result;
    }
    TRY(result.read_comparison(node, words));
    return result;
}

base::Status Condition::read_comparison(const Yaml& node, const Vocabulary& words) {
    static constexpr std::array comparisons{"is",        "is_not",   "in",      "not_in",
                                            "has",       "at_least", "at_most", "more_than",
                                            "less_than", "present"};
    operation_ = Operation::compare;
    value_ = TRY(Expression::from(TRY(node.required("value")), words));
    TRY(node.only_keys({"value", "is", "is_not", "in", "not_in", "has", "at_least", "at_most",
                        "more_than", "less_than", "present"}));
    for (std::string_view name : comparisons) {
        if (!node[name].is_defined()) continue;
        if (!comparison_.empty())
            return base::refuse(node.fault("condition_malformed", "more than one comparison"));
        comparison_ = name;
        const bool of_numbers =
            name == "at_least" || name == "at_most" || name == "more_than" || name == "less_than";
        if (of_numbers)
            limit_ = TRY(Expression::from(node[name], words));
        else
            wanted_ = TRY(node[name].texts());
    }
    if (comparison_.empty())
        return base::refuse(node.fault("condition_malformed", "a value, but no comparison"));
    return {};
}

Verdict Condition::judge(const Situation& situation, std::vector<Finding>* findings) const {
    switch (operation_) {
        case Operation::always:
            return Verdict::met;
        case Operation::compare:
            return compare(situation, findings);
        case Operation::negate: {
            const Verdict inner = parts_[0].judge(situation, findings);
            if (inner == Verdict::open) return inner;
            return inner == Verdict::met ? Verdict::not_met : Verdict::met;
        }
        default:
            break;
    }
    const Verdict decisive = operation_ == Operation::all ? Verdict::not_met : Verdict::met;
    Verdict result = operation_ == Operation::all ? Verdict::met : Verdict::not_met;
    for (const Condition& part : parts_) {
        const Verdict verdict = part.judge(situation, findings);
        if (verdict == decisive)
            result = decisive;
        else if (verdict == Verdict::open && result != decisive)
            result = Verdict::open;
    }
    return result;
}

Verdict Condition::compare(const Situation& situation, std::vector<Finding>* findings) const {
    const Known actual = value_.of(situation);
    Verdict verdict = Verdict::open;
    const auto says = [&](bool is_met) { verdict = is_met ? Verdict::met : Verdict::not_met; };
    std::string wanted = base::join(wanted_, ", ");
    if (limit_.is_defined()) {
        const Known limit = limit_.of(situation);
        wanted = limit.to_string();
        const auto left = number_of(actual);
        const auto right = number_of(limit);
        if (left && right) {
            const bool is_ratio = value_.operation_ == Expression::Operation::ratio;
            const auto order =
                is_ratio ? compare_ratio(number_of(value_.parts_[0].of(situation)),
                                         number_of(value_.parts_[1].of(situation)), *right)
                         : std::optional(*left <=> *right);
            if (comparison_ == "at_least") says(*order >= 0);
            if (comparison_ == "at_most") says(*order <= 0);
            if (comparison_ == "more_than") says(*order > 0);
            if (comparison_ == "less_than") says(*order < 0);
        }
    } else if (comparison_ == "present") {
        const bool wants = wanted == "yes" || wanted == "true";
        const bool is_there = actual.is_known() && !(actual.list && actual.list->empty());
        says(is_there == wants);
    } else if (actual.is_known()) {
        std::vector<std::string> values = actual.list ? *actual.list : std::vector<std::string>();
        if (!actual.list) values.push_back(actual.to_string());
        const bool meets = std::ranges::any_of(values, [&](const std::string& value) {
            return std::ranges::any_of(wanted_, [&](const std::string& text) {
                const bool is_flag = actual.flag && ((text == "true" && *actual.flag) ||
                                                     (text == "false" && !*actual.flag));
                return text == value || is_flag;
            });
        });
        says(meets != (comparison_ == "is_not" || comparison_ == "not_in"));
    }
    if (findings != nullptr)
        findings->push_back(
            {value_.to_string(), actual.to_string(), comparison_, std::move(wanted), verdict});
    return verdict;
}

std::vector<std::string> Condition::parameters() const {
    std::vector<std::string> result = value_.parameters();
    const auto add = [&](std::vector<std::string> more) {
        result.insert(result.end(), more.begin(), more.end());
    };
    add(limit_.parameters());
    for (const Condition& part : parts_)
        add(part.parameters());
    return result;
}

}  // namespace programme
