#include "programme/application_rows.h"

#include "base/check.h"
#include "store/write_row.h"

namespace programme::rows {
namespace {

store::Value number_or_null(const std::optional<Number>& number) {
    if (!number) return nullptr;
    return number->ten_thousandths();
}

store::Bindings columns_of(const Application& item) {
    return {{"id", item.id.text()},
            {"programme", item.programme},
            {"revision", item.revision},
            {"batch", item.batch},
            {"owner", item.owner.text()},
            {"counterpart", item.counterpart.text()},
            {"point", item.point.text()},
            {"author", item.author.text()},
            {"place", item.place},
            {"title", item.title},
            {"body", base::json::serialize(item.body)},
            {"prefilled", base::json::serialize(item.prefilled)},
            {"reasons", base::json::serialize(item.reasons)},
            {"records", base::json::serialize(item.records)},
            {"kind", item.type},
            {"result", item.result},
            {"score", number_or_null(item.score)},
            {"rank", item.rank},
            {"state", item.state},
            {"created_at", item.created_at},
            {"submitted_at", item.submitted_at},
            {"decided_at", item.decided_at},
            {"is_sample", item.is_sample},
            {"version", item.version}};
}

}  // namespace

base::json::object object_of(const std::string& text) {
    auto value = base::parse_json(text);
    CHECK(value && value->is_object());
    return std::move(value->get_object());
}

Application read_application(const store::Row& row) {
    Application item;
    item.id = row.id<Application>(0);
    item.programme = row.text(1);
    item.revision = static_cast<int>(row.integer(2));
    item.batch = row.text(3);
    item.owner = row.id<party::Organisation>(4);
    item.counterpart = row.id<party::Organisation>(5);
    item.point = row.id<party::Organisation>(6);
    item.author = row.id<party::Account>(7);
    item.place = row.text(8);
    item.title = row.text(9);
    item.body = object_of(row.text(10));
    item.prefilled = object_of(row.text(11));
    item.reasons = object_of(row.text(12));
    item.records = object_of(row.text(13));
    item.type = row.text(14);
    item.result = row.text(15);
    if (const auto score = row.integer_if(16)) item.score = Number::scaled(*score);
    item.rank = static_cast<int>(row.integer(17));
    item.state = row.text(18);
    item.created_at = row.time(19);
    item.submitted_at = row.time_if(20);
    item.decided_at = row.time_if(21);
    item.is_sample = row.flag(22);
    item.version = row.integer(23);
    return item;
}

void insert(store::Transaction& transaction, const Application& item) {
    store::insert_row(transaction, "programme_application", columns_of(item));
}

void update(store::Transaction& transaction, const Application& item) {
    CHECK(store::update_row(transaction, "programme_application", columns_of(item)) == 1);
}

}  // namespace programme::rows
