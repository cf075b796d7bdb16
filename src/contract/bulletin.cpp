#include "contract/bulletin.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include <fmt/format.h>

#include "format/pdf.h"
#include "format/xlsx.h"

namespace contract {
namespace {

using base::Money;

constexpr std::array tables_of_bulletin{Dimension::family,        Dimension::field,
                                        Dimension::ip_kind,       Dimension::industry,
                                        Dimension::seller_nature, Dimension::buyer_nature,
                                        Dimension::seller_city,   Dimension::buyer_city};

/// "+12.3 %" from tenths of a per cent; a dash when there is nothing to compare with.
std::string percent(const std::optional<std::int64_t>& tenths) {
    if (!tenths) return "—";
    std::int64_t size = *tenths < 0 ? -*tenths : *tenths;
    return fmt::format("{}{}.{} %", *tenths < 0 ? "−" : "+", size / 10, size % 10);
}

/// A bar of at most twenty squares, from zero; what is not nothing has at least one.
std::string bar(const Money& amount, const Money& largest) {
    if (amount.minor <= 0 || largest.minor <= 0) return {};
    auto squares = std::max<std::int64_t>(amount.scaled(20, largest.minor).minor, 1);
    std::string result;
    for (std::int64_t i = 0; i < squares; ++i)
        result += "■";
    return result;
}

/// What a reader needs to name the keys of a table.
struct Words {
    const base::Texts& texts;
    const workflow::Codes& codes;
    const party::Places& places;
    base::Language language;

