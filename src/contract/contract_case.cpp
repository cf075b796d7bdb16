// From an application to what recognition is decided from, and the checks across its fields.
#include <charconv>
#include <set>

#include "contract/contract.h"

namespace contract {
namespace {

/// "450107" → 450100: recognition compares offices and seats by city.
int city_number(std::string_view place) {
    int code = 0;
    std::from_chars(place.data(), place.data() + place.size(), code);
    return code / 100 * 100;
}

base::Error at_field(base::Error error, std::string_view field) {
    error.field = field;
    return error;
}

std::string row_field(std::string_view table, std::size_t row, std::string_view column) {
    return std::string(table) + "." + std::to_string(row + 1) + "." + std::string(column);
}

base::Status add_parts(Case& result, const base::json::array& parts,
                       const base::json::object& answers) {
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const base::json::object& row = TRY(base::require_object(parts[i]));
        std::string id = base::text_at(row, "id");
        auto part = result.add_part(id, base::text_at(row, "kind"));
        if (!part) return base::refuse(at_field(part.error(), row_field("parts", i, "kind")));
        for (std::string_view name : {"ip", "licence", "research_by"}) {
            std::string value = base::text_at(row, name);
            auto fact = find_fact(name);
            if (value.empty() || !fact || !belongs_to_kind(*fact, kind_of((*part)->facts)))
                continue;
            auto set = set_part_fact(**part, name, value);
            if (!set) return base::refuse(at_field(set.error(), row_field("parts", i, name)));
        }
        for (const auto& member : base::object_at(base::object_at(answers, "parts"), id)) {
            if (!member.value().is_string()) continue;
            auto set =
                set_part_fact(**part, member.key(), std::string(member.value().get_string()));
            if (!set) {
                return base::refuse(
                    at_field(set.error(), "answers." + id + "." + std::string(member.key())));
            }
        }
    }
    return {};
}

/// The amount of a row with its currency and rate; yuan when none is named.
base::Result<Line> priced_line(const base::json::object& row, std::size_t part, LineKind kind,
                               std::size_t index) {
    auto field = [&](std::string_view column) { return row_field("lines", index, column); };
    std::string code = base::text_at(row, "currency");
    auto currency = base::Currency::parse(code.empty() ? "CNY" : code);
    if (!currency) return base::refuse(at_field(currency.error(), field("currency")));
    auto amount = base::Money::parse(base::text_at(row, "amount"), *currency);
    if (!amount) return base::refuse(at_field(amount.error(), field("amount")));
    std::optional<ExchangeRate> rate;
    if (std::string text = base::text_at(row, "rate"); !text.empty()) {
        auto parsed = ExchangeRate::parse(text);
        if (!parsed) return base::refuse(at_field(parsed.error(), field("rate")));
        rate = *parsed;
    }
    auto line = make_line(part, kind, *amount, rate);
    if (!line) return base::refuse(at_field(line.error(), field("rate")));
    return *line;
}

base::Status add_lines(Case& result, const base::json::array& lines) {
    std::vector<Line> written;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const base::json::object& row = TRY(base::require_object(lines[i]));
        auto part = result.find_part(base::text_at(row, "part"));
        if (!part) {
            return base::refuse(
                base::invalid("line_part_unknown").at(row_field("lines", i, "part")));
        }
        auto kind = find_line_kind(base::text_at(row, "kind"));
        if (!kind) {
            return base::refuse(
                base::invalid("field_not_an_option").at(row_field("lines", i, "kind")));
        }
        Line line = TRY(priced_line(row, *part, *kind, i));
        line.supplied = static_cast<int>(base::integer_at(row, "supplied").value_or(1));
        line.needed = static_cast<int>(base::integer_at(row, "needed").value_or(line.supplied));
        if (auto basis = find_royalty_basis(base::text_at(row, "basis"));
            basis && line.is_open_ended()) {
            line.basis = *basis;
        }
        if (base::text_at(row, "change") == "lowers") line.effect = LineEffect::lowers;
        written.push_back(line);
    }
    return result.add_lines(written, [](std::size_t i, base::Error error) {
        return at_field(std::move(error), row_field("lines", i, "amount"));
    });
}

