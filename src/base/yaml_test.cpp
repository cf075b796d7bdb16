#include "base/yaml.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace base {
namespace {

Yaml parse(std::string_view text) {
    return Yaml::parse(text, "kinds/demand.yaml").value();
}

std::string refusal(std::string_view text) {
    auto node = Yaml::parse(text, "a.yaml");
    return node ? "accepted" : node.error().code + " " + node.error().detail;
}

TEST(Yaml, ReadsValuesAndRemembersPlaces) {
    Yaml file = parse("name: 需求\ndays: 10\nopen: yes\nwords:\n  - 桉木\n  - 糖\none: 单个\n");
    EXPECT_EQ(file["name"].text().value(), "需求");
    EXPECT_EQ(file["days"].integer().value(), 10);
    EXPECT_EQ(file["open"].boolean().value(), true);
    EXPECT_EQ(file["words"].texts().value(), (std::vector<std::string>{"桉木", "糖"}));
    EXPECT_EQ(file["one"].texts().value(), std::vector<std::string>{"单个"});
    EXPECT_EQ(file["absent"].texts().value().size(), 0u);
    EXPECT_EQ(file["absent"].integer_or(7).value(), 7);
    EXPECT_EQ(file["absent"]["deeper"].text_or("x"), "x");
    EXPECT_EQ(file["words"].items()[1].where(), "kinds/demand.yaml:6");
    EXPECT_EQ(file["open"].where(), "kinds/demand.yaml:3");
    ASSERT_EQ(file.pairs().size(), 5u);
    EXPECT_EQ(file.pairs()[0].first, "name");
}

TEST(Yaml, EveryFaultNamesFileAndLine) {
    Yaml file = parse("a: x\nb:\n  c: [1]\n");
    EXPECT_EQ(file.required("z").error().code, "key_missing");
    EXPECT_EQ(file.required("z").error().detail, "kinds/demand.yaml:1: missing key 'z'");
    EXPECT_EQ(file["a"].integer().error().detail, "kinds/demand.yaml:1: expected a whole number");
    EXPECT_EQ(file["a"].boolean().error().code, "value_not_boolean");
    EXPECT_EQ(file["b"]["c"].text().error().code, "value_not_text");
    EXPECT_TRUE(file["b"]["c"].text().error().detail.starts_with("kinds/demand.yaml:3"));
    EXPECT_EQ(file["b"].texts().error().code, "value_not_list");
    EXPECT_EQ(file.only_keys({"a"}).error().detail, "kinds/demand.yaml:2: unknown key 'b'");
    EXPECT_TRUE(file.only_keys({"a", "b"}));
}

TEST(Yaml, RefusesBrokenFiles) {
    EXPECT_TRUE(refusal("a: [1, 2\nb: 3\n").starts_with("yaml_unreadable a.yaml:"));
    EXPECT_TRUE(refusal("a: 1\n b: 2\n").starts_with("yaml_unreadable a.yaml:2"));
    EXPECT_EQ(refusal("a: 1\nb: 2\na: 3\n"), "key_duplicate a.yaml:3: the key 'a' is there twice");
    EXPECT_EQ(refusal("x:\n  - {k: 1, k: 2}\n"),
              "key_duplicate a.yaml:2: the key 'k' is there twice");
    EXPECT_TRUE(refusal("a: &loop\n  b: *loop\n").starts_with("yaml_"));
    EXPECT_TRUE(refusal(std::string(60, '[') + std::string(60, ']')).starts_with("yaml_too_deep"));
}

TEST(Yaml, MissingFilesAndFoldersAreUnreadable) {
    TestFolder folder;
    EXPECT_EQ(Yaml::load(folder / "none.yaml").error().code, "yaml_unreadable");
    EXPECT_EQ(Yaml::load(folder.path()).error().code, "yaml_unreadable");
    auto file = folder.write("empty.yaml", "# nothing\n");
    EXPECT_EQ(Yaml::load(file).value().required("year").error().code, "key_missing");
}

}  // namespace
}  // namespace base
