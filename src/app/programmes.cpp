#include "app/programmes.h"

#include "catalog/entry_count.h"
#include "contract/tally.h"

namespace app {
namespace {

std::string option(const programme::RecordQuestion& question, const std::string& key,
                   const std::string& fallback = {}) {
    const auto found = question.options.find(key);
    return found == question.options.end() ? fallback : found->second;
}

contract::Tally tally_of(store::Reader& reader, const programme::RecordQuestion& question) {
    contract::TallyQuestion asked;
    asked.organisation = question.organisation;
    asked.side = option(question, "side", "seller");
    asked.class_code = option(question, "class");
    asked.year = question.year;
    return contract::tally(reader, asked);
}

/// What other modules know of an organisation, for the records of programme files.
void add_sources(programme::Records& records) {
    using programme::Number;
    using programme::RecordQuestion;
    records.source("contract.count", [](store::Reader& reader, const RecordQuestion& question) {
        return std::optional(Number::whole(tally_of(reader, question).count));
    });
    records.source("contract.amount", [](store::Reader& reader, const RecordQuestion& question) {
        return std::optional(Number::of(tally_of(reader, question).amount));
    });
    records.source("contract.technical", [](store::Reader& reader, const RecordQuestion& question) {
        return std::optional(Number::of(tally_of(reader, question).technical));
    });
    records.source("catalog.count", [](store::Reader& reader, const RecordQuestion& question) {
        return std::optional(Number::whole(
            catalog::published_count(reader, question.organisation, option(question, "kind"))));
    });
}

}  // namespace

base::Result<std::unique_ptr<ProgrammeSite>> ProgrammeSite::open(store::Database& database,
                                                                 const Region& region) {
    auto site = std::make_unique<ProgrammeSite>();
    site->library = TRY(programme::Library::open(database, region.programmes, region.codes));
    return site;
}

base::Result<std::vector<workflow::Process>> ProgrammeSite::processes(const Region& region) const {
    std::vector<workflow::Process> all = region.processes;
    for (workflow::Process& process : TRY(library->processes(region.texts)))
        all.push_back(std::move(process));
    return all;
}

void ProgrammeSite::attach(workflow::Cases& cases, const Region& region, const base::Vault& vault) {
    add_sources(records);
    applications = std::make_unique<programme::Applications>(*library, region.places, records);
    reviews = std::make_unique<programme::Reviews>(*applications);
    outcomes = std::make_unique<programme::Outcomes>(*applications);
    follow_ups = std::make_unique<programme::FollowUps>(*applications, *outcomes);
    lists = std::make_unique<programme::Lists>(*applications, *outcomes, vault);
    applications->attach(cases);
    reviews->attach(cases, *applications);
    outcomes->attach(*applications);
    follow_ups->attach(cases, *applications);
    lists->attach(cases);
}

base::Status ProgrammeSite::run_due(store::Database& database) const {
    TRY(follow_ups->open_due(database));
    TRY(outcomes->expire_due(database));
    return {};
}

}  // namespace app