    std::string get(const std::string& key,
                    const std::map<std::string, std::string>& parameters = {}) const {
        return texts.get(language, "bulletin." + key, parameters);
    }
    std::string label(Dimension dimension, const std::string& key) const {
        return label_of(dimension, key, texts, codes, places, language);
    }
};

void write_sentences(format::PdfDocument& document, const Bulletin& bulletin, const Words& words) {
    document.paragraph(words.get(
        "sentence", {{"year", std::to_string(bulletin.year)},
                     {"month", std::to_string(bulletin.month)},
                     {"count", std::to_string(bulletin.in_month.count)},
                     {"total", bulletin.in_month.total.to_wan_string()},
                     {"count_year", std::to_string(bulletin.cumulated.count)},
                     {"total_year", bulletin.cumulated.total.to_wan_string()},
                     {"technical_year", bulletin.cumulated.technical.to_wan_string()},
                     {"growth", percent(PanelGrowth::growth(bulletin.year_before.total,
                                                            bulletin.cumulated.total))}}));
    document.paragraph(words.get(
        "panel",
        {{"sellers", std::to_string(bulletin.panel.sellers)},
         {"growth", percent(PanelGrowth::growth(bulletin.panel.before, bulletin.panel.after))}}));
}

std::vector<std::string> caliber_row(const std::string& title, const StatisticRow& row) {
    return {title, std::to_string(row.count), row.total.to_grouped_string(),
            row.technical.to_grouped_string()};
}

void write_calibers(format::PdfDocument& document, const Calibers& calibers, const Words& words) {
    document.heading(words.get("calibers"));
    document.table({{words.get("caliber"), 3},
                    {words.get("count"), 1, format::Align::right},
                    {words.get("total"), 2, format::Align::right},
                    {words.get("technical"), 2, format::Align::right}},
                   {caliber_row(words.get("output"), calibers.output),
                    caliber_row(words.get("absorbed"), calibers.absorbed),
                    caliber_row(words.get("within"), calibers.within),
                    caliber_row(words.get("without_double"), calibers.without_double())});
    document.note(words.get("caliber_note"));
}

void write_table(format::PdfDocument& document, Dimension dimension,
                 const std::vector<TopRow>& rows, const Words& words) {
    if (rows.empty()) return;
    Money largest;
    for (const TopRow& row : rows)
        largest = std::max(largest, row.row.total);
    std::vector<std::vector<std::string>> cells;
    for (const TopRow& row : rows) {
        std::string name = words.label(dimension, row.row.key);
        if (row.is_withheld) {
            cells.push_back({name, words.get("withheld"), "", ""});
            continue;
        }
        cells.push_back({name, std::to_string(row.row.count), row.row.total.to_grouped_string(),
                         bar(row.row.total, largest)});
    }
    document.heading(words.get("by_" + std::string(name_of(dimension))));
    document.table({{words.get("group"), 4},
                    {words.get("count"), 2, format::Align::right},
                    {words.get("total"), 3, format::Align::right},
                    {words.get("share"), 4}},
                   cells);
}

}  // namespace

std::string Bulletin::period() const {
    return fmt::format("{}-{:02}", year, month);
}

Bulletin make_bulletin(store::Reader& reader, const Statistics& statistics,
                       const party::Places& places, int year, int month) {
    Bulletin bulletin{.year = year, .month = month};
    PanelPeriods periods = PanelPeriods::to_month(year, month);
    StatisticFilter of_year{.from = periods.after.from, .to = periods.after.to};
    StatisticFilter of_month = of_year;
    of_month.from = base::Date{year, month, 1};
    StatisticFilter before{.from = periods.before.from, .to = periods.before.to};
    bulletin.in_month = statistics.sum(reader, of_month);
    bulletin.cumulated = statistics.sum(reader, of_year);
    bulletin.year_before = statistics.sum(reader, before);
    bulletin.calibers = statistics.calibers(reader, places.region().code, of_year);
    bulletin.panel = statistics.panel(reader, periods, {});
    for (Dimension dimension : tables_of_bulletin)
        bulletin.tables.emplace_back(dimension, statistics.top(reader, dimension, of_year, 15));
    return bulletin;
}

std::string label_of(Dimension dimension, const std::string& key, const base::Texts& texts,
                     const workflow::Codes& codes, const party::Places& places,
                     base::Language language) {
    if (key.empty()) return texts.get(language, "statistic.not_given");
    switch (dimension) {
        case Dimension::year:
        case Dimension::quarter:
        case Dimension::month:
            return key;
        case Dimension::family:
        case Dimension::class_code:
            return codes.label("contract_classes", key, language);
        case Dimension::field:
            return codes.label("technical_fields", key, language);
        case Dimension::industry:
            return codes.label("industry_sections", key, language);
        case Dimension::ip_kind:
            return codes.label("ip_kinds", key, language);
        case Dimension::seller_nature:
        case Dimension::buyer_nature:
            return codes.label("party_natures", key, language);
        case Dimension::seller_city:
        case Dimension::buyer_city:
            return places.find(key) ? places.name(key, language) : key;
    }
    return key;
}

std::string bulletin_pdf(const Bulletin& bulletin, const base::Texts& texts,
                         const workflow::Codes& codes, const party::Places& places,
                         base::Language language, base::Time now) {
    Words words{texts, codes, places, language};
    std::string title = words.get("title", {{"year", std::to_string(bulletin.year)},
                                            {"month", std::to_string(bulletin.month)}});
    format::PdfDocument document(
        {.title = title,
         .language = language,
         .created = now,
         .footer = words.get("footer", {{"day", base::to_local_string(now)}})});
    document.title(title);
    write_sentences(document, bulletin, words);
    write_calibers(document, bulletin.calibers, words);
    for (const auto& [dimension, rows] : bulletin.tables)
        write_table(document, dimension, rows, words);
    document.note(words.get("withheld_note"));
    return document.finish();
}

base::Result<std::string> bulletin_xlsx(const Bulletin& bulletin, const base::Texts& texts,
                                        const workflow::Codes& codes, const party::Places& places,
                                        base::Language language, base::Time now) {
    Words words{texts, codes, places, language};
    format::Workbook workbook;
    workbook.title = words.get("title", {{"year", std::to_string(bulletin.year)},
                                         {"month", std::to_string(bulletin.month)}});
    workbook.created = now;
    workbook.sheet.name = bulletin.period();
    auto column = [&](const std::string& key, format::ColumnType type) {
        format::SheetColumn result;
        result.title = words.get(key);
        result.type = type;
        result.width = 22;
        workbook.sheet.columns.push_back(std::move(result));
    };
    column("table", format::ColumnType::text);
    column("group", format::ColumnType::text);
    column("count", format::ColumnType::integer);
    column("total", format::ColumnType::money);
    column("technical", format::ColumnType::money);
    auto add = [&](const std::string& table, const std::string& group, const StatisticRow& row) {
        workbook.sheet.rows.push_back({table, group, std::to_string(row.count),
                                       row.total.to_string(), row.technical.to_string()});
    };
    std::string calibers = words.get("calibers");
    add(calibers, words.get("output"), bulletin.calibers.output);
    add(calibers, words.get("absorbed"), bulletin.calibers.absorbed);
    add(calibers, words.get("within"), bulletin.calibers.within);
    add(calibers, words.get("without_double"), bulletin.calibers.without_double());
    for (const auto& [dimension, rows] : bulletin.tables) {
        std::string table = words.get("by_" + std::string(name_of(dimension)));
        for (const TopRow& row : rows) {
            if (row.is_withheld) {
                workbook.sheet.rows.push_back(
                    {table, words.label(dimension, row.row.key) + " " + words.get("withheld"), "",
                     "", ""});
                continue;
            }
            add(table, words.label(dimension, row.row.key), row.row);
        }
    }
    return format::write_xlsx(workbook, std::filesystem::temp_directory_path());
}

}  // namespace contract
