#include "trade/notice_rows.h"

#include "base/check.h"
#include "store/write_row.h"

namespace trade {
namespace {

constexpr std::string_view select_notice =
    "select id, agreement, contact, entry, revision, seller, buyer, author, place, title, body, "
    "body_hash, record, state, ends_at, started_at, ended_at, end_reason, is_sample, version "
    "from trade_notice ";

base::json::object object_of(const std::string& text) {
    const auto value = base::parse_json(text);
    CHECK(value && value->is_object());
    return value->get_object();
}

Notice read_row(const store::Row& row) {
    Notice notice;
    notice.id = row.id<Notice>(0);
    notice.agreement = row.id<contract::Agreement>(1);
    notice.contact = row.id<contract::Contact>(2);
    notice.entry = row.id<catalog::Entry>(3);
    notice.revision = static_cast<int>(row.integer(4));
    notice.seller = row.id<party::Organisation>(5);
    notice.buyer = row.id<party::Organisation>(6);
    notice.author = row.id<party::Account>(7);
    notice.place = row.text(8);
    notice.title = row.text(9);
    notice.body = object_of(row.text(10));
    notice.body_hash = row.text(11);
    notice.record = object_of(row.text(12));
    notice.state = row.text(13);
    notice.ends_at = row.time_if(14);
    notice.started_at = row.time(15);
    notice.ended_at = row.time_if(16);
    notice.end_reason = row.text(17);
    notice.is_sample = row.flag(18);
    notice.version = row.integer(19);
    return notice;
}

std::vector<Notice> read_rows(const store::Rows& rows) {
    std::vector<Notice> result;
    result.reserve(rows.size());
    for (const store::Row& row : rows)
        result.push_back(read_row(row));
    return result;
}

std::string select(std::string_view rest) {
    return std::string(select_notice) + std::string(rest);
}

}  // namespace

namespace rows {

void insert(store::Transaction& transaction, const Notice& notice) {
    store::insert_row(transaction, "trade_notice",
                      {{"id", notice.id},
                       {"agreement", notice.agreement},
                       {"contact", notice.contact},
                       {"entry", notice.entry},
                       {"revision", notice.revision},
                       {"seller", notice.seller},
                       {"buyer", notice.buyer},
                       {"author", notice.author},
                       {"place", notice.place},
                       {"title", notice.title},
                       {"body", base::canonical_json(notice.body)},
                       {"body_hash", notice.body_hash},
                       {"record", base::canonical_json(notice.record)},
                       {"state", notice.state},
                       {"ends_at", notice.ends_at},
                       {"started_at", notice.started_at},
                       {"ended_at", notice.ended_at},
                       {"end_reason", notice.end_reason},
                       {"is_sample", notice.is_sample},
                       {"version", notice.version}});
}

void update(store::Transaction& transaction, const Notice& notice) {
    store::update_row(transaction, "trade_notice",
                      {{"state", notice.state},
                       {"ends_at", notice.ends_at},
                       {"ended_at", notice.ended_at},
                       {"end_reason", notice.end_reason},
                       {"version", notice.version},
                       {"id", notice.id}});
}

}  // namespace rows

std::optional<Notice> Notices::find(store::Reader& reader, const base::Id<Notice>& id) {
    const auto row = reader.first(select("where id = :id"), {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

base::Result<Notice> Notices::require(store::Reader& reader, const base::Id<Notice>& id) {
    auto notice = find(reader, id);
    if (!notice) return base::refuse(base::not_found("price_notice_unknown"));
    return std::move(*notice);
}

std::vector<Notice> Notices::of_agreement(store::Reader& reader,
                                          const base::Id<contract::Agreement>& id) {
    return read_rows(
        reader.query(select("where agreement = :id order by started_at, id"), {{"id", id}}));
}

std::vector<Notice> Notices::list(store::Reader& reader, const Filter& filter) {
    std::string where = "where 1 = 1";
    store::Bindings bindings{{"limit", static_cast<std::int64_t>(filter.limit)}};
    if (filter.state == "running") {
        where += " and state in ('published', 'objected')";
    } else if (!filter.state.empty()) {
        where += " and state = :state";
        bindings.push_back({"state", filter.state});
    }
    if (!filter.agreement.empty()) {
        where += " and agreement = :agreement";
        bindings.push_back({"agreement", filter.agreement});
    }
    if (!filter.after.empty()) {
        where += " and id < :after";
        bindings.push_back({"after", filter.after});
    }
    return read_rows(reader.query(select(where + " order by id desc limit :limit"), bindings));
}

}  // namespace trade
