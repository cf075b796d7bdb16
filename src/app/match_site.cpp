#include "app/match_site.h"

#include <fstream>
#include <ostream>

#include <spdlog/spdlog.h>

#include "base/text.h"
#include "contract/agreement.h"
#include "contract/contract.h"
#include "contract/negotiation.h"
#include "http/outgoing.h"
#include "match/embeddings.h"
#include "match/evidence.h"
#include "match/learning.h"
#include "match/owners.h"
#include "match/site_terms.h"
#include "match/vectors.h"

namespace app {
namespace {

constexpr double company_nearness_min = 0.8;
constexpr std::size_t company_proposals_max = 300;
constexpr std::int64_t verdict_times_min = 2;

std::filesystem::path vectors_file(const Site& site) {
    return site.options.data / "match.vectors";
}

std::filesystem::path embeddings_file(const Site& site) {
    return site.options.data / "match.embeddings";
}

/// Null when there are none; damaged ones are left out with a warning.
std::shared_ptr<const match::WordVectors> vectors_in(const std::filesystem::path& file) {
    if (!std::filesystem::exists(file)) return nullptr;
    auto vectors = match::WordVectors::load(file);
    if (vectors) return std::make_shared<const match::WordVectors>(std::move(*vectors));
    spdlog::warn("{} not used: {}", file.string(), base::describe(vectors.error()));
    return nullptr;
}

std::optional<contract::Contact> contact_of_contract(store::Reader& reader,
                                                     std::string_view contract_id) {
    auto contract =
        contract::find_contract(reader, base::Id<contract::Contract>(std::string(contract_id)));
    if (!contract || contract->agreement.empty() || !contract->registered_on) return std::nullopt;
    auto agreement =
        contract::Agreements::find(reader, base::Id<contract::Agreement>(contract->agreement));
    if (!agreement) return std::nullopt;
    return contract::Contacts::find(reader, agreement->contact);
}

/// What one row says about a pair, if anything.
struct Observed {
    match::EvidenceKind kind;
    contract::Contact contact;
};

std::optional<Observed> observed_in(store::Reader& reader, const store::Change& change) {
    if (change.action.starts_with("contract_registration.")) {
        auto contact = contact_of_contract(reader, change.subject);
        if (contact) return Observed{match::EvidenceKind::contract, std::move(*contact)};
        return std::nullopt;
    }
    bool meeting = change.action == "room.meeting_accepted";
    if (!meeting && !change.action.starts_with("contact.")) return std::nullopt;
    auto contact = contract::Contacts::find(reader, base::Id<contract::Contact>(change.subject));
    if (!contact) return std::nullopt;
    if (meeting) return Observed{match::EvidenceKind::meeting, std::move(*contact)};
    bool talks = contact->state == "accepted" || contact->state == "closed";
    if (!talks) return std::nullopt;
    return Observed{match::EvidenceKind::reply, std::move(*contact)};
}

/// The two entries of a contact as demand and achievement, if it brought both.
struct Sides {
    match::Item demand;
    match::Item achievement;
};

std::optional<Sides> sides_of(store::Reader& reader, const match::EntryPairing& pairing,
                              const contract::Contact& contact) {
    if (contact.from_entry.empty()) return std::nullopt;
    auto asked = catalog::Entries::find(reader, contact.entry);
    auto brought = catalog::Entries::find(reader, contact.from_entry);
    if (!asked || !brought) return std::nullopt;
    auto one = pairing.item(reader, *asked);
    auto other = pairing.item(reader, *brought);
    if (!one || !other || one->kind == other->kind) return std::nullopt;
    if (one->kind == match::ItemKind::demand) return Sides{std::move(*one), std::move(*other)};
    return Sides{std::move(*other), std::move(*one)};
}

base::Status record_one(Site& site, match::EntryPairing& pairing, const store::Change& change) {
    match::EvidenceBook book(site.region->permissions);
    base::Date today = base::date_in_shanghai(site.clock().now());
    std::string answering;
    TRY(site.database->write<void>([&](store::Transaction& transaction) -> base::Status {
        if (change.action.starts_with("contact.")) {
            auto contact =
                contract::Contacts::find(transaction, base::Id<contract::Contact>(change.subject));
            if (contact) {
                answering = contact->owner.text();
                match::Owners::note_answer(transaction, contact->id.text(), answering,
                                           contact->state);
            }
        }
        auto observed = observed_in(transaction, change);
        if (!observed) return {};
        auto sides = sides_of(transaction, pairing, observed->contact);
        if (!sides) return {};
        match::Score score = pairing.pairing().score(sides->demand, sides->achievement, today);
        TRY(book.observe(transaction, observed->kind, sides->demand.id, sides->achievement.id,
                         observed->contact.id.text(), score,
                         match::WeightsBook::in_force(transaction).version));
        return {};
    }));
    if (!answering.empty()) pairing.forget_owner(answering);
    return {};
}

}  // namespace

base::Status add_site_terms(const Site& site, match::Lexicon& lexicon) {
    auto left_out = TRY(site.database->read<std::vector<base::Error>>(
        [&](store::Reader& reader) -> base::Result<std::vector<base::Error>> {
            return match::SiteTerms::add_accepted(reader, lexicon);
        }));
    for (const base::Error& refused : left_out)
        spdlog::warn("a term of the site is not used: {}", base::describe(refused));
    return {};
}

base::Status tune_pairing(const Site& site, match::EntryPairing& pairing) {
    TRY(pairing.use_weights_in_force());
    if (auto vectors = vectors_in(vectors_file(site))) pairing.use_vectors(std::move(vectors));
    if (auto vectors = vectors_in(embeddings_file(site)))
        pairing.use_embeddings(std::move(vectors));
    return {};
}

base::Status record_match_facts(Site& site, match::EntryPairing& pairing,
                                const std::vector<store::LogRow>& rows) {
    for (const store::LogRow& row : rows) {
        const std::string& action = row.change.action;
        bool concerns_pairs = action.starts_with("contact.") ||
                              action.starts_with("contract_registration.") ||
                              action == "room.meeting_accepted";
        if (concerns_pairs) TRY(record_one(site, pairing, row.change));
    }
    return {};
}

namespace {

base::Result<std::vector<match::TermProposal>> proposals_for(
    Site& site, const match::EntryPairing& pairing, const std::vector<match::Profile>& profiles,
    const match::WordVectors& vectors) {
    const match::Lexicon& lexicon = pairing.pairing().profiler().lexicon();
    auto proposals = match::terms_from_company(profiles, lexicon, vectors, company_nearness_min,
                                               company_proposals_max);
    TRY(site.database->read<void>([&](store::Reader& reader) -> base::Status {
        std::vector<catalog::Entry> entries;
        std::map<std::string, const match::Profile*> by_id;
        for (const match::Profile& profile : profiles) {
            by_id[profile.item.id] = &profile;
            auto entry = catalog::Entries::find(reader, base::Id<catalog::Entry>(profile.item.id));
            if (entry) entries.push_back(std::move(*entry));
        }
        for (match::TermProposal& one : match::terms_from_languages(entries, lexicon))
            proposals.push_back(std::move(one));
        std::vector<std::pair<match::Profile, match::Profile>> good;
        for (const match::Evidence& evidence : match::EvidenceBook::all(reader, 100'000)) {
            auto demand = by_id.find(evidence.demand);
            auto achievement = by_id.find(evidence.achievement);
            bool usable = evidence.kind != match::EvidenceKind::no && demand != by_id.end() &&
                          achievement != by_id.end();
            if (usable) good.emplace_back(*demand->second, *achievement->second);
        }
        for (match::TermProposal& one :
             match::terms_from_verdicts(good, lexicon, verdict_times_min))
            proposals.push_back(std::move(one));
        return {};
    }));
    return proposals;
}

base::Status train(const CommonOptions& common, const MatchTrainOptions& options,
                   std::ostream& out) {
    base::SystemClock clock;
    base::SecureRandom random;
    auto site = TRY(
        Site::open({.data = common.data, .region = common.region, .database_url = common.database},
                   clock, random));
    match::Lexicon words = TRY(match::Lexicon::load(site->region->folder / "lexicon"));
    TRY(add_site_terms(*site, words));
    match::EntryPairing pairing(*site->database, *site->entries,
                                std::make_shared<const match::Lexicon>(std::move(words)));
    std::vector<match::Profile> profiles = TRY(pairing.profiles());
    match::TrainingOptions training;
    training.dimensions = options.dimensions;
    training.seed = static_cast<std::uint64_t>(options.seed);
    match::WordVectors vectors =
        TRY(match::WordVectors::train(profiles, pairing.pairing().profiler().lexicon(), training));
    TRY(vectors.save(vectors_file(*site)));
    std::int64_t proposed = 0;
    if (options.propose_terms) {
        auto proposals = TRY(proposals_for(*site, pairing, profiles, vectors));
        proposed = TRY(site->database->write<std::int64_t>(
            [&](store::Transaction& transaction) -> base::Result<std::int64_t> {
                return match::SiteTerms::propose(transaction, proposals);
            }));
    }
    if (common.json) {
        out << base::json::serialize(base::json::object{{"items", profiles.size()},
                                                        {"terms", vectors.term_count()},
                                                        {"dimensions", vectors.dimensions()},
                                                        {"file", vectors_file(*site).string()},
                                                        {"proposed_terms", proposed}})
            << '\n';
    } else {
        out << profiles.size() << " items read, " << vectors.term_count() << " terms learned in "
            << vectors.dimensions() << " dimensions, written to " << vectors_file(*site).string()
            << "; " << proposed << " terms proposed for the thesaurus\n";
    }
    return {};
}

}  // namespace

int match_train_command(const CommonOptions& common, const MatchTrainOptions& options,
                        std::ostream& out, std::ostream& complaints) {
    auto done = train(common, options, out);
    if (done) return 0;
    complaints << base::describe(done.error()) << '\n';
    return 2;
}

base::Result<match::AskEmbeddings> embedding_service(const MatchEmbedOptions& options) {
    http::FetchOptions fetch;
    fetch.wait = base::seconds(120);
    fetch.bytes_max = std::size_t{64} << 20;
    fetch.headers["Content-Type"] = "application/json";
    if (options.private_addresses) fetch.private_addresses = http::PrivateAddresses::allowed;
    if (!options.key_file.empty()) {
        std::ifstream file(options.key_file);
        std::string key;
        if (!std::getline(file, key)) {
            return base::refuse(
                base::error(base::ErrorKind::unavailable, "embedding_key_unreadable")
                    .with("place", options.key_file.string()));
        }
        fetch.headers["Authorization"] = "Bearer " + base::trim(key);
    }
    return [fetch, url = options.url](const std::string& body) -> base::Result<std::string> {
        http::FetchOptions sent = fetch;
        sent.body = body;
        http::Fetched answer = TRY(http::fetch(url, sent));
        if (answer.status == 200) return std::move(answer.body);
        return base::refuse(base::error(base::ErrorKind::unavailable, "embedding_service_refused")
                                .with("status", std::to_string(answer.status)));
    };
}

namespace {

base::Status embed(const CommonOptions& common, const MatchEmbedOptions& options,
                   std::ostream& out) {
    base::SystemClock clock;
    base::SecureRandom random;
    auto site = TRY(
        Site::open({.data = common.data, .region = common.region, .database_url = common.database},
                   clock, random));
    match::AskEmbeddings ask = TRY(embedding_service(options));
    auto lexicon = std::make_shared<const match::Lexicon>();
    match::EntryPairing pairing(*site->database, *site->entries, lexicon);
    std::vector<match::Item> items;
    const party::Actor visitor = party::Actor::visitor();
    TRY(pairing.each_offered({}, [&](const match::OfferedPage& page) {
        for (std::size_t i = 0; i < page.entries.size(); ++i) {
            if (site->entries->may_read(visitor, page.entries[i])) items.push_back(page.items[i]);
        }
        return true;
    }));
    auto known = vectors_in(embeddings_file(*site));
    match::EmbeddingRun run = TRY(match::embed_items(items, options.model, known.get(), ask));
    TRY(run.vectors.save(embeddings_file(*site)));
    if (common.json) {
        out << base::json::serialize(base::json::object{
                   {"items", items.size()}, {"asked", run.asked}, {"kept", run.kept}})
            << '\n';
    } else {
        out << items.size() << " items: " << run.asked << " texts sent, " << run.kept
            << " known; written to " << embeddings_file(*site).string() << '\n';
    }
    return {};
}

}  // namespace

int match_embed_command(const CommonOptions& common, const MatchEmbedOptions& options,
                        std::ostream& out, std::ostream& complaints) {
    auto done = embed(common, options, out);
    if (done) return 0;
    complaints << base::describe(done.error()) << '\n';
    return 2;
}

}  // namespace app
