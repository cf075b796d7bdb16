// Attachments, history, codes and forms: what hangs on a record.

#include <gtest/gtest.h>

#include "base/yaml.h"
#include "people.h"
#include "store/change_log.h"
#include "support/database_fixture.h"
#include "workflow/attachment.h"
#include "workflow/form.h"
#include "workflow/history.h"
#include "workflow/migrations.h"

namespace workflow {
namespace {

const std::filesystem::path region = std::filesystem::path(GUIQIAO_SOURCE_DIR) / "regions/guangxi";

class RecordTest : public support::DatabaseTest {
  protected:
    RecordTest()
        : database_(GetParam(), {migrations().begin(), migrations().end()}),
          files_(folder_.path() / "files"),
          vault_(*base::Vault::open_or_create(folder_.path() / "key")),
          attachments_(files_, *vault_) {}

    base::Result<Attachment> add(Attachment meta, std::string_view bytes) {
        return database_->write<Attachment>([&](store::Transaction& transaction) {
            return attachments_.add(transaction, test::owner(), meta, bytes);
        });
    }
    std::vector<Attachment> of(std::string_view subject) {
        return *database_->read<std::vector<Attachment>>([&](store::Reader& reader) {
            return base::Result<std::vector<Attachment>>(Attachments::of(reader, subject));
        });
    }

