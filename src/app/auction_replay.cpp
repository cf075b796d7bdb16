#include "app/auction_replay.h"

#include <fstream>
#include <iterator>
#include <ostream>

#include "base/json.h"
#include "trade/auction_record.h"
#include "trade/auction_script.h"
#include "trade/listing_script.h"

namespace app {
namespace {

using Output = AuctionReplayOptions::Output;

class Replay {
  public:
    Replay(const AuctionReplayOptions& options, std::ostream& out, std::ostream& err)
        : options_(options), out_(out), err_(err) {}

    int run();

  private:
    /// A scenario file of either kind, with what parses, runs and prints it.
    template <class Parse, class Run>
    int scenarios(const std::string& text, Parse parse, Run run);
    int record(const std::string& text);
    template <class Report>
    void print(const Report& report) const;
    template <class Report>
    base::json::object to_json(const Report& report) const;
    int unreadable(const base::Error& error);

    const AuctionReplayOptions& options_;
    std::ostream& out_;
    std::ostream& err_;
};

int Replay::unreadable(const base::Error& error) {
    if (options_.output == Output::json) {
        out_ << base::json::serialize(
                    base::json::object{{"holds", false}, {"error", base::to_json(error)}})
             << '\n';
    }
    err_ << (error.detail.empty() ? base::describe(error) : error.detail) << '\n';
    return 2;
}

int Replay::run() {
    std::ifstream file(options_.file, std::ios::binary);
    std::error_code status;
    if (!file || std::filesystem::is_directory(options_.file, status)) {
        return unreadable(
            base::not_found("file_unreadable").saying(options_.file.string() + ": cannot be read"));
    }
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    std::size_t first = text.find_first_not_of(" \t\r\n");
    bool is_record = first != std::string::npos && text[first] == '{';
    if (is_record) return record(text);
    if (trade::is_listing_file(text))
        return scenarios(text, trade::parse_listing_scenarios, trade::run_listing_scenario);
    return scenarios(text, trade::parse_scenarios, trade::run_scenario);
}

template <class Report>
void Replay::print(const Report& report) const {
    out_ << report.name << (report.goal.empty() ? "" : "  ") << report.goal << '\n';
    for (const auto& line : report.lines) {
        bool holds = line.difference.empty();
        out_ << (holds ? "  ok    " : "  DIFF  ") << line.line << ": " << line.text << '\n'
             << "        expected: " << line.expected << "  got: " << line.got << '\n';
    }
}

template <class Report>
base::json::object Replay::to_json(const Report& report) const {
    base::json::array lines;
    for (const auto& line : report.lines) {
        base::json::object row{{"line", line.line},
                               {"text", line.text},
                               {"expected", line.expected},
                               {"got", line.got},
                               {"holds", line.difference.empty()}};
        if (!line.difference.empty()) row["difference"] = line.difference;
        lines.push_back(std::move(row));
    }
    base::json::object whole{{"name", report.name},
                             {"goal", report.goal},
                             {"holds", report.holds()},
                             {"lines", std::move(lines)}};
    // A listing's scenario has no hash chain of its own.
    if constexpr (requires { report.state.head; }) whole["head"] = base::to_hex(report.state.head);
    return whole;
}

template <class Parse, class Run>
int Replay::scenarios(const std::string& text, Parse parse, Run run) {
    auto read = parse(text, options_.file.string());
    if (!read) return unreadable(read.error());
    base::json::array reports;
    std::size_t held = 0, ran = 0;
    std::string difference;
    for (const auto& scenario : *read) {
        auto report = run(scenario);
        ++ran;
        held += report.holds() ? 1 : 0;
        if (options_.output == Output::json) reports.push_back(to_json(report));
        if (options_.output == Output::text) print(report);
        if (report.holds()) continue;
        const auto& last = report.lines.back();
        std::string words = options_.file.string() + ":" + std::to_string(last.line) + ": " +
                            report.name + ": " + last.difference;
        err_ << words << '\n';
        if (difference.empty()) difference = words;
        if (options_.after_difference == AuctionReplayOptions::After::stop) break;
    }
    bool all = held == read->size();
    if (options_.output == Output::json) {
        base::json::object whole{
            {"file", options_.file.string()}, {"holds", all}, {"scenarios", std::move(reports)}};
        if (!difference.empty()) whole["difference"] = difference;
        out_ << base::json::serialize(whole) << '\n';
    } else {
        if (!difference.empty()) out_ << "first difference: " << difference << '\n';
        out_ << held << " of " << read->size() << " scenarios hold";
        if (ran < read->size()) out_ << ", " << read->size() - ran << " not run";
        out_ << '\n';
    }
    return all ? 0 : 1;
}

int Replay::record(const std::string& text) {
    auto parsed = base::parse_json(text, 256U << 20);
    if (!parsed) return unreadable(parsed.error());
    auto replayed = trade::replay(*parsed);
    if (!replayed && replayed.error().kind == base::ErrorKind::malformed) {
        return unreadable(replayed.error());
    }
    if (!replayed) {
        if (options_.output == Output::json) {
            out_ << base::json::serialize(base::json::object{
                        {"holds", false}, {"error", base::to_json(replayed.error())}})
                 << '\n';
        } else {
            out_ << "record does not hold: " << replayed.error().code << ": "
                 << replayed.error().detail << '\n';
        }
        err_ << replayed.error().code << ": " << replayed.error().detail << '\n';
        return 1;
    }
    if (options_.output == Output::json) {
        out_ << base::json::serialize(base::json::object{{"holds", true},
                                                         {"head", replayed->head},
                                                         {"events", replayed->events},
                                                         {"result", replayed->result}})
             << '\n';
        return 0;
    }
    for (const trade::LogEntry& entry : replayed->entries) {
        out_ << "  ok    " << entry.seq << "  " << base::to_iso(entry.stamp) << "  " << entry.type
             << "  " << entry.payload << '\n';
    }
    out_ << "record holds: " << replayed->events << " events, head " << replayed->head << '\n'
         << base::json::serialize(replayed->result) << '\n';
    return 0;
}

}  // namespace

int auction_replay(const AuctionReplayOptions& options, std::ostream& out, std::ostream& err) {
    return Replay(options, out, err).run();
}

}  // namespace app
