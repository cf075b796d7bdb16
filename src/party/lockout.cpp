#include "party/lockout.h"

#include <algorithm>

namespace party {

namespace {

constexpr base::Duration memory = base::days(1);

base::Duration wait_after(std::int64_t failures, const LockoutRule& rule) {
    base::Duration wait = rule.wait_first;
    for (std::int64_t i = rule.failures_max; i < failures && wait < rule.wait_max; ++i)
        wait = wait * 2;
    return std::min(wait, rule.wait_max);
}

void save(store::Transaction& transaction, std::string_view scope, std::int64_t failures,
          base::Time locked_until) {
    transaction.execute(
        "insert into party_sign_in_failure (scope, failures, last_at, locked_until) values "
        "(:scope, "
        ":failures, :last_at, :locked_until) on conflict (scope) do update set failures = "
        "excluded.failures, last_at = excluded.last_at, locked_until = excluded.locked_until",
        {{"scope", scope},
         {"failures", failures},
         {"last_at", transaction.now()},
         {"locked_until", locked_until}});
}

struct Count {
    std::int64_t failures = 0;
    base::Time last_at;
    base::Time locked_until;
};

Count load(store::Reader& reader, std::string_view scope) {
    const auto row = reader.first(
        "select failures, last_at, locked_until from party_sign_in_failure where scope = :scope",
        {{"scope", scope}});
    if (!row) return {};
    return {row->integer(0), row->time(1), row->time(2)};
}

}  // namespace

base::Status Lockout::count_attempt(store::Transaction& transaction, std::string_view scope,
                                    const LockoutRule& rule) {
    Count count = load(transaction, scope);
    const base::Time now = transaction.now();
    if (count.locked_until > now)
        return base::refuse(base::error(base::ErrorKind::rate_limited, "locked_out")
                                .with("until", base::to_local_string(count.locked_until)));
    if (now - count.last_at > memory) count.failures = 0;
    ++count.failures;
    const bool locks = count.failures >= rule.failures_max;
    save(transaction, scope, count.failures,
         locks ? now + wait_after(count.failures, rule) : base::Time{});
    return {};
}

void Lockout::forgive_attempt(store::Transaction& transaction, std::string_view scope,
                              const LockoutRule& rule) {
    const Count count = load(transaction, scope);
    if (count.failures == 0) return;
    const std::int64_t failures = count.failures - 1;
    save(transaction, scope, failures,
         failures < rule.failures_max ? base::Time{} : count.locked_until);
}

void Lockout::forget(store::Transaction& transaction, std::string_view scope) {
    transaction.execute("delete from party_sign_in_failure where scope = :scope",
                        {{"scope", scope}});
}

base::Time Lockout::locked_until(store::Reader& reader, std::string_view scope, base::Time now) {
    const Count count = load(reader, scope);
    return count.locked_until > now ? count.locked_until : base::Time{};
}

}  // namespace party
