// Goal: every contract of the sample is what its form, its consistency checks and the rule sets in
// force say it is: registered, of the class it names, with the technical amount it names.
#include <fstream>
#include <string>

#include <gtest/gtest.h>

#include "contract/contract.h"
#include "contract/profile.h"
#include "contract/recognition.h"
#include "party/place.h"
#include "workflow/codes.h"
#include "workflow/form.h"

namespace contract {
namespace {

const std::filesystem::path region = std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";

base::Date day_of(const base::json::object& row, std::string_view field) {
    auto date = base::Date::parse(base::text_at(row, field));
    EXPECT_TRUE(date.has_value()) << field;
    return date.value_or(base::Date{});
}

/// Nothing, or what is wrong with the line.
std::string fault_of(const base::json::object& row, const RuleSets& rule_sets,
                     const party::Places& places) {
    Contract contract;
    contract.place = base::text_at(row, "place");
    contract.body = base::object_at(row, "body");
    contract.answers = base::object_at(row, "answers");
    auto defects = check_consistency(contract.body, places);
    if (!defects.empty()) return defects.front().code + " at " + defects.front().field;
    auto facts = recognition_case(contract, contract.place.substr(0, 4) + "00");
    if (!facts) return facts.error().code;
    auto profile = rule_sets.in_force(day_of(row, "submitted"));
    if (!profile) return profile.error().code;
    Decision decision = evaluate(**profile, *facts);
    // The rules of 2001 knew no licence of its own; the sample names classes as of today.
    const Profile& today = rule_sets.preferred();
    if (decision.outcome != Outcome::registered) return std::string(name_of(decision.outcome));
    decision = evaluate(today, *facts);
    if (decision.class_code != base::text_at(row, "class")) return "class " + decision.class_code;
    auto technical = base::Money::parse(base::text_at(row, "technical"));
    if (!technical || !decision.amounts || decision.amounts->technical != *technical) {
        return "technical amount";
    }
    return {};
}

TEST(SampleContracts, AreRecognisedAsWhatTheyClaim) {
    auto rule_sets = RuleSets::load(region / "contract");
    ASSERT_TRUE(rule_sets.has_value()) << rule_sets.error().detail;
    auto places = party::Places::load(region / "places.yaml");
    ASSERT_TRUE(places.has_value()) << places.error().detail;
    std::ifstream file(region / "sample/contracts.jsonl");
    std::string line;
    int count = 0;
    while (std::getline(file, line)) {
        auto row = base::parse_json(line, 1 << 20);
        ASSERT_TRUE(row.has_value() && row->is_object()) << line;
        EXPECT_EQ(fault_of(row->get_object(), *rule_sets, *places), "")
            << base::text_at(row->get_object(), "id");
        ++count;
    }
    EXPECT_EQ(count, 600);
}

TEST(SampleContracts, FillTheFormCompletely) {
    auto codes = workflow::Codes::load(region / "codes");
    ASSERT_TRUE(codes.has_value()) << codes.error().detail;
    auto root = base::Yaml::load(region / "forms/contract.yaml");
    ASSERT_TRUE(root.has_value()) << root.error().detail;
    auto form = workflow::Form::from(*root, *codes);
    ASSERT_TRUE(form.has_value()) << form.error().detail;
    std::ifstream file(region / "sample/contracts.jsonl");
    std::string line;
    while (std::getline(file, line)) {
        auto row = base::parse_json(line, 1 << 20);
        ASSERT_TRUE(row.has_value() && row->is_object());
        auto defects = base::check_fields(base::object_at(row->get_object(), "body"), form->fields,
                                          base::Completeness::complete);
        EXPECT_TRUE(defects.empty()) << base::text_at(row->get_object(), "id") << " "
                                     << defects.front().code << " at " << defects.front().field;
    }
}

}  // namespace
}  // namespace contract
