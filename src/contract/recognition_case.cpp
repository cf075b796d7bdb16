#include "contract/recognition_case.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "base/text.h"

namespace contract {
namespace {

using base::Error;
using base::invalid;
using base::Money;
using base::refuse;
using base::Result;
using base::Status;
using base::Yaml;

std::string allowed_values(Fact fact) {
    if (fact == Fact::round) return "1 … 30";
    std::vector<std::string> values;
    for (std::string_view value : definition_of(fact).values)
        values.emplace_back(value);
    return base::join(values, ", ");
}

Status set_value(FactValues& values, Fact fact, std::string_view text) {
    auto value = find_value(fact, text);
    if (!value) {
        return refuse(invalid("fact_value_unknown")
                          .with("fact", definition_of(fact).name)
                          .with("value", text.substr(0, 60))
                          .with("allowed", allowed_values(fact))
                          .at(definition_of(fact).name));
    }
    values[static_cast<std::size_t>(fact)] = *value;
    return {};
}

Error unknown_fact(std::string_view name) {
    return invalid("fact_unknown").with("fact", name.substr(0, 60)).at(name.substr(0, 60));
}

Status set_place(int& place, std::string_view name, std::string_view text) {
    int code = 0;
    auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), code);
    bool read = problem == std::errc() && end == text.data() + text.size();
    if (!read || text.size() != 6 || code < 110000 || code > 829999) {
        return refuse(invalid("place_code_malformed").with("value", text.substr(0, 60)).at(name));
    }
    place = code;
    return {};
}

/// The refusal with its place in the file, under the given field path.
Error placed(const Yaml& node, Error problem, std::string_view field) {
    std::string words = problem.code;
    for (const auto& [key, value] : problem.parameters)
        words += "; " + key + ": " + value;
    if (!problem.detail.empty()) words += "; " + problem.detail;
    problem.detail = node.where() + ": " + std::string(field) + ": " + words;
    problem.field = field;
    return problem;
}

Status require_map(const Yaml& node, std::string_view field) {
    if (node.is_map()) return {};
    return refuse(node.fault("value_not_map", std::string(field) + " must be a map").at(field));
}

Result<std::string> required_text(const Yaml& node, std::string_view key) {
    Yaml value = TRY(node.required(key));
    return value.text();
}

Status read_facts(const Yaml& node, Case& into) {
    if (!node.is_defined()) return {};
    TRY(require_map(node, "facts"));
    for (const auto& [key, value] : node.pairs()) {
        std::string field = "facts." + key;
        auto text = value.text();
        if (!text) return refuse(placed(value, text.error(), field));
        auto set = into.set_fact(key, *text);
        if (!set) return refuse(placed(value, set.error(), field));
    }
    return {};
}

Status read_part(const std::string& part_id, const Yaml& node, Case& into) {
    std::string field = "parts." + part_id;
    TRY(require_map(node, field));
    std::string kind = TRY(required_text(node, "kind"));
    auto part = into.add_part(part_id, kind);
    if (!part) return refuse(placed(node["kind"], part.error(), field + ".kind"));
    for (const auto& [key, value] : node.pairs()) {
        if (key == "kind") continue;
        auto text = value.text();
        if (!text) return refuse(placed(value, text.error(), field + "." + key));
        auto set = set_part_fact(**part, key, *text);
        if (!set) return refuse(placed(value, set.error(), field + "." + key));
    }
    bool needs_right = kind == "rights" || kind == "use";
    if (needs_right && !node["ip"].is_defined()) {
        return refuse(node.fault("key_missing", field + " needs 'ip'").at(field + ".ip"));
    }
    return {};
}

Status read_parts(const Yaml& node, Case& into) {
    TRY(require_map(node, "parts"));
    if (node.pairs().empty()) return refuse(node.fault("key_missing", "no part").at("parts"));
    for (const auto& [key, value] : node.pairs())
        TRY(read_part(key, value, into));
    return {};
}

Result<int> read_count(const Yaml& line, std::string_view key, int minimum, int absent) {
    Yaml node = line[key];
    if (!node.is_defined()) return absent;
    long long count = TRY(node.integer());
    if (count < minimum || count > 1'000'000) {
        return refuse(node.fault("count_out_of_range", "'" + std::string(key) + "' must be from " +
                                                           std::to_string(minimum) + " to 1000000")
                          .at(key));
    }
    return static_cast<int>(count);
}

Result<Line> read_price(const Yaml& node, std::size_t part, LineKind kind,
                        const std::string& field) {
    Yaml amount = TRY(node.required("amount"));
    std::string text = TRY(amount.text());
    auto currency = base::Currency::parse(node["currency"].text_or("CNY"));
    if (!currency) return refuse(placed(node["currency"], currency.error(), field + ".currency"));
    auto stated = Money::parse(text, *currency);
    if (!stated) return refuse(placed(amount, stated.error(), field + ".amount"));
    std::optional<ExchangeRate> rate;
    if (node["rate"].is_defined()) {
        auto parsed = ExchangeRate::parse(node["rate"].text_or(""));
        if (!parsed) return refuse(placed(node["rate"], parsed.error(), field + ".rate"));
        rate = *parsed;
    }
    auto line = make_line(part, kind, *stated, rate);
    if (!line) return refuse(placed(amount, line.error(), field + ".amount"));
    return *line;
}

