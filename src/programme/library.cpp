#include "programme/library.h"

#include <algorithm>

#include "base/check.h"
#include "base/yaml.h"
#include "programme/compose.h"

namespace programme {
namespace {

base::Result<int> revision_of(store::Transaction& transaction, const Programme& programme) {
    // Only the last text counts: one that comes back later is a new version with an old text.
    const auto last = transaction.first(
        "select revision, hash from programme_version where programme = :programme"
        " order by revision desc limit 1",
        {{"programme", programme.code}});
    if (last && last->text(1) == programme.hash) return static_cast<int>(last->integer(0));
    const std::int64_t revision = last ? last->integer(0) + 1 : 1;
    transaction.execute(
        "insert into programme_version (programme, revision, hash, label, content, seen_at)"
        " values (:programme, :revision, :hash, :label, :content, :seen_at)",
        {{"programme", programme.code},
         {"revision", revision},
         {"hash", programme.hash},
         {"label", programme.label},
         {"content", programme.text},
         {"seen_at", transaction.now()}});
    transaction.append({.actor = "system",
                        .place = {},
                        .subject = "programme:" + programme.code,
                        .action = "programme.version_taken",
                        .payload = base::canonical_json(
                            base::json::object{{"revision", revision}, {"hash", programme.hash}})});
    return static_cast<int>(revision);
}

struct Stored {
    std::string code, text;
    int revision;
};

}  // namespace

base::Result<std::unique_ptr<Library>> Library::open(store::Database& database,
                                                     const Programmes& today,
                                                     const workflow::Codes& codes) {
    auto library = std::make_unique<Library>();
    for (const Programme& programme : today.all()) {
        Programme copy = programme;
        copy.revision = TRY(database.write<int>(
            [&](store::Transaction& transaction) { return revision_of(transaction, programme); }));
        library->newest_.push_back(library->programmes_.size());
        library->programmes_.push_back(std::move(copy));
    }
    const auto earlier = TRY(database.read<std::vector<Stored>>(
        [&](store::Reader& reader) -> base::Result<std::vector<Stored>> {
            std::vector<Stored> list;
            for (const store::Row& row : reader.query(
                     "select programme, revision, content from programme_version v where exists"
                     " (select 1 from programme_application a where a.programme = v.programme"
                     " and a.revision = v.revision) order by programme, revision"))
                list.push_back({row.text(0), row.text(2), static_cast<int>(row.integer(1))});
            return list;
        }));
    for (const Stored& stored : earlier) {
        if (library->find(stored.code, stored.revision) != nullptr) continue;
        const std::string name =
            stored.code + " (revision " + std::to_string(stored.revision) + ")";
        Programme programme =
            TRY(Programme::from(TRY(base::Yaml::parse(stored.text, name)), stored.text, codes));
        programme.revision = stored.revision;
        library->programmes_.push_back(std::move(programme));
    }
    return library;
}

const Programme* Library::newest(std::string_view code) const {
    for (std::size_t index : newest_) {
        if (programmes_[index].code == code) return &programmes_[index];
    }
    return nullptr;
}

const Programme* Library::find(std::string_view code, int revision) const {
    for (const Programme& programme : programmes_) {
        if (programme.code == code && programme.revision == revision) return &programme;
    }
    return nullptr;
}

const Programme& Library::of(std::string_view code, int revision) const {
    const Programme* found = find(code, revision);
    CHECK_WITH(found != nullptr, code);
    return *found;
}

std::vector<const Programme*> Library::today() const {
    std::vector<const Programme*> list;
    for (std::size_t index : newest_)
        list.push_back(&programmes_[index]);
    return list;
}

base::Result<std::vector<workflow::Process>> Library::processes(const base::Texts& texts) const {
    std::vector<workflow::Process> all;
    for (const Programme& programme : programmes_) {
        for (workflow::Process& process : TRY(compose(programme, texts)))
            all.push_back(std::move(process));
    }
    return all;
}

const Programme* Library::by_process(std::string_view process) const {
    for (const Programme& programme : programmes_) {
        if (application_process(programme.code) == process) return &programme;
    }
    return nullptr;
}

}  // namespace programme
