#include "contract/statistics.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/check.h"
#include "base/hash.h"
#include "store/change_log.h"
#include "store/write_row.h"

namespace contract {
namespace {

using base::Money;

constexpr std::string_view counted = "contract.counted";
constexpr std::string_view uncounted = "contract.uncounted";

struct DimensionColumn {
    std::string_view name;
    std::string_view expression;
};

constexpr std::array<DimensionColumn, dimension_count> dimensions{{
    {"year", "substr(day, 1, 4)"},
    {"quarter", "quarter"},
    {"month", "substr(day, 1, 7)"},
    {"family", "family"},
    {"class", "class_code"},
    {"field", "field"},
    {"industry", "industry"},
    {"ip", "ip_kind"},
    {"seller", "seller_nature"},
    {"buyer", "buyer_nature"},
    {"from", "seller_city"},
    {"to", "buyer_city"},
}};

constexpr std::string_view columns =
    "subject, day, class_code, field, industry, ip_kind, seller_nature, buyer_nature, "
    "seller_place, buyer_place, seller_key, buyer_key, total_fen, technical_fen, is_imported, "
    "is_sample";

constexpr std::string_view condition =
    " from contract_statistic where day >= :from and day <= :to and (:class = '' or class_code = "
    ":class or (class_code >= :class_low and class_code < :class_high)) and (:field = '' or field "
    "= :field) and (:industry = '' or industry = :industry) and (:seller_low = '' or (seller_place "
    ">= :seller_low and seller_place <= :seller_high)) and (:buyer_low = '' or (buyer_place >= "
    ":buyer_low and buyer_place <= :buyer_high)) and is_sample <= :sample ";

bool is_place_code(std::string_view place) {
    return place.size() == 6 && place.find_first_not_of("0123456789") == place.npos;
}

/// City of a six-digit code; the code itself when it is none (a foreign country's name).
std::string city_of(std::string_view place) {
    if (!is_place_code(place)) return std::string(place);
    return std::string(place.substr(0, 4)) + "00";
}

std::string quarter_of(base::Date day) {
    return std::to_string(day.year) + "Q" + std::to_string((day.month + 2) / 3);
}

store::Bindings bindings_of(const StatisticFilter& filter) {
    auto range = [](const std::string& place) {
        // What is no code of a place, and so also none at all, contains nothing but itself.
        return is_place_code(place) ? party::Places::range(place) : party::PlaceRange{place, place};
    };
    party::PlaceRange seller = range(filter.seller_place);
    party::PlaceRange buyer = range(filter.buyer_place);
    return {{"from", filter.from ? filter.from->to_string() : ""},
            {"to", filter.to ? filter.to->to_string() : "9999"},
            {"class", filter.class_code},
            {"class_low", filter.class_code + "."},
            {"class_high", filter.class_code + "/"},  // the character after "."
            {"field", filter.field},
            {"industry", filter.industry},
            {"seller_low", seller.low},
            {"seller_high", seller.high},
            {"buyer_low", buyer.low},
            {"buyer_high", buyer.high},
            {"sample", filter.sample == StatisticFilter::Sample::include}};
}

StatisticRow row_of(const store::Row& row, std::string key, std::size_t first) {
    return {std::move(key), row.integer(first), Money::fen(row.integer_if(first + 1).value_or(0)),
            Money::fen(row.integer_if(first + 2).value_or(0))};
}

StatisticRecord record_from(const store::Row& row) {
    StatisticRecord record;
    record.subject = row.text(0);
    record.day = *base::Date::parse(row.text(1));
    record.class_code = row.text(2);
    record.field = row.text(3);
    record.industry = row.text(4);
    record.ip_kind = row.text(5);
    record.seller_nature = row.text(6);
    record.buyer_nature = row.text(7);
    record.seller_place = row.text(8);
    record.buyer_place = row.text(9);
    record.seller_key = row.text(10);
    record.buyer_key = row.text(11);
    record.total = Money::fen(row.integer(12));
    record.technical = Money::fen(row.integer(13));
    record.is_imported = row.flag(14);
    record.is_sample = row.flag(15);
    return record;
}

void write(store::Transaction& transaction, const StatisticRecord& record) {
    std::string family = record.class_code.substr(0, record.class_code.find('.'));
    transaction.execute("delete from contract_statistic where subject = :subject",
                        {{"subject", record.subject}});
    store::insert_row(transaction, "contract_statistic",
                      {{"subject", record.subject},
                       {"day", record.day.to_string()},
                       {"quarter", quarter_of(record.day)},
                       {"family", family},
                       {"class_code", record.class_code},
                       {"field", record.field},
                       {"industry", record.industry},
                       {"ip_kind", record.ip_kind},
                       {"seller_nature", record.seller_nature},
                       {"buyer_nature", record.buyer_nature},
                       {"seller_place", record.seller_place},
                       {"buyer_place", record.buyer_place},
                       {"seller_city", city_of(record.seller_place)},
                       {"buyer_city", city_of(record.buyer_place)},
                       {"seller_key", record.seller_key},
                       {"buyer_key", record.buyer_key},
                       {"total_fen", record.total.minor},
                       {"technical_fen", record.technical.minor},
                       {"is_imported", record.is_imported},
                       {"is_sample", record.is_sample}});
}

base::json::object to_json(const StatisticRecord& record) {
    return {{"day", record.day.to_string()},
            {"class", record.class_code},
            {"field", record.field},
            {"industry", record.industry},
            {"ip", record.ip_kind},
            {"seller_nature", record.seller_nature},
            {"buyer_nature", record.buyer_nature},
            {"seller_place", record.seller_place},
            {"buyer_place", record.buyer_place},
            {"seller_key", record.seller_key},
            {"buyer_key", record.buyer_key},
            {"total", record.total.to_string()},
            {"technical", record.technical.to_string()},
            {"imported", record.is_imported},
            {"sample", record.is_sample}};
}

base::Result<StatisticRecord> record_of_log(const store::LogRow& row) {
    base::json::value value = TRY(base::parse_json(row.change.payload));
    const base::json::object& body = value.get_object();
    StatisticRecord record;
    record.subject = row.change.subject;
    record.day = TRY(base::Date::parse(base::text_at(body, "day")));
    record.class_code = base::text_at(body, "class");
    record.field = base::text_at(body, "field");
    record.industry = base::text_at(body, "industry");
    record.ip_kind = base::text_at(body, "ip");
    record.seller_nature = base::text_at(body, "seller_nature");
    record.buyer_nature = base::text_at(body, "buyer_nature");
    record.seller_place = base::text_at(body, "seller_place");
    record.buyer_place = base::text_at(body, "buyer_place");
    record.seller_key = base::text_at(body, "seller_key");
    record.buyer_key = base::text_at(body, "buyer_key");
    record.total = TRY(Money::parse(base::text_at(body, "total")));
    record.technical = TRY(Money::parse(base::text_at(body, "technical")));
    record.is_imported = base::bool_at(body, "imported");
    record.is_sample = base::bool_at(body, "sample");
    return record;
}

using Records = std::map<std::string, StatisticRecord, std::less<>>;

/// What the log says, read in bounded steps.
base::Result<Records> records_of_log(store::Reader& reader, std::int64_t& rows) {
    Records records;
    std::int64_t seq = 0;
    for (;;) {
        auto batch = store::changes_after(reader, seq, 2000);
        if (batch.empty()) return records;
        for (const store::LogRow& row : batch) {
            seq = row.seq;
            if (row.change.action == counted) {
                ++rows;
                records[row.change.subject] = TRY(record_of_log(row));
            } else if (row.change.action == uncounted) {
                ++rows;
                records.erase(row.change.subject);
            }
        }
    }
}

using Sellers = std::map<std::string, Money>;  ///< what each sold

/// Less than three sellers stand behind it, or one of them has more than 85 per cent.
bool shows_one(const Sellers& sellers) {
    Money total, largest;
    for (const auto& [seller, sold] : sellers) {
        total += sold;
        largest = std::max(largest, sold);
    }
    return sellers.size() < 3 || largest > total.scaled(85, 100);
}

/// Withholds what would show one party's business; see TopRow.
void withhold(std::vector<TopRow>& rows, const std::map<std::string, Sellers>& sellers) {
    Sellers hidden;
    auto hide = [&](TopRow& row) {
        row.is_withheld = true;
        for (const auto& [seller, sold] : sellers.at(row.row.key))
            hidden[seller] += sold;
    };
    for (TopRow& row : rows) {
        if (shows_one(sellers.at(row.row.key))) hide(row);
    }
    while (!hidden.empty() && shows_one(hidden)) {
        TopRow* smallest = nullptr;
        for (TopRow& row : rows) {
            if (!row.is_withheld && (smallest == nullptr || row.row.total < smallest->row.total)) {
                smallest = &row;
            }
        }
        if (smallest == nullptr) return;
        hide(*smallest);
    }
}

base::Date last_day(int year, int month) {
    return month == 12 ? base::Date{year, 12, 31} : base::Date{year, month + 1, 1}.plus_days(-1);
}

}  // namespace

std::optional<Dimension> find_dimension(std::string_view name) {
    for (std::size_t i = 0; i < dimensions.size(); ++i) {
        if (dimensions[i].name == name) return static_cast<Dimension>(i);
    }
    return {};
}

std::string_view name_of(Dimension dimension) {
    return dimensions[static_cast<std::size_t>(dimension)].name;
}

StatisticRow Calibers::without_double() const {
    return {"", output.count + absorbed.count - within.count,
            output.total + absorbed.total - within.total,
            output.technical + absorbed.technical - within.technical};
}

std::optional<std::int64_t> PanelGrowth::growth(const Money& before, const Money& after) {
    if (before.minor <= 0) return {};
    return (after - before).scaled(1000, before.minor).minor;
}

PanelPeriods PanelPeriods::of_year(int year, base::Date today) {
    base::Date last{year, 12, 31};
    base::Date last_before{year - 1, 12, 31};
    if (year == today.year) {
        last = today;
        int day = std::min<int>(today.day, last_day(year - 1, today.month).day);
        last_before = {year - 1, today.month, day};
    }
    return {{{year - 1, 1, 1}, last_before}, {{year, 1, 1}, last}};
}

PanelPeriods PanelPeriods::to_month(int year, int month) {
    return {{{year - 1, 1, 1}, last_day(year - 1, month)}, {{year, 1, 1}, last_day(year, month)}};
}

bool stands_registered(store::Reader& reader, const base::Id<Contract>& id) {
    return reader
        .first("select subject from contract_statistic where subject = :subject", {{"subject", id}})
        .has_value();
}

bool is_public(Dimension dimension) {
    switch (dimension) {
        case Dimension::family:
        case Dimension::field:
        case Dimension::industry:
        case Dimension::ip_kind:
        case Dimension::seller_nature:
        case Dimension::buyer_nature:
        case Dimension::seller_city:
        case Dimension::buyer_city:
            return true;
        case Dimension::year:
        case Dimension::quarter:
        case Dimension::month:
        case Dimension::class_code:
            return false;
    }
    return false;
}

std::string party_key(std::string_view credit_code) {
    bool is_code = std::all_of(credit_code.begin(), credit_code.end(), [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
               c == '-';
    });
    if (credit_code.empty() || !is_code) return {};
    return base::to_hex(base::sha256(credit_code)).substr(0, 16);
}

StatisticRecord record_of_body(const base::json::object& body) {
    auto text = [&](std::string_view key) { return base::text_at(body, key); };
    StatisticRecord record;
    record.field = text("field");
    record.industry = text("industry");
    record.ip_kind = text("ip_kind");
    record.seller_nature = text("seller_nature");
    record.buyer_nature = text("buyer_nature");
    record.seller_place = text("seller_place");
    record.buyer_place = text("buyer_place");
    record.seller_key = party_key(text("seller_credit_code"));
    record.buyer_key = party_key(text("buyer_credit_code"));
    return record;
}

StatisticRecord Statistics::record_of(const Contract& contract) {
    CHECK(contract.registered_on.has_value());
    StatisticRecord record = record_of_body(contract.body);
    record.subject = contract.id.text();
    record.day = *contract.registered_on;
    record.class_code = contract.class_code;
    record.total = contract.total;
    record.technical = contract.technical;
    record.is_sample = contract.is_sample;
    return record;
}

void Statistics::count(store::Transaction& transaction, const StatisticRecord& record) {
    write(transaction, record);
    transaction.append({.actor = "system",
                        .place = record.seller_place.size() == 6 ? record.seller_place : "",
                        .subject = record.subject,
                        .action = std::string(counted),
                        .payload = base::canonical_json(to_json(record))});
}

void Statistics::uncount(store::Transaction& transaction, std::string_view subject) {
    if (transaction.execute("delete from contract_statistic where subject = :subject",
                            {{"subject", subject}}) == 0) {
        return;
    }
    transaction.append({.actor = "system",
                        .place = "",
                        .subject = std::string(subject),
                        .action = std::string(uncounted),
                        .payload = "{}"});
}

std::optional<StatisticRecord> Statistics::find(store::Reader& reader, std::string_view subject) {
    static const std::string sql =
        "select " + std::string(columns) + " from contract_statistic where subject = :subject";
    auto row = reader.first(sql, {{"subject", subject}});
    if (!row) return {};
    return record_from(*row);
}

std::vector<StatisticRow> Statistics::table(store::Reader& reader, Dimension dimension,
                                            const StatisticFilter& filter) const {
    std::string expression(dimensions[static_cast<std::size_t>(dimension)].expression);
    std::string sql = "select " + expression +
                      ", count(*), cast(sum(total_fen) as bigint), cast(sum(technical_fen) as "
                      "bigint)" +
                      std::string(condition) + "group by " + expression + " order by 1";
    std::vector<StatisticRow> rows;
    for (const store::Row& row : reader.query(sql, bindings_of(filter)))
        rows.push_back(row_of(row, row.text_or(0, {}), 1));
    return rows;
}

StatisticRow Statistics::sum(store::Reader& reader, const StatisticFilter& filter) const {
    static const std::string sql =
        "select count(*), cast(sum(total_fen) as bigint), cast(sum(technical_fen) as bigint)" +
        std::string(condition);
    return row_of(*reader.first(sql, bindings_of(filter)), "", 0);
}

std::vector<FlowCell> Statistics::flow(store::Reader& reader, const StatisticFilter& filter) const {
    static const std::string sql =
        "select seller_city, buyer_city, count(*), cast(sum(total_fen) as bigint)" +
        std::string(condition) + "group by seller_city, buyer_city order by 1, 2";
    auto group = [&](const std::string& city) {
        return places_->find(city) == nullptr ? std::string("other") : city;
    };
    std::map<std::pair<std::string, std::string>, FlowCell> cells;
    for (const store::Row& row : reader.query(sql, bindings_of(filter))) {
        std::pair key{group(row.text(0)), group(row.text(1))};
        FlowCell& cell = cells[key];
        cell.from = key.first;
        cell.to = key.second;
        cell.count += row.integer(2);
        cell.total += Money::fen(row.integer(3));
    }
    std::vector<FlowCell> result;
    for (auto& [key, cell] : cells)
        result.push_back(std::move(cell));
    return result;
}

Calibers Statistics::calibers(store::Reader& reader, std::string_view place,
                              const StatisticFilter& filter) const {
    StatisticFilter only = filter;
    Calibers result;
    only.seller_place = place;
    only.buyer_place.clear();
    result.output = sum(reader, only);
    only.buyer_place = place;
    result.within = sum(reader, only);
    only.seller_place.clear();
    result.absorbed = sum(reader, only);
    return result;
}

PanelGrowth Statistics::panel(store::Reader& reader, const PanelPeriods& periods,
                              const StatisticFilter& filter) const {
    static const std::string sql = "select seller_key, cast(sum(total_fen) as bigint)" +
                                   std::string(condition) + "group by seller_key";
    auto by_seller = [&](const Period& period, Money& all) {
        StatisticFilter in_period = filter;
        in_period.from = period.from;
        in_period.to = period.to;
        std::map<std::string, Money> sums;
        for (const store::Row& row : reader.query(sql, bindings_of(in_period))) {
            Money amount = Money::fen(row.integer(1));
            all += amount;
            if (!row.text(0).empty()) sums[row.text(0)] = amount;
        }
        return sums;
    };
    PanelGrowth growth;
    auto before = by_seller(periods.before, growth.all_before);
    for (const auto& [seller, amount] : by_seller(periods.after, growth.all_after)) {
        auto found = before.find(seller);
        if (found == before.end()) continue;
        ++growth.sellers;
        growth.before += found->second;
        growth.after += amount;
    }
    return growth;
}

std::vector<TopRow> Statistics::top(store::Reader& reader, Dimension dimension,
                                    const StatisticFilter& filter, std::size_t rows_max) const {
    std::string expression(dimensions[static_cast<std::size_t>(dimension)].expression);
    std::string sql = "select " + expression + ", seller_key, cast(sum(total_fen) as bigint)" +
                      std::string(condition) + "group by " + expression + ", seller_key";
    std::map<std::string, Sellers> sellers;
    for (const store::Row& row : reader.query(sql, bindings_of(filter)))
        sellers[row.text_or(0, {})][row.text(1)] = Money::fen(row.integer(2));
    std::vector<StatisticRow> all = table(reader, dimension, filter);
    std::stable_sort(all.begin(), all.end(), [](const StatisticRow& a, const StatisticRow& b) {
        return b.total < a.total;
    });
    std::vector<TopRow> rows;
    for (StatisticRow& row : all)
        rows.push_back({std::move(row), false});
    // Over all groups, not only those shown: the sum is published as well.
    withhold(rows, sellers);
    if (rows.size() > rows_max) rows.resize(rows_max);
    for (TopRow& row : rows) {
        if (row.is_withheld) row.row = {row.row.key, 0, Money(), Money()};
    }
    return rows;
}

std::vector<StatisticRecord> Statistics::records(store::Reader& reader,
                                                 const StatisticFilter& filter, std::size_t limit,
                                                 std::string_view after) const {
    static const std::string sql =
        "select " + std::string(columns) + std::string(condition) +
        "and (:after = '' or subject < :after) order by subject desc limit :limit";
    store::Bindings bindings = bindings_of(filter);
    bindings.push_back({"after", after});
    bindings.push_back({"limit", static_cast<std::int64_t>(limit)});
    std::vector<StatisticRecord> found;
    for (const store::Row& row : reader.query(sql, bindings))
        found.push_back(record_from(row));
    return found;
}

base::Result<Statistics::Replay> Statistics::replay(store::Database& database) {
    return database.read<Replay>([](store::Reader& reader) -> base::Result<Replay> {
        Replay report;
        Records wanted = TRY(records_of_log(reader, report.log_rows));
        auto note = [&](const std::string& subject) {
            if (report.differences.size() < 20) report.differences.push_back(subject);
        };
        static const std::string sql =
            "select " + std::string(columns) + " from contract_statistic order by subject";
        for (const store::Row& row : reader.query(sql)) {
            StatisticRecord live = record_from(row);
            auto found = wanted.find(live.subject);
            if (found == wanted.end() || found->second != live) note(live.subject);
            if (found != wanted.end()) wanted.erase(found);
        }
        for (const auto& [subject, record] : wanted)
            note(subject);
        return report;
    });
}

base::Status Statistics::rebuild(store::Database& database) {
    return database.write<void>([](store::Transaction& transaction) -> base::Status {
        std::int64_t rows = 0;
        Records records = TRY(records_of_log(transaction, rows));
        transaction.execute("delete from contract_statistic");
        for (const auto& [subject, record] : records)
            write(transaction, record);
        return {};
    });
}

base::Result<std::vector<PublishedFigure>> load_published(const std::filesystem::path& file) {
    base::Yaml root = TRY(base::Yaml::load(file));
    TRY(root.only_keys({"figures"}));
    std::vector<PublishedFigure> figures;
    for (const base::Yaml& node : TRY(root.required("figures")).items()) {
        TRY(node.only_keys({"place", "period", "caliber", "count", "amount", "source", "sure"}));
        PublishedFigure figure;
        figure.place = TRY(TRY(node.required("place")).text());
        figure.period = TRY(TRY(node.required("period")).text());
        figure.caliber = TRY(TRY(node.required("caliber")).text());
        figure.count = TRY(node["count"].integer_or(0));
        figure.amount = TRY(Money::parse(TRY(TRY(node.required("amount")).text())));
        figure.source = TRY(TRY(node.required("source")).text());
        figure.sure = TRY(TRY(node.required("sure")).text());
        figures.push_back(std::move(figure));
    }
    return figures;
}

}  // namespace contract
