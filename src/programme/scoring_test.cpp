#include "programme/scoring.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/yaml.h"

namespace programme {
namespace {

using base::json::object;

/// The two sheets of the region's sources, row by row.
class Sheets {
  public:
    explicit Sheets(const std::string& text) {
        yaml_ = *base::Yaml::parse(text, "sheet.yaml");
        const base::Yaml& root = *yaml_;
        for (const auto& [name, list] : root["scales"].pairs()) {
            Scale scale;
            for (const base::Yaml& step : list.items())
                scale.push_back(
                    {*Number::parse(*step["from"].text()), *Number::parse(*step["gives"].text())});
            words_.scales[name] = scale;
        }
        fields_ = *base::read_fields(root["fields"]);
        words_.form = &fields_;
        auto sheet = read_sheet(root["scoring"], words_, {"legal_person", "internal_unit"});
        EXPECT_TRUE(sheet) << sheet.error().detail;
        sheet_ = *sheet;
    }

    Score of(const object& form, const object& marks = {}, std::string_view type = "") const {
        Situation situation;
        situation.facts["form"] = form;
        situation.vocabulary = &words_;
        situation.today = {2026, 3, 2};
        return score_of(sheet_, type, situation, marks);
    }
    const ScoreSheet& sheet() const { return sheet_; }
    const Vocabulary& words() const { return words_; }

