#include "catalog/subscription.h"

#include "base/check.h"
#include "base/text.h"
#include "party/inbox.h"

namespace catalog {
namespace {

constexpr std::size_t name_characters_max = 60;
constexpr std::size_t titles_shown = 3;
constexpr std::size_t news_max = 200;
constexpr std::int64_t batch_max = 100;
/// The index follows the log a moment later, and a publication carries the time at which its
/// transaction began: what is younger than this is told in the next run, so that none is missed.
constexpr base::Duration settling = base::minutes(5);

#define CATALOG_SUBSCRIPTION_COLUMNS "id, account, name, query, rhythm, created_at, seen_until"

base::Duration interval_of(Rhythm rhythm) {
    return rhythm == Rhythm::daily ? base::days(1) : base::days(7);
}

Subscription read_row(const store::Row& row) {
    Subscription item;
    item.id = row.text(0);
    item.account = row.id<party::Account>(1);
    item.name = row.text(2);
    auto query = base::parse_json(row.text(3));
    CHECK_WITH(query && query->is_object(), item.id);
    auto search = entry_search_from(query->get_object());
    CHECK_WITH(search.has_value(), item.id);
    item.search = std::move(*search);
    auto rhythm = parse_rhythm(row.text(4));
    CHECK_WITH(rhythm.has_value(), item.id);
    item.rhythm = *rhythm;
    item.created_at = row.time(5);
    item.seen_until = row.time(6);
    return item;
}

/// The entries among `ids` that were published after `since`, with their titles.
std::vector<std::string> new_titles(store::Reader& reader, const std::vector<std::string>& ids,
                                    base::Time since, base::Time until) {
    std::vector<std::string> titles;
    for (const std::string& id : ids) {
        auto entry = Entries::find(reader, base::Id<Entry>(id));
        bool is_new = entry && entry->published_at && *entry->published_at > since &&
                      *entry->published_at <= until;
        if (is_new) titles.push_back(entry->title);
    }
    return titles;
}

}  // namespace

base::Result<Rhythm> parse_rhythm(std::string_view text) {
    if (text == "daily") return Rhythm::daily;
    if (text == "weekly") return Rhythm::weekly;
    return base::refuse(base::invalid("rhythm_unknown").at("rhythm"));
}

std::string_view to_string(Rhythm rhythm) {
    return rhythm == Rhythm::daily ? "daily" : "weekly";
}

base::Result<Subscription> Subscriptions::create(store::Transaction& transaction,
                                                 const party::Actor& actor, std::string_view name,
                                                 const EntrySearch& search, Rhythm rhythm) const {
    if (!actor.signed_in()) {
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    }
    Subscription item;
    item.name = base::trim(name);
    std::size_t length = base::count_characters(item.name);
    if (length == 0) return base::refuse(base::invalid("field_missing").at("name"));
    if (length > name_characters_max || base::has_control_characters(item.name)) {
        return base::refuse(base::invalid("field_too_long")
                                .with("max", std::to_string(name_characters_max))
                                .at("name"));
    }
    TRY(query_of(*kinds_, search));
    std::int64_t present =
        transaction.number("SELECT COUNT(*) FROM catalog_subscription WHERE account = :account",
                           {{"account", actor.account}});
    if (present >= static_cast<std::int64_t>(per_account_max)) {
        return base::refuse(
            base::conflict("subscriptions_too_many").with("max", std::to_string(per_account_max)));
    }
    item.id = base::new_ulid(transaction.now(), transaction.random());
    item.account = actor.account;
    item.search = search;
    item.rhythm = rhythm;
    item.created_at = transaction.now();
    item.seen_until = transaction.now();
    transaction.execute(
        "INSERT INTO catalog_subscription (id, account, name, query, rhythm, created_at,"
        " seen_until, next_at) VALUES (:id, :account, :name, :query, :rhythm, :created_at,"
        " :created_at, :next_at)",
        {{"id", item.id},
         {"account", item.account},
         {"name", item.name},
         {"query", base::canonical_json(to_json(search))},
         {"rhythm", to_string(rhythm)},
         {"created_at", item.created_at},
         {"next_at", item.created_at + interval_of(rhythm)}});
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = item.id,
                        .action = "subscription.created",
                        .payload = "{}"});
    return item;
}

