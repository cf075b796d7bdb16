#include "base/subprocess.h"

#include <gtest/gtest.h>

#include "base/test_folder.h"

namespace base {
namespace {

std::string refusal(const std::vector<std::string>& command, const SubprocessLimits& limits) {
    TestFolder folder;
    auto result = run_subprocess(command, folder.path(), limits);
    return result ? "exit " + std::to_string(result->exit_code) : result.error().code;
}

TEST(Subprocess, GivesOutputErrorsAndExitCode) {
    TestFolder folder;
    folder.write("a.txt", "桂桥\n");
    auto result = run_subprocess({"cat", "a.txt", "none.txt"}, folder.path());
    ASSERT_TRUE(result) << describe(result.error());
    EXPECT_EQ(result->output, "桂桥\n");
    EXPECT_EQ(result->exit_code, 1);
    EXPECT_NE(result->error_output.find("none.txt"), std::string::npos);
}

TEST(Subprocess, ArgumentsMeetNoShell) {
    TestFolder folder;
    auto result = run_subprocess({"echo", "$(id); `id` > x", "*"}, folder.path());
    EXPECT_EQ(result.value().output, "$(id); `id` > x *\n");
    EXPECT_FALSE(std::filesystem::exists(folder / "x"));
}

TEST(Subprocess, SeesNoSecretsOfOurEnvironment) {
    ::setenv("GUIQIAO_TEST_SECRET", "hidden", 1);
    TestFolder folder;
    std::string output = run_subprocess({"env"}, folder.path()).value().output;
    EXPECT_EQ(output.find("GUIQIAO_TEST_SECRET"), std::string::npos);
    EXPECT_NE(output.find("LC_ALL=C.UTF-8"), std::string::npos);
}

TEST(Subprocess, HoldsTheLimits) {
    EXPECT_EQ(refusal({"guiqiao-no-such-program"}, {}), "program_missing");
    EXPECT_EQ(refusal({"sleep", "30"}, {.wall_time = milliseconds(200)}), "program_timed_out");
    EXPECT_EQ(
        refusal({"sh", "-c", "sleep 30 & exec 1>&- 2>&-; wait"}, {.wall_time = milliseconds(200)}),
        "program_timed_out");
    EXPECT_EQ(refusal({"yes"}, {.output_bytes = 100'000}), "program_output_too_large");
    EXPECT_EQ(refusal({"sh", "-c", "while :; do :; done"}, {.cpu_seconds = 1}), "program_killed");
    EXPECT_EQ(refusal({"sh", "-c", "kill -SEGV $$"}, {}), "program_killed");
    EXPECT_EQ(
        refusal({"dd", "if=/dev/zero", "of=big", "bs=1024", "count=100"}, {.file_bytes = 4096}),
        "program_killed");
    EXPECT_NE(refusal({"dd", "if=/dev/zero", "of=/dev/null", "bs=500M", "count=1"},
                      {.memory_bytes = 100 << 20}),
              "exit 0");
}

TEST(Subprocess, EndsWhatTheProgramLeftRunning) {
    TestFolder folder;
    Duration start = elapsed_since_start();
    auto result =
        run_subprocess({"sh", "-c", "(sleep 30 >/dev/null 2>&1) & echo $!"}, folder.path());
    ASSERT_TRUE(result);
    EXPECT_LT(elapsed_since_start().seconds() - start.seconds(), 10.0);
    pid_t left = std::stoi(result->output);
    std::filesystem::path process = "/proc/" + std::to_string(left);
    bool gone = false;
    for (int i = 0; i < 200 && !gone; ++i) {
        std::ifstream in(process / "stat");
        std::string stat((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
        gone = stat.empty() || stat.find(") Z") != stat.npos;
        if (!gone) ::usleep(10'000);
    }
    EXPECT_TRUE(gone);
}

}  // namespace
}  // namespace base