  private:
    std::optional<base::Yaml> yaml_;
    std::vector<base::FieldSpec> fields_;
    Vocabulary words_;
    ScoreSheet sheet_;
};

// 科技型中小企业评价: staff 20, R&D 50 (of sales or of cost, the better), achievements 30; ≥ 60 and staff > 0.
const char* const tech_sme = R"(
fields:
  - {name: staff, type: integer, label: 职工}
  - {name: staff_research, type: integer, label: 科技人员}
  - {name: research, type: money, label: 研发费用}
  - {name: sales, type: money, label: 销售收入}
  - {name: cost, type: money, label: 成本费用}
  - {name: class_one, type: integer, label: 一类知识产权}
  - {name: class_two, type: integer, label: 二类知识产权}
scales:
  staff: [{from: 0.30, gives: 20}, {from: 0.25, gives: 16}, {from: 0.20, gives: 12}, {from: 0.15, gives: 8}, {from: 0.10, gives: 4}]
  of_sales: [{from: 0.06, gives: 50}, {from: 0.05, gives: 40}, {from: 0.04, gives: 30}, {from: 0.03, gives: 20}, {from: 0.02, gives: 10}]
  of_cost: [{from: 0.30, gives: 50}, {from: 0.25, gives: 40}, {from: 0.20, gives: 30}, {from: 0.15, gives: 20}, {from: 0.10, gives: 10}]
  class_one: [{from: 1, gives: 30}]
  class_two: [{from: 4, gives: 24}, {from: 3, gives: 18}, {from: 2, gives: 12}, {from: 1, gives: 6}]
scoring:
  pass_at: 60
  sections:
    - code: all
      title: 全部
      items:
        - {code: staff, title: 科技人员, points: 20, minimum: 1, value: {scale: staff, of: {ratio: [form.staff_research, form.staff]}}}
        - {code: research, title: 研发投入, points: 50, value: {largest: [{scale: of_sales, of: {ratio: [form.research, form.sales]}}, {scale: of_cost, of: {ratio: [form.research, form.cost]}}]}}
        - {code: results, title: 科技成果, points: 30, value: {largest: [{scale: class_one, of: form.class_one}, {scale: class_two, of: form.class_two}]}}
)";

object firm(int staff, int research_staff, const char* research, const char* sales,
            const char* cost, int one, int two) {
    return {{"staff", staff},       {"staff_research", research_staff},
            {"research", research}, {"sales", sales},
            {"cost", cost},         {"class_one", one},
            {"class_two", two}};
}

TEST(TechSmeScore, EveryRowOfTheStaffScale) {
    const Sheets sheets(tech_sme);
    for (const auto& [people, points] :
         {std::pair{30, 20}, std::pair{29, 16}, std::pair{25, 16}, std::pair{24, 12},
          std::pair{20, 12}, std::pair{19, 8}, std::pair{15, 8}, std::pair{14, 4}, std::pair{10, 4},
          std::pair{9, 0}}) {
        const Score score = sheets.of(firm(100, people, "0", "100", "100", 0, 0));
        EXPECT_EQ(score.lines[0].counted, Number::whole(points)) << people;
    }
}

TEST(TechSmeScore, EveryRowOfTheResearchScalesAndTheBetterCounts) {
    const Sheets sheets(tech_sme);
    const auto points = [&](const char* research, const char* sales, const char* cost) {
        return sheets.of(firm(100, 30, research, sales, cost, 0, 0)).lines[1].counted;
    };
    EXPECT_EQ(points("60", "1000", "100000"), Number::whole(50));
    EXPECT_EQ(points("59.99", "1000", "100000"), Number::whole(40));
    EXPECT_EQ(points("50", "1000", "100000"), Number::whole(40));
    EXPECT_EQ(points("40", "1000", "100000"), Number::whole(30));
    EXPECT_EQ(points("30", "1000", "100000"), Number::whole(20));
    EXPECT_EQ(points("20", "1000", "100000"), Number::whole(10));
    EXPECT_EQ(points("19", "1000", "100000"), Number());
    EXPECT_EQ(points("300", "1000000", "1000"), Number::whole(50));
    EXPECT_EQ(points("250", "1000000", "1000"), Number::whole(40));
    EXPECT_EQ(points("200", "1000000", "1000"), Number::whole(30));
    EXPECT_EQ(points("150", "1000000", "1000"), Number::whole(20));
    EXPECT_EQ(points("100", "1000000", "1000"), Number::whole(10));
    EXPECT_EQ(points("99", "1000000", "1000"), Number());
    // 3 % of sales gives 20, 25 % of cost gives 40.
    EXPECT_EQ(points("30", "1000", "120"), Number::whole(40));
    // No sales yet: the other scale alone.
    EXPECT_EQ(points("30", "0", "120"), Number::whole(40));
}

TEST(TechSmeScore, EveryRowOfTheResultsAndTheGate) {
    const Sheets sheets(tech_sme);
    const auto results = [&](int one, int two) {
        return sheets.of(firm(100, 30, "60", "1000", "1000", one, two)).lines[2].counted;
    };
    EXPECT_EQ(results(1, 0), Number::whole(30));
    EXPECT_EQ(results(0, 5), Number::whole(24));
    EXPECT_EQ(results(0, 4), Number::whole(24));
    EXPECT_EQ(results(0, 3), Number::whole(18));
    EXPECT_EQ(results(0, 2), Number::whole(12));
    EXPECT_EQ(results(0, 1), Number::whole(6));
    EXPECT_EQ(results(0, 0), Number());
    EXPECT_EQ(sheets.of(firm(100, 30, "60", "1000", "1000", 1, 0)).total, Number::whole(100));
    // 80 points, but no research staff: the gate fails all the same.
    const Score no_staff = sheets.of(firm(100, 5, "60", "1000", "1000", 1, 0));
    EXPECT_EQ(no_staff.total, Number::whole(80));
    EXPECT_EQ(no_staff.verdict, Verdict::not_met);
    // Exactly 60 passes: 4 + 50 + 6.
    EXPECT_EQ(sheets.of(firm(100, 10, "60", "1000", "1000", 0, 1)).verdict, Verdict::met);
    EXPECT_EQ(sheets.of(firm(100, 10, "50", "1000", "1000", 0, 1)).verdict, Verdict::not_met);
}

// The provincial sheet for institutions: 10 + 30 + 30 + 20 + 10; starred items for legal persons only.
const char* const institution = R"(
fields: [{name: title, type: text, label: 名称}]
scoring:
  pass_at: 60
  spread: {farther_than: 15, keep_min: 3, spread_max: 20}
  sections:
    - {code: basic, title: 基本, items: [{code: staff, title: 人员, points: 4}, {code: experts, title: 专家, points: 3}, {code: funds, title: 经费, points: 3}]}
    - {code: performance, title: 业绩, items: [{code: deals, title: 项目, points: 10}, {code: tech_income, title: 收入, points: 6, only_for: [legal_person]}, {code: tax, title: 税收, points: 4, only_for: [legal_person]}, {code: firms, title: 企业, points: 10}]}
    - {code: ability, title: 能力, items: [{code: projects_per_head, title: 项目, points: 12}, {code: firms_per_head, title: 企业, points: 10}, {code: income_per_head, title: 收入, points: 8, only_for: [legal_person]}]}
    - {code: management, title: 管理, items: [{code: rules, title: 制度, points: 5}, {code: information, title: 信息, points: 5}, {code: demonstration, title: 示范, points: 5}, {code: industry, title: 行业, points: 5}]}
    - {code: reputation, title: 信誉, items: [{code: integrity, title: 诚信, points: 6}, {code: fame, title: 知名度, points: 4}]}
)";

