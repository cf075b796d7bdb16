#include "base/crypto.h"

#include <sys/stat.h>

#include <thread>

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/subprocess.h"
#include "base/test_folder.h"

namespace base {
namespace {

std::unique_ptr<Signer> signer(const std::filesystem::path& file, std::string_view algorithm) {
    auto opened = Signer::open_or_create(file, algorithm);
    EXPECT_TRUE(opened) << describe(opened.error());
    return std::move(*opened);
}

class SignerTest : public testing::TestWithParam<const char*> {};

TEST_P(SignerTest, SignsWhatOnlyItsOwnerCan) {
    TestFolder folder;
    auto owner = signer(folder / "owner.pem", GetParam());
    auto other = signer(folder / "other.pem", GetParam());
    std::string signature = owner->sign("merkle root 1");
    std::string key = owner->public_key_pem();
    EXPECT_EQ(owner->algorithm(), GetParam());
    EXPECT_TRUE(verify_signature(key, GetParam(), "merkle root 1", signature));
    EXPECT_FALSE(verify_signature(key, GetParam(), "merkle root 2", signature));
    EXPECT_FALSE(verify_signature(other->public_key_pem(), GetParam(), "merkle root 1", signature));
    EXPECT_FALSE(verify_signature(key, "rsa", "merkle root 1", signature));
    EXPECT_FALSE(verify_signature("no pem", GetParam(), "merkle root 1", signature));
    EXPECT_FALSE(verify_signature(key, GetParam(), "merkle root 1", ""));
    for (std::size_t i = 0; i < signature.size(); i += 7) {
        std::string broken = signature;
        broken[i] = static_cast<char>(broken[i] ^ 1);
        EXPECT_FALSE(verify_signature(key, GetParam(), "merkle root 1", broken)) << i;
    }
}

TEST_P(SignerTest, KeepsItsKeyInAFileOfItsOwn) {
    TestFolder folder;
    std::string before = signer(folder / "keys/sign.pem", GetParam())->public_key_pem();
    EXPECT_EQ(signer(folder / "keys/sign.pem", GetParam())->public_key_pem(), before);
    struct stat facts{};
    ASSERT_EQ(::stat((folder / "keys/sign.pem").c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777, 0600u);
    EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder / "keys"), {}), 1);
}

INSTANTIATE_TEST_SUITE_P(Kinds, SignerTest, testing::Values("ed25519", "sm2"));

TEST(Signer, OpensslAloneCanVerify) {
    TestFolder folder;
    auto ours = signer(folder / "key.pem", "ed25519");
    folder.write("public.pem", ours->public_key_pem());
    folder.write("message", "登记编号 2026450000000001");
    folder.write("signature", ours->sign("登记编号 2026450000000001"));
    std::vector<std::string> command{"openssl", "pkeyutl",    "-verify",  "-pubin",
                                     "-inkey",  "public.pem", "-rawin",   "-in",
                                     "message", "-sigfile",   "signature"};
    auto result = run_subprocess(command, folder.path());
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->exit_code, 0) << result->output << result->error_output;
    folder.write("message", "登记编号 2026450000000002");
    EXPECT_NE(run_subprocess(command, folder.path()).value().exit_code, 0);
}

TEST(Signer, OpensslVerifiesSm2WithTheStandardId) {
    TestFolder folder;
    auto ours = signer(folder / "key.pem", "sm2");
    folder.write("public.pem", ours->public_key_pem());
    folder.write("message", "证书");
    folder.write("signature", ours->sign("证书"));
    auto result = run_subprocess({"openssl", "dgst", "-sm3", "-verify", "public.pem", "-sigopt",
                                  "distid:1234567812345678", "-signature", "signature", "message"},
                                 folder.path());
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->exit_code, 0) << result->output << result->error_output;
}

TEST(Signer, RefusesKeysThatCannotBeTrusted) {
    TestFolder folder;
    EXPECT_EQ(Signer::open_or_create(folder / "a", "rsa").error().code, "algorithm_unknown");
    EXPECT_FALSE(std::filesystem::exists(folder / "a"));
    auto broken = folder.write("broken.pem", "not a key");
    EXPECT_EQ(Signer::open_or_create(broken, "ed25519").error().code, "key_unreadable");
    EXPECT_EQ(folder.read("broken.pem"), "not a key");  // never replaced
    signer(folder / "ed.pem", "ed25519");
    EXPECT_EQ(Signer::open_or_create(folder / "ed.pem", "sm2").error().code, "key_unreadable");
    ::chmod((folder / "ed.pem").c_str(), 0644);
    Error open_to_all = Signer::open_or_create(folder / "ed.pem", "ed25519").error();
    EXPECT_EQ(open_to_all.code, "key_unreadable");
    EXPECT_NE(open_to_all.detail.find("chmod 600"), std::string::npos);
    EXPECT_EQ(Signer::open_or_create(folder.path(), "ed25519").error().code, "key_unreadable");
}

