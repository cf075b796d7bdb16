#pragma once

#include <compare>
#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/random.h"
#include "base/result.h"

namespace base {

/// 26 characters of Crockford base 32: 50 bits of milliseconds, 10 of the microseconds within it,
/// 70 of chance. Sorts by age, to the microsecond: on one node what a later transaction made
/// sorts behind what an earlier one made.
std::string new_ulid(Time now, Random& random);
bool is_ulid(std::string_view text);

/// The key of a record of type `Record`; a tag only, so that an Id<Entry> is never taken for an
/// Id<Contract>. An empty id means "none".
template <class Record>
class Id {
  public:
    Id() = default;
    /// Trusts the caller: for values that come from the database.
    explicit Id(std::string text) : text_(std::move(text)) {}
    static Id make(Time now, Random& random) { return Id(new_ulid(now, random)); }
    /// For values that come from outside; `id_malformed` if it is not a ULID.
    static Result<Id> parse(std::string_view text) {
        if (!is_ulid(text))
            return refuse(invalid("id_malformed").with("value", text.substr(0, 40)));
        return Id(std::string(text));
    }

    const std::string& text() const { return text_; }
    bool empty() const { return text_.empty(); }
    auto operator<=>(const Id&) const = default;

  private:
    std::string text_;
};

}  // namespace base

template <class Record>
struct std::hash<base::Id<Record>> {
    std::size_t operator()(const base::Id<Record>& id) const {
        return std::hash<std::string>()(id.text());
    }
};
