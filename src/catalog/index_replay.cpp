#include "catalog/index_replay.h"

#include "catalog/search_feed.h"
#include "search/index.h"
#include "search/print.h"
#include "store/change_log.h"

namespace catalog {
namespace {

base::Result<std::int64_t> last_row(store::Database& database) {
    return database.read<std::int64_t>([](store::Reader& reader) -> base::Result<std::int64_t> {
        return store::last_seq(reader);
    });
}

/// Applies the rows after `from`; returns how many there were.
base::Result<std::int64_t> follow_from(store::Database& database, const Kinds& kinds,
                                       search::Index& index, std::int64_t from) {
    constexpr std::size_t page_rows = 2'000;
    return database.read<std::int64_t>([&](store::Reader& reader) -> base::Result<std::int64_t> {
        std::int64_t count = 0;
        std::int64_t after = from;
        while (true) {
            std::vector<store::LogRow> rows = store::changes_after(reader, after, page_rows);
            if (rows.empty()) return count;
            TRY(follow(reader, kinds, index, rows));
            after = rows.back().seq;
            count += static_cast<std::int64_t>(rows.size());
        }
    });
}

}  // namespace

base::Result<IndexReplay> replay_index(store::Database& database, const Kinds& kinds,
                                       const std::filesystem::path& snapshot) {
    search::Schema schema = search_schema(kinds);
    search::Index anew(schema, search::Merging::at_once);
    std::int64_t from = TRY(last_row(database));
    TRY(rebuild(database, kinds, anew));
    // What a running server wrote meanwhile counts for both.
    TRY(follow_from(database, kinds, anew, from));
    IndexReplay report;
    report.documents = static_cast<std::int64_t>(anew.document_count());
    report.has_snapshot = std::filesystem::exists(snapshot);
    if (!report.has_snapshot) return report;
    search::Index kept(schema, search::Merging::at_once);
    auto sequence = kept.load(snapshot);
    if (!sequence) {
        report.differences.push_back("index snapshot: " + base::describe(sequence.error()));
        return report;
    }
    if (static_cast<std::int64_t>(*sequence) > TRY(last_row(database))) {
        report.differences.push_back("index snapshot: ahead of the change log");
        return report;
    }
    report.followed = TRY(follow_from(database, kinds, kept, static_cast<std::int64_t>(*sequence)));
    std::string difference =
        search::first_difference(kept.prints(), "kept index", anew.prints(), "entries");
    if (!difference.empty()) report.differences.push_back("index: " + difference);
    return report;
}

base::Status rebuild_index(store::Database& database, const Kinds& kinds,
                           const std::filesystem::path& snapshot) {
    search::Index anew(search_schema(kinds), search::Merging::at_once);
    std::int64_t from = TRY(last_row(database));
    TRY(rebuild(database, kinds, anew));
    return anew.save(snapshot, static_cast<std::uint64_t>(from));
}

}  // namespace catalog
