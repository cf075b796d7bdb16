#include "contract/recognition_case.h"

#include "contract/recognition_json.h"
#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

void expect_refused(const std::string& text, const std::string& code, const std::string& field) {
    auto root = base::Yaml::parse(text, "case.yaml");
    ASSERT_TRUE(root) << text;
    auto cases = parse_cases(*root);
    ASSERT_FALSE(cases) << text;
    EXPECT_EQ(cases.error().code, code) << base::describe(cases.error());
    EXPECT_EQ(cases.error().field, field) << base::describe(cases.error());
    EXPECT_TRUE(cases.error().detail.starts_with("case.yaml:")) << cases.error().detail;
}

TEST(CaseReader, FactsThatDoNotExistAreRefusedWithFileLineAndField) {
    expect_refused("{id: T, facts: {colour: red}, parts: {P1: {kind: rnd}}}", "fact_unknown",
                   "facts.colour");
    expect_refused("{id: T, facts: {goal: no}, parts: {P1: {kind: rnd}}}", "fact_unknown",
                   "facts.goal");
    expect_refused("{id: T, facts: {same_city: yes}, parts: {P1: {kind: rnd}}}", "fact_unknown",
                   "facts.same_city");
    expect_refused("{id: T, facts: {form: stone}, parts: {P1: {kind: rnd}}}", "fact_value_unknown",
                   "facts.form");
    expect_refused("{id: T, facts: {round: 0}, parts: {P1: {kind: rnd}}}", "fact_value_unknown",
                   "facts.round");
    expect_refused("{id: T, facts: {round: 31}, parts: {P1: {kind: rnd}}}", "fact_value_unknown",
                   "facts.round");
    expect_refused("{id: T, facts: {seat: nanning}, parts: {P1: {kind: rnd}}}",
                   "place_code_malformed", "facts.seat");
    expect_refused("{id: T, facts: {plan: [yes]}, parts: {P1: {kind: rnd}}}", "value_not_text",
                   "facts.plan");
}

TEST(CaseReader, PartsThatCannotBeAreRefused) {
    expect_refused("{id: T, parts: {P1: {kind: magic}}}", "part_kind_unknown", "parts.P1.kind");
    expect_refused("{id: T, parts: {P1: {kind: training, goal: no}}}", "fact_not_of_kind",
                   "parts.P1.goal");
    expect_refused("{id: T, parts: {P1: {kind: rights}}}", "key_missing", "parts.P1.ip");
    expect_refused("{id: T, parts: {P1: {kind: rights, ip: song}}}", "fact_value_unknown",
                   "parts.P1.ip");
    expect_refused("{id: T, parts: {P1: {kind: rnd, form: oral}}}", "fact_unknown",
                   "parts.P1.form");
    expect_refused("{id: T, parts: {}}", "key_missing", "parts");
    expect_refused("{id: T, parts: [P1]}", "value_not_map", "parts");
}

TEST(CaseReader, LinesThatCannotBeAreRefused) {
    auto with_line = [](const std::string& line) {
        return "{id: T, parts: {P1: {kind: rnd}}, lines: [" + line + "]}";
    };
    expect_refused(with_line("{part: P2, amount: 1.00, kind: technical}"), "line_part_unknown",
                   "lines[0].part");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: tips}"), "line_kind_unknown",
                   "lines[0].kind");
    expect_refused(with_line("{part: P1, amount: many, kind: technical}"), "amount_malformed",
                   "lines[0].amount");
    expect_refused(with_line("{part: P1, amount: 1.001, kind: technical}"), "amount_too_precise",
                   "lines[0].amount");
    expect_refused(with_line("{part: P1, amount: -1.00, kind: technical}"), "amount_negative",
                   "lines[0].amount");
    expect_refused(with_line("{part: P1, amount: 1000000000000000.00, kind: technical}"),
                   "amount_out_of_range", "lines[0].amount");
    expect_refused(with_line("{part: P1, amount: 60000000000000.00, kind: technical}, "
                             "{part: P1, amount: 60000000000000.00, kind: technical}"),
                   "amount_out_of_range", "lines[1]");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: carrier, supplied: 0, needed: 0}"),
                   "count_out_of_range", "supplied");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: technical, supplied: 2}"),
                   "count_unexpected", "lines[0]");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: technical, currency: USD}"),
                   "rate_missing", "lines[0].amount");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: technical, basis: minimum}"),
                   "royalty_basis_unknown", "lines[0].basis");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: technical, change: halves}"),
                   "line_change_unknown", "lines[0].change");
    expect_refused(with_line("{part: P1, amount: 1.00, kind: technical, change: lowers}"),
                   "reduction_exceeds", "lines[0]");
    expect_refused(with_line("{part: P1, amount: 5.00, kind: carrier}, "
                             "{part: P1, amount: 1.00, kind: carrier, change: lowers}"),
                   "reduction_of_open_line", "lines[1]");
}