    support::TestDatabase database_;
    support::TemporaryFolder folder_;
    store::Files files_;
    std::unique_ptr<base::Vault> vault_;
    Attachments attachments_;
};

Attachment meta(std::string name, Tier tier = Tier::open) {
    Attachment item;
    item.subject = "R1";
    item.kind = "evidence";
    item.name = std::move(name);
    item.content_type = "text/plain";
    item.tier = tier;
    return item;
}

TEST_P(RecordTest, FilesComeBackAsTheyWere) {
    auto added = add(meta("../../etc/检测报告.txt"), "oil saved: 12 %");
    ASSERT_TRUE(added);
    EXPECT_EQ(added->name, "检测报告.txt");
    EXPECT_EQ(added->size, 15);
    EXPECT_EQ(attachments_.read(*added), "oil saved: 12 %");
    ASSERT_EQ(of("R1").size(), 1u);
    EXPECT_EQ(of("R1")[0].sha256, added->sha256);
    EXPECT_EQ(of("R2").size(), 0u);
}

TEST_P(RecordTest, ConfidentialFilesAreSealedAndBoundToTheirRecord) {
    auto added = add(meta("recipe.txt", Tier::confidential), "seven parts of osmanthus");
    ASSERT_TRUE(added);
    auto raw = files_.read(added->stored);
    ASSERT_TRUE(raw);
    EXPECT_EQ(raw->find("osmanthus"), std::string::npos);
    EXPECT_EQ(attachments_.read(*added), "seven parts of osmanthus");
    Attachment moved = *added;
    moved.subject = "R2";
    EXPECT_EQ(attachments_.read(moved).error().code, "file_damaged");
    moved = *added;
    moved.sha256[0] = moved.sha256[0] == '0' ? '1' : '0';
    EXPECT_EQ(attachments_.read(moved).error().code, "file_damaged");
}

TEST_P(RecordTest, RefusesEmptyHugeAndTooManyFiles) {
    EXPECT_EQ(add(meta("a"), "").error().code, "file_empty");
    auto huge = add(meta("a"), std::string(Attachments::bytes_max + 1, 'x'));
    EXPECT_EQ(huge.error().code, "file_too_large");
    EXPECT_EQ(huge.error().kind, base::ErrorKind::too_large);
    for (int i = 0; i < 50; ++i)
        ASSERT_TRUE(add(meta("a"), std::to_string(i)));
    EXPECT_EQ(add(meta("a"), "one more").error().code, "files_too_many");
    auto remove = [&](std::string id) {
        return database_->write<void>([&](store::Transaction& transaction) {
            return attachments_.remove(transaction, test::owner(), id);
        });
    };
    std::string first = of("R1")[0].id;
    EXPECT_TRUE(remove(first));
    EXPECT_EQ(remove(first).error().code, "file_not_found");
    EXPECT_EQ(remove("none").error().code, "file_not_found");
    EXPECT_TRUE(of("R1")[0].removed);
    EXPECT_TRUE(add(meta("a"), "one more"));
}

TEST_P(RecordTest, HistoryNamesFieldsAndHidesConfidentialValues) {
    std::vector<base::FieldSpec> fields(2);
    fields[0].name = "title";
    fields[1].name = "secret";
    fields[1].confidential = true;
    auto store_change = [&](std::int64_t version, base::json::object before,
                            base::json::object after) {
        ASSERT_TRUE(database_->write<void>([&](store::Transaction& transaction) -> base::Status {
            record_history(transaction, test::owner(), "R1", version, before, after, fields);
            return {};
        }));
    };
    store_change(1, {}, {{"title", "old"}, {"secret", "x"}});
    store_change(2, {{"title", "old"}, {"secret", "x"}}, {{"title", "new"}, {"secret", "y"}});
    store_change(3, {{"title", "new"}}, {{"title", "new"}});
    auto history = *database_->read<std::vector<HistoryEntry>>([&](store::Reader& reader) {
        return base::Result<std::vector<HistoryEntry>>(history_of(reader, "R1"));
    });
    ASSERT_EQ(history.size(), 2u);  // nothing changed in version 3
    EXPECT_EQ(history[1].actor_name, "owner");
    ASSERT_EQ(history[1].changes.size(), 2u);
    EXPECT_EQ(history[1].changes[0].before, "old");
    EXPECT_EQ(history[1].changes[0].after, "new");
    EXPECT_EQ(history[1].changes[1].field, "secret");
    EXPECT_TRUE(history[1].changes[1].after.is_null());
}

ON_BOTH_DATABASES(RecordTest);

TEST(Codes, TheListsOfTheRegionLoad) {
    auto codes = Codes::load(region / "codes");
    ASSERT_TRUE(codes) << base::describe(codes.error());
    EXPECT_EQ(codes->list("cards").size(), 9u);
    EXPECT_TRUE(codes->has("transfer_modes", "licence_exclusive"));
    EXPECT_FALSE(codes->has("transfer_modes", "gift"));
    EXPECT_FALSE(codes->has("no_such_list", "gift"));
    EXPECT_EQ(codes->label("cards", "C8", base::Language::en).empty(), false);
    EXPECT_EQ(codes->label("cards", "C99", base::Language::en), "C99");
    EXPECT_FALSE(codes->find("cards", "C1")->keywords.empty());
}

std::string fault_of(std::string_view yaml) {
    Codes codes;
    auto added = codes.add(*base::Yaml::parse(yaml, "list.yaml"));
    return added ? "" : added.error().code;
}

TEST(Codes, MistakesAreNamed) {
    EXPECT_EQ(fault_of("{list: a, codes: [{code: x, label: X}]}"), "");
    EXPECT_EQ(fault_of("{list: a, codes: [{code: x}]}"), "key_missing");
    EXPECT_EQ(fault_of("{list: a, codes: [{code: x, label: X, colour: red}]}"), "key_unknown");
    EXPECT_EQ(fault_of("{list: a, codes: [{code: x, label: X}, {code: x, label: Y}]}"),
              "code_repeated");
    EXPECT_EQ(fault_of("{list: a, codes: [{code: x, label: X, parent: y}]}"), "parent_unknown");
    EXPECT_EQ(fault_of("{codes: []}"), "key_missing");
}

constexpr std::string_view form_yaml = R"(
form: demo
title: {zh: 示例, en: Demo}
sections: [{code: main, title: {zh: 主要, en: Main}, help: {zh: 说明, en: Help}}]
fields:
  - {name: title, type: text, label: {zh: 标题, en: Title}, required: yes, section: main}
  - {name: card, type: choice, label: {zh: 名片, en: Card}, codes: cards, section: main}
)";

TEST(Form, TakesOptionsFromACodeListAndDescribesItself) {
    auto codes = Codes::load(region / "codes");
    auto form = Form::from(*base::Yaml::parse(form_yaml, "form.yaml"), *codes);
    ASSERT_TRUE(form) << base::describe(form.error());
    ASSERT_NE(form->field("card"), nullptr);
    EXPECT_EQ(form->field("card")->options.size(), 9u);
    EXPECT_EQ(form->field("nothing"), nullptr);
    base::json::object shown = form->describe(base::Language::en);
    EXPECT_EQ(shown["title"], "Demo");
    EXPECT_EQ(shown["sections"].at(0).at("help"), "Help");
    EXPECT_EQ(shown["fields"].at(1).at("options").as_array().size(), 9u);
    EXPECT_EQ(base::check_fields({{"title", "x"}, {"card", "C10"}}, form->fields,
                                 base::Completeness::complete)[0]
                  .code,
              "field_not_an_option");
}

TEST(Form, MistakesAreNamedWithTheirLine) {
    auto codes = Codes::load(region / "codes");
    for (auto [from, to, code] :
         {std::array{"codes: cards", "codes: carts", "list_unknown"},
          {"codes: cards", "unit: 1", "field_options_wrong"},
          {"section: main}\n  - {name: card", "section: x}\n  - {name: card", "section_unknown"},
          {"name: card", "name: title", "field_duplicate"},
          {"type: text", "type: texts", "field_type_unknown"}}) {
        std::string text(form_yaml);
        text.replace(text.find(from), std::string_view(from).size(), to);
        auto form = Form::from(*base::Yaml::parse(text, "form.yaml"), *codes);
        ASSERT_FALSE(form) << to;
        EXPECT_EQ(form.error().code, code);
        EXPECT_NE(form.error().detail.find("form.yaml:"), std::string::npos);
    }
}

}  // namespace
}  // namespace workflow
