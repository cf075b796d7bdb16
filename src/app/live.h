#pragma once

#include <atomic>
#include <memory>
#include <thread>

#include "app/site.h"
#include "base/result.h"
#include "indicator/columns.h"
#include "match/entry_items.h"
#include "search/index.h"
#include "store/follower.h"
#include "trade/auction_desk.h"

namespace app {

/// What a running node keeps beside the site: caches that follow the change log and can be thrown
/// away. Started after Site::open, stopped before the site goes. Thread-safe.
class Live {
  public:
    /// Loads the index from its snapshot, or builds it anew when there is none or it is damaged,
    /// then follows the log from there. The columns behind the figures are built meanwhile; until
    /// they are there the rollup answers.
    static base::Result<std::unique_ptr<Live>> start(Site& site);
    /// Stops following and writes the snapshot.
    ~Live();

    const search::Index& index() const { return *index_; }
    const indicator::Columns& columns() const { return *columns_; }
    const match::EntryPairing& pairing() const { return *pairing_; }
    /// The writer of the sales that this node holds.
    trade::AuctionDesk& auction_desk() const { return *auction_desk_; }
    /// Waits until the index has followed the log up to now (tests and `import`).
    void catch_up();
    /// The last row of the change log that the caches reflect.
    std::int64_t position() const { return follower_->position(); }
    /// What this node has committed and what its caches have followed. When neither has moved,
    /// nothing has changed that this node could know of: a commit is counted before it is answered.
    struct Position {
        std::int64_t committed = 0;
        std::int64_t followed = 0;
        bool operator==(const Position&) const = default;
    };
    Position latest() const { return {*committed_, follower_->position()}; }

  private:
    explicit Live(Site& site) : site_(site) {}
    void load_columns();
    base::Status load_index();
    base::Status load_pairing(match::Lexicon lexicon);
    base::Status follow(const std::vector<store::LogRow>& rows);
    std::filesystem::path snapshot() const { return site_.options.data / "index.snapshot"; }

    Site& site_;
    std::unique_ptr<search::Index> index_;
    std::unique_ptr<match::EntryPairing> pairing_;
    std::int64_t followed_ = 0;
    std::shared_ptr<std::atomic<std::int64_t>> committed_ =
        std::make_shared<std::atomic<std::int64_t>>(0);
    std::unique_ptr<trade::AuctionDesk> auction_desk_;
    std::unique_ptr<store::Follower> follower_;
    std::shared_ptr<indicator::Columns> columns_ = std::make_shared<indicator::Columns>();
    std::jthread building_columns_;
};

}  // namespace app
