#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "indicator/slice.h"
#include "store/database.h"

namespace indicator {

/// Distinct texts as small numbers, in order of appearance.
class Dictionary {
  public:
    /// Nothing once 65,536 texts have one: what else has so many values is no code.
    std::optional<std::uint16_t> code_of(std::string_view text);
    const std::string& text(std::size_t code) const { return texts_[code]; }
    std::size_t size() const { return texts_.size(); }

  private:
    std::vector<std::string> texts_;
    std::map<std::string, std::uint16_t, std::less<>> codes_;
};

/// The sums of one kind and month, one line per place, class, field and sample mark; a line may occur
/// several times until the next compaction. Columns, because a slice looks at few of them in a row.
struct MonthCells {
    std::vector<std::uint16_t> places, classes, fields;
    std::vector<std::uint8_t> samples;
    std::vector<std::int64_t> counts, amounts_fen;
    std::size_t compact_size = 0;

    std::size_t size() const { return counts.size(); }
    void add(std::uint16_t place, std::uint16_t class_code, std::uint16_t field, bool is_sample,
             std::int64_t count, std::int64_t amount_fen);
    /// Adds equal lines up and drops those that came to nothing.
    void compact();
};

/// All sums of a database up to one row of its change log. A value: building one needs no lock.
class Cells {
  public:
    /// What the sums are taken from: the rollup (fewer rows) or the facts themselves (a recount).
    enum class Source { rollup, facts };
    struct Sum {
        std::int64_t count = 0;
        std::int64_t amount_fen = 0;
        bool operator==(const Sum&) const = default;
    };
    /// Errors: `facts_not_separable` when a code holds a control character, or there are more codes
    /// than columns can tell apart.
    static base::Result<Cells> build(store::Reader& reader, Source source);

    /// Errors: `facts_not_separable`.
    base::Status add(const Fact& fact);
    std::vector<Figure> sum_by(const Slice& slice, Dimension dimension) const;
    /// Merges what was added since, where it has become worth while.
    void compact();

    std::size_t line_count() const;
    std::size_t byte_count() const;
    /// The first line in which the two differ, in words; empty if they hold the same sums.
    static std::string first_difference(const Cells& left, const Cells& right);

  private:
    base::Status add_rollup(store::Reader& reader);
    base::Status add_facts(store::Reader& reader);
    MonthCells& lines_of_month(std::string_view kind, std::string_view month);
    bool add_line(MonthCells& month, std::span<const std::string_view, 6> parts);
    struct Lens;
    Lens lens_over(const Slice& slice, Dimension dimension) const;
    std::map<std::string, Sum> flat() const;

    Dictionary places_, classes_, fields_;
    using Months = std::map<std::string, MonthCells, std::less<>>;
    std::map<std::string, Months, std::less<>> kinds_;
};

/// Answers slices from memory, exactly as sum_by of slice.h would from the reader's snapshot: what was
/// recorded since is taken from the change log before answering; within a write transaction, and for a
/// snapshot older than what is held, the rollup is asked instead. Thread-safe. Holds no record: made
/// anew from the database at any time.
class Columns {
  public:
    std::vector<Figure> sum_by(store::Reader& reader, const Slice& slice, Dimension dimension);

    /// Builds the columns now; until then sum_by asks the rollup and nobody waits.
    base::Status build(store::Database& database);
    std::size_t line_count() const;
    std::size_t byte_count() const;
    /// Answers given from memory since the start, for tests and metrics.
    std::int64_t answered() const { return answered_; }

  private:
    enum class State { empty, building, ready };

    base::Status catch_up(store::Reader& reader, std::int64_t seq);

    mutable std::shared_mutex mutex_;
    Cells cells_;               // guarded by mutex_
    std::int64_t covered_ = 0;  // guarded by mutex_: the log row up to which cells_ count
    // Leaves and becomes `ready` under mutex_ only; read without it to pass by.
    std::atomic<State> state_ = State::empty;
    std::atomic<std::int64_t> answered_ = 0;
};

}  // namespace indicator
