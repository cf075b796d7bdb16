#include <gtest/gtest.h>

#include "search/query.h"

namespace search {
namespace {

const Schema schema{{{"title", 4}, {"body", 1}}, {}, {}};

std::string show(const QueryNode& node) {
    using Kind = QueryNode::Kind;
    std::string field = node.field.empty() ? "" : node.field + ":";
    switch (node.kind) {
        case Kind::word:
            return field + node.text;
        case Kind::phrase:
            return field + "\"" + node.text + "\"";
        case Kind::prefix:
            return field + node.text + "*";
        case Kind::fuzzy:
            return field + node.text + "~" + std::to_string(node.edits);
        default:
            break;
    }
    std::string result = node.kind == Kind::all        ? "all("
                         : node.kind == Kind::any      ? "any("
                         : node.kind == Kind::negation ? "not("
                                                       : "wish(";
    for (std::size_t i = 0; i < node.parts.size(); ++i)
        result += (i > 0 ? " " : "") + show(node.parts[i]);
    return result + ")";
}

std::string read(std::string_view text, Matching matching = Matching::all) {
    auto node = parse_query(text, schema, matching);
    if (node) return show(*node);
    auto column = node.error().parameters.find("column");
    return node.error().code +
           (column == node.error().parameters.end() ? "" : "@" + column->second);
}

TEST(Parser, ReadsWordsPhrasesAndFields) {
    EXPECT_EQ(read("赤泥 脱碱"), "all(赤泥 脱碱)");
    EXPECT_EQ(read("赤泥 脱碱", Matching::any), "any(赤泥 脱碱)");
    EXPECT_EQ(read("\"综合 利用\""), "\"综合 利用\"");
    EXPECT_EQ(read("title:赤泥 body:\"余渣 制砖\""), "all(title:赤泥 body:\"余渣 制砖\")");
    EXPECT_EQ(read("coat* weldng~"), "all(coat* weldng~2)");
    EXPECT_EQ(read("weld~1"), "weld~1");
    EXPECT_EQ(read("   "), "all()");
}

TEST(Parser, ReadsOperators) {
    EXPECT_EQ(read("a AND b OR c"), "any(all(a b) c)");
    EXPECT_EQ(read("a (b OR c) NOT d"), "all(a any(b c) not(d))");
    EXPECT_EQ(read("a -d"), "all(a not(d))");
    EXPECT_EQ(read("+a b c", Matching::any), "all(a wish(any(b c)))");
    EXPECT_EQ(read("a b -c", Matching::any), "all(not(c) any(a b))");
    EXPECT_EQ(read("NOT NOT a"), "a");
}

TEST(Parser, TakesFullWidthSigns) {
    EXPECT_EQ(read("（赤泥 OR 废渣）"), "any(赤泥 废渣)");
    EXPECT_EQ(read("title：赤泥"), "title:赤泥");
    EXPECT_EQ(read("“综合利用”"), "\"综合利用\"");
}

TEST(Parser, ExplainsErrorsAtTheirPlace) {
    EXPECT_EQ(read("赤泥 \"脱碱"), "query_quote_open@4");
    EXPECT_EQ(read("(赤泥 OR 废渣"), "query_parenthesis_open@1");
    EXPECT_EQ(read("赤泥) 废渣"), "query_parenthesis_unexpected@3");
    EXPECT_EQ(read("赤泥 AND"), "query_operand_missing@7");
    EXPECT_EQ(read("AND 赤泥"), "query_operand_missing@1");
    EXPECT_EQ(read("赤泥 OR"), "query_operand_missing@6");
    EXPECT_EQ(read("()"), "query_operand_missing@2");
    EXPECT_EQ(read("colour:red"), "query_field_unknown@1");
    EXPECT_EQ(read("a title:"), "query_operand_missing@3");
    EXPECT_EQ(read("-a"), "query_only_negation@1");
    EXPECT_EQ(read("a OR -b"), "query_only_negation@1");
    EXPECT_EQ(read("x*"), "query_prefix_too_short@1");
    EXPECT_EQ(read("赤泥\x01脱碱"), "query_control_character@3");
    auto refused = parse_query("赤泥 \"脱碱", schema);
    EXPECT_EQ(refused.error().parameters.at("near"), "\"脱碱");
}

TEST(Parser, RefusesHostileQueriesInBoundedTime) {
    EXPECT_EQ(read(std::string(1 << 20, 'a')), "query_too_long");
    std::string many;
    for (int i = 0; i < 10'000; ++i)
        many += "w" + std::to_string(i) + " ";
    EXPECT_EQ(read(many), "query_too_long");
    std::string fewer;
    for (int i = 0; i < 1'000; ++i)
        fewer += "w ";
    EXPECT_EQ(read(fewer), "query_too_many_words@513");
    EXPECT_EQ(read(std::string(4000, '(')), "query_too_deep@34");
    EXPECT_EQ(read("\xFF\xFE"), "query_not_utf8");
}

/// Whatever the bytes, the parser answers; and what it accepts it reads the same way twice.
TEST(Parser, AnswersEveryByteSequence) {
    std::uint64_t state = 7;
    const std::string alphabet = "ab()\"*~:-+ \t赤OR AND NOT title:";
    for (int round = 0; round < 20'000; ++round) {
        std::string text;
        for (int i = 0; i < 24; ++i) {
            state = state * 6364136223846793005U + 1442695040888963407U;
            text.push_back(alphabet[(state >> 33) % alphabet.size()]);
        }
        auto first = parse_query(text, schema);
        auto second = parse_query(text, schema);
        ASSERT_EQ(first.has_value(), second.has_value());
        if (first) {
            ASSERT_EQ(*first, *second);
        } else {
            ASSERT_TRUE(first.error().code.starts_with("query_")) << text;
        }
    }
}

}  // namespace
}  // namespace search
