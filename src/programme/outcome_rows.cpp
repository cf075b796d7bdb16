#include "programme/outcome_rows.h"

#include "base/check.h"
#include "programme/application_rows.h"
#include "store/write_row.h"

namespace programme {
namespace {

constexpr std::string_view select_title =
    "select id, programme, application, code, number, organisation, account, holder, place, "
    "detail, "
    "grade, state, is_public, valid_from, valid_until, ended_on, end_reason, is_sample, version "
    "from "
    "programme_title ";
constexpr std::string_view select_award =
    "select id, programme, application, owner, place, year, total, paid, to_return, returned, "
    "calculation, state, is_sample, version from programme_award ";

std::optional<base::Date> date_if(const std::string& text) {
    if (text.empty()) return {};
    const auto date = base::Date::parse(text);
    CHECK_WITH(date, text);
    return *date;
}

std::string text_of(const std::optional<base::Date>& date) {
    return date ? date->to_string() : std::string();
}

Title read_title(const store::Row& row) {
    Title title;
    title.id = row.id<Title>(0);
    title.programme = row.text(1);
    title.application = row.id<Application>(2);
    title.code = row.text(3);
    title.number = row.text(4);
    title.organisation = row.id<party::Organisation>(5);
    title.account = row.id<party::Account>(6);
    title.holder = row.text(7);
    title.place = row.text(8);
    title.detail = row.text(9);
    title.grade = row.text(10);
    title.state = row.text(11);
    title.is_public = row.flag(12);
    title.valid_from = *date_if(row.text(13));
    title.valid_until = date_if(row.text(14));
    title.ended_on = date_if(row.text(15));
    title.end_reason = row.text(16);
    title.is_sample = row.flag(17);
    title.version = row.integer(18);
    return title;
}

GrantedAward read_award_row(const store::Row& row) {
    GrantedAward award;
    award.id = row.id<GrantedAward>(0);
    award.programme = row.text(1);
    award.application = row.id<Application>(2);
    award.owner = row.id<party::Organisation>(3);
    award.place = row.text(4);
    award.year = static_cast<int>(row.integer(5));
    award.total = base::Money::fen(row.integer(6));
    award.paid = base::Money::fen(row.integer(7));
    award.to_return = base::Money::fen(row.integer(8));
    award.returned = base::Money::fen(row.integer(9));
    award.calculation = rows::object_of(row.text(10));
    award.state = row.text(11);
    award.is_sample = row.flag(12);
    award.version = row.integer(13);
    return award;
}

store::Bindings columns_of(const Title& title) {
    return {{"id", title.id.text()},
            {"programme", title.programme},
            {"application", title.application.text()},
            {"code", title.code},
            {"number", title.number},
            {"organisation", title.organisation.text()},
            {"account", title.account.text()},
            {"holder", title.holder},
            {"place", title.place},
            {"detail", title.detail},
            {"grade", title.grade},
            {"state", title.state},
            {"is_public", title.is_public},
            {"valid_from", title.valid_from.to_string()},
            {"valid_until", text_of(title.valid_until)},
            {"ended_on", text_of(title.ended_on)},
            {"end_reason", title.end_reason},
            {"is_sample", title.is_sample},
            {"version", title.version}};
}

store::Bindings columns_of(const GrantedAward& award) {
    return {{"id", award.id.text()},
            {"programme", award.programme},
            {"application", award.application.text()},
            {"owner", award.owner.text()},
            {"place", award.place},
            {"year", award.year},
            {"total", award.total.minor},
            {"paid", award.paid.minor},
            {"to_return", award.to_return.minor},
            {"returned", award.returned.minor},
            {"calculation", base::json::serialize(award.calculation)},
            {"state", award.state},
            {"is_sample", award.is_sample},
            {"version", award.version}};
}

std::vector<Title> read_titles(const store::Rows& rows) {
    std::vector<Title> list;
    for (const store::Row& row : rows)
        list.push_back(read_title(row));
    return list;
}

std::string select(std::string_view what, std::string_view rest) {
    return std::string(what) + std::string(rest);
}

}  // namespace

namespace rows {

void insert(store::Transaction& transaction, const Title& title) {
    store::insert_row(transaction, "programme_title", columns_of(title));
}
void update(store::Transaction& transaction, const Title& title) {
    CHECK(store::update_row(transaction, "programme_title", columns_of(title)) == 1);
}
void insert(store::Transaction& transaction, const GrantedAward& award) {
    store::insert_row(transaction, "programme_award", columns_of(award));
}
void update(store::Transaction& transaction, const GrantedAward& award) {
    CHECK(store::update_row(transaction, "programme_award", columns_of(award)) == 1);
}

std::vector<Title> titles_past(store::Reader& reader, const std::string& today, int limit) {
    return read_titles(
        reader.query(select(select_title,
                            "where state = 'valid' and valid_until <> '' and valid_until < :today"
                            " order by valid_until, id limit :limit"),
                     {{"today", today}, {"limit", limit}}));
}

}  // namespace rows

std::optional<Title> Outcomes::find_title(store::Reader& reader, const base::Id<Title>& id) {
    const auto row = reader.first(select(select_title, "where id = :id"), {{"id", id.text()}});
    if (!row) return {};
    return read_title(*row);
}

std::optional<Title> Outcomes::find_title(store::Reader& reader, std::string_view number) {
    const auto row =
        reader.first(select(select_title, "where number = :number"), {{"number", number}});
    if (!row) return {};
    return read_title(*row);
}

std::vector<Title> Outcomes::titles_of(store::Reader& reader, const base::Id<Application>& id) {
    return read_titles(reader.query(select(select_title, "where application = :id order by id"),
                                    {{"id", id.text()}}));
}

std::vector<Title> Outcomes::titles(store::Reader& reader, const TitleFilter& filter) {
    std::string sql = select(select_title, "where id < :before");
    store::Bindings bindings{{"before", filter.after.empty() ? std::string("~") : filter.after}};
    if (filter.only_public) sql += " and is_public = 1";
    for (const auto& [column, value] :
         {std::pair{"code", &filter.code}, std::pair{"state", &filter.state}}) {
        if (value->empty()) continue;
        sql += std::string(" and ") + column + " = :" + column;
        bindings.push_back({column, *value});
    }
    if (!filter.place.empty()) {
        const party::PlaceRange range = party::Places::range(filter.place);
        sql += " and place >= :low and place <= :high";
        bindings.push_back({"low", range.low});
        bindings.push_back({"high", range.high});
    }
    if (!filter.words.empty()) {
        sql += " and (holder like :holder or detail like :detail or number like :number)";
        const std::string part = "%" + filter.words + "%";
        bindings.push_back({"holder", part});
        bindings.push_back({"detail", part});
        bindings.push_back({"number", part});
    }
    sql += " order by id desc limit " + std::to_string(filter.limit);
    return read_titles(reader.query(sql, bindings));
}

std::int64_t Outcomes::valid_count(store::Reader& reader, std::string_view code) {
    return reader.number(
        "select count(*) from programme_title where code = :code and state = 'valid'",
        {{"code", code}});
}

std::optional<GrantedAward> Outcomes::find_award(store::Reader& reader,
                                                 const base::Id<GrantedAward>& id) {
    const auto row = reader.first(select(select_award, "where id = :id"), {{"id", id.text()}});
    if (!row) return {};
    return read_award_row(*row);
}

std::optional<GrantedAward> Outcomes::award_of(store::Reader& reader,
                                               const base::Id<Application>& id) {
    const auto row =
        reader.first(select(select_award, "where application = :id"), {{"id", id.text()}});
    if (!row) return {};
    return read_award_row(*row);
}

std::vector<Payment> Outcomes::payments(store::Reader& reader, const base::Id<GrantedAward>& id) {
    std::vector<Payment> list;
    for (const store::Row& row :
         reader.query("select id, kind, part, document, amount, at from programme_payment"
                      " where award = :award order by id",
                      {{"award", id.text()}})) {
        list.push_back({row.text(0), row.text(1), row.text(2), row.text(3),
                        base::Money::fen(row.integer(4)), row.time(5)});
    }
    return list;
}

}  // namespace programme
