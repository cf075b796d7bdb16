#include "app/live.h"

#include "app/match_site.h"

#include <future>

#include <spdlog/spdlog.h>

#include "catalog/search_feed.h"
#include "store/change_log.h"

namespace app {

base::Result<std::unique_ptr<Live>> Live::start(Site& site) {
    std::unique_ptr<Live> live(new Live(site));
    site.database->on_commit([committed = live->committed_](std::int64_t seq) {
        std::int64_t known = *committed;
        while (known < seq && !committed->compare_exchange_weak(known, seq)) {
        }
    });
    live->load_columns();
    // The thesaurus and the index are the two long reads of a start: side by side.
    auto lexicon = std::async(std::launch::async, [folder = site.region->folder / "lexicon"] {
        return match::Lexicon::load(folder);
    });
    TRY(live->load_index());
    TRY(live->load_pairing(TRY(lexicon.get())));
    live->auction_desk_ = std::make_unique<trade::AuctionDesk>(*site.database, *site.auctions);
    Live* self = live.get();
    live->follower_ = std::make_unique<store::Follower>(
        *site.database, store::Follower::Options{.name = "", .after = live->followed_},
        [self](const std::vector<store::LogRow>& rows) { return self->follow(rows); });
    return live;
}

void Live::load_columns() {
    site_.region->indicators.answer_from(columns_);
    building_columns_ = std::jthread([columns = columns_, database = site_.database.get()] {
        base::Status built = columns->build(*database);
        if (!built) spdlog::warn("indicator columns not built: {}", base::describe(built.error()));
    });
}

base::Status Live::load_index() {
    const catalog::Kinds& kinds = site_.region->kinds;
    auto last = TRY(
        site_.database->read<std::int64_t>([](store::Reader& reader) -> base::Result<std::int64_t> {
            return store::last_seq(reader);
        }));
    index_ = std::make_unique<search::Index>(catalog::search_schema(kinds));
    if (std::filesystem::exists(snapshot())) {
        auto loaded = index_->load(snapshot());
        if (loaded && static_cast<std::int64_t>(*loaded) <= last) {
            followed_ = static_cast<std::int64_t>(*loaded);
            return {};
        }
        spdlog::warn("index snapshot not used, building anew: {}",
                     loaded ? "ahead of the log" : base::describe(loaded.error()));
        index_ = std::make_unique<search::Index>(catalog::search_schema(kinds));
    }
    // Rows appended while it is built come again from the follower; applying them twice is safe.
    TRY(catalog::rebuild(*site_.database, kinds, *index_));
    followed_ = last;
    return {};
}

base::Status Live::load_pairing(match::Lexicon words) {
    TRY(add_site_terms(site_, words));
    auto lexicon = std::make_shared<match::Lexicon>(std::move(words));
    pairing_ = std::make_unique<match::EntryPairing>(*site_.database, *site_.entries, lexicon);
    TRY(tune_pairing(site_, *pairing_));
    TRY(pairing_->rebuild());
    return {};
}

base::Status Live::follow(const std::vector<store::LogRow>& rows) {
    TRY(site_.database->read<void>([&](store::Reader& reader) {
        return catalog::follow(reader, site_.region->kinds, *index_, rows);
    }));
    for (const store::LogRow& row : rows) {
        if (row.change.action.starts_with("auction.")) {
            auction_desk_->follow(base::Id<trade::Auction>(row.change.subject));
        }
    }
    TRY(pairing_->follow(rows));
    return record_match_facts(site_, *pairing_, rows);
}

void Live::catch_up() {
    auto last =
        site_.database->read<std::int64_t>([](store::Reader& reader) -> base::Result<std::int64_t> {
            return store::last_seq(reader);
        });
    if (last) follower_->wait_for(*last, base::seconds(30));
}

Live::~Live() {
    if (!follower_) return;
    followed_ = follower_->position();
    follower_.reset();
    auto saved = index_->save(snapshot(), static_cast<std::uint64_t>(followed_));
    if (!saved) spdlog::warn("index snapshot not written: {}", base::describe(saved.error()));
}

}  // namespace app
