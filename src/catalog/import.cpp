#include "catalog/import.h"

#include <algorithm>
#include <future>
#include <thread>
#include <unordered_map>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "catalog/body.h"

namespace catalog {
namespace {

#define CATALOG_IMPORT_COLUMNS                                                         \
    "id, kind, owner, author, file_name, file_hash, stored, rows_total, rows_faulty, " \
    "rows_incomplete, rows_duplicate, report, created_at, committed_at, entries_made"

/// All rows of a file, judged each for itself.
struct CheckedFile {
    std::vector<CellFault> heading_faults;
    std::vector<ParsedRow> rows;
    std::vector<Likeness> likenesses;
    std::vector<std::vector<Duplicate>> duplicates;
};

base::json::object to_json(const CellFault& fault) {
    base::json::object item{{"code", fault.error.code}};
    if (!fault.cell.empty()) item["cell"] = fault.cell;
    if (!fault.column.empty()) item["column"] = fault.column;
    if (!fault.error.parameters.empty()) {
        base::json::object& parameters = item["parameters"].emplace_object();
        for (const auto& [key, value] : fault.error.parameters)
            parameters[key] = value;
    }
    return item;
}

base::json::object to_json(const Duplicate& duplicate) {
    return {{"entry", duplicate.entry},
            {"title", duplicate.title},
            {"reason", to_string(duplicate.reason)},
            {"similarity", duplicate.similarity}};
}

bool is_faulty(const ParsedRow& row) {
    return std::any_of(row.faults.begin(), row.faults.end(),
                       [](const CellFault& fault) { return fault.error.code != "field_missing"; });
}

/// Runs `work(i)` for every i below `count`, on every core: rows are judged each for itself.
template <class Work>
void for_each_row(std::size_t count, const Work& work) {
    constexpr std::size_t rows_per_thread_min = 256;
    std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::size_t threads = std::clamp(count / rows_per_thread_min, std::size_t{1}, cores);
    std::size_t share = (count + threads - 1) / threads;
    auto run = [&](std::size_t from) {
        for (std::size_t i = from; i < std::min(count, from + share); ++i)
            work(i);
    };
    std::vector<std::future<void>> others;
    for (std::size_t from = share; from < count; from += share)
        others.push_back(std::async(std::launch::async, run, from));
    run(0);
    for (std::future<void>& other : others)
        other.get();
}

CheckedFile read_rows(const Kind& kind, const std::vector<SheetRow>& rows) {
    CheckedFile file;
    SheetReader reader(kind, rows.front(), "zh");
    file.heading_faults = reader.heading_faults();
    std::vector<const SheetRow*> filled;
    for (std::size_t i = 1; i < rows.size(); ++i) {
        if (!reader.is_example(rows[i])) filled.push_back(&rows[i]);
    }
    file.rows.resize(filled.size());
    for_each_row(filled.size(), [&](std::size_t i) { file.rows[i] = reader.read(*filled[i]); });
    return file;
}

void find_likenesses(CheckedFile& file, const Kind& kind, std::string_view owner) {
    file.likenesses.resize(file.rows.size());
    file.duplicates.resize(file.rows.size());
    for_each_row(file.rows.size(), [&](std::size_t i) {
        file.likenesses[i] = Likeness::of(kind, file.rows[i].body, owner);
    });
}

/// Each row against the rows before it. A mark that very many rows share says nothing any more.
void find_duplicates_within(CheckedFile& file) {
    constexpr std::size_t same_mark_max = 20;
    constexpr std::size_t shown_max = 10;
    std::unordered_map<std::string, std::vector<std::size_t>> by_mark;
    for (std::size_t i = 0; i < file.rows.size(); ++i) {
        std::vector<std::size_t> candidates;
        for (const std::string& mark : file.likenesses[i].marks) {
            std::vector<std::size_t>& sharing = by_mark[mark];
            candidates.insert(candidates.end(), sharing.begin(), sharing.end());
            if (sharing.size() < same_mark_max) sharing.push_back(i);
        }
        std::sort(candidates.begin(), candidates.end());
        candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
        for (std::size_t other : candidates) {
            auto found = compare("row " + std::to_string(file.rows[other].number),
                                 file.likenesses[other], file.likenesses[i]);
            if (found) file.duplicates[i].push_back(std::move(*found));
            if (file.duplicates[i].size() >= shown_max) break;
        }
    }
}

void find_duplicates_outside(store::Reader& reader, CheckedFile& file) {
    std::vector<std::string> marks;
    for (const Likeness& likeness : file.likenesses)
        marks.insert(marks.end(), likeness.marks.begin(), likeness.marks.end());
    auto known = known_marks(reader, marks);
    for (std::size_t i = 0; i < file.rows.size(); ++i) {
        bool suspicious = std::ranges::any_of(
            file.likenesses[i].marks, [&](const auto& mark) { return known.contains(mark); });
        if (!suspicious) continue;
        auto found = find_duplicates(reader, file.likenesses[i], "");
        std::move(found.begin(), found.end(), std::back_inserter(file.duplicates[i]));
    }
}

void write_report(Import& import, const CheckedFile& file) {
    base::json::array heading;
    for (const CellFault& fault : file.heading_faults)
        heading.push_back(to_json(fault));
    base::json::array rows;
    std::int64_t left_out = 0;
    for (std::size_t i = 0; i < file.rows.size(); ++i) {
        const ParsedRow& row = file.rows[i];
        bool faulty = is_faulty(row);
        import.rows_faulty += faulty ? 1 : 0;
        import.rows_incomplete += row.incomplete && !faulty ? 1 : 0;
        import.rows_duplicate += file.duplicates[i].empty() ? 0 : 1;
        if (row.faults.empty() && file.duplicates[i].empty()) continue;
        if (rows.size() >= Imports::reported_rows_max) {
            ++left_out;
            continue;
        }
        base::json::object item{{"row", row.number}, {"title", file.likenesses[i].title}};
        base::json::array& faults = item["faults"].emplace_array();
        for (const CellFault& fault : row.faults)
            faults.push_back(to_json(fault));
        base::json::array& duplicates = item["duplicates"].emplace_array();
        for (const Duplicate& found : file.duplicates[i])
            duplicates.push_back(to_json(found));
        rows.push_back(std::move(item));
    }
    import.rows_total = static_cast<std::int64_t>(file.rows.size());
    import.report = {
        {"heading", std::move(heading)}, {"rows", std::move(rows)}, {"rows_left_out", left_out}};
}

Import read_row(const store::Row& row) {
    Import import;
    import.id = row.text(0);
    import.kind = row.text(1);
    import.owner = row.id<party::Organisation>(2);
    import.author = row.id<party::Account>(3);
    import.file_name = row.text(4);
    import.file_hash = row.text(5);
    import.stored = row.text(6);
    import.rows_total = row.integer(7);
    import.rows_faulty = row.integer(8);
    import.rows_incomplete = row.integer(9);
    import.rows_duplicate = row.integer(10);
    auto report = base::parse_json(row.text(11), std::size_t{64} << 20);
    CHECK_WITH(report && report->is_object(), import.id);
    import.report = std::move(report->get_object());
    import.created_at = row.time(12);
    import.committed_at = row.time_if(13);
    import.entries_made = row.integer(14);
    return import;
}

void insert(store::Transaction& transaction, const Import& import) {
    transaction.execute(
        "INSERT INTO catalog_import (id, kind, owner, author, file_name, file_hash, stored,"
        " rows_total, rows_faulty, rows_incomplete, rows_duplicate, report, created_at,"
        " entries_made) VALUES (:id, :kind, :owner, :author, :file_name, :file_hash, :stored,"
        " :rows_total, :rows_faulty, :rows_incomplete, :rows_duplicate, :report, :created_at, 0)",
        {{"id", import.id},
         {"kind", import.kind},
         {"owner", import.owner},
         {"author", import.author},
         {"file_name", import.file_name},
         {"file_hash", import.file_hash},
         {"stored", import.stored},
         {"rows_total", import.rows_total},
         {"rows_faulty", import.rows_faulty},
         {"rows_incomplete", import.rows_incomplete},
         {"rows_duplicate", import.rows_duplicate},
         {"report", base::json::serialize(import.report)},
         {"created_at", import.created_at}});
}

base::Status check_may_commit(const Import& import, AfterImport after) {
    if (import.committed_at) return base::refuse(base::conflict("import_already_committed"));
    bool heading_faulty = !base::array_at(import.report, "heading").empty();
    if (import.rows_faulty > 0 || heading_faulty) {
        return base::refuse(
            base::conflict("import_has_faults").with("rows", std::to_string(import.rows_faulty)));
    }
    if (after == AfterImport::submit && import.rows_incomplete > 0) {
        return base::refuse(base::conflict("import_incomplete")
                                .with("rows", std::to_string(import.rows_incomplete)));
    }
    return {};
}

}  // namespace

std::string Imports::context_of(std::string_view file_hash) const {
    return "import:" + std::string(file_hash);
}

base::Result<Import> Imports::check(store::Database& database, const party::Actor& actor,
                                    std::string_view kind_code, std::string_view file_name,
                                    std::string_view bytes, const std::vector<SheetRow>& rows,
                                    const store::Outcome<Import>& outcome) const {
    const Kind& kind = *TRY(entries_->kinds().require(kind_code));
    if (actor.organisation.empty()) {
        return base::refuse(base::invalid("organisation_missing").at("owner"));
    }
    party::Standing standing{{}, actor.organisation, {}, {}, actor.account};
    TRY(permissions_->require(actor, "entry.import", standing));
    if (rows.size() < 2) return base::refuse(base::invalid("import_empty").at("file"));
    if (rows.size() - 1 > rows_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "import_too_many_rows")
                                .with("max", std::to_string(rows_max))
                                .at("file"));
    }
    Import import;
    import.kind = kind.code();
    import.owner = actor.organisation;
    import.author = actor.account;
    import.file_name = base::is_valid_utf8(file_name) ? base::shorten(file_name, 200) : "file";
    import.file_hash = base::to_hex(base::sha256(bytes));

    CheckedFile file = read_rows(kind, rows);
    if (file.rows.empty()) return base::refuse(base::invalid("import_empty").at("file"));
    find_likenesses(file, kind, actor.organisation.text());
    find_duplicates_within(file);
    TRY(database.read<void>([&](store::Reader& reader) -> base::Status {
        find_duplicates_outside(reader, file);
        return {};
    }));
    write_report(import, file);
    import.stored =
        TRY(files_->put(vault_->seal(bytes, context_of(import.file_hash), database.random())));
    return database.write<Import>([&](store::Transaction& transaction) -> base::Result<Import> {
        import.id = base::new_ulid(transaction.now(), transaction.random());
        import.created_at = transaction.now();
        insert(transaction, import);
        base::json::object payload{
            {"kind", import.kind}, {"file_hash", import.file_hash}, {"rows", import.rows_total}};
        transaction.append({.actor = actor.log_name(),
                            .place = {},
                            .subject = import.id,
                            .action = "import.checked",
                            .payload = base::canonical_json(payload)});
        return store::concluded(outcome, transaction, std::move(import));
    });
}

