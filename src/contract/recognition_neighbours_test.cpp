#include "contract/recognition_neighbours.h"

#include <algorithm>

#include "contract/recognition_support.h"

namespace contract::recognition_test {
namespace {

using base::Date;
using base::Money;

NeighbourContract contract_of(const std::string& id, Date day, std::int64_t yuan) {
    NeighbourContract contract;
    contract.id = id;
    contract.seller.credit_code = "914501000000000001";
    contract.seller.credit_code.replace(8, 8, "11111111");
    contract.buyer.credit_code = "91450100222222222X";
    contract.title = "轻量化摆臂研发 " + id;
    contract.signed_on = day;
    contract.total = Money::yuan(yuan);
    contract.technical = Money::yuan(yuan);
    return contract;
}

std::vector<std::string> codes(const std::vector<NeighbourQuestion>& questions) {
    std::vector<std::string> result;
    for (const NeighbourQuestion& question : questions)
        result.push_back(question.code);
    return result;
}

TEST(Neighbours, TwoHalvesOfALargeContractRaiseAQuestionWithTheirSum) {
    auto one = contract_of("K1", {2026, 3, 2}, 2'600'000);
    auto two = contract_of("K2", {2026, 3, 12}, 2'600'000);
    auto questions = neighbour_questions(draft(), one, {two});
    ASSERT_EQ(codes(questions), std::vector<std::string>{"Q-SPLIT"});
    EXPECT_EQ(questions[0].contracts, std::vector<std::string>{"K2"});
    auto sum = std::find(questions[0].evidence.begin(), questions[0].evidence.end(),
                         std::pair<std::string, std::string>{"sum", "5200000.00"});
    EXPECT_NE(sum, questions[0].evidence.end());
    EXPECT_TRUE(neighbour_questions(rules_2001(), one, {two}).empty());
}

TEST(Neighbours, NoSplitIsAskedWhenOneConditionIsMissing) {
    auto one = contract_of("K1", {2026, 3, 2}, 2'600'000);
    auto late = contract_of("K2", {2026, 6, 1}, 2'600'000);  // 91 days
    EXPECT_TRUE(neighbour_questions(draft(), one, {late}).empty());
    late.signed_on = {2026, 5, 31};  // 90 days
    EXPECT_FALSE(neighbour_questions(draft(), one, {late}).empty());
    auto small = contract_of("K2", {2026, 3, 12}, 2'399'999);
    EXPECT_TRUE(neighbour_questions(draft(), one, {small}).empty());
    auto large = contract_of("K2", {2026, 3, 12}, 5'000'000);
    EXPECT_TRUE(neighbour_questions(draft(), one, {large}).empty());
    auto unlike = contract_of("K2", {2026, 3, 12}, 2'600'000);
    unlike.title = "糖厂余热回收服务";
    EXPECT_TRUE(neighbour_questions(draft(), one, {unlike}).empty());
    auto foreign = contract_of("K2", {2026, 3, 12}, 2'600'000);
    foreign.buyer.credit_code = "91450100333333333X";
    EXPECT_TRUE(neighbour_questions(draft(), one, {foreign}).empty());
    foreign.buyer.address = "南宁市科园大道 1 号";
    one.buyer.address = "南宁市科园大道　1 号";
    EXPECT_FALSE(neighbour_questions(draft(), one, {foreign}).empty());
}

TEST(Neighbours, RelatedPartiesAreShownBySign) {
    auto contract = contract_of("K1", {2026, 3, 2}, 100);
    EXPECT_TRUE(neighbour_questions(draft(), contract, {}).empty());
    contract.seller.shareholders = {{"桂投公司", 30}};
    contract.buyer.shareholders = {{"桂投公司", 24}};
    EXPECT_TRUE(neighbour_questions(draft(), contract, {}).empty());
    contract.buyer.shareholders = {{"桂投公司", 25}};
    contract.seller.legal_representative = contract.buyer.legal_representative = "韦某";
    auto questions = neighbour_questions(draft(), contract, {});
    ASSERT_EQ(codes(questions), std::vector<std::string>{"Q-RELATED"});
    EXPECT_EQ(questions[0].evidence.size(), 2U);
}

TEST(Neighbours, TradeBackAndForthIsAskedAbout) {
    auto there = contract_of("K1", {2026, 3, 31}, 1'000'000);
    auto back = contract_of("K2", {2025, 3, 31}, 800'000);
    std::swap(back.seller, back.buyer);
    EXPECT_EQ(codes(neighbour_questions(draft(), there, {back})),
              std::vector<std::string>{"Q-CIRCULAR"});
    back.total = Money::fen(79'999'999);
    EXPECT_TRUE(neighbour_questions(draft(), there, {back}).empty());
    back.total = Money::yuan(800'000);
    back.signed_on = {2025, 3, 30};
    EXPECT_TRUE(neighbour_questions(draft(), there, {back}).empty());
}

TEST(Neighbours, TwoAgreeingMarksMakeAPossibleDuplicate) {
    auto one = contract_of("K1", {2026, 3, 2}, 100);
    auto two = contract_of("K2", {2026, 3, 2}, 200);
    EXPECT_TRUE(neighbour_questions(draft(), one, {two}).empty());
    two.total = one.total;
    EXPECT_EQ(codes(neighbour_questions(draft(), one, {two})),
              std::vector<std::string>{"Q-DUPLICATE"});
    two.total = Money::yuan(200);
    one.text_hash = two.text_hash = "ab12";
    EXPECT_EQ(codes(neighbour_questions(draft(), one, {two})),
              std::vector<std::string>{"Q-DUPLICATE"});
    EXPECT_TRUE(neighbour_questions(draft(), one, {one}).empty());
}

TEST(Neighbours, TheOrderOfNeighboursDoesNotShow) {
    auto one = contract_of("K1", {2026, 3, 2}, 2'000'000);
    auto two = contract_of("K2", {2026, 3, 3}, 2'000'000);
    auto three = contract_of("K3", {2026, 3, 4}, 2'000'000);
    EXPECT_EQ(neighbour_questions(draft(), one, {two, three}),
              neighbour_questions(draft(), one, {three, two}));
}

TEST(Neighbours, LikenessIsTheShareOfCommonPairs) {
    EXPECT_EQ(likeness("轻量化摆臂研发", "轻量化摆臂研发"), 1000);
    EXPECT_EQ(likeness("ＡＢＣ", "abc"), 1000);
    EXPECT_EQ(likeness("甲乙丙", "丁戊己"), 0);
    EXPECT_EQ(likeness("甲乙丙", "甲乙丁"), 500);
    EXPECT_EQ(likeness("", "甲"), 0);
    EXPECT_EQ(likeness("甲", "甲"), 1000);
}

}  // namespace
}  // namespace contract::recognition_test