std::vector<Subscription> Subscriptions::list(store::Reader& reader,
                                              const base::Id<party::Account>& account) {
    std::vector<Subscription> result;
    for (const store::Row& row :
         reader.query("SELECT " CATALOG_SUBSCRIPTION_COLUMNS
                      " FROM catalog_subscription WHERE account = :account ORDER BY id",
                      {{"account", account}})) {
        result.push_back(read_row(row));
    }
    return result;
}

base::Status Subscriptions::remove(store::Transaction& transaction, const party::Actor& actor,
                                   std::string_view id) const {
    std::int64_t removed = transaction.execute(
        "DELETE FROM catalog_subscription WHERE id = :id AND account = :account",
        {{"id", id}, {"account", actor.account}});
    if (removed == 0) return base::refuse(base::not_found("subscription_not_found"));
    transaction.append({.actor = actor.log_name(),
                        .place = {},
                        .subject = std::string(id),
                        .action = "subscription.removed",
                        .payload = "{}"});
    return {};
}

base::Result<int> Subscriptions::notify_due(store::Database& database, const Search& search) const {
    int told = 0;
    while (true) {
        base::Time now = database.clock().now();
        auto due = TRY(database.read<std::vector<Subscription>>(
            [&](store::Reader& reader) -> base::Result<std::vector<Subscription>> {
                std::vector<Subscription> found;
                for (const store::Row& row :
                     reader.query("SELECT " CATALOG_SUBSCRIPTION_COLUMNS
                                  " FROM catalog_subscription WHERE next_at <= :now"
                                  " ORDER BY next_at LIMIT :limit",
                                  {{"now", now}, {"limit", batch_max}})) {
                    found.push_back(read_row(row));
                }
                return found;
            }));
        for (const Subscription& item : due) {
            told += TRY(notify_one(database, item, search)) ? 1 : 0;
        }
        if (due.size() < static_cast<std::size_t>(batch_max)) return told;
    }
}

/// Searches outside the transaction; what was published since the last run is told.
base::Result<bool> Subscriptions::notify_one(store::Database& database, const Subscription& item,
                                             const Search& search) const {
    EntrySearch wanted = item.search;
    wanted.with_platform = true;
    wanted.newest_first = true;
    wanted.limit = news_max;
    wanted.published_since = base::date_in_shanghai(item.seen_until).days_since_epoch();
    std::vector<std::string> ids;
    // A kind or filter that the region has given up since finds nothing more.
    if (auto query = query_of(*kinds_, wanted)) ids = TRY(search(*query));

    return database.write<bool>([&](store::Transaction& transaction) -> base::Result<bool> {
        base::Time until = transaction.now() - settling;
        auto titles = new_titles(transaction, ids, item.seen_until, until);
        transaction.execute(
            "UPDATE catalog_subscription SET seen_until = :until, next_at = :next WHERE id = :id",
            {{"until", until},
             {"next", transaction.now() + interval_of(item.rhythm)},
             {"id", item.id}});
        if (titles.empty()) return false;
        party::Notice notice;
        notice.account = item.account;
        notice.text_key = "notify.subscription_news";
        notice.parameters = {{"name", item.name}, {"count", std::to_string(titles.size())}};
        if (titles.size() > titles_shown) titles.resize(titles_shown);
        notice.parameters.emplace("titles", base::join(titles, "；"));
        notice.link = "/desk/subscriptions";
        TRY(party::Inbox::deliver(
            transaction, notice,
            "subscription:" + item.id + ":" + std::to_string(item.seen_until.microseconds)));
        return true;
    });
}

}  // namespace catalog
