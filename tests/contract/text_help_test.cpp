#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/test_folder.h"
#include "contract/text_clauses.h"
#include "contract/text_source.h"
#include "format/encoding.h"
#include "format/pdf.h"
#include "format/zip.h"

namespace contract {
namespace {

using base::Money;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

const ClauseRules& rules() {
    static const ClauseRules loaded = [] {
        auto rules = ClauseRules::load(GUIQIAO_SOURCE_DIR "/regions/guangxi/contract/clauses.yaml");
        if (!rules) ADD_FAILURE() << base::describe(rules.error());
        return rules.value_or(ClauseRules{});
    }();
    return loaded;
}

const std::vector<std::string>& commissioned() {
    static const std::vector<std::string> paragraphs{
        "技术开发（委托）合同",
        "甲方（委托方）：样例汽车零部件公司，统一社会信用代码 91450100MA5K10002X",
        "乙方（受托方）：样例大学，法定代表人 某某",
        "第一条 技术内容",
        "研究开发轻量化摆臂，技术指标为减重百分之三十、疲劳寿命五十万次。",
        "第二条 合同金额 人民币壹佰贰拾万元整（¥1,200,000.00元），分期支付。",
        "第三条 知识产权 研究成果的专利申请权归甲方所有，后续改进归改进方。",
        "第四条 验收标准：样件两套经台架试验合格。",
        "第五条 有效期 自签订之日起一年。",
        "第六条 违约责任 逾期一日支付违约金千分之一。"};
    return paragraphs;
}

TextFindings findings_of(const std::vector<std::string>& paragraphs,
                         const std::vector<std::string>& kinds = {"rnd"}) {
    return find_clauses(rules(), paragraphs, kinds);
}

std::vector<std::string> missing_ids(const TextFindings& findings) {
    std::vector<std::string> ids;
    for (const ClauseRule* rule : findings.missing)
        ids.push_back(rule->id);
    return ids;
}

const FoundClause& clause(const TextFindings& findings, std::string_view id) {
    for (const FoundClause& found : findings.clauses) {
        if (found.rule->id == id) return found;
    }
    ADD_FAILURE() << "no clause " << id;
    return findings.clauses.front();
}

TEST(TextHelp, QuotesTheClausesOfACompleteContract) {
    TextFindings findings = findings_of(commissioned());
    EXPECT_THAT(missing_ids(findings), IsEmpty());
    EXPECT_THAT(findings.conflicts, IsEmpty());
    EXPECT_EQ(clause(findings, "price").quotes.front().paragraph, 5U);
    EXPECT_EQ(clause(findings, "ownership").quotes.front().paragraph, 6U);
    EXPECT_EQ(clause(findings, "acceptance").quotes.front().paragraph, 7U);
    // A heading that stands alone is quoted with what it heads.
    EXPECT_EQ(clause(findings, "subject").quotes.front().paragraph, 3U);
    EXPECT_TRUE(clause(findings, "subject").quotes.front().text.contains("轻量化摆臂"));
    EXPECT_FALSE(clause(findings, "secrecy").found());
}

TEST(TextHelp, AMissingClauseIsOnTheListOnlyWhereItIsNeeded) {
    for (std::size_t taken : {6U, 7U}) {
        auto paragraphs = commissioned();
        paragraphs.erase(paragraphs.begin() + static_cast<std::ptrdiff_t>(taken));
        EXPECT_THAT(missing_ids(findings_of(paragraphs)),
                    ElementsAre(taken == 6 ? "ownership" : "acceptance"));
        // A report needs neither ownership nor acceptance clause.
        EXPECT_THAT(missing_ids(findings_of(paragraphs, {"analysis"})), IsEmpty());
    }
    EXPECT_THAT(missing_ids(findings_of({"你好"})),
                ElementsAre("parties", "subject", "price", "ownership", "acceptance", "term"));
}

TEST(TextHelp, WordsOfAMonopolyAreShownAndDecideNothing) {
    auto paragraphs = commissioned();
    paragraphs.emplace_back("第七条 被许可方不得对技术进行改进，改进成果无偿归许可方。");
    TextFindings findings = findings_of(paragraphs);
    EXPECT_EQ(clause(findings, "restrictions").alarms.size(), 1U);
    EXPECT_THAT(clause(findings_of(commissioned()), "restrictions").alarms, IsEmpty());
}

TEST(TextHelp, TraditionalTextIsFoundAsWell) {
    TextFindings findings = findings_of({"第三條 知識產權 專利申請權歸甲方所有"});
    EXPECT_TRUE(clause(findings, "ownership").found());
}

TEST(TextHelp, CapitalsThatDifferFromTheDigitsAreAConflict) {
    auto conflict_in = [](const std::string& text) { return findings_of({text}).conflicts; };
    auto wrong = conflict_in("合同总额人民币壹佰贰拾万元整（小写：1,020,000.00元）");
    ASSERT_EQ(wrong.size(), 1U);
    EXPECT_EQ(wrong[0].in_capitals, Money::yuan(1'200'000));
    EXPECT_EQ(wrong[0].in_digits, Money::yuan(1'020'000));
    EXPECT_THAT(conflict_in("壹佰贰拾万元整（￥1,200,000.00）"), IsEmpty());
    EXPECT_THAT(conflict_in("壹佰贰拾万元整（120万元）"), IsEmpty());
    EXPECT_THAT(conflict_in("首付叁拾万元整（300000元），余款玖拾万元（900000元）"), IsEmpty());
    EXPECT_EQ(conflict_in("首付叁拾万元整（300000元），余款玖拾万元（90000元）").size(), 1U);
    // Prose is no amount.
    EXPECT_THAT(conflict_in("提供三元锂电池样品100元"), IsEmpty());
}

TEST(TextHelp, ReadsAmountsInCapitals) {
    auto fen = [](const char* text) {
        auto amount = parse_chinese_capitals(text);
        return amount ? amount->minor : -1;
    };
    EXPECT_EQ(fen("壹佰零伍万元整"), 105'000'000);
    EXPECT_EQ(fen("拾万元"), 10'000'000);
    EXPECT_EQ(fen("伍佰万零叁元肆角伍分"), 500'000'345);
    EXPECT_EQ(fen("壹亿贰仟叁佰万元整"), 12'300'000'000);
    EXPECT_EQ(fen("玖元零伍分"), 905);
    EXPECT_EQ(fen("一百零五万元"), 105'000'000);
    EXPECT_EQ(fen("万元"), -1);
    EXPECT_EQ(fen("壹佰"), -1);
    EXPECT_EQ(fen("元"), -1);
    for (std::int64_t amount : {1LL, 10LL, 105LL, 100'00LL, 1'001'00LL, 120'000'000LL, 5'000'345LL,
                                10'000'000'000'00LL, 99'999'999'99LL}) {
        std::string capitals = Money::fen(amount).to_chinese_capitals();
        if (!capitals.contains("元")) continue;  // below one yuan there is nothing to compare
        auto read = parse_chinese_capitals(capitals);
        ASSERT_TRUE(read) << capitals;
        EXPECT_EQ(read->minor, amount) << capitals;
    }
}

TEST(TextHelp, ReadsAmountsInDigitsWithTheirUnit) {
    EXPECT_THAT(amounts_in_digits("总额 1,200,000.00 元，其中120.5万元，¥300，2.5亿元，共3套"),
                ElementsAre(Money::yuan(1'200'000), Money::yuan(1'205'000), Money::yuan(300),
                            Money::yuan(250'000'000)));
    EXPECT_THAT(amounts_in_digits("99999999999999999999元"), IsEmpty());
}

class TextSource : public testing::Test {
  protected:
    base::TestFolder folder;

    base::Result<ContractText> read(const std::string& bytes, const TextLimits& limits = {}) {
        return read_contract_text(bytes, folder.path(), limits);
    }
    std::string refusal(const std::string& bytes, const TextLimits& limits = {}) {
        auto text = read(bytes, limits);
        return text ? "read" : text.error().code;
    }
    static std::string docx(const std::string& body, bool macros = false) {
        format::ZipWriter zip;
        base::Time day{1'700'000'000'000'000};
        zip.add("[Content_Types].xml", "<Types/>", day);
        zip.add(
            "word/document.xml",
            "<w:document xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'>"
            "<w:body>" +
                body + "</w:body></w:document>",
            day);
        if (macros) zip.add("word/vbaProject.bin", "Sub AutoOpen", day);
        return zip.finish();
    }
    static std::string pdf(int pages) {
        format::PdfDocument document({.title = "合同", .created = {1'700'000'000'000'000}});
        for (int page = 0; page < pages; ++page) {
            if (page > 0) document.page_break();
            document.paragraph("第一条 技术内容 研究开发轻量化摆臂");
        }
        return document.finish();
    }
};

TEST_F(TextSource, LongWrappedParagraphsAreJoinedInOnePass) {
    std::string line = "甲方委托乙方研究开发一种用于山区甘蔗收割的轻量化摆臂并交付全部工艺文件";
    std::string text;
    constexpr int lines = 40'000;
    for (int i = 0; i < lines; ++i)
        text += line + "\n";
    text += "短尾\n乙方按期交付成果";
    auto paragraphs = paragraphs_of(text);
    ASSERT_EQ(paragraphs.size(), 2U) << "a short last line ends its paragraph";
    EXPECT_EQ(paragraphs[0].size(), lines * line.size() + std::string("短尾").size());
}

TEST_F(TextSource, ReadsDocxPdfAndText) {
    auto word =
        read(docx("<w:p><w:r><w:t>第一条 </w:t></w:r><w:r><w:t>技术内容</w:t></w:r></w:p>"
                  "<w:tbl><w:tr><w:tc><w:p><w:r><w:t>表中</w:t></w:r></w:p></w:tc></w:tr>"
                  "</w:tbl><w:p><w:del><w:r><w:delText>删去</w:delText></w:r></w:del></w:p>"));
    ASSERT_TRUE(word) << base::describe(word.error());
    EXPECT_THAT(word->paragraphs, ElementsAre("第一条 技术内容", "表中"));
    auto print = read(pdf(2));
    ASSERT_TRUE(print) << base::describe(print.error());
    EXPECT_EQ(print->pages, 2);
    EXPECT_TRUE(print->paragraphs.front().contains("轻量化摆臂"));
    EXPECT_THAT(read("第一条\n\n  技术内容。\n")->paragraphs, ElementsAre("第一条", "技术内容。"));
}

TEST_F(TextSource, ReadsTheEncodingsThatOccur) {
    std::string text = "甲方委托乙方研究开发轻量化摆臂，合同总额人民币壹佰万元整。";
    EXPECT_THAT(read(format::encode_gb18030(text))->paragraphs, ElementsAre(text));
    EXPECT_THAT(read("\xEF\xBB\xBF" + text)->paragraphs, ElementsAre(text));
    EXPECT_EQ(refusal("\xFF\xC0\x80\xFE\xFF\xC0 wrong"), "text_encoding_unknown");
}

TEST_F(TextSource, MacrosAreNotOpenedAndThatIsSaid) {
    auto text = read(docx("<w:p><w:r><w:t>正文</w:t></w:r></w:p>", true));
    ASSERT_TRUE(text);
    EXPECT_THAT(text->remarks, ElementsAre("text_macros_ignored"));
    EXPECT_THAT(text->paragraphs, ElementsAre("正文"));
}

TEST_F(TextSource, PagesBeyondTheLimitAreNamed) {
    TextLimits limits;
    limits.pages_max = 3;
    auto text = read(pdf(12), limits);
    ASSERT_TRUE(text);
    EXPECT_EQ(text->pages, 12);
    EXPECT_THAT(text->remarks, Contains("text_pages_cut"));
    EXPECT_EQ(text->paragraphs.size(), 6U);  // a line and the foot of each page
}

TEST_F(TextSource, TwoThousandPagesAreReadAsFarAsTheLimit) {
    auto text = read(pdf(2000));
    ASSERT_TRUE(text) << base::describe(text.error());
    EXPECT_EQ(text->pages, 2000);
    EXPECT_EQ(text->paragraphs.size(), 600U);
    EXPECT_THAT(text->remarks, Contains("text_pages_cut"));
}

TEST_F(TextSource, DamagedFilesGetAnAnswer) {
    std::string good = docx("<w:p><w:r><w:t>正文</w:t></w:r></w:p>");
    EXPECT_EQ(refusal(good.substr(0, good.size() / 2)), "text_unreadable");
    EXPECT_EQ(refusal(docx("<w:p><w:t>")), "text_unreadable");
    EXPECT_EQ(refusal(docx("")), "text_empty");
    EXPECT_EQ(refusal("%PDF-1.7\nnothing of a document"), "text_unreadable");
    std::string print = pdf(1);
    EXPECT_NE(refusal(print.substr(0, print.size() / 3)), "read");
    EXPECT_EQ(refusal(""), "text_empty");
    EXPECT_EQ(refusal(" \n \n"), "text_empty");
    EXPECT_EQ(refusal("\x89PNG\r\n\x1a\n0000"), "text_type_unsupported");
    EXPECT_EQ(refusal(docx("<!DOCTYPE x>")), "text_unreadable");
}

TEST_F(TextSource, NothingOfTheUploadIsLeftInTheScratchFolder) {
    ASSERT_TRUE(read(pdf(1)));
    EXPECT_NE(refusal("%PDF-1.7 broken"), "read");
    EXPECT_TRUE(std::filesystem::is_empty(folder.path()));
}

}  // namespace
}  // namespace contract
