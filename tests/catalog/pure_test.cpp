// Kinds, bodies, languages, duplicates and the coach: everything without storage.

#include <rapidcheck.h>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "catalog/body.h"
#include "catalog/coach.h"
#include "world.h"

namespace catalog {
namespace {

const Kind& kind(std::string_view code) {
    return *test::Region::get().kinds.find(code);
}

TEST(Kinds, TheKindsOfTheRegionLoad) {
    const Kinds& kinds = test::Region::get().kinds;
    ASSERT_EQ(kinds.all().size(), 9u);
    EXPECT_EQ(kinds.find("achievement")->validity_months, 12);
    EXPECT_EQ(kinds.find("demand")->coach.questions.size(), 8u);
    EXPECT_NE(kinds.find("fund"), nullptr);
    EXPECT_EQ(kinds.find("spaceship"), nullptr);
    EXPECT_EQ(kinds.require("spaceship").error().code, "kind_unknown");
    for (const Kind& item : kinds.all()) {
        for (const base::FieldSpec& field : item.form.fields) {
            EXPECT_TRUE(field.label.has(base::Language::en)) << field.name;
            EXPECT_FALSE(field.section.empty()) << field.name;
        }
    }
    for (const char* code : {"achievement", "demand"})
        EXPECT_TRUE(kind(code).form.field("confidential_detail")->confidential) << code;
    EXPECT_EQ(kind("achievement").sheet_fields().size(), 35u);
}

constexpr std::string_view tiny_yaml = R"(
kind: tool
title: {zh: 设备, en: Tool}
plural: {zh: 设备, en: Tools}
process: entry
columns: {card: card}
identifiers: [serials.number]
page: [note]
search: {title: 8, note: 1}
filters: [card]
xlsx: [title, note, card, "serials:1"]
example: {title: 【示例】}
coach: {questions: [{group: note, needs: any}]}
fields:
  - {name: title, type: text, label: 名称, required: yes, localized: yes}
  - {name: note, type: text, label: 说明, coach: note}
  - {name: secret, type: text, label: 秘密, confidential: yes}
  - {name: card, type: choice, label: 名片, codes: cards}
  - {name: serials, type: table, label: 编号, columns: [{name: number, type: text, label: 号}]}
)";

TEST(Kinds, MistakesAreNamedWithTheirLine) {
    const workflow::Codes& codes = test::Region::get().codes;
    ASSERT_TRUE(Kind::from(*base::Yaml::parse(tiny_yaml, "tool.yaml"), codes));
    for (auto [from, to, code] :
         {std::array{"page: [note]", "page: [nose]", "field_not_in_form"},
          {"page: [note]", "page: [secret]", "field_confidential"},
          {"note: 1}", "note: 17}", "value_out_of_range"},
          {"note: 1}", "secret: 1}", "field_type_unfit"},
          {"filters: [card]", "filters: [note]", "field_type_unfit"},
          {"columns: {card: card}", "columns: {card: note}", "field_type_unfit"},
          {"columns: {card: card}", "columns: {colour: card}", "key_unknown"},
          {"serials:1", "serials", "sheet_column_malformed"},
          {"xlsx: [title", "xlsx: [title@xx", "sheet_column_malformed"},
          {"[serials.number]", "[serials.name]", "field_not_in_form"},
          {"needs: any", "needs: faith", "needs_unknown"},
          {"group: note", "group: other", "coach_group_unknown"},
          {"example: {title", "example: {weight", "sheet_column_malformed"},
          {"process: entry", "prozess: entry", "key_unknown"},
          {"required: yes, localized: yes", "required: yes", "field_type_unfit"}}) {
        std::string text(tiny_yaml);
        text.replace(text.find(from), std::string_view(from).size(), to);
        auto loaded = Kind::from(*base::Yaml::parse(text, "tool.yaml"), codes);
        ASSERT_FALSE(loaded) << to;
        EXPECT_EQ(loaded.error().code, code) << to;
        EXPECT_NE(loaded.error().detail.find("tool.yaml:"), std::string::npos) << to;
    }
}

TEST(Kinds, OneSearchFieldHasOneWeight) {
    const workflow::Codes& codes = test::Region::get().codes;
    Kinds kinds = test::Region::get().kinds;
    std::string text(tiny_yaml);
    text.replace(text.find("title: 8"), 8, "title: 9");
    auto added = kinds.add(*Kind::from(*base::Yaml::parse(text, "tool.yaml"), codes));
    ASSERT_FALSE(added);
    EXPECT_EQ(added.error().code, "weight_differs");
}

TEST(Body, PlainTextsBecomeOriginals) {
    base::json::object body =
        normalise({{"title", "  膜法制糖 "}, {"keywords", {" 膜 ", ""}}, {"price", ""}},
                  kind("achievement").form, "zh");
    mark_languages(body, {}, kind("achievement").form, "zh");
    EXPECT_EQ(base::canonical_json(body),
              "{\"keywords\":{\"zh\":{\"state\":\"original\",\"text\":[\"膜\"]}},"
              "\"title\":{\"zh\":{\"state\":\"original\",\"text\":\"膜法制糖\"}}}");
    EXPECT_EQ(plain_text(body, *kind("achievement").form.field("keywords")), "膜");
}

std::string state_of(const base::json::object& body, std::string_view tag) {
    return base::text_at(base::object_at(base::object_at(body, "title"), tag), "state");
}

TEST(Body, TranslationsBecomeStaleWhenTheirSourceChanges) {
    const workflow::Form& form = kind("achievement").form;
    auto save = [&](base::json::object title, const base::json::object& before) {
        base::json::object body = normalise({{"title", std::move(title)}}, form, "zh");
        mark_languages(body, before, form, "zh");
        return body;
    };
    auto first = save({{"zh", "膜法制糖"}, {"en", {{"text", "Sugar"}, {"state", "machine"}}}}, {});
    EXPECT_EQ(state_of(first, "zh"), "original");
    EXPECT_EQ(state_of(first, "en"), "machine");

    auto unchanged = save(base::object_at(first, "title"), first);
    EXPECT_EQ(base::canonical_json(unchanged), base::canonical_json(first));

    base::json::object title = base::object_at(first, "title");
    title["zh"] = "膜法澄清";
    auto stale = save(title, first);
    EXPECT_EQ(state_of(stale, "en"), "stale");
    EXPECT_EQ(stale_fields(stale, form), std::vector<std::string>{"title"});

    // Sent back as it is, it stays stale; a new text is made from the present original.
    EXPECT_EQ(state_of(save(base::object_at(stale, "title"), stale), "en"), "stale");
    title = base::object_at(stale, "title");
    title["en"] = "Clarification by membrane";
    auto renewed = save(title, stale);
    EXPECT_EQ(state_of(renewed, "en"), "human");
    EXPECT_TRUE(stale_fields(renewed, form).empty());

    // The original taken back to what it was: the old translation fits again.
    title = base::object_at(stale, "title");
    title["zh"] = "膜法制糖";
    EXPECT_EQ(state_of(save(title, stale), "en"), "human");
}

TEST(Body, MonthsEndWithTheMonth) {
    EXPECT_EQ(plus_months({2026, 1, 31}, 1), (base::Date{2026, 2, 28}));
    EXPECT_EQ(plus_months({2024, 2, 29}, 12), (base::Date{2025, 2, 28}));
    EXPECT_EQ(plus_months({2026, 11, 24}, 14), (base::Date{2028, 1, 24}));
}

TEST(Duplicates, TitlesAreComparedFolded) {
    EXPECT_EQ(fold_title("膜法 制糖（第２版）"), "膜法制糖第2版");
    EXPECT_EQ(fold_title("膜法製糖"), "膜法制糖");
    EXPECT_EQ(title_similarity("膜法制糖工艺", "膜法制糖工艺"), 100);
    EXPECT_EQ(title_similarity("膜法制糖工艺", "香蕉抗枯萎病品种"), 0);
    int close = title_similarity("赤泥中铁碱协同回收及制备路基材料技术",
                                 "赤泥中铁碱协同回收及余渣制备路基材料技术");
    EXPECT_GT(close, 75);
    EXPECT_LT(close, 100);
    EXPECT_EQ(title_similarity("", ""), 0);
}

Likeness likeness(std::string title, std::string number, std::string owner) {
    base::json::object body{{"title", {{"zh", {{"text", title}, {"state", "original"}}}}},
                            {"ip", base::json::array{base::json::object{{"number", number}}}}};
    return Likeness::of(kind("achievement"), body, owner);
}

std::string judged(const Likeness& one, const Likeness& other) {
    auto found = compare("E", one, other);
    return found ? std::string(to_string(found->reason)) : "";
}

TEST(Duplicates, NumbersAndTitlesGiveReasons) {
    Likeness known = likeness("膜法制糖工艺", "ZL 2020-1-0123456.7", "U1");
    EXPECT_EQ(judged(known, likeness("别的名字", "zl202010123456.7", "U2")), "same_number");
    EXPECT_EQ(judged(known, likeness("膜法 制糖工艺", "", "U1")), "same_title");
    EXPECT_EQ(judged(known, likeness("膜法制糖工艺", "", "U2")), "similar");
    EXPECT_EQ(judged(known, likeness("香蕉品种", "", "U1")), "");
}

TEST(Duplicates, LikeTitlesShareAMark) {
    int found = 0;
    int pairs = 0;
    for (int i = 0; i < 200; ++i) {
        std::string title =
            "面向第" + std::to_string(i * 7919) + "号生产线的甘蔗混合汁陶瓷膜超滤澄清工艺";
        auto one = likeness(title, "", "U1").marks;
        auto other = likeness(title + "及装备", "", "U2").marks;
        ++pairs;
        bool share = std::any_of(one.begin(), one.end(), [&](const std::string& mark) {
            return std::find(other.begin(), other.end(), mark) != other.end();
        });
        found += share ? 1 : 0;
    }
    EXPECT_GT(found * 100, pairs * 93);
}

std::string advice_text(const base::json::object& body) {
    CoachAdvice advice = coach(kind("demand"), body, {2026, 3, 2});
    std::string text(to_string(advice.coach_class));
    for (const CoachAsk& ask : advice.asks)
        text += " " + ask.reason.substr(6);
    EXPECT_EQ(advice.answered + static_cast<int>(advice.asks.size()), advice.total);
    EXPECT_EQ(advice.rule, "coach.class_" + std::string(to_string(advice.coach_class)));
    return text;
}

TEST(Coach, AsksInOrderAndClassifies) {
    EXPECT_EQ(advice_text(test::demand()),
              "to_refine present_solution present_number wanted_number limits scale deadline budget"
              " acceptance_test");
    base::json::object full = test::demand();
    full["present_solution"] = "高温杀菌 20 分钟";
    full["present_number"] = "胀袋率 3.5 %";
    full["wanted_number"] = "不高于百分之一";
    full["limits"] = "不用防腐剂";
    full["scale"] = "日产 20 吨";
    full["deadline"] = "2027-06-30";
    full["budget"] = "800000";
    full["acceptance_test"] = "37 ℃ 加速 60 天";
    EXPECT_EQ(advice_text(full), "clear");

    auto with = [&](std::string_view field, base::json::value value) {
        base::json::object body = full;
        body[field] = std::move(value);
        return body;
    };
    EXPECT_EQ(advice_text(with("present_number", "胀得厉害")), "clear present_number_unfit");
    EXPECT_EQ(advice_text(with("wanted_number", "越低越好")), "to_refine wanted_number_unfit");
    EXPECT_EQ(advice_text(with("budget", "0")), "to_refine budget_unfit");
    EXPECT_EQ(advice_text(with("deadline", "尽快")), "to_refine deadline_unfit");
    EXPECT_EQ(advice_text(with("deadline", "2028-03-02")), "clear");
    EXPECT_EQ(advice_text(with("deadline", "2028-03-03")), "long_term");
    EXPECT_EQ(advice_text(with("min_trl", "3")), "long_term");
    EXPECT_EQ(advice_text(with("min_trl", "4")), "clear");

    base::json::object three = full;
    for (const char* field : {"limits", "scale", "acceptance_test"})
        three.erase(field);
    EXPECT_EQ(advice_text(three), "to_refine limits scale acceptance_test");
    three["scale"] = "3 条线";
    EXPECT_EQ(advice_text(three), "clear limits acceptance_test");
}

TEST(Coach, AKindWithoutQuestionsIsClear) {
    CoachAdvice advice = coach(kind("achievement"), {}, {2026, 3, 2});
    EXPECT_EQ(advice.coach_class, CoachClass::clear);
    EXPECT_EQ(advice.total, 0);
}

TEST(Coach, NeverMoreOpenQuestionsAfterAnAnswer) {
    bool passed = rc::check([] {
        base::json::object body;
        std::size_t before = coach(kind("demand"), body, {2026, 3, 2}).asks.size();
        for (const char* field : {"present_solution", "present_number", "wanted_number", "limits",
                                  "scale", "deadline", "budget", "acceptance_test"}) {
            if (*rc::gen::arbitrary<bool>()) continue;
            body[field] = *rc::gen::element<std::string>("12 %", "2027-01-01", "500", "好", " ");
            std::size_t now = coach(kind("demand"), body, {2026, 3, 2}).asks.size();
            RC_ASSERT(now <= before);
            before = now;
        }
    });
    EXPECT_TRUE(passed);
}

}  // namespace
}  // namespace catalog
