// Goal: every entry of the sample has the form of its kind. Composed entries and all demands are
// complete; a reported achievement may lack only what its report does not say, never be wrong.
#include <fstream>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "workflow/codes.h"
#include "workflow/form.h"

namespace catalog {
namespace {

const std::filesystem::path region = std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";

/// What a public report may leave unsaid.
const std::set<std::string, std::less<>> unsaid{"problem", "advantage", "trl", "trl_method",
                                                "modes"};

workflow::Form form_of(std::string_view kind, const workflow::Codes& codes) {
    auto root = base::Yaml::load(region / "kinds" / (std::string(kind) + ".yaml"));
    EXPECT_TRUE(root.has_value());
    auto form = workflow::Form::from(*root, codes);
    EXPECT_TRUE(form.has_value()) << kind;
    return std::move(*form);
}

/// The first defect that nothing excuses, as "code at field"; empty if there is none.
std::string fault_of(const base::json::object& row, const workflow::Form& form) {
    bool reported = base::text_at(row, "origin") == "reported";
    for (const base::Error& defect : base::check_fields(base::object_at(row, "body"), form.fields,
                                                        base::Completeness::complete)) {
        bool excused = reported && defect.code == "field_missing" && unsaid.contains(defect.field);
        if (!excused) return defect.code + " at " + defect.field;
    }
    return {};
}

TEST(SampleEntries, HaveTheFormOfTheirKind) {
    auto codes = workflow::Codes::load(region / "codes");
    ASSERT_TRUE(codes.has_value()) << codes.error().detail;
    std::map<std::string, workflow::Form> forms;
    for (const auto& file : std::filesystem::directory_iterator(region / "kinds"))
        forms.emplace(file.path().stem(), form_of(file.path().stem().string(), *codes));
    std::map<std::string, int> counts;
    std::ifstream file(region / "sample/entries.jsonl");
    std::string line;
    int count = 0;
    while (std::getline(file, line)) {
        auto row = base::parse_json(line, 1 << 20);
        ASSERT_TRUE(row.has_value() && row->is_object()) << line;
        const base::json::object& entry = row->get_object();
        EXPECT_EQ(fault_of(entry, forms.at(base::text_at(entry, "kind"))), "")
            << base::text_at(entry, "id");
        ++count;
        ++counts[base::text_at(entry, "kind")];
    }
    EXPECT_EQ(count, 162 + 55);
    EXPECT_EQ(counts.size(), forms.size()) << "every kind has samples";
}

}  // namespace
}  // namespace catalog
