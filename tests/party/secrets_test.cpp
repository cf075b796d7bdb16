// Passwords and one-time codes.

#include <gtest/gtest.h>

#include "party/password.h"
#include "party/totp.h"

namespace party {

namespace {

std::string rule_of(std::string_view password) {
    const auto checked = check_password_policy(password, "nannan.li", "李楠楠楠楠楠楠楠楠楠楠");
    return checked ? "ok" : checked.error().parameters.at("rule");
}

TEST(Password, PolicyNamesTheRule) {
    EXPECT_EQ(rule_of("river-teal-osmanthus"), "ok");
    EXPECT_EQ(rule_of("桂花江水青绿山间小路"), "ok");
    EXPECT_EQ(rule_of("short1"), "too_short");
    EXPECT_EQ(rule_of(std::string(201, 'x') + "y"), "too_long");
    EXPECT_EQ(rule_of("nannan.li"), "too_short");
    EXPECT_EQ(rule_of("Nannan.Li2026"), "is_login");
    EXPECT_EQ(rule_of("李楠楠楠楠楠楠楠楠楠楠"), "is_name");
    EXPECT_EQ(rule_of("password123"), "is_common");
    EXPECT_EQ(rule_of("Password2026!"), "is_common");
    EXPECT_EQ(rule_of("123qwertyuiop"), "is_common");
    EXPECT_EQ(rule_of("adminadmin"), "is_common");
    EXPECT_EQ(rule_of("1990-01-02-03"), "is_common");
    EXPECT_EQ(rule_of("aaaaaaaaaaaa"), "is_run");
    EXPECT_EQ(rule_of("abcdefghijkl"), "is_run");
    EXPECT_EQ(rule_of("lkjihgfedcba"), "is_run");
    EXPECT_EQ(rule_of("river\x01teal-osmanthus"), "characters");
    EXPECT_EQ(rule_of("river\xffteal-osmanthus"), "characters");
}

TEST(Password, HashesAreSaltedArgon2id) {
    const std::string hash = hash_password("river-teal-osmanthus");
    EXPECT_TRUE(hash.starts_with("$argon2id$"));
    EXPECT_NE(hash, hash_password("river-teal-osmanthus"));
    EXPECT_TRUE(verify_password(hash, "river-teal-osmanthus"));
    EXPECT_FALSE(verify_password(hash, "river-teal-osmanthuS"));
    EXPECT_FALSE(verify_password("", "nobody has this password"));
    EXPECT_FALSE(verify_password("", ""));
}

TEST(Totp, VectorsOfRfc6238) {
    const std::string secret = "12345678901234567890";
    const auto code_at = [&](std::int64_t seconds) {
        return totp_code(secret, totp_step(base::Time{seconds * 1'000'000}), 8);
    };
    EXPECT_EQ(code_at(59), "94287082");
    EXPECT_EQ(code_at(1111111109), "07081804");
    EXPECT_EQ(code_at(1111111111), "14050471");
    EXPECT_EQ(code_at(1234567890), "89005924");
    EXPECT_EQ(code_at(2000000000), "69279037");
    EXPECT_EQ(code_at(20000000000), "65353130");
}

TEST(Totp, TakesOneStepBeforeAndAfterAndEachStepOnce) {
    const std::string secret = "12345678901234567890";
    const base::Time now{1'234'567'890'000'000};
    const std::int64_t step = totp_step(now);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step), now, 0), step);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step - 1), now, 0), step - 1);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step + 1), now, 0), step + 1);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step - 2), now, 0), std::nullopt);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step + 2), now, 0), std::nullopt);
    EXPECT_EQ(match_totp(secret, totp_code(secret, step), now, step), std::nullopt);
    EXPECT_EQ(match_totp(secret, "", now, 0), std::nullopt);
    EXPECT_EQ(match_totp(secret, "12345", now, 0), std::nullopt);
}

TEST(Totp, Base32OfRfc4648) {
    EXPECT_EQ(to_base32(""), "");
    EXPECT_EQ(to_base32("f"), "MY");
    EXPECT_EQ(to_base32("fo"), "MZXQ");
    EXPECT_EQ(to_base32("foo"), "MZXW6");
    EXPECT_EQ(to_base32("foob"), "MZXW6YQ");
    EXPECT_EQ(to_base32("fooba"), "MZXW6YTB");
    EXPECT_EQ(to_base32("foobar"), "MZXW6YTBOI");
    EXPECT_EQ(totp_url("foobar", "li@gxu"),
              "otpauth://totp/Guiqiao:li%40gxu?secret=MZXW6YTBOI&issuer=Guiqiao&algorithm=SHA1&"
              "digits=6&period=30");
}

}  // namespace

}  // namespace party
