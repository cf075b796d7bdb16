#include "base/hash.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/test_folder.h"

namespace base {
namespace {

std::string hex(const Digest& digest) {
    return to_hex(digest);
}

TEST(Hash, GivesThePublishedVectors) {
    EXPECT_EQ(hex(sha256("abc")),
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    EXPECT_EQ(hex(digest(HashAlgorithm::sm3, "abc")),  // GB/T 32905, example 1
              "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
    EXPECT_EQ(hex(hmac_sha256("Jefe", "what do ya want for nothing?")),  // RFC 4231, case 2
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST(Hash, NamesItsAlgorithms) {
    EXPECT_EQ(parse_hash_algorithm("sm3").value(), HashAlgorithm::sm3);
    EXPECT_EQ(to_string(parse_hash_algorithm("sha256").value()), "sha256");
    EXPECT_EQ(parse_hash_algorithm("md5").error().code, "algorithm_unknown");
}

TEST(Hash, HashesFilesAsTheirBytes) {
    TestFolder folder;
    std::string bytes(200'000, 'x');
    auto file = folder.write("large.bin", bytes);
    EXPECT_EQ(digest_file(HashAlgorithm::sm3, file).value(), digest(HashAlgorithm::sm3, bytes));
    EXPECT_EQ(digest_file(HashAlgorithm::sm3, folder / "none").error().code, "file_unreadable");
    EXPECT_EQ(digest_file(HashAlgorithm::sm3, folder.path()).error().code, "file_unreadable");
}

TEST(Hash, ReadsHexAndBase64Strictly) {
    EXPECT_EQ(from_hex("6162").value(), "ab");
    EXPECT_EQ(from_hex("").value(), "");
    for (const char* text : {"6", "616", "6g", "61 62", "0x61"})
        EXPECT_FALSE(from_hex(text)) << text;
    EXPECT_EQ(from_base64("YWI=").value(), "ab");
    for (const char* text : {"YWI", "YW I=", "YWI=x", "Y", "YWI_"}) {
        EXPECT_EQ(from_base64(text).error().code, "base64_malformed") << text;
    }
}

TEST(Hash, TokensAreUrlSafe) {
    SeededRandom random(3);
    std::string token = random_token(random, 32);
    EXPECT_EQ(token.size(), 43u);
    EXPECT_EQ(token.find_first_of("+/="), std::string::npos);
    EXPECT_NE(token, random_token(random, 32));
    EXPECT_TRUE(equal_in_constant_time(token, token));
    EXPECT_FALSE(equal_in_constant_time(token, token + "x"));
    EXPECT_FALSE(equal_in_constant_time("abc", "abd"));
}

RC_GTEST_PROP(Hash, EncodingsRoundTrip, ()) {
    auto raw = *rc::gen::arbitrary<std::vector<std::uint8_t>>();
    std::string bytes(raw.begin(), raw.end());
    RC_ASSERT(from_base64(to_base64(bytes)).value() == bytes);
    RC_ASSERT(from_hex(to_hex(raw)).value() == bytes);
}

}  // namespace
}  // namespace base
