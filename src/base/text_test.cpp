#include "base/text.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace base {
namespace {

TEST(Text, KnowsValidUtf8) {
    EXPECT_TRUE(is_valid_utf8("桂桥 ໃຫ້ ខ្មែរ"));
    EXPECT_TRUE(is_valid_utf8(""));
    for (const char* bytes :
         {"\xff", "\xc0\xaf", "\xe6\xa1", "\xed\xa0\x80", "\xf4\x90\x80\x80", "ok\x80"}) {
        EXPECT_FALSE(is_valid_utf8(bytes));
    }
}

TEST(Text, CountsAndShortensByCharacters) {
    EXPECT_EQ(count_characters("桂桥a"), 3u);
    EXPECT_EQ(count_characters("𠮷"), 1u);
    EXPECT_EQ(shorten("桂桥技术转移", 2), "桂桥…");
    EXPECT_EQ(shorten("桂桥", 2), "桂桥");
    EXPECT_EQ(shorten("桂桥", 0), "…");
    EXPECT_EQ(shorten("", 5), "");
}

TEST(Text, TrimsAlsoIdeographicSpace) {
    EXPECT_EQ(trim(" \t　桂 桥　\n"), "桂 桥");
    EXPECT_EQ(trim("　　"), "");
    EXPECT_EQ(trim(""), "");
    EXPECT_EQ(trim("a"), "a");
}

TEST(Text, FoldsForComparing) {
    EXPECT_EQ(fold("　ＡＢＣ　１２３　 公司（南宁）"), "abc 123 公司(南宁)");
    EXPECT_EQ(fold("Straße"), fold("STRASSE"));
    EXPECT_EQ(fold("㎏"), "kg");
    EXPECT_EQ(fold(" a \n\t b "), "a b");
}

TEST(Text, FindsControlAndDirectionCharacters) {
    EXPECT_FALSE(has_control_characters("一行\n二行\t三\r"));
    EXPECT_TRUE(has_control_characters(std::string_view("a\0b", 3)));
    EXPECT_TRUE(has_control_characters("a\x1b[31m"));
    EXPECT_TRUE(has_control_characters("a\x7f"));
    EXPECT_TRUE(has_control_characters("a\xc2\x85"));
    EXPECT_TRUE(has_control_characters("发票\xe2\x80\xaegpj.exe"));
    EXPECT_FALSE(has_control_characters("ក\xe2\x80\x8bខ"));  // zero width space parts Khmer words
}

TEST(Text, SplitsJoinsReplacesEscapes) {
    EXPECT_EQ(split("a,,b", ','), (std::vector<std::string>{"a", "", "b"}));
    EXPECT_EQ(split("", ','), std::vector<std::string>{""});
    EXPECT_EQ(join({"a", "b"}, "、"), "a、b");
    EXPECT_EQ(join({}, "、"), "");
    EXPECT_EQ(replace_all("aaa", "a", "aa"), "aaaaaa");
    EXPECT_EQ(to_lower_ascii("ÄBC桂"), "Äbc桂");
    EXPECT_EQ(escape_html("<a href=\"x\">'&'</a>"),
              "&lt;a href=&quot;x&quot;&gt;&#39;&amp;&#39;&lt;/a&gt;");
}

TEST(Text, SimplifiesCharacterByCharacter) {
    EXPECT_EQ(to_simplified("廣西科學技術轉移"), "广西科学技术转移");
    EXPECT_EQ(to_simplified("南宁 abc"), "南宁 abc");
}

RC_GTEST_PROP(Text, FoldingTwiceChangesNothing, ()) {
    auto words = *rc::gen::container<std::vector<std::string>>(
        rc::gen::element<std::string>("Ａ", "桂", " ", "　", "ß", "1", "½", "ΐ", "\n", "ﬁ", "İ"));
    std::string text = fold(join(words, ""));
    RC_ASSERT(fold(text) == text);
    RC_ASSERT(trim(text) == text);
}

}  // namespace
}  // namespace base