/// Facts of the whole contract that the form tells by itself.
base::Status set_form_facts(Case& result, const base::json::object& body) {
    std::string direction = base::text_at(body, "direction", "domestic");
    TRY(result.set_fact("direction", direction));
    TRY(result.set_fact("applicant", direction == "import" ? "buyer" : "seller"));
    std::string mode = base::text_at(body, "payment_mode");
    bool formula = mode == "ROYALTY" || mode == "ROYALTY_ENTRY";
    TRY(result.set_fact("price", formula ? "formula" : "fixed"));
    return result.set_fact("title_class", base::text_at(body, "class_claimed"));
}

}  // namespace

base::Result<Case> recognition_case(const Contract& contract, std::string_view office_place) {
    Case result;
    result.id = contract.id.text();
    result.about = contract.title();
    result.rule_set = contract.rule_set;
    result.accepted = contract.accepted_on;
    result.seat = city_number(contract.place);
    result.office = city_number(office_place);
    TRY(set_form_facts(result, contract.body));
    TRY(result.set_fact("round", std::to_string(std::max(1, contract.round))));
    for (const auto& member : contract.answers) {
        if (!member.value().is_string()) continue;  // "parts" is an object, read below
        auto set = result.set_fact(member.key(), std::string(member.value().get_string()));
        if (!set) {
            return base::refuse(at_field(set.error(), "answers." + std::string(member.key())));
        }
    }
    TRY(add_parts(result, base::array_at(contract.body, "parts"), contract.answers));
    TRY(add_lines(result, base::array_at(contract.body, "lines")));
    return result;
}

std::vector<base::Error> check_consistency(const base::json::object& body,
                                           const party::Places& places) {
    std::vector<base::Error> defects;
    auto date = [&](std::string_view field) {
        return base::Date::parse(base::text_at(body, field));
    };
    auto signed_on = date("signed_on"), from = date("valid_from"), to = date("valid_to");
    if (from && to && *to < *from)
        defects.push_back(base::invalid("dates_out_of_order").at("valid_to"));
    if (signed_on && to && *to < *signed_on) {
        defects.push_back(base::invalid("dates_out_of_order").at("signed_on"));
    }
    std::string direction = base::text_at(body, "direction");
    for (std::string_view side : {"seller", "buyer"}) {
        std::string field = std::string(side) + "_credit_code";
        bool is_abroad = (side == "seller" && direction == "import") ||
                         (side == "buyer" && direction == "export");
        if (!is_abroad && !party::is_valid_credit_code(base::text_at(body, field))) {
            defects.push_back(base::invalid("credit_code_invalid").at(field));
        }
    }
    std::string own_side = direction == "import" ? "buyer_place" : "seller_place";
    if (places.find(base::text_at(body, own_side)) == nullptr) {
        defects.push_back(base::invalid("place_unknown").at(own_side));
    }
    std::set<std::string> part_ids;
    for (const base::json::value& row : base::array_at(body, "parts")) {
        if (row.is_object()) part_ids.insert(base::text_at(row.get_object(), "id"));
    }
    base::Money sum;
    const base::json::array& lines = base::array_at(body, "lines");
    for (std::size_t i = 0; i < lines.size(); ++i) {
        if (!lines[i].is_object()) continue;
        const base::json::object& row = lines[i].get_object();
        if (!part_ids.contains(base::text_at(row, "part"))) {
            defects.push_back(base::invalid("line_part_unknown").at(row_field("lines", i, "part")));
        }
        std::string kind = base::text_at(row, "kind");
        if (kind == "own_contribution") continue;
        auto line = priced_line(row, 0, find_line_kind(kind).value_or(LineKind::other), i);
        if (!line) {
            defects.push_back(line.error());
        } else if (base::text_at(row, "change") == "lowers") {
            sum = sum - line->yuan;
        } else {
            sum += line->yuan;
        }
    }
    auto total = base::Money::parse(base::text_at(body, "total"));
    if (total && *total != sum) {
        defects.push_back(base::invalid("total_differs")
                              .with("total", total->to_grouped_string())
                              .with("lines", sum.to_grouped_string())
                              .at("total"));
    }
    return defects;
}

}  // namespace contract
