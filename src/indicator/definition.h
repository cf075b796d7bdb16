#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/texts.h"
#include "indicator/slice.h"

namespace indicator {

enum class Unit { count, money, share };
enum class Aggregate { count, amount };

/// What is counted and how, as `indicators.yaml` states it: a sum of facts, a sum and difference of
/// other indicators, a share of two, or (counted: no) only a name that has targets. What lasts from
/// `fact` to `until` (titles in force) is counted as it is held at the end of the period, whenever it
/// began; such an indicator has no cut by month or year.
struct Definition {
    std::string code;
    base::LocalText title;
    base::LocalText caliber;
    Unit unit = Unit::count;
    std::string fact;
    Aggregate aggregate = Aggregate::count;
    std::string class_prefix;
    std::vector<std::string> plus;
    std::vector<std::string> minus;
    std::string part;
    std::string whole;
    std::string until;
    bool is_counted = true;
    std::vector<Dimension> dimensions;

    bool is_held() const { return !until.empty(); }
};

struct Policy {
    std::string code;
    std::string document;
    base::LocalText title;
    std::string sure;
    std::string source;
};

enum class TargetRelation { at_least, more_than };

/// A target of one policy. Several policies may set the same quantity; all stay visible.
struct Target {
    std::string policy;
    std::string indicator;
    std::string place;
    int first_year = 0;
    int last_year = 0;
    TargetRelation relation = TargetRelation::at_least;
    std::int64_t value = 0;  ///< count, or fen for money
    std::string superseded_by;
    base::LocalText warning;
};

/// A value of an indicator. A share is kept as its two parts, so that nothing is rounded away.
struct Value {
    Unit unit = Unit::count;
    std::int64_t number = 0;  ///< count, fen, or the part of a share
    std::int64_t whole = 0;   ///< the whole of a share, else 0
    bool has_data = false;    ///< false: nothing was recorded; never shown as an attained zero
};

enum class TargetState { reached, on_path, behind, far_behind, no_data };
std::string_view to_string(TargetState state);

/// green ≥ linear path to the target at `today`, amber ≥ 80 % of it, red below; "no data" is never
/// green. The path runs from `start` on 1 January of the first year to the target on 31 December of
/// the last: 0 for what is counted anew each period, what was held before for what is held.
TargetState judge(const Target& target, const Value& value, base::Date today,
                  std::int64_t start = 0);

class Columns;

/// Indicators, policies and targets of a region. Immutable once loaded and wired; shareable.
class Definitions {
  public:
    /// Reads indicators.yaml and targets.yaml; refuses unknown references and circles, with file:line.
    static base::Result<Definitions> load(const std::filesystem::path& folder);

    /// From now on sums come from these columns of the same database; without, from its rollup.
    void answer_from(std::shared_ptr<Columns> columns) { columns_ = std::move(columns); }
    /// Sums over a slice, grouped, in key order (see sum_by), the fastest way there is.
    std::vector<Figure> figures(store::Reader& reader, const Slice& slice,
                                Dimension dimension) const;
    Figure figure(store::Reader& reader, const Slice& slice) const;

    const Definition* find(std::string_view code) const;
    const std::vector<Definition>& all() const { return definitions_; }
    const std::vector<Target>& targets() const { return targets_; }
    const Policy* policy(std::string_view code) const;

    /// The value over a slice; `slice.kind` and `slice.class_prefix` come from the definition
    /// (a narrower class of the slice is kept).
    Value value(store::Reader& reader, const Definition& definition, Slice slice) const;
    struct Group {
        std::string key;
        Value value;
    };
    /// How a target of these definitions stands: what is there of it, and the light.
    struct Progress {
        Value actual;
        TargetState state = TargetState::no_data;
    };
    Progress progress(store::Reader& reader, const Target& target, base::Date today) const;
    /// The value for each key of a dimension, in key order.
    std::vector<Group> values_by(store::Reader& reader, const Definition& definition, Slice slice,
                                 Dimension dimension) const;
    /// The fact kinds that an indicator rests on, with the class each is restricted to.
    std::vector<Slice> slices_behind(const Definition& definition, const Slice& slice) const;

  private:
    std::vector<Definition> definitions_;
    std::vector<Policy> policies_;
    std::vector<Target> targets_;
    std::shared_ptr<Columns> columns_;
};

}  // namespace indicator