/// Of a change agreement: "raises" or "lowers"; absent in the first contract.
Result<LineEffect> read_change(const Yaml& node, const std::string& field) {
    if (!node.is_defined() || node.text_or("") == "raises") return LineEffect::raises;
    if (node.text_or("") == "lowers") return LineEffect::lowers;
    return refuse(placed(node, invalid("line_change_unknown"), field + ".change"));
}

Result<Line> read_line(const Yaml& node, const Case& of, const std::string& field) {
    TRY(require_map(node, field));
    TRY(node.only_keys(
        {"part", "amount", "kind", "supplied", "needed", "currency", "rate", "basis", "change"}));
    std::string kind_name = TRY(required_text(node, "kind"));
    auto kind = find_line_kind(kind_name);
    if (!kind) {
        return refuse(placed(node["kind"], invalid("line_kind_unknown").with("value", kind_name),
                             field + ".kind"));
    }
    std::string part_id = TRY(required_text(node, "part"));
    auto part = of.find_part(part_id);
    if (!part) {
        return refuse(placed(node["part"], invalid("line_part_unknown").with("value", part_id),
                             field + ".part"));
    }
    Line line = TRY(read_price(node, *part, *kind, field));
    bool counted = node["supplied"].is_defined() || node["needed"].is_defined();
    if (counted && *kind != LineKind::carrier) {
        return refuse(
            node.fault("count_unexpected", field + ": only carriers are counted").at(field));
    }
    // A carrier without counts is one piece that is needed; all delivered are needed unless said.
    line.supplied = TRY(read_count(node, "supplied", 1, 1));
    line.needed = TRY(read_count(node, "needed", 0, line.supplied));
    line.effect = TRY(read_change(node["change"], field));
    Yaml basis = node["basis"];
    if (!basis.is_defined()) return line;
    auto found = find_royalty_basis(basis.text_or(""));
    if (!found || !line.is_open_ended()) {
        return refuse(placed(basis, invalid("royalty_basis_unknown"), field + ".basis"));
    }
    line.basis = *found;
    return line;
}

Status read_lines(const Yaml& node, Case& into) {
    if (!node.is_defined()) return {};
    if (!node.is_list()) return refuse(node.fault("value_not_list", "lines must be a list"));
    auto field = [](std::size_t index) { return "lines[" + std::to_string(index) + "]"; };
    std::vector<Yaml> items = node.items();
    std::vector<Line> lines;
    for (const Yaml& item : items)
        lines.push_back(TRY(read_line(item, into, field(lines.size()))));
    return into.add_lines(lines, [&](std::size_t index, Error problem) {
        return placed(items[index], std::move(problem), field(index));
    });
}

Result<std::set<std::string>> read_set(const Yaml& node) {
    std::set<std::string> result;
    for (std::string& text : TRY(node.texts()))
        result.insert(std::move(text));
    return result;
}

Result<Expectation> read_expectation(const Yaml& node) {
    TRY(require_map(node, "expect"));
    TRY(node.only_keys(
        {"outcome", "class", "reasons", "flags", "total", "nontech", "tech", "lane"}));
    Expectation result;
    for (const auto& [key, value] : node.pairs()) {
        if (key == "reasons") {
            result.reasons = TRY(read_set(value));
        } else if (key == "flags") {
            result.flags = TRY(read_set(value));
        } else {
            result.texts[key] = value.text_or("");  // null: expected to be absent
        }
    }
    return result;
}

Result<CaseEntry> read_case(const Yaml& node) {
    TRY(require_map(node, "case"));
    TRY(node.only_keys(
        {"id", "about", "profile", "accepted", "facts", "parts", "lines", "expect"}));
    CaseEntry entry;
    entry.where = node.where();
    entry.facts.id = TRY(required_text(node, "id"));
    entry.facts.about = node["about"].text_or("");
    entry.facts.rule_set = node["profile"].text_or("");
    if (node["accepted"].is_defined()) {
        auto day = base::Date::parse(TRY(node["accepted"].text()));
        if (!day) return refuse(placed(node["accepted"], day.error(), "accepted"));
        entry.facts.accepted = *day;
    }
    TRY(read_facts(node["facts"], entry.facts));
    Yaml parts = TRY(node.required("parts"));
    TRY(read_parts(parts, entry.facts));
    TRY(read_lines(node["lines"], entry.facts));
    if (node["expect"].is_defined()) entry.expected = TRY(read_expectation(node["expect"]));
    return entry;
}

}  // namespace