object full_marks(const ScoreSheet& sheet, std::string_view type) {
    object marks;
    for (const ScoreItem& item : sheet.items) {
        if (item.applies_to(type)) marks[item.code] = item.points.to_string();
    }
    return marks;
}

TEST(InstitutionSheet, EachLineCountsItsPointsForALegalPerson) {
    const Sheets sheets(institution);
    EXPECT_EQ(sheets.sheet().points_of("legal_person"), Number::whole(100));
    object nothing;
    for (const ScoreItem& item : sheets.sheet().items)
        nothing[item.code] = 0;
    for (const ScoreItem& item : sheets.sheet().items) {
        object marks = nothing;
        marks[item.code] = item.points.to_string();
        EXPECT_EQ(sheets.of({}, marks, "legal_person").total, item.points) << item.code;
    }
}

TEST(InstitutionSheet, WhatDoesNotApplyGivesItsWeightToItsSection) {
    const Sheets sheets(institution);
    EXPECT_EQ(sheets.sheet().points_of("internal_unit"), Number::whole(82));
    const Score full = sheets.of({}, full_marks(sheets.sheet(), "internal_unit"), "internal_unit");
    EXPECT_EQ(full.total.rounded(1), Number::whole(100));
    object marks;
    for (const ScoreItem& item : sheets.sheet().items) {
        if (item.applies_to("internal_unit")) marks[item.code] = 0;
    }
    marks["deals"] = 10;  // of 20 that apply, in a section of 30
    EXPECT_EQ(sheets.of({}, marks, "internal_unit").total, Number::whole(15));
    marks["deals"] = 0;
    marks["projects_per_head"] = 11;  // of 22, in a section of 30
    EXPECT_EQ(sheets.of({}, marks, "internal_unit").total, Number::whole(15));
    // It is not scored zero: a legal person with nothing in the starred items has less.
    EXPECT_TRUE(check_marks(sheets.sheet(), "internal_unit", {{"tax", 1}}).back().code ==
                "score_unknown");
}

TEST(Spread, TheOneFarFromTheOthersIsLeftOutButThreeRemain) {
    SpreadRule rule;
    rule.farther_than = Number::whole(15);
    rule.spread_max = Number::whole(20);
    const auto totals = [](std::initializer_list<int> list) {
        std::vector<Number> result;
        for (int value : list)
            result.push_back(Number::whole(value));
        return result;
    };
    const Merged one = merge_totals(rule, totals({80, 82, 84, 20}));
    EXPECT_EQ(one.left_out, std::vector<std::size_t>{3});
    EXPECT_EQ(one.mean, Number::whole(82));
    EXPECT_FALSE(one.needs_another);
    const Merged three = merge_totals(rule, totals({80, 82, 20}));
    EXPECT_TRUE(three.left_out.empty());
    EXPECT_TRUE(three.needs_another);
    EXPECT_EQ(merge_totals(rule, totals({70, 71, 71})).mean, *Number::parse("70.67"));
}

RC_GTEST_PROP(Spread, TheMeanLiesBetweenTheTotalsThatCount, ()) {
    SpreadRule rule;
    rule.farther_than = Number::whole(*rc::gen::inRange(1, 40));
    const auto raw =
        *rc::gen::nonEmpty(rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 10001)));
    std::vector<Number> totals;
    for (int value : raw)
        totals.push_back(Number::scaled(value * 100));
    const Merged merged = merge_totals(rule, totals);
    RC_ASSERT(totals.size() - merged.left_out.size() >= std::min<std::size_t>(3, totals.size()));
    RC_ASSERT(merged.mean >= *std::ranges::min_element(totals));
    RC_ASSERT(merged.mean <= *std::ranges::max_element(totals));
}

}  // namespace
}  // namespace programme
