#include "trade/objection_rows.h"

#include <algorithm>

#include "base/check.h"
#include "store/write_row.h"

namespace trade {
namespace {

constexpr std::string_view select_objection =
    "select id, notice, seller, place, ground, is_tip, state, filed_at, version "
    "from trade_objection ";

Objection read_row(const store::Row& row) {
    Objection objection;
    objection.id = row.id<Objection>(0);
    objection.notice = row.id<Notice>(1);
    objection.seller = row.id<party::Organisation>(2);
    objection.place = row.text(3);
    objection.ground = row.text(4);
    objection.is_tip = row.flag(5);
    objection.state = row.text(6);
    objection.filed_at = row.time(7);
    objection.version = row.integer(8);
    return objection;
}

std::vector<Objection> read_rows(const store::Rows& rows) {
    std::vector<Objection> result;
    for (const store::Row& row : rows)
        result.push_back(read_row(row));
    return result;
}

std::string select(std::string_view rest) {
    return std::string(select_objection) + std::string(rest);
}

/// The last code of a place's subtree: 450100 → 450199.
std::string last_place(const std::string& place) {
    const std::size_t end = place.find_last_not_of('0');
    std::size_t kept = end == std::string::npos ? 0 : end + 1;
    kept += kept % 2;
    return place.substr(0, kept) + std::string(place.size() - kept, '9');
}

}  // namespace

namespace rows {

void insert(store::Transaction& transaction, const Objection& objection, const Secrets& secrets) {
    store::insert_row(transaction, "trade_objection",
                      {{"id", objection.id},
                       {"notice", objection.notice},
                       {"seller", objection.seller},
                       {"place", objection.place},
                       {"ground", objection.ground},
                       {"is_tip", objection.is_tip},
                       {"sealed", secrets.sealed},
                       {"person", secrets.person},
                       {"tracking", secrets.tracking},
                       {"state", objection.state},
                       {"filed_at", objection.filed_at},
                       {"version", objection.version}});
}

void update(store::Transaction& transaction, const Objection& objection) {
    store::update_row(
        transaction, "trade_objection",
        {{"state", objection.state}, {"version", objection.version}, {"id", objection.id}});
}

bool is_taken(store::Reader& reader, const Objection& objection, std::string_view person) {
    return reader.number(
               "select count(*) from trade_objection where notice = :notice and ground = :ground "
               "and person = :person",
               {{"notice", objection.notice}, {"ground", objection.ground}, {"person", person}}) >
           0;
}

std::string sealed_of(store::Reader& reader, const base::Id<Objection>& id) {
    const auto row =
        reader.first("select sealed from trade_objection where id = :id", {{"id", id}});
    CHECK_WITH(row.has_value(), id.text());
    return row->text(0);
}

std::optional<Objection> find_by_tracking(store::Reader& reader, std::string_view tracking) {
    const auto row = reader.first(select("where tracking = :tracking"), {{"tracking", tracking}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

}  // namespace rows

std::optional<Objection> Objections::find(store::Reader& reader, const base::Id<Objection>& id) {
    const auto row = reader.first(select("where id = :id"), {{"id", id}});
    if (!row) return std::nullopt;
    return read_row(*row);
}

base::Result<Objection> Objections::require(store::Reader& reader, const base::Id<Objection>& id) {
    auto objection = find(reader, id);
    if (!objection) return base::refuse(base::not_found("objection_unknown"));
    return std::move(*objection);
}

std::vector<Objection> Objections::of_notice(store::Reader& reader, const base::Id<Notice>& id) {
    return read_rows(
        reader.query(select("where notice = :id order by filed_at, id"), {{"id", id}}));
}

int Objections::open_count(store::Reader& reader, const base::Id<Notice>& id) {
    return static_cast<int>(
        reader.number("select count(*) from trade_objection where notice = :id and is_tip = 0 "
                      "and state in ('filed', 'admitted', 'extended')",
                      {{"id", id}}));
}

std::vector<Objection> Objections::list(store::Reader& reader, const party::Actor& actor,
                                        const Filter& filter) {
    std::string whose = "seller = :organisation";
    bool sells = false;
    std::vector<std::string> names;
    names.reserve(actor.grants.size() * 2);  // bindings hold views of them
    store::Bindings bindings{{"limit", static_cast<std::int64_t>(filter.limit)}};
    for (const party::Grant& grant : actor.grants) {
        if (grant.role == "transfer_officer" && grant.organisation == actor.organisation)
            sells = true;
        if (grant.role != "officer" || grant.place.size() != 6) continue;
        const std::string number = std::to_string(names.size());
        const std::string& from = names.emplace_back("from" + number);
        const std::string& to = names.emplace_back("to" + number);
        whose += " or (place >= :" + from + " and place <= :" + to + ")";
        bindings.push_back({from, grant.place});
        bindings.push_back({to, last_place(grant.place)});
    }
    bindings.push_back({"organisation", sells ? actor.organisation.text() : std::string()});
    std::string where = "where (" + whose + ")";
    if (!filter.notice.empty()) {
        where += " and notice = :notice";
        bindings.push_back({"notice", filter.notice});
    }
    if (!filter.state.empty()) {
        where += " and state = :state";
        bindings.push_back({"state", filter.state});
    }
    if (!filter.after.empty()) {
        where += " and id < :after";
        bindings.push_back({"after", filter.after});
    }
    return read_rows(reader.query(select(where + " order by id desc limit :limit"), bindings));
}

}  // namespace trade
