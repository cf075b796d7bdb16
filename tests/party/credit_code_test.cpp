#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "party/organisation.h"

namespace party {

namespace {

constexpr std::string_view alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";

std::string any_17() {
    std::string text;
    for (int i = 0; i < 17; ++i)
        text += alphabet[*rc::gen::inRange<std::size_t>(0, alphabet.size())];
    return text;
}

TEST(CreditCode, KnowsRealCodes) {
    EXPECT_TRUE(is_valid_credit_code("91350100M000100Y43"));
    EXPECT_TRUE(is_valid_credit_code("11100000000019713D"));
    EXPECT_FALSE(is_valid_credit_code("91350100M000100Y4Z"));
    EXPECT_FALSE(is_valid_credit_code("91350100M000100Y44"));
    EXPECT_FALSE(is_valid_credit_code("91350100m000100y43"));
    EXPECT_FALSE(is_valid_credit_code(""));
    EXPECT_FALSE(is_valid_credit_code("91350100M000100Y4"));
    EXPECT_FALSE(is_valid_credit_code("91350100M000100Y433"));
    EXPECT_FALSE(is_valid_credit_code("91350100I000100Y43"));
}

TEST(CreditCode, EachFirst17HasExactlyOneCheckCharacter) {
    EXPECT_TRUE(rc::check("one of 31", [] {
        const std::string body = any_17();
        int valid = 0;
        for (const char last : alphabet)
            valid += is_valid_credit_code(body + last) ? 1 : 0;
        RC_ASSERT(valid == 1);
        RC_ASSERT(is_valid_credit_code(body + credit_code_check(body)));
    }));
}

TEST(CreditCode, OneWrongCharacterIsNoticed) {
    EXPECT_TRUE(rc::check("single substitution", [] {
        const std::string body = any_17();
        std::string code = body + credit_code_check(body);
        const auto at = *rc::gen::inRange<std::size_t>(0, 18);
        const char other = alphabet[*rc::gen::inRange<std::size_t>(0, alphabet.size())];
        RC_PRE(other != code[at]);
        code[at] = other;
        RC_ASSERT(!is_valid_credit_code(code));
    }));
}

TEST(CreditCode, TwoNeighboursSwappedAreNoticed) {
    EXPECT_TRUE(rc::check("transposition", [] {
        const std::string body = any_17();
        std::string code = body + credit_code_check(body);
        const auto at = *rc::gen::inRange<std::size_t>(0, 16);
        RC_PRE(code[at] != code[at + 1]);
        std::swap(code[at], code[at + 1]);
        RC_ASSERT(!is_valid_credit_code(code));
    }));
}

}  // namespace

}  // namespace party
