#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "store/change_log.h"

namespace store {

/// Follows the change log on a thread of its own and hands rows to a consumer, in order and without
/// gaps. Wakes on commits of this node, and every second for those of other nodes.
///
/// With a name the position is kept in the database after each batch that the consumer took, so a
/// restart goes on from there; a batch may come twice after a crash, never not at all. Without a
/// name it starts at the position given (a cache that is rebuilt or has its own snapshot).
/// Thread-safe. Must be destroyed before the database.
class Follower {
  public:
    /// A refusal is logged, and the same rows come again after the pause.
    using Consumer = std::function<base::Status(const std::vector<LogRow>&)>;
    struct Options {
        std::string name;         ///< empty: the position is not kept
        std::int64_t after = 0;   ///< start behind this row, where no position is kept yet
        std::size_t batch = 500;  ///< rows at most
        base::Duration pause = base::seconds(1);
    };

    Follower(Database& database, Options options, Consumer consumer);
    /// Stops after the batch in hand.
    ~Follower();
    Follower(const Follower&) = delete;
    Follower& operator=(const Follower&) = delete;

    /// The last row that the consumer took.
    std::int64_t position() const;
    /// True once the consumer took row `seq`; false if that takes longer than `wait`.
    bool wait_for(std::int64_t seq, base::Duration wait);

    /// The position kept under that name, 0 if none.
    static std::int64_t kept_position(Reader& reader, std::string_view name);

  private:
    struct Wake;  ///< shared with the database's listener, which outlives the follower

    void run();
    base::Status start();
    /// True if there may be more rows at once.
    base::Result<bool> step();

    Database& database_;
    Options options_;
    Consumer consumer_;
    std::shared_ptr<Wake> wake_;
    std::thread thread_;
};

}  // namespace store
