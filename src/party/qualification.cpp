#include "party/qualification.h"

#include <array>

#include "base/check.h"
#include "store/write_row.h"

namespace party {
namespace {

constexpr std::array steps{store::Migration{
    .module = "party_qualification", .number = 1, .title = "qualifications", .sql = R"(
create table party_qualification (
    id text not null primary key,
    organisation text not null references party_organisation (id),
    code text not null,
    number text not null unique,
    name text not null,
    valid_from text not null,
    valid_until text not null,
    state text not null,
    source text not null
);
create index party_qualification_organisation on party_qualification (organisation, code))"}};

base::Date date_of(const std::string& text) {
    const auto date = base::Date::parse(text);
    CHECK_WITH(date, text);
    return *date;
}

}  // namespace

std::span<const store::Migration> qualification_migrations() {
    return steps;
}

void Qualifications::grant(store::Transaction& transaction, const Qualification& item) {
    store::insert_row(transaction, "party_qualification",
                      {{"id", item.id.text()},
                       {"organisation", item.organisation.text()},
                       {"code", item.code},
                       {"number", item.number},
                       {"name", item.name},
                       {"valid_from", item.valid_from.to_string()},
                       {"valid_until", item.valid_until ? item.valid_until->to_string() : ""},
                       {"state", item.state},
                       {"source", item.source}});
}

void Qualifications::end(store::Transaction& transaction, std::string_view number,
                         std::string_view state) {
    transaction.execute("update party_qualification set state = :state where number = :number",
                        {{"state", state}, {"number", number}});
}

std::vector<Qualification> Qualifications::of(store::Reader& reader,
                                              const base::Id<Organisation>& organisation) {
    std::vector<Qualification> list;
    for (const store::Row& row : reader.query(
             "select id, organisation, code, number, name, valid_from, valid_until, state, source"
             " from party_qualification where organisation = :organisation order by id",
             {{"organisation", organisation.text()}})) {
        Qualification item;
        item.id = row.id<Qualification>(0);
        item.organisation = row.id<Organisation>(1);
        item.code = row.text(2);
        item.number = row.text(3);
        item.name = row.text(4);
        item.valid_from = date_of(row.text(5));
        if (!row.text(6).empty()) item.valid_until = date_of(row.text(6));
        item.state = row.text(7);
        item.source = row.text(8);
        list.push_back(std::move(item));
    }
    return list;
}

bool Qualifications::holds(store::Reader& reader, const base::Id<Organisation>& organisation,
                           std::string_view code, base::Date day) {
    return reader.number(
               "select count(*) from party_qualification where organisation = "
               ":organisation and code = :code and state = 'valid' and valid_from <= "
               ":day and (valid_until = '' or valid_until >= :day)",
               {{"organisation", organisation.text()}, {"code", code}, {"day", day.to_string()}}) >
           0;
}

}  // namespace party
