#include "format/zip.h"

#include <gtest/gtest.h>

#include "base/subprocess.h"
#include "base/test_folder.h"
#include "format/encoding.h"

namespace format {
namespace {

const base::Time moment = base::parse_local("2026-11-24 15:30").value();

std::string archive_of(const std::vector<std::pair<std::string, std::string>>& files) {
    ZipWriter writer;
    for (const auto& [name, bytes] : files)
        writer.add(name, bytes, moment);
    return writer.finish();
}

std::string refusal(std::string bytes, const ZipLimits& limits = {}) {
    auto archive = ZipReader::open(std::move(bytes), limits);
    return archive ? "accepted" : archive.error().code;
}

/// An archive in which one name was replaced, byte for byte, by a hostile one.
std::string renamed(std::string_view from, std::string_view to) {
    std::string bytes = archive_of({{std::string(from), "x"}});
    EXPECT_EQ(from.size(), to.size());
    for (std::size_t at = 0; (at = bytes.find(from, at)) != bytes.npos; at += to.size()) {
        bytes.replace(at, from.size(), to);
    }
    return bytes;
}

TEST(Zip, RoundTripsAndRepeats) {
    std::string bytes = archive_of(
        {{"决策/纪要.txt", "会议"}, {"empty", ""}, {"zeros", std::string(100'000, '0')}});
    EXPECT_EQ(bytes, archive_of({{"决策/纪要.txt", "会议"},
                                 {"empty", ""},
                                 {"zeros", std::string(100'000, '0')}}));
    EXPECT_LT(bytes.size(), 2000u);
    ZipReader archive = ZipReader::open(bytes).value();
    ASSERT_EQ(archive.entries().size(), 3u);
    EXPECT_EQ(archive.entries()[0].name, "决策/纪要.txt");
    EXPECT_EQ(archive.read("决策/纪要.txt").value(), "会议");
    EXPECT_EQ(archive.read("empty").value(), "");
    EXPECT_EQ(archive.read("zeros").value(), std::string(100'000, '0'));
    EXPECT_EQ(archive.read("none").error().code, "zip_entry_missing");
}

TEST(Zip, OtherProgramsReadIt) {
    base::TestFolder folder;
    ZipWriter writer;
    writer.add("证据/公示.txt", "公示十五日\n", moment, ZipMethod::store);
    folder.write("a.zip", writer.finish());
    auto list = base::run_subprocess({"unzip", "-l", "a.zip"}, folder.path());
    // unzip is among our packages: without it the test has proved nothing, and says so.
    ASSERT_TRUE(list.has_value()) << base::describe(list.error());
    EXPECT_NE(list->output.find("2026-11-24 15:30"), std::string::npos) << list->output;
    EXPECT_EQ(base::run_subprocess({"unzip", "-tq", "a.zip"}, folder.path()).value().exit_code, 0);
    EXPECT_EQ(base::run_subprocess({"unzip", "-p", "a.zip"}, folder.path()).value().output,
              "公示十五日\n");
}

TEST(Zip, RefusesNamesThatLeaveTheFolder) {
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "../../etc")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "/etc/cron")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "a/../../b")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "..\\..\\abc")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "C:/window")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "a\nb/c/d/e")), "zip_unsafe_name");
    EXPECT_EQ(refusal(renamed("aaaaaaaaa", "a//b/c/de")), "zip_unsafe_name");
    EXPECT_EQ(refusal(archive_of({{"same", "1"}, {"same", "2"}})), "zip_unsafe_name");
    EXPECT_EQ(refusal(archive_of({{"a/b/", ""}, {"a/b/c", "1"}})), "accepted");
}

TEST(Zip, ReadsNamesOfChineseWindows) {
    std::string gbk = encode_gb18030("合同.txt");
    std::string bytes = archive_of({{"abcdABCD", "1"}});
    for (std::size_t at = 0; (at = bytes.find("abcdABCD", at)) != bytes.npos;) {
        bytes.replace(at, 8, gbk);
    }
    EXPECT_EQ(ZipReader::open(bytes).value().entries()[0].name, "合同.txt");
}

TEST(Zip, RefusesBombs) {
    std::string swollen = archive_of({{"zeros", std::string(20 << 20, '\0')}});
    EXPECT_LT(swollen.size(), 100'000u);
    EXPECT_EQ(refusal(swollen), "zip_bomb");
    EXPECT_EQ(refusal(archive_of({{"a", std::string(2000, 'x')}}), {.entry_bytes_max = 1000}),
              "zip_bomb");
    EXPECT_EQ(refusal(archive_of({{"a", std::string(700, 'x')}, {"b", std::string(700, 'y')}}),
                      {.total_bytes_max = 1000}),
              "zip_bomb");
    EXPECT_EQ(refusal(archive_of({{"a", ""}, {"b", ""}, {"c", ""}}), {.entries_max = 2}),
              "zip_too_many_entries");
}

TEST(Zip, CountsRealBytesWhereTheClaimLies) {
    std::string bytes = archive_of({{"zeros", std::string(20 << 20, '\0')}});
    std::string claim{'\x00', '\x00', '\x40', '\x01'};  // 20 MB, little-endian
    std::string lie{'\x10', '\x00', '\x00', '\x00'};
    std::size_t replaced = 0;
    for (std::size_t at = 0; (at = bytes.find(claim, at)) != bytes.npos; ++replaced) {
        bytes.replace(at, 4, lie);
    }
    ASSERT_GE(replaced, 2u);
    auto archive = ZipReader::open(bytes);
    ASSERT_TRUE(archive) << base::describe(archive.error());
    auto read = archive->read("zeros");
    ASSERT_FALSE(read);
    EXPECT_TRUE(read.error().code == "zip_bomb" || read.error().code == "zip_unreadable");
}

TEST(Zip, RefusesEveryTruncationAndDamage) {
    std::string bytes =
        archive_of({{"a.txt", "some text that is long enough to deflate, deflate"}});
    for (std::size_t length = 0; length < bytes.size(); ++length) {
        EXPECT_EQ(refusal(bytes.substr(0, length)), "zip_unreadable") << length;
    }
    int survived = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        std::string broken = bytes;
        broken[i] = static_cast<char>(broken[i] ^ 0x55);
        auto archive = ZipReader::open(broken);
        if (!archive || !archive->has("a.txt")) continue;
        auto read = archive->read("a.txt");
        if (read) {
            EXPECT_EQ(*read, "some text that is long enough to deflate, deflate") << i;
            ++survived;
        }
    }
    EXPECT_GT(survived, 0);  // times and attributes may differ; the content never
}

TEST(Zip, RefusesEncryptedEntries) {
    std::string bytes = archive_of({{"a.txt", "x"}});
    std::size_t central = bytes.find("PK\x01\x02");
    bytes[central + 8] = static_cast<char>(bytes[central + 8] | 1);
    EXPECT_EQ(refusal(bytes), "zip_encrypted");
}

TEST(ZipDeathTest, WritingAnUnsafeNameIsOurMistake) {
    ZipWriter writer;
    EXPECT_DEATH(writer.add("../x", "", moment), "is_safe_zip_name");
}

}  // namespace
}  // namespace format
