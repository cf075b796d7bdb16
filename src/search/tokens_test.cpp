#include "search/tokens.h"

#include <algorithm>
#include <fstream>
#include <memory>

#include <gtest/gtest.h>
#include <unicode/brkiter.h>
#include <unicode/unistr.h>

#include "search/stem.h"

namespace search {
namespace {

std::string words(std::string_view text, TokenKind kind = TokenKind::word,
                  const std::vector<std::string>& user_words = {}) {
    static const Tokenizer plain;
    std::unique_ptr<Tokenizer> own;
    if (!user_words.empty()) own = std::make_unique<Tokenizer>(user_words);
    TokenList tokens;
    (own ? *own : plain).tokenize(text, tokens);
    std::string result;
    for (const Token& token : tokens.tokens) {
        if (token.kind == kind)
            result += (result.empty() ? "" : "|") + std::string(tokens.text(token));
    }
    return result;
}

TEST(Tokens, SplitsChineseIntoWords) {
    EXPECT_EQ(words("采用无损检测技术"), "采用|无|损|检测|技术");
    EXPECT_EQ(words("甘蔗的综合利用"), "甘蔗|综合|利用");
}

TEST(Tokens, KeepsUserWordsWhole) {
    EXPECT_EQ(words("拜耳法赤泥"), "拜|耳|法|赤|泥");
    EXPECT_EQ(words("拜耳法赤泥", TokenKind::word, {"拜耳法"}), "拜耳法|赤|泥");
}

TEST(Tokens, AddsPairsWhereTheSplitIsInDoubt) {
    EXPECT_EQ(words("拜耳法", TokenKind::gram), "拜耳|耳法");
    EXPECT_EQ(words("亚硫酸", TokenKind::gram), "亚硫|硫酸");
    EXPECT_EQ(words("检测技术", TokenKind::gram), "");
}

TEST(Tokens, FoldsTraditionalFullWidthAndCase) {
    EXPECT_EQ(words("無損檢測"), words("无损检测"));
    EXPECT_EQ(words("ＳＣＲ"), "scr");
    EXPECT_EQ(words("ＴＲ４"), "tr4");
}

TEST(Tokens, KeepsNumbersWithUnits) {
    EXPECT_EQ(words("1,000吨"), "1000|吨");
    EXPECT_EQ(words("500kg"), "500|kg");
    EXPECT_EQ(words("500kg", TokenKind::gram), "500kg");
    EXPECT_EQ(words("纯度99.5%"), "纯度|99.5|%");
    EXPECT_EQ(words("150℃"), "150|°c");
}

TEST(Tokens, FindsVietnameseWithAndWithoutMarks) {
    EXPECT_EQ(words("vàng lá"), "vàng|lá");
    EXPECT_EQ(words("vàng lá", TokenKind::bare), "vang|la");
    EXPECT_EQ(words("đường mía", TokenKind::bare), "duong|mia");
    // The same word with loose combining marks (a + grave).
    EXPECT_EQ(words("va\u0300ng"), "vàng");
}

TEST(Tokens, SplitsThaiByDictionary) {
    EXPECT_EQ(words("เครื่องปลูกอ้อยสำหรับพื้นที่"), "เครื่อง|ปลูก|อ้อย|สำหรับ|พื้นที่");
}

TEST(Tokens, StemsEnglishAndMalay) {
    EXPECT_EQ(stem("coatings", StemLanguage::english), stem("coated", StemLanguage::english));
    EXPECT_EQ(stem("batteries", StemLanguage::english), stem("battery", StemLanguage::english));
    EXPECT_EQ(stem("peringatan", StemLanguage::malay),
              stem("memperingatkan", StemLanguage::malay).substr(3));
    EXPECT_EQ(stem("glass", StemLanguage::english), "glass");
}

TEST(Tokens, SurvivesAnything) {
    std::string bytes;
    for (int i = 0; i < 256; ++i)
        bytes.push_back(static_cast<char>(i));
    TokenList tokens;
    Tokenizer tokenizer;
    tokenizer.tokenize(bytes, tokens);
    for (const Token& token : tokens.tokens) {
        EXPECT_LE(token.begin, token.end);
        EXPECT_LE(token.end, tokens.source.size());
    }
    EXPECT_EQ(words(""), "");
    EXPECT_EQ(words("\xF0\xA0\x80\x80赤"), words("\xF0\xA0\x80\x80赤"));
}

/// The splitter walks ICU's own dictionary by ICU's own rule: it must find ICU's own words.
TEST(Tokens, AgreesWithIcuOnChinese) {
    std::ifstream file("tests/match/data/open-entries.jsonl");
    std::string line;
    UErrorCode status = U_ZERO_ERROR;
    std::unique_ptr<icu::BreakIterator> breaker(
        icu::BreakIterator::createWordInstance(icu::Locale::getChinese(), status));
    ASSERT_TRUE(U_SUCCESS(status));
    HanWords han_words;
    std::vector<std::uint8_t> lengths;
    int runs = 0;
    while (std::getline(file, line)) {
        icu::UnicodeString text = icu::UnicodeString::fromUTF8(line);
        for (int at = 0; at < text.length();) {
            int end = at;
            while (end < text.length() && text[end] >= 0x4E00 && text[end] <= 0x9FFF)
                ++end;
            if (end == at) {
                ++at;
                continue;
            }
            icu::UnicodeString run(text, at, end - at);
            breaker->setText(run);
            std::vector<std::uint8_t> expected;
            int from = breaker->first();
            for (int to = breaker->next(); to != icu::BreakIterator::DONE; to = breaker->next()) {
                expected.push_back(static_cast<std::uint8_t>(to - from));
                from = to;
            }
            han_words.split({run.getBuffer(), static_cast<std::size_t>(run.length())}, lengths);
            std::string utf8;
            EXPECT_EQ(lengths, expected) << run.toUTF8String(utf8);
            ++runs;
            at = end;
        }
    }
    EXPECT_GT(runs, 500);
}

}  // namespace
}  // namespace search
