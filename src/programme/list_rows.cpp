#include "programme/list_rows.h"

#include <algorithm>

#include "base/check.h"
#include "programme/application_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::string_view select_list =
    "select id, programme, revision, batch, kind, place, title, document_no, body, hash, state, "
    "published_at, ends_at, is_sample, version from programme_list ";

List read_row(const store::Row& row) {
    List list;
    list.id = row.id<List>(0);
    list.programme = row.text(1);
    list.revision = static_cast<int>(row.integer(2));
    list.batch = row.text(3);
    list.kind = row.text(4);
    list.place = row.text(5);
    list.title = row.text(6);
    list.document_no = row.text(7);
    list.body = rows::object_of(row.text(8));
    list.hash = row.text(9);
    list.state = row.text(10);
    list.published_at = row.time(11);
    list.ends_at = row.time_if(12);
    list.is_sample = row.flag(13);
    list.version = row.integer(14);
    return list;
}

store::Bindings columns_of(const List& list) {
    return {{"id", list.id.text()},
            {"programme", list.programme},
            {"revision", list.revision},
            {"batch", list.batch},
            {"kind", list.kind},
            {"place", list.place},
            {"title", list.title},
            {"document_no", list.document_no},
            {"body", base::canonical_json(list.body)},
            {"hash", list.hash},
            {"state", list.state},
            {"published_at", list.published_at},
            {"ends_at", list.ends_at},
            {"is_sample", list.is_sample},
            {"version", list.version}};
}

}  // namespace

namespace rows {

void insert(store::Transaction& transaction, const List& list) {
    store::insert_row(transaction, "programme_list", columns_of(list));
}

void update(store::Transaction& transaction, const List& list) {
    CHECK(store::update_row(transaction, "programme_list", columns_of(list)) == 1);
}

}  // namespace rows

std::optional<List> Lists::find(store::Reader& reader, const base::Id<List>& id) {
    const auto row = reader.first(std::string(select_list) + "where id = :id", {{"id", id.text()}});
    if (!row) return {};
    return read_row(*row);
}

base::Result<List> Lists::require(store::Reader& reader, const base::Id<List>& id) {
    auto list = find(reader, id);
    if (!list) return base::refuse(base::not_found("list_unknown"));
    return std::move(*list);
}

std::vector<List> Lists::list(store::Reader& reader, const Filter& filter) {
    std::string sql = std::string(select_list) + "where id < :before";
    store::Bindings bindings{{"before", filter.after.empty() ? std::string("~") : filter.after}};
    for (const auto& [column, value] :
         {std::pair{"programme", &filter.programme}, std::pair{"batch", &filter.batch},
          std::pair{"kind", &filter.kind}, std::pair{"state", &filter.state}}) {
        if (value->empty()) continue;
        sql += std::string(" and ") + column + " = :" + column;
        bindings.push_back({column, *value});
    }
    sql += " order by id desc limit " + std::to_string(filter.limit);
    std::vector<List> result;
    for (const store::Row& row : reader.query(sql, bindings))
        result.push_back(read_row(row));
    return result;
}

}  // namespace programme
