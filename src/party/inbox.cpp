#include "party/inbox.h"

#include "base/check.h"
#include "base/json.h"

namespace party {

namespace {

constexpr std::string_view columns =
    "n.id, n.account, n.text_key, n.parameters, n.link, n.at, "
    "n.read_at";

Notice read_row(const store::Row& row) {
    Notice notice;
    notice.id = row.text(0);
    notice.account = row.id<Account>(1);
    notice.text_key = row.text(2);
    const auto parameters = base::parse_json(row.text(3));
    CHECK_WITH(parameters && parameters->is_object(), "notice " + notice.id);
    for (const auto& [key, value] : parameters->as_object())
        notice.parameters.emplace(key, std::string(value.as_string()));
    notice.link = row.text(4);
    notice.at = row.time(5);
    notice.read = !row.is_null(6);
    return notice;
}

}  // namespace

base::Status Inbox::deliver(store::Transaction& transaction, const Notice& notice,
                            std::string_view once_key) {
    CHECK(!notice.account.empty() && !notice.text_key.empty() && !once_key.empty());
    base::json::object parameters;
    for (const auto& [key, value] : notice.parameters)
        parameters[key] = value;
    // Both dialects know this form; a repeated delivery changes nothing.
    transaction.execute(
        "insert into party_notice (id, account, once_key, text_key, parameters, link, at) values "
        "(:id, :account, :once_key, :text_key, :parameters, :link, :at) on conflict (account, "
        "once_key) do nothing",
        {{"id", transaction.new_id<Notice>()},
         {"account", notice.account},
         {"once_key", once_key},
         {"text_key", notice.text_key},
         {"parameters", base::canonical_json(parameters)},
         {"link", notice.link},
         {"at", transaction.now()}});
    return {};
}

std::vector<Notice> Inbox::list(store::Reader& reader, const base::Id<Account>& account,
                                std::string_view after, std::size_t limit) {
    std::string sql =
        "select " + std::string(columns) + " from party_notice n where n.account = :account";
    store::Bindings bindings{{"account", account}, {"limit", static_cast<std::int64_t>(limit)}};
    if (!after.empty()) {
        sql += " and n.id < :after";
        bindings.push_back({"after", after});
    }
    sql += " order by n.id desc limit :limit";
    std::vector<Notice> result;
    for (const store::Row& row : reader.query(sql, bindings))
        result.push_back(read_row(row));
    return result;
}

std::int64_t Inbox::unread(store::Reader& reader, const base::Id<Account>& account) {
    return reader.number(
        "select count(*) from party_notice where account = :account and read_at is null",
        {{"account", account}});
}

base::Status Inbox::mark_read(store::Transaction& transaction, const base::Id<Account>& account,
                              std::string_view id_or_all) {
    if (id_or_all == "all") {
        transaction.execute(
            "update party_notice set read_at = :now where account = :account and read_at is null",
            {{"now", transaction.now()}, {"account", account}});
        return {};
    }
    const std::int64_t touched = transaction.execute(
        "update party_notice set read_at = coalesce(read_at, :now) where account = :account and id "
        "= :id",
        {{"now", transaction.now()}, {"account", account}, {"id", id_or_all}});
    if (touched == 0) return base::refuse(base::not_found("notice_unknown"));
    return {};
}

std::vector<Inbox::Digest> Inbox::unmailed(store::Reader& reader, base::Time before,
                                           std::size_t limit) {
    // Only people with an address and only what they have not read in the meantime.
    const std::string sql = "select " + std::string(columns) +
                            ", a.email from party_notice n join party_account a on a.id = "
                            "n.account where n.mailed_at is null and n.read_at is null and n.at < "
                            ":before and a.email <> '' and a.active = 1 order by n.account, n.id "
                            "limit :limit";
    std::vector<Digest> result;
    const auto rows =
        reader.query(sql, {{"before", before}, {"limit", static_cast<std::int64_t>(limit)}});
    for (const store::Row& row : rows) {
        Notice notice = read_row(row);
        if (result.empty() || result.back().account != notice.account)
            result.push_back({.account = notice.account, .email = row.text(7), .notices = {}});
        result.back().notices.push_back(std::move(notice));
    }
    return result;
}

base::Status Inbox::mark_mailed(store::Transaction& transaction, const Digest& digest) {
    for (const Notice& notice : digest.notices)
        transaction.execute(
            "update party_notice set mailed_at = :now where id = :id and mailed_at is null",
            {{"now", transaction.now()}, {"id", notice.id}});
    return {};
}

}  // namespace party
