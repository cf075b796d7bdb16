#include "indicator/slice.h"

#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "party/place.h"

namespace indicator {
namespace {

struct DimensionName {
    Dimension dimension;
    std::string_view name;
    std::string_view expression;  ///< over indicator_rollup
};

// A city's key is its own code: 4501xx → 450100, and the region's own code stays.
constexpr std::array dimension_names{
    DimensionName{Dimension::none, "none", "''"},
    DimensionName{Dimension::month, "month", "month"},
    DimensionName{Dimension::year, "year", "substr(month, 1, 4)"},
    DimensionName{Dimension::city, "city", "substr(place, 1, 4) || '00'"},
    DimensionName{Dimension::place, "place", "place"},
    DimensionName{Dimension::class_code, "class_code", "class_code"},
    DimensionName{Dimension::field, "field", "field"},
};

/// The bounds that every statement over a slice shares; open ends are the widest values.
store::Bindings bounds(const Slice& slice) {
    party::PlaceRange range =
        slice.place.empty() ? party::PlaceRange{"", "999999"} : party::Places::range(slice.place);
    return {{"kind", slice.kind},
            {"from", slice.from_month.empty() ? "0000-00" : slice.from_month},
            {"to", slice.to_month.empty() ? "9999-99" : slice.to_month},
            {"low", range.low},
            {"high", range.high},
            {"any_class", slice.class_prefix.empty()},
            {"class", slice.class_prefix},
            {"class_below", slice.class_prefix + ".%"},
            {"any_field", slice.field.empty()},
            {"field", slice.field},
            {"with_sample", slice.with_sample}};
}

// Comparisons here hold in every collation of PostgreSQL: codes are digits, months digits and '-'.
constexpr std::string_view conditions =
    " place >= :low and place <= :high "
    "and (:any_class = 1 or class_code = :class or class_code like :class_below) "
    "and (:any_field = 1 or field = :field) and (:with_sample = 1 or is_sample = 0) ";

std::string statement_for(Dimension dimension) {
    for (const DimensionName& row : dimension_names) {
        if (row.dimension != dimension) continue;
        return fmt::format(
            "select {} as key, cast(coalesce(sum(count), 0) as bigint), "
            "cast(coalesce(sum(amount_fen), 0) as bigint) from indicator_rollup "
            "where kind = :kind and month >= :from and month <= :to and {} group by 1 order by 1",
            row.expression, conditions);
    }
    CHECK_WITH(false, "unknown dimension");
    return {};
}

}  // namespace

base::Result<Dimension> parse_dimension(std::string_view name) {
    for (const DimensionName& row : dimension_names) {
        if (row.name == name) return row.dimension;
    }
    return base::refuse(base::invalid("dimension_unknown").with("value", name.substr(0, 40)));
}

std::string_view to_string(Dimension dimension) {
    for (const DimensionName& row : dimension_names) {
        if (row.dimension == dimension) return row.name;
    }
    return "none";
}

std::vector<Figure> sum_by(store::Reader& reader, const Slice& slice, Dimension dimension) {
    std::vector<Figure> figures;
    for (const store::Row& row : reader.query(statement_for(dimension), bounds(slice))) {
        Figure figure{row.text_or(0, {}), row.integer(1), base::Money::fen(row.integer(2))};
        if (figure.count != 0 || !figure.amount.is_zero()) figures.push_back(figure);
    }
    return figures;
}

Figure sum(store::Reader& reader, const Slice& slice) {
    std::vector<Figure> figures = sum_by(reader, slice, Dimension::none);
    return figures.empty() ? Figure{} : figures.front();
}

std::vector<FactRow> facts_behind(store::Reader& reader, const Slice& slice, std::string_view after,
                                  std::size_t limit) {
    static const std::string sql = fmt::format(
        "select kind, subject, place, day, count, amount_fen, class_code, field, is_sample, id "
        "from indicator_fact where kind = :kind and day >= :from and day <= :to and {} "
        "and (:first_page = 1 or id < :after) order by id desc limit :limit",
        conditions);
    store::Bindings bindings = bounds(slice);
    bindings[1].value = slice.from_month.empty() ? "0000-00-00" : slice.from_month + "-01";
    bindings[2].value = slice.to_month.empty() ? "9999-99-99" : slice.to_month + "-31";
    bindings.push_back({"first_page", after.empty()});
    bindings.push_back({"after", after});
    bindings.push_back({"limit", static_cast<std::int64_t>(limit)});
    std::vector<FactRow> rows;
    for (const store::Row& row : reader.query(sql, bindings)) {
        auto day = base::Date::parse(row.text(3));
        CHECK(day.has_value());
        rows.push_back({row.text(9), Fact{.kind = row.text(0),
                                          .subject = row.text(1),
                                          .place = row.text(2),
                                          .day = *day,
                                          .count = row.integer(4),
                                          .amount = base::Money::fen(row.integer(5)),
                                          .class_code = row.text(6),
                                          .field = row.text(7),
                                          .is_sample = row.flag(8)}});
    }
    return rows;
}

}  // namespace indicator