TEST(Signer, TwoStartingProcessesAgreeOnOneKey) {
    TestFolder folder;
    std::vector<std::string> keys(8);
    {
        std::vector<std::jthread> threads;
        for (std::string& key : keys) {
            threads.emplace_back(
                [&] { key = signer(folder / "k.pem", "ed25519")->public_key_pem(); });
        }
    }
    for (const std::string& key : keys)
        EXPECT_EQ(key, keys[0]);
}

std::unique_ptr<Vault> vault(const TestFolder& folder, std::string_view name = "vault.key") {
    return std::move(Vault::open_or_create(folder / name).value());
}

TEST(Vault, OpensOnlyAtItsPlace) {
    TestFolder folder;
    SeededRandom random(1);
    auto ours = vault(folder);
    std::string sealed = ours->seal("底价 1,200,000 元", "entry:1:body", random);
    EXPECT_EQ(sealed.find("底价"), std::string::npos);
    EXPECT_EQ(ours->open(sealed, "entry:1:body").value(), "底价 1,200,000 元");
    EXPECT_EQ(vault(folder)->open(sealed, "entry:1:body").value(), "底价 1,200,000 元");
    EXPECT_EQ(ours->open(sealed, "entry:2:body").error().code, "vault_damaged");
    EXPECT_EQ(vault(folder, "other.key")->open(sealed, "entry:1:body").error().code,
              "vault_damaged");
    EXPECT_NE(sealed, ours->seal("底价 1,200,000 元", "entry:1:body", random));
}

TEST(Vault, NoticesEveryChangedByte) {
    TestFolder folder;
    SeededRandom random(2);
    auto ours = vault(folder);
    std::string sealed = ours->seal("secret", "c", random);
    for (std::size_t i = 0; i < sealed.size(); ++i) {
        std::string broken = sealed;
        broken[i] = static_cast<char>(broken[i] ^ 0x80);
        EXPECT_EQ(ours->open(broken, "c").error().code, "vault_damaged") << i;
        EXPECT_EQ(ours->open(sealed.substr(0, i), "c").error().code, "vault_damaged") << i;
    }
    EXPECT_FALSE(ours->open(sealed + "x", "c"));
}

TEST(Vault, PartsOfTwoValuesDoNotCombine) {
    TestFolder folder;
    SeededRandom random(3);
    auto ours = vault(folder);
    std::string one = ours->seal("value one", "c", random);
    std::string two = ours->seal("value two", "c", random);
    constexpr std::size_t head = 4 + 12 + 32 + 16;
    EXPECT_FALSE(ours->open(one.substr(0, head) + two.substr(head), "c"));
}

TEST(Vault, RefusesAKeyOfWrongLength) {
    TestFolder folder;
    auto file = folder.write("short.key", "0123456789");
    ::chmod(file.c_str(), 0600);
    EXPECT_EQ(Vault::open_or_create(file).error().code, "key_unreadable");
}

TEST(Vault, CommitsWithoutTellingTheText) {
    TestFolder folder;
    auto ours = vault(folder);
    EXPECT_EQ(ours->commit("张三"), ours->commit("张三"));
    EXPECT_NE(ours->commit("张三"), ours->commit("李四"));
    EXPECT_NE(ours->commit("张三"), vault(folder, "other.key")->commit("张三"));
    EXPECT_EQ(ours->commit("").size(), 64u);
}

RC_GTEST_PROP(Vault, RoundTrip, ()) {
    static TestFolder folder;
    static auto ours = vault(folder);
    static SeededRandom random(4);
    auto raw = *rc::gen::arbitrary<std::vector<char>>();
    std::string plain(raw.begin(), raw.end());
    RC_ASSERT(ours->open(ours->seal(plain, plain, random), plain).value() == plain);
}

}  // namespace
}  // namespace base