TEST(CaseReader, AReductionMayStandBeforeWhatItReduces) {
    auto with_line = [](const std::string& lines) {
        return "{id: T, parts: {P1: {kind: rnd}}, lines: [" + lines + "]}";
    };
    std::string reduction = "{part: P1, amount: 1.00, kind: technical, change: lowers}";
    std::string agreed = "{part: P1, amount: 5.00, kind: technical}";
    for (const std::string& lines : {reduction + ", " + agreed, agreed + ", " + reduction}) {
        auto yaml = base::Yaml::parse(with_line(lines), "case.yaml");
        ASSERT_TRUE(yaml.has_value());
        auto cases = parse_cases(*yaml);
        ASSERT_TRUE(cases.has_value()) << lines;
        Amounts sum;
        for (const Line& line : cases->front().facts.lines)
            sum.add(line);
        EXPECT_EQ(sum.total, base::Money::yuan(4));
    }
    expect_refused(with_line(reduction + ", {part: P1, amount: 0.50, kind: technical}"),
                   "reduction_exceeds", "lines[0]");
}

TEST(CaseReader, FilesThatCannotBeReadAreRefused) {
    EXPECT_EQ(load_cases("no-such-file.yaml").error().code, "yaml_unreadable");
    auto twice = base::Yaml::parse(
        "[{id: T, parts: {P: {kind: rnd}}}, {id: T, parts: {P: {kind: rnd}}}]", "case.yaml");
    EXPECT_EQ(parse_cases(*twice).error().code, "case_duplicate");
    auto key_twice =
        base::Yaml::parse("{id: T, parts: {P: {kind: rnd, goal: no, goal: yes}}}", "c.yaml");
    EXPECT_FALSE(key_twice);
    auto key = base::Yaml::parse("{id: T, part: {P: {kind: rnd}}}", "case.yaml");
    EXPECT_EQ(parse_cases(*key).error().code, "key_unknown");
    auto day =
        base::Yaml::parse("{id: T, accepted: 2026-02-30, parts: {P: {kind: rnd}}}", "case.yaml");
    EXPECT_EQ(parse_cases(*day).error().field, "accepted");
    auto scalar = base::Yaml::parse("rnd", "case.yaml");
    EXPECT_EQ(parse_cases(*scalar).error().code, "value_not_list");
}

TEST(CaseReader, AbsentFactsHaveTheirDefaults) {
    Case facts = case_of("parts: {P1: {kind: rnd}}");
    for (const FactDefinition& row : fact_definitions()) {
        if (row.scope != FactScope::contract) continue;
        FactValue wanted = row.fact == Fact::round ? 1 : 0;
        EXPECT_EQ(value_of(facts.facts, row.fact), wanted) << row.name;
    }
    EXPECT_EQ(facts.seat, 450100);
    EXPECT_EQ(facts.office, 450100);
}

TEST(CaseReader, JsonSaysTheSameAsYaml) {
    for (const CaseEntry& entry : all_cases()) {
        if (entry.facts.id != "V09" && entry.facts.id != "O13" && entry.facts.id != "O18") continue;
        base::json::object body{{"profile", entry.facts.rule_set}};
        base::json::object facts;
        for (const FactDefinition& row : fact_definitions()) {
            if (row.scope != FactScope::contract) continue;
            facts[row.name] = text_of(row.fact, value_of(entry.facts.facts, row.fact));
        }
        body["facts"] = facts;
        base::json::object part{{"kind", "use"}, {"ip", "patent"}};
        const FactValues& values = entry.facts.parts[0].facts;
        part["kind"] = text_of(Fact::kind, value_of(values, Fact::kind));
        part["licence"] = text_of(Fact::licence, value_of(values, Fact::licence));
        body["parts"] = base::json::object{{"P1", part}};
        base::json::array lines;
        for (const Line& line : entry.facts.lines) {
            base::json::object object{{"part", "P1"},
                                      {"kind", name_of(line.kind)},
                                      {"amount", line.stated.to_string()},
                                      {"currency", line.stated.currency.code()},
                                      {"supplied", line.supplied},
                                      {"needed", line.needed}};
            if (line.is_foreign()) object["rate"] = "7.1234";
            lines.push_back(object);
        }
        body["lines"] = lines;
        auto same = case_from_json(body);
        ASSERT_TRUE(same) << base::describe(same.error());
        EXPECT_EQ(evaluate(draft(), *same), evaluate(draft(), entry.facts)) << entry.facts.id;
    }
}

TEST(CaseReader, JsonRefusalsNameTheField) {
    auto refuse = [](const char* text) {
        auto body = base::parse_json(text);
        return case_from_json(body->as_object()).error();
    };
    EXPECT_EQ(refuse(R"({"facts":{"form":"stone"}})").field, "facts.form");
    EXPECT_EQ(refuse(R"({"facts":{"form":[1]}})").code, "field_wrong_type");
    EXPECT_EQ(refuse(R"({"parts":{"P1":{"kind":"rnd","ip":"patent"}}})").field, "parts.P1.ip");
    EXPECT_EQ(
        refuse(R"({"parts":{"P1":{"kind":"rnd"}},"lines":[{"part":"P1","kind":"technical"}]})")
            .field,
        "lines[0].amount");
    EXPECT_EQ(refuse(R"({"parts":{"P1":7}})").field, "parts.P1");
}

}  // namespace
}  // namespace contract::recognition_test