base::Result<Import> Imports::require(store::Reader& reader, const party::Actor& actor,
                                      std::string_view id) const {
    auto row = reader.first("SELECT " CATALOG_IMPORT_COLUMNS " FROM catalog_import WHERE id = :id",
                            {{"id", id}});
    if (!row) return base::refuse(base::not_found("import_not_found"));
    Import import = read_row(*row);
    party::Standing standing{{}, import.owner, {}, {}, import.author};
    if (!permissions_->may(actor, "entry.import", standing)) {
        return base::refuse(base::not_found("import_not_found"));
    }
    return import;
}

base::Result<std::string> Imports::file(const Import& import) const {
    std::string sealed = TRY(files_->read(import.stored));
    std::string bytes = TRY(vault_->open(sealed, context_of(import.file_hash)));
    if (base::to_hex(base::sha256(bytes)) != import.file_hash) {
        return base::refuse(
            base::error(base::ErrorKind::internal, "file_damaged").with("name", import.file_name));
    }
    return bytes;
}

base::Result<Import> Imports::commit(store::Database& database, const party::Actor& actor,
                                     std::string_view id, const std::vector<SheetRow>& rows,
                                     AfterImport after,
                                     const store::Outcome<Import>& outcome) const {
    Import checked = TRY(
        database.read<Import>([&](store::Reader& reader) { return require(reader, actor, id); }));
    TRY(check_may_commit(checked, after));
    const Kind& kind = *TRY(entries_->kinds().require(checked.kind));
    if (rows.empty()) return base::refuse(base::invalid("import_empty"));
    CheckedFile file = read_rows(kind, rows);
    // The kind may have changed since the dry run; then the file has to be checked again.
    bool as_checked = static_cast<std::int64_t>(file.rows.size()) == checked.rows_total &&
                      std::none_of(file.rows.begin(), file.rows.end(), is_faulty);
    if (!as_checked) return base::refuse(base::conflict("import_outdated"));

    return database.write<Import>([&](store::Transaction& transaction) -> base::Result<Import> {
        Import import = TRY(require(transaction, actor, id));
        TRY(check_may_commit(import, after));
        workflow::Event submit;
        submit.transition = "submit";
        party::Organisation owner = TRY(party::Organisations::require(transaction, import.owner));
        for (const ParsedRow& row : file.rows) {
            EntryDraft draft{import.kind, row.body, "zh", import.owner, false, import.id};
            Entry entry = TRY(entries_->create(transaction, actor, draft, owner));
            if (after == AfterImport::keep_drafts) continue;
            TRY(entries_->advance(transaction, actor, entry.id, submit, 0));
        }
        import.committed_at = transaction.now();
        import.entries_made = static_cast<std::int64_t>(file.rows.size());
        transaction.execute(
            "UPDATE catalog_import SET committed_at = :now, entries_made = :made WHERE id = :id",
            {{"now", transaction.now()}, {"made", import.entries_made}, {"id", id}});
        base::json::object payload{{"file_hash", import.file_hash},
                                   {"entries", import.entries_made}};
        transaction.append({.actor = actor.log_name(),
                            .place = {},
                            .subject = import.id,
                            .action = "import.committed",
                            .payload = base::canonical_json(payload)});
        return store::concluded(outcome, transaction, std::move(import));
    });
}

}  // namespace catalog
