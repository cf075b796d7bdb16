#include "programme/records.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace programme {
namespace {

constexpr std::array names{"contract.count", "contract.amount", "contract.technical",
                           "catalog.count",  "title.count",     "application.count",
                           "award.amount",   "fact.count",      "fact.amount"};

std::string option(const RecordQuestion& question, const std::string& key) {
    const auto found = question.options.find(key);
    return found == question.options.end() ? std::string() : found->second;
}

std::optional<int> year_of(const RecordRule& rule, const std::string& batch, base::Date today) {
    const auto found = rule.options.find("year");
    if (found == rule.options.end()) return {};
    if (found->second == "this") return today.year;
    if (found->second == "last") return today.year - 1;
    // A batch is named by its year: "2026", "2026-1".
    const auto parsed = Number::parse(std::string_view(batch).substr(0, 4));
    return parsed ? static_cast<int>(parsed->ten_thousandths() / Number::scale) : today.year;
}

std::string all_or(const std::string& value) {
    return value.empty() ? "%" : value;
}

/// What was counted for the organisation's own records, in a year or all years.
std::optional<Number> counted(store::Reader& reader, const RecordQuestion& question,
                              std::string_view measure) {
    const std::string from = question.year ? std::to_string(*question.year) + "-01-01" : "";
    const std::string to = question.year ? std::to_string(*question.year) + "-12-31" : "9999-12-31";
    const store::Bindings bindings{{"owner", question.organisation.text()},
                                   {"kind", option(question, "kind")},
                                   {"low", from},
                                   {"high", to}};
    if (measure == "count") {
        return Number::whole(
            reader.number("select coalesce(cast(sum(counted) as bigint), 0) from programme_tally"
                          " where owner = :owner and kind = :kind and day >= :low and day <= :high",
                          bindings));
    }
    return Number::of(base::Money::fen(
        reader.number("select coalesce(cast(sum(amount) as bigint), 0) from programme_tally"
                      " where owner = :owner and kind = :kind and day >= :low and day <= :high",
                      bindings)));
}

std::optional<Number> titles_of(store::Reader& reader, const RecordQuestion& question) {
    return Number::whole(reader.number(
        "select count(*) from programme_title where organisation = :owner and state = 'valid'"
        " and code like :code",
        {{"owner", question.organisation.text()}, {"code", all_or(option(question, "title"))}}));
}

std::optional<Number> applications_of(store::Reader& reader, const RecordQuestion& question) {
    return Number::whole(reader.number(
        "select count(*) from programme_application where owner = :owner and state = 'granted'"
        " and programme like :programme and batch like :batch",
        {{"owner", question.organisation.text()},
         {"programme", all_or(option(question, "programme"))},
         {"batch", (question.year ? std::to_string(*question.year) : "") + "%"}}));
}

std::optional<Number> awards_of(store::Reader& reader, const RecordQuestion& question) {
    return Number::of(base::Money::fen(
        reader.number("select coalesce(cast(sum(total) as bigint), 0) from programme_award"
                      " where owner = :owner and state <> 'cancelled' and programme like :programme"
                      " and year >= :low and year <= :high",
                      {{"owner", question.organisation.text()},
                       {"programme", all_or(option(question, "programme"))},
                       {"low", question.year.value_or(0)},
                       {"high", question.year.value_or(9999)}})));
}

}  // namespace

bool is_record_source(std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

Records::Records() {
    sources_["title.count"] = titles_of;
    sources_["application.count"] = applications_of;
    sources_["award.amount"] = awards_of;
    sources_["fact.count"] = [](store::Reader& reader, const RecordQuestion& question) {
        return counted(reader, question, "count");
    };
    sources_["fact.amount"] = [](store::Reader& reader, const RecordQuestion& question) {
        return counted(reader, question, "amount");
    };
}

void Records::source(std::string name, RecordSource source) {
    CHECK_WITH(is_record_source(name), name);
    sources_[std::move(name)] = std::move(source);
}

base::json::object Records::gather(store::Reader& reader, const Programme& programme,
                                   const std::string& batch,
                                   const base::Id<party::Organisation>& organisation,
                                   base::Date today) const {
    base::json::object result;
    if (organisation.empty()) return result;  // rows without an owner are nobody's record
    for (const RecordRule& rule : programme.records) {
        const auto found = sources_.find(rule.source);
        if (found == sources_.end()) continue;
        const RecordQuestion question{organisation, year_of(rule, batch, today), rule.options};
        const auto value = found->second(reader, question);
        if (!value) continue;
        if (value->is_whole())
            result[rule.code] = value->ten_thousandths() / Number::scale;
        else
            result[rule.code] = value->to_string();
    }
    return result;
}

}  // namespace programme
