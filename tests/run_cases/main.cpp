// run_cases: plays the text cases, each on a fresh site. See README.md beside this file.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include "run_cases/story.h"

namespace run_cases {
namespace {

struct Options {
    std::vector<std::string> paths{"tests"};
    std::string database;
    bool check_codes = false;
    bool only_matrix = false;
    bool with_logs = false;
};

/// Files that other harnesses read: auctions, and tables of permission cells.
bool is_elsewhere(const std::filesystem::path& file) {
    return file.string().find("tests/trade/auction") != std::string::npos ||
           file.string().ends_with("_matrix.case");
}

std::vector<std::filesystem::path> stories_below(const std::filesystem::path& path) {
    if (std::filesystem::is_regular_file(path)) return {path};
    std::vector<std::filesystem::path> files;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path)) {
        if (entry.path().extension() != ".case" || is_elsewhere(entry.path())) continue;
        if (is_story(entry.path())) files.push_back(entry.path());
    }
    std::ranges::sort(files);
    return files;
}

class Runner {
  public:
    explicit Runner(Options options)
        : options_(std::move(options)), root_(std::filesystem::current_path()) {}

    int run() {
        for (const std::string& path : options_.paths) {
            if (!std::filesystem::exists(path)) {
                std::cerr << "run_cases: no " << path << "\n";
                return 2;
            }
            for (const auto& file : stories_below(std::filesystem::absolute(path)))
                play(file.lexically_normal());
        }
        if (options_.check_codes) check_codes();
        std::cout << passed_ << " passed, " << failed_ << " failed\n";
        return failed_ == 0 && passed_ > 0 ? 0 : 1;
    }

  private:
    void play(const std::filesystem::path& file) {
        const auto script = Script::load(file, root_);
        if (!script) return report(file.string(), {base::describe(script.error())}, {});
        const bool has_matrix = std::ranges::any_of(script->statements, [](const Statement& each) {
            return each.text.starts_with("matrix ");
        });
        if (options_.only_matrix && !has_matrix) return;
        const base::Duration begin = base::elapsed_since_start();
        Story story(*script, {.root = root_,
                              .start = *base::parse_local("2026-03-02 09:00"),
                              .on_postgresql = !options_.database.empty()});
        StoryResult result = story.play();
        codes_.insert(result.codes.begin(), result.codes.end());
        const auto length = base::elapsed_since_start().microseconds - begin.microseconds;
        report(script->file.string(), result.failures,
               std::to_string(result.statements) + " statements, " + std::to_string(length / 1000) +
                   " ms: " + script->goal);
    }

    void report(const std::string& file, const std::vector<std::string>& failures,
                const std::string& words) {
        const bool good = failures.empty();
        ++(good ? passed_ : failed_);
        std::cout << (good ? "ok   " : "FAIL ") << file << " (" << words << ")\n";
        for (const std::string& failure : failures)
            std::cout << failure << "\n\n";
        std::cout << std::flush;
    }

    /// Every refusal that has a text is met by a case or stands in unreached.txt with its reason;
    /// and nothing stands there that is met or that nobody can say any more.
    void check_codes() {
        const auto texts = base::Texts::load(root_ / "regions/guangxi/texts");
        std::vector<std::string> faults;
        std::set<std::string> known;
        const auto excused = read_excused(faults);
        if (!texts) {
            faults.push_back("the texts cannot be read: " + base::describe(texts.error()));
        } else {
            for (const auto& [key, text] : texts->under(base::Language::zh_cn, "error"))
                known.insert(key.starts_with("error.") ? key.substr(6) : key);
        }
        for (const std::string& code : known)
            if (!codes_.contains(code) && !excused.contains(code))
                faults.push_back(code + ": no case meets it, and unreached.txt does not say why");
        for (const std::string& code : excused) {
            if (codes_.contains(code)) faults.push_back(code + ": a case meets it: strike it out");
            if (!known.contains(code)) faults.push_back(code + ": has no text: strike it out");
        }
        for (const std::string& code : codes_)
            if (!known.contains(code)) faults.push_back(code + ": met, but without a text");
        report("tests/run_cases/unreached.txt", faults,
               std::to_string(codes_.size()) + " refusals met, " + std::to_string(excused.size()) +
                   " excused");
    }

    /// Lines "code: reason"; `#` begins a comment.
    std::set<std::string> read_excused(std::vector<std::string>& faults) const {
        std::set<std::string> excused;
        std::ifstream file(root_ / "tests/run_cases/unreached.txt");
        for (std::string line; std::getline(file, line);) {
            if (line.empty() || line.starts_with('#')) continue;
            const std::size_t colon = line.find(": ");
            if (colon == std::string::npos || line.size() < colon + 8)
                faults.push_back("no reason: " + line);
            if (!excused.insert(line.substr(0, colon)).second)
                faults.push_back("twice: " + line.substr(0, colon));
        }
        if (excused.empty()) faults.push_back("unreached.txt is missing or empty");
        return excused;
    }

    Options options_;
    std::filesystem::path root_;
    std::set<std::string> codes_;
    int passed_ = 0;
    int failed_ = 0;
};

}  // namespace
}  // namespace run_cases

int main(int count, char** arguments) {
    run_cases::Options options;
    CLI::App app("Plays text cases against the real routes, without sockets.");
    app.add_option("paths", options.paths, "files and folders")->capture_default_str();
    app.add_option("--database", options.database, "administrator's URL of a PostgreSQL");
    app.add_flag("--codes", options.check_codes,
                 "fail for a refusal that no case meets and unreached.txt does not excuse");
    app.add_flag("--matrix", options.only_matrix, "only the walks through the permission cells");
    app.add_flag("--logs", options.with_logs, "show what the site writes to its log");
    CLI11_PARSE(app, count, arguments);
    spdlog::set_level(options.with_logs ? spdlog::level::info : spdlog::level::off);
    if (!options.database.empty()) ::setenv("GUIQIAO_TEST_POSTGRESQL", options.database.c_str(), 1);
    return run_cases::Runner(std::move(options)).run();
}
