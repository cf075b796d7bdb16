#include "base/money.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace base {
namespace {

Currency currency(std::string_view code) {
    return Currency::parse(code).value();
}

std::string refusal(std::string_view text, Currency currency = {}) {
    auto amount = Money::parse(text, currency);
    return amount ? "accepted as " + amount->to_string() : amount.error().code;
}

std::string capitals(std::string_view text) {
    return Money::parse(text).value().to_chinese_capitals();
}

TEST(Money, ReadsTheFormsThatPeopleWrite) {
    EXPECT_EQ(Money::parse("1050000").value(), Money::yuan(1'050'000));
    EXPECT_EQ(Money::parse("1050000.5").value(), Money::fen(105'000'050));
    EXPECT_EQ(Money::parse("1,050,000.00").value(), Money::yuan(1'050'000));
    EXPECT_EQ(Money::parse("-12.34").value(), Money::fen(-1234));
    EXPECT_EQ(Money::parse("0.01").value(), Money::fen(1));
    EXPECT_EQ(Money::parse("000.10").value(), Money::fen(10));
    EXPECT_EQ(Money::parse("100000000000000.00").value().minor, Money::minor_max);
}

TEST(Money, MinusZeroIsZero) {
    Money zero = Money::parse("-0").value();
    EXPECT_TRUE(zero.is_zero());
    EXPECT_FALSE(zero.is_negative());
    EXPECT_EQ(zero.to_string(), "0.00");
}

TEST(Money, RefusesWhatCanBeReadInTwoWays) {
    for (const char* text :
         {"",      "-",  ".",      "1.",   ".5",     "--1",  "+1",     "1e3",       "1E3",
          "0x10",  " 1", "1 ",     "1,00", "1,0000", ",100", "1,,000", "10,00,000", "1.0,0",
          "1 000", "元", "１００", "1．5", "1.2.3",  "NaN",  "inf",    "1'000"}) {
        EXPECT_EQ(refusal(text), "amount_malformed") << text;
    }
}

TEST(Money, RefusesTooPreciseAndTooLarge) {
    EXPECT_EQ(refusal("1.001"), "amount_too_precise");
    EXPECT_EQ(refusal("1.000"), "amount_too_precise");
    EXPECT_EQ(refusal(std::string(400, '9')), "amount_out_of_range");
    EXPECT_EQ(refusal("-" + std::string(400, '9')), "amount_out_of_range");
    EXPECT_EQ(refusal("100000000000000.01"), "amount_out_of_range");
    EXPECT_EQ(refusal(std::string(400, '0') + "1"), "accepted as 1.00");
}

TEST(Money, KnowsTheDecimalsOfACurrency) {
    EXPECT_EQ(Money::parse("25000", currency("VND")).value().to_string(), "25000");
    EXPECT_EQ(refusal("25000.5", currency("VND")), "amount_too_precise");
    EXPECT_EQ(Money::parse("1.005", currency("KWD")).value().to_string(), "1.005");
    EXPECT_EQ(Money::parse("10.50", currency("THB")).value().to_string(), "10.50");
    for (const char* code : {"", "CN", "CNYX", "cny", "C1Y", "元元元"}) {
        EXPECT_EQ(Currency::parse(code).error().code, "currency_malformed") << code;
    }
}

TEST(Money, PrintsForPeople) {
    EXPECT_EQ(Money::fen(105'000'000).to_grouped_string(), "1,050,000.00");
    EXPECT_EQ(Money::fen(-99'999).to_grouped_string(), "-999.99");
    EXPECT_EQ(Money::yuan(1'050'000).to_wan_string(), "105");
    EXPECT_EQ(Money::yuan(1'055'000).to_wan_string(), "105.5");
    EXPECT_EQ(Money::yuan(50).to_wan_string(), "0.01");
    EXPECT_EQ(Money::yuan(123'456'789).to_wan_string(), "12,345.68");
    EXPECT_EQ(Money().to_wan_string(), "0");
}

TEST(Money, WritesCapitalsAsOnContracts) {
    EXPECT_EQ(capitals("1050000.00"), "壹佰零伍万元整");
    EXPECT_EQ(capitals("100000001.05"), "壹亿零壹元零伍分");
    EXPECT_EQ(capitals("10010.00"), "壹万零壹拾元整");
    EXPECT_EQ(capitals("0.30"), "叁角");
    EXPECT_EQ(capitals("0"), "零元整");
    EXPECT_EQ(capitals("0.05"), "伍分");
    EXPECT_EQ(capitals("10"), "壹拾元整");
    EXPECT_EQ(capitals("1409.50"), "壹仟肆佰零玖元伍角");
    EXPECT_EQ(capitals("6007.14"), "陆仟零柒元壹角肆分");
    EXPECT_EQ(capitals("325.04"), "叁佰贰拾伍元零肆分");
    EXPECT_EQ(capitals("20000000"), "贰仟万元整");
    EXPECT_EQ(capitals("100000010000"), "壹仟亿零壹万元整");
    EXPECT_EQ(capitals("1234500000000"), "壹万贰仟叁佰肆拾伍亿元整");
    EXPECT_EQ(capitals("1000000000000"), "壹万亿元整");
    EXPECT_EQ(capitals("100000000000000"), "壹佰万亿元整");
}

TEST(Money, ScalesHalfUpAwayFromZero) {
    EXPECT_EQ(Money::fen(1).scaled(1, 2), Money::fen(1));
    EXPECT_EQ(Money::fen(-1).scaled(1, 2), Money::fen(-1));
    EXPECT_EQ(Money::fen(1).scaled(1, 3), Money::fen(0));
    EXPECT_EQ(Money::fen(Money::minor_max).scaled(999'999'999, 1'000'000'000).minor,
              9'999'999'990'000'000);
}

TEST(MoneyDeathTest, MixingCurrenciesAborts) {
    Money dong{1000, currency("VND")};
    EXPECT_DEATH((void)(Money::fen(1) + dong), "currency == other.currency");
    EXPECT_DEATH((void)(Money::fen(1) < dong), "currency == other.currency");
    EXPECT_DEATH((void)Money::fen(-1).to_chinese_capitals(), "minor >= 0");
}

RC_GTEST_PROP(Money, TextRoundTrip, ()) {
    auto minor = *rc::gen::inRange<std::int64_t>(-Money::minor_max, Money::minor_max + 1);
    auto code = *rc::gen::element<std::string>("CNY", "VND", "KWD", "USD");
    Money money{minor, currency(code)};
    RC_ASSERT(Money::parse(money.to_string(), money.currency).value() == money);
    RC_ASSERT(Money::parse(money.to_grouped_string(), money.currency).value() == money);
}

RC_GTEST_PROP(Money, CapitalsNameEachAmountOnce, ()) {
    auto a = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
    auto b = *rc::gen::inRange<std::int64_t>(0, 1'000'000'000);
    RC_ASSERT((a == b) ==
              (Money::fen(a).to_chinese_capitals() == Money::fen(b).to_chinese_capitals()));
}

}  // namespace
}  // namespace base
