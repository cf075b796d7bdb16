#include "contract/amounts.h"

#include <gtest/gtest.h>

namespace contract {
namespace {

using base::Currency;
using base::Money;

Line line_of(LineKind kind, std::int64_t yuan) {
    return *make_line(0, kind, Money::yuan(yuan), std::nullopt);
}

TEST(Amounts, DollarsAreConvertedAtTheExactRate) {
    Money stated = *Money::parse("100000.00", *Currency::parse("USD"));
    auto line = make_line(0, LineKind::technical, stated, *ExchangeRate::parse("7.1234"));
    ASSERT_TRUE(line);
    EXPECT_EQ(line->yuan.to_string(), "712340.00");
}

TEST(Amounts, HalfACentRoundsUp) {
    Money cent = *Money::parse("0.01", *Currency::parse("USD"));
    EXPECT_EQ(to_yuan(cent, *ExchangeRate::parse("7.5"))->to_string(), "0.08");
    EXPECT_EQ(to_yuan(cent, *ExchangeRate::parse("7.49999999"))->to_string(), "0.07");
}

TEST(Amounts, CurrenciesWithoutDecimalsCountWholeUnits) {
    Money dong = *Money::parse("100000000", *Currency::parse("VND"));
    EXPECT_EQ(to_yuan(dong, *ExchangeRate::parse("0.00028"))->to_string(), "28000.00");
}

TEST(Amounts, BadRatesAreRefused) {
    for (const char* text :
         {"", "0", "0.000", "-7", "7.", ".5", "7,1", "1234567", "1.123456789", "7e2"}) {
        auto rate = ExchangeRate::parse(text);
        ASSERT_FALSE(rate) << text;
        EXPECT_EQ(rate.error().code, "rate_malformed");
    }
}

TEST(Amounts, LinesThatCannotBeAreRefused) {
    Money dollar = *Money::parse("1.00", *Currency::parse("USD"));
    EXPECT_EQ(make_line(0, LineKind::technical, dollar, std::nullopt).error().code, "rate_missing");
    EXPECT_EQ(make_line(0, LineKind::technical, Money::yuan(1), ExchangeRate()).error().code,
              "rate_unexpected");
    EXPECT_EQ(make_line(0, LineKind::technical, Money::yuan(-1), std::nullopt).error().code,
              "amount_negative");
    Money huge{Money::minor_max, *Currency::parse("USD")};
    EXPECT_EQ(make_line(0, LineKind::technical, huge, *ExchangeRate::parse("2")).error().code,
              "amount_out_of_range");
}

TEST(Amounts, OnlyTheExcessOfACarrierIsDeducted) {
    Line rigs = line_of(LineKind::carrier, 600'000);
    rigs.supplied = 3;
    rigs.needed = 2;
    Amounts amounts;
    amounts.add(line_of(LineKind::technical, 900'000));
    amounts.add(rigs);
    EXPECT_EQ(amounts.total, Money::yuan(1'500'000));
    EXPECT_EQ(amounts.non_technical, Money::yuan(200'000));
    EXPECT_EQ(amounts.technical, Money::yuan(1'300'000));
    rigs.needed = 5;
    EXPECT_TRUE(excess_of(rigs).is_zero());
}

TEST(Amounts, ReceiptsOfRoyaltiesAddUpWithoutANewFiling) {
    Amounts registered;
    registered.add(line_of(LineKind::technical, 500'000));
    registered.add(line_of(LineKind::royalty, 0));
    EXPECT_TRUE(registered.pending);
    auto top_up = add_receipt(registered, Money::yuan(120'000), Money::yuan(5'000'000));
    ASSERT_TRUE(top_up);
    EXPECT_EQ(top_up->cumulated.technical, Money::yuan(620'000));
    EXPECT_EQ(top_up->cumulated.total, Money::yuan(620'000));
    EXPECT_FALSE(top_up->needs_expert);
}

TEST(Amounts, TheReceiptThatLiftsOverTheLimitReopensTheExpertLaneOnce) {
    Amounts registered;
    registered.add(line_of(LineKind::technical, 4'900'000));
    registered.add(line_of(LineKind::royalty, 0));
    Money limit = Money::yuan(5'000'000);
    auto first = add_receipt(registered, Money::yuan(100'000), limit);
    ASSERT_TRUE(first);
    EXPECT_TRUE(first->needs_expert);
    EXPECT_FALSE(add_receipt(first->cumulated, Money::yuan(100'000), limit)->needs_expert);
    EXPECT_FALSE(add_receipt(registered, Money::yuan(100'000), std::nullopt)->needs_expert);
}

TEST(Amounts, ReceiptsThatCannotBeAreRefused) {
    Amounts registered;
    registered.add(line_of(LineKind::technical, 500'000));
    EXPECT_EQ(add_receipt(registered, Money::yuan(1), std::nullopt).error().code,
              "nothing_pending");
    registered.add(line_of(LineKind::royalty, 0));
    EXPECT_EQ(add_receipt(registered, Money(), std::nullopt).error().code, "amount_negative");
    EXPECT_EQ(add_receipt(registered, Money::fen(Money::minor_max), std::nullopt).error().code,
              "amount_out_of_range");
}

TEST(Amounts, TechnicalIncomeIsProRata) {
    Amounts registered;
    registered.add(line_of(LineKind::technical, 700'000));
    registered.add(line_of(LineKind::equipment, 300'000));
    EXPECT_EQ(technical_income(Money::yuan(100'000), registered), Money::yuan(70'000));
    EXPECT_EQ(technical_income(registered.total, registered), registered.technical);
    EXPECT_TRUE(technical_income(Money::yuan(5), Amounts()).is_zero());
}

}  // namespace
}  // namespace contract