Status Case::set_fact(std::string_view name, std::string_view value) {
    if (name == "seat") return set_place(seat, name, value);
    if (name == "office") return set_place(office, name, value);
    if (name == "title_class") {
        if (value.size() > 60) return refuse(invalid("fact_value_unknown").at(name));
        title_class = value == "absent" ? "" : value;
        return {};
    }
    auto fact = find_fact(name);
    if (!fact || definition_of(*fact).scope != FactScope::contract) {
        return refuse(unknown_fact(name));
    }
    return set_value(facts, *fact, value);
}

Result<Part*> Case::add_part(std::string_view part_id, std::string_view kind) {
    if (part_id.empty() || part_id.size() > 40 || find_part(part_id)) {
        return refuse(invalid("part_duplicate").with("part", part_id.substr(0, 40)).at("parts"));
    }
    auto value = find_value(Fact::kind, kind);
    if (!value) {
        return refuse(invalid("part_kind_unknown")
                          .with("value", kind.substr(0, 60))
                          .with("allowed", allowed_values(Fact::kind))
                          .at("kind"));
    }
    Part part{.id = std::string(part_id)};
    part.facts[static_cast<std::size_t>(Fact::kind)] = *value;
    // Which right it is cannot be guessed: until answered it is unknown.
    part.facts[static_cast<std::size_t>(Fact::ip)] = *find_value(Fact::ip, "unknown");
    parts.push_back(std::move(part));
    return &parts.back();
}

std::optional<std::size_t> Case::find_part(std::string_view part_id) const {
    auto found = std::find_if(parts.begin(), parts.end(),
                              [&](const Part& part) { return part.id == part_id; });
    if (found == parts.end()) return std::nullopt;
    return static_cast<std::size_t>(found - parts.begin());
}

Status Case::check_reduction(const Line& line) const {
    if (line.kind == LineKind::carrier || line.is_open_ended()) {
        return refuse(invalid("reduction_of_open_line").with("kind", name_of(line.kind)));
    }
    std::int64_t left = 0;
    for (const Line& other : lines) {
        if (other.part != line.part || other.kind != line.kind) continue;
        left += other.effect == LineEffect::lowers ? -other.yuan.minor : other.yuan.minor;
    }
    if (line.yuan.minor <= left) return {};
    return refuse(invalid("reduction_exceeds")
                      .with("reduction", line.yuan.to_grouped_string())
                      .with("agreed", Money::fen(left).to_grouped_string())
                      .at("amount"));
}

Status Case::add_line(Line line) {
    if (line.part >= parts.size()) return refuse(invalid("line_part_unknown").at("part"));
    if (line.effect == LineEffect::lowers) TRY(check_reduction(line));
    std::int64_t sum = line.yuan.minor;
    for (const Line& other : lines)
        sum += other.yuan.minor;
    if (sum > Money::minor_max) return refuse(invalid("amount_out_of_range").at("amount"));
    lines.push_back(line);
    return {};
}

Status Case::add_lines(const std::vector<Line>& written, const Placed& placed) {
    for (LineEffect effect : {LineEffect::raises, LineEffect::lowers}) {
        for (std::size_t i = 0; i < written.size(); ++i) {
            if (written[i].effect != effect) continue;
            auto added = add_line(written[i]);
            if (!added) return refuse(placed(i, added.error()));
        }
    }
    return {};
}

Status set_part_fact(Part& part, std::string_view name, std::string_view value) {
    auto fact = find_fact(name);
    if (!fact || definition_of(*fact).scope != FactScope::part || *fact == Fact::kind) {
        return refuse(unknown_fact(name));
    }
    if (!belongs_to_kind(*fact, kind_of(part.facts))) {
        return refuse(invalid("fact_not_of_kind")
                          .with("fact", name)
                          .with("kind", text_of(Fact::kind, value_of(part.facts, Fact::kind)))
                          .at(name));
    }
    return set_value(part.facts, *fact, value);
}

Result<std::vector<Result<CaseEntry>>> read_each_case(const Yaml& root) {
    std::vector<Result<CaseEntry>> readings;
    std::set<std::string> ids;
    if (!root.is_list() && !root.is_map()) {
        return refuse(root.fault("value_not_list", "expected a list of cases"));
    }
    for (const Yaml& item : root.is_list() ? root.items() : std::vector{root}) {
        Result<CaseEntry> entry = read_case(item);
        if (entry && !ids.insert(entry->facts.id).second) {
            entry = refuse(
                item.fault("case_duplicate", "case id '" + entry->facts.id + "' occurs twice")
                    .at("id"));
        }
        readings.push_back(std::move(entry));
    }
    return readings;
}

Result<std::vector<CaseEntry>> parse_cases(const Yaml& root) {
    std::vector<CaseEntry> entries;
    for (Result<CaseEntry>& reading : TRY(read_each_case(root)))
        entries.push_back(TRY(std::move(reading)));
    return entries;
}

Result<std::vector<CaseEntry>> load_cases(const std::filesystem::path& file) {
    return parse_cases(TRY(Yaml::load(file)));
}

}  // namespace contract
