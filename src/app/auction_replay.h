#pragma once

#include <filesystem>
#include <iosfwd>

namespace app {

/// What `guiqiao auction-replay FILE [--json]` was asked to do.
struct AuctionReplayOptions {
    std::filesystem::path file;  ///< scenarios (*.case) or one public record (*.json)
    enum class Output { text, json } output = Output::text;
    enum class After { stop, go_on } after_difference = After::stop;
};

/// Runs every scenario of the file, printing a line per event and settle with what was expected and
/// what came; or recomputes a sale from its public record. Exit status: 0 all holds, 1 at the first
/// difference (named), 2 when the file cannot be read.
int auction_replay(const AuctionReplayOptions& options, std::ostream& out, std::ostream& err);

}  // namespace app
