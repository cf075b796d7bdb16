#include "catalog/index_replay.h"

#include "catalog/search_feed.h"
#include "search/index.h"
#include "search/print.h"
#include "store/change_log.h"

namespace catalog {
namespace {

/// Applies the rows after `from`; returns how many there were.
base::Result<std::int64_t> follow_from(store::Reader& reader, const Kinds& kinds,
                                       search::Index& index, std::int64_t from) {
    constexpr std::size_t page_rows = 2'000;
    std::int64_t count = 0;
    std::int64_t after = from;
    while (true) {
        std::vector<store::LogRow> rows = store::changes_after(reader, after, page_rows);
        if (rows.empty()) return count;
        TRY(follow(reader, kinds, index, rows));
        after = rows.back().seq;
        count += static_cast<std::int64_t>(rows.size());
    }
}

}  // namespace

base::Result<IndexReplay> replay_index(store::Database& database, const Kinds& kinds,
                                       const std::filesystem::path& snapshot) {
    search::Schema schema = search_schema(kinds);
    search::Index anew(schema, search::Merging::at_once);
    search::Index kept(schema, search::Merging::at_once);
    bool has_snapshot = std::filesystem::exists(snapshot);
    // Before the entries are read: a snapshot that a server writes meanwhile would be ahead of them.
    base::Result<std::uint64_t> sequence = 0;
    if (has_snapshot) sequence = kept.load(snapshot);
    // One read, so that both see the same entries while a server goes on writing.
    return database.read<IndexReplay>([&](store::Reader& reader) -> base::Result<IndexReplay> {
        IndexReplay report;
        TRY(rebuild(database, kinds, anew));
        report.documents = static_cast<std::int64_t>(anew.document_count());
        report.has_snapshot = has_snapshot;
        if (!has_snapshot) return report;
        if (!sequence) {
            report.differences.push_back("index snapshot: " + base::describe(sequence.error()));
            return report;
        }
        auto from = static_cast<std::int64_t>(*sequence);
        if (from > store::last_seq(reader)) {
            report.differences.push_back("index snapshot: ahead of the change log");
            return report;
        }
        report.followed = TRY(follow_from(reader, kinds, kept, from));
        std::string difference =
            search::first_difference(kept.prints(), "kept index", anew.prints(), "entries");
        if (!difference.empty()) report.differences.push_back("index: " + difference);
        return report;
    });
}

base::Status rebuild_index(store::Database& database, const Kinds& kinds,
                           const std::filesystem::path& snapshot) {
    search::Index anew(search_schema(kinds), search::Merging::at_once);
    auto from =
        TRY(database.read<std::int64_t>([&](store::Reader& reader) -> base::Result<std::int64_t> {
            TRY(rebuild(database, kinds, anew));
            return store::last_seq(reader);
        }));
    return anew.save(snapshot, static_cast<std::uint64_t>(from));
}

}  // namespace catalog
