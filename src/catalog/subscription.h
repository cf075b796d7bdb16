#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "catalog/search_feed.h"
#include "party/actor.h"
#include "store/database.h"

namespace catalog {

enum class Rhythm { daily, weekly };
base::Result<Rhythm> parse_rhythm(std::string_view text);  ///< `rhythm_unknown`
std::string_view to_string(Rhythm rhythm);

/// A search that somebody wants to hear from again.
struct Subscription {
    std::string id;
    base::Id<party::Account> account;
    std::string name;
    EntrySearch search;
    Rhythm rhythm = Rhythm::daily;
    base::Time created_at;
    base::Time seen_until;  ///< entries published up to here have been told
};

/// Saved searches. One run of `notify_due` makes one in-site notice per subscription with news
/// (how many, the first titles); the e-mail digest is made from notices not yet mailed
/// (party::Inbox), so one mail carries all news of a person. Stateless; thread-safe.
class Subscriptions {
  public:
    explicit Subscriptions(const Kinds& kinds) : kinds_(&kinds) {}
    static constexpr std::size_t per_account_max = 30;

    /// Errors: `not_signed_in`, `form_invalid` (name 1–60 characters), `subscriptions_too_many`,
    /// those of query_of.
    base::Result<Subscription> create(store::Transaction&, const party::Actor&,
                                      std::string_view name, const EntrySearch&, Rhythm) const;
    static std::vector<Subscription> list(store::Reader&, const base::Id<party::Account>&);
    /// `subscription_not_found`, also for another person's.
    base::Status remove(store::Transaction&, const party::Actor&, std::string_view id) const;

    /// Searches for the ids that match, newest first.
    using Search = std::function<base::Result<std::vector<std::string>>(const search::Query&)>;
    /// Runs what is due; told twice is told once (the notice's key is the run). Returns the number
    /// of notices. Called by a job.
    base::Result<int> notify_due(store::Database&, const Search&) const;

  private:
    base::Result<bool> notify_one(store::Database&, const Subscription&, const Search&) const;

    const Kinds* kinds_;
};

}  // namespace catalog
