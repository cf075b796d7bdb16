#include "base/texts.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace base {
namespace {

Result<LocalText> local_text(std::string_view yaml) {
    return LocalText::from(Yaml::parse(yaml, "a.yaml").value());
}

TEST(Language, TagsRoundTrip) {
    for (Language language : all_languages)
        EXPECT_EQ(parse_language(tag_of(language)), language);
    EXPECT_EQ(parse_language("zh"), Language::zh_cn);
    EXPECT_EQ(parse_language("ZH-tw"), Language::zh_tw);
    EXPECT_EQ(parse_language("fr"), std::nullopt);
    EXPECT_EQ(parse_language(""), std::nullopt);
}

TEST(Language, FollowsTheBrowsersWishes) {
    EXPECT_EQ(preferred_language(""), Language::zh_cn);
    EXPECT_EQ(preferred_language("fr-FR,fr;q=0.9,en;q=0.8,zh;q=0.7"), Language::en);
    EXPECT_EQ(preferred_language("en;q=0.5, vi-VN;q=0.9"), Language::vi);
    EXPECT_EQ(preferred_language("zh-Hant-HK"), Language::zh_tw);
    EXPECT_EQ(preferred_language("zh-Hans,en"), Language::zh_cn);
    EXPECT_EQ(preferred_language("en;q=0, th"), Language::th);
    EXPECT_EQ(preferred_language("en;q=x, *;q=0.1"), Language::zh_cn);
    EXPECT_EQ(preferred_language(";;,,q=,"), Language::zh_cn);
    EXPECT_EQ(preferred_language("tl"), Language::fil);
}

TEST(LocalText, FallsBackToChinese) {
    LocalText text = local_text("{zh: 草稿, en: Draft}").value();
    EXPECT_EQ(text.in(Language::en), "Draft");
    EXPECT_EQ(text.in(Language::vi), "草稿");
    EXPECT_EQ(local_text("草稿").value().in(Language::en), "草稿");
    EXPECT_EQ(LocalText().in(Language::en), "");
    EXPECT_TRUE(LocalText().empty());
}

TEST(LocalText, MakesTaiwanUsageFromChinese) {
    LocalText text = LocalText::of("软件质量信息");
    EXPECT_EQ(text.in(Language::zh_tw), "軟體質量資訊");
    EXPECT_EQ(&text.in(Language::zh_tw), &text.in(Language::zh_tw));  // one lasting copy
    EXPECT_FALSE(text.has(Language::zh_tw));
    EXPECT_EQ(local_text("{zh: 软件, zh-TW: 軟件}").value().in(Language::zh_tw), "軟件");
}

TEST(LocalText, RefusesUnknownLanguagesAndMissingChinese) {
    EXPECT_EQ(local_text("{zh: 甲, fr: A}").error().code, "language_unknown");
    EXPECT_EQ(local_text("{en: Draft}").error().code, "key_missing");
    EXPECT_EQ(local_text("[a, b]").error().code, "value_not_text");
    EXPECT_EQ(local_text("{zh: 甲, zh-CN: 乙}").error().code, "text_key_duplicate");
}

TEST(Texts, MergesFilesAndFlattensKeys) {
    TestFolder folder;
    folder.write("zh-CN/base.yaml",
                 "error:\n  not_owner: 只有{owner}可以撤回\n  other: 被拒绝（{code}）\n");
    folder.write("zh-CN/trade.yaml",
                 "error:\n  too_late: 太晚\nauction: {title: 竞价, step: 加价}\n");
    folder.write("en/base.yaml", "error:\n  not_owner: Only {owner} may withdraw it {now}\n");
    Texts texts = Texts::load(folder.path()).value();
    EXPECT_EQ(texts.get(Language::en, "error.not_owner", {{"owner", "GXU"}}),
              "Only GXU may withdraw it {now}");
    EXPECT_EQ(texts.get(Language::en, "error.too_late"), "太晚");
    EXPECT_EQ(texts.get(Language::zh_tw, "auction.title"), "竞价");
    EXPECT_EQ(texts.get(Language::en, "nowhere"), "⟦nowhere⟧");
    EXPECT_EQ(texts.missing(Language::en),
              (std::vector<std::string>{"auction.step", "auction.title", "error.other",
                                        "error.too_late"}));
    EXPECT_TRUE(texts.missing(Language::zh_cn).empty());
    EXPECT_EQ(texts.under(Language::en, "auction").size(), 2u);
    EXPECT_EQ(texts.under(Language::en, "auct").size(), 0u);
    EXPECT_EQ(texts.under(Language::en, "error").at("error.not_owner").substr(0, 4), "Only");
    EXPECT_EQ(texts.explain(Language::zh_cn, conflict("too_late")), "太晚");
    EXPECT_EQ(texts.explain(Language::zh_cn, conflict("unheard_of")), "被拒绝（unheard_of）");
}

TEST(Texts, AParameterIsNotReadAsAText) {
    TestFolder folder;
    folder.write("zh-CN/base.yaml", "a: '{x}{y} {'\n");
    Texts texts = Texts::load(folder.path()).value();
    EXPECT_EQ(texts.get(Language::zh_cn, "a", {{"x", "{y}"}, {"y", "2"}}), "{y}2 {");
}

std::string load_refusal(std::map<std::string, std::string> files) {
    TestFolder folder;
    for (const auto& [name, text] : files)
        folder.write(name, text);
    auto texts = Texts::load(folder.path());
    return texts ? "accepted" : texts.error().code + " " + texts.error().detail;
}

TEST(Texts, TheRegionHasEveryWordOfBaseAndFormat) {
    auto texts = Texts::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/texts");
    ASSERT_TRUE(texts) << describe(texts.error());
    for (const char* code : {"field_missing", "vault_damaged", "program_timed_out", "other",
                             "xlsx_zip_bomb", "csv_encoding_unknown", "pdf_encrypted"}) {
        std::string key = std::string("error.") + code;
        for (Language language : {Language::zh_cn, Language::zh_tw, Language::en}) {
            EXPECT_TRUE(texts->has(language, key)) << key;
        }
    }
}

TEST(Texts, RefusesWhatWouldNeverBeShown) {
    std::string unknown =
        load_refusal({{"zh-CN/a.yaml", "x: 甲\n"}, {"en/a.yaml", "x: A\ny: B\n"}});
    EXPECT_TRUE(unknown.starts_with("text_key_unknown")) << unknown;
    EXPECT_NE(unknown.find("en/a.yaml:2: zh-CN has no text 'y'"), unknown.npos) << unknown;
    std::string twice = load_refusal({{"zh-CN/a.yaml", "x: 甲\n"}, {"zh-CN/b.yaml", "\nx: 乙\n"}});
    EXPECT_TRUE(twice.starts_with("text_key_duplicate")) << twice;
    EXPECT_NE(twice.find("b.yaml:2"), twice.npos) << twice;
    EXPECT_TRUE(load_refusal({{"zh-CN/a.yaml", "x: [1]\n"}}).starts_with("value_not_text"));
    EXPECT_TRUE(load_refusal({{"zh-CN/a.yaml", "just words\n"}}).starts_with("value_not_map"));
    EXPECT_TRUE(load_refusal({{"en/a.yaml", "x: A\n"}}).starts_with("texts_unreadable"));
    EXPECT_TRUE(load_refusal({{"zh-CN/a.yaml", "x: 甲\n"}, {"fr/a.yaml", "x: A\n"}})
                    .starts_with("language_unknown"));
    EXPECT_EQ(Texts::load("/nonexistent").error().code, "texts_unreadable");
}

}  // namespace
}  // namespace base
