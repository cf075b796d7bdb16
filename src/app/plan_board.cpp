#include "app/plan_board.h"

#include <algorithm>

#include <fmt/format.h>

#include "app/figure_words.h"
#include "base/text.h"
#include "format/pdf.h"
#include "format/xlsx.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using indicator::TargetState;
using indicator::Unit;
using indicator::Value;

constexpr std::string_view indicator_mark = "indicator:";
constexpr std::string_view programme_mark = "programme:";

std::string in_words(const Region& region, base::Language language, const Value& value) {
    return figure_text(region.texts, language, value, Amounts::brief);
}

std::string period_of(const indicator::Target& target) {
    return target.first_year == target.last_year
               ? std::to_string(target.first_year)
               : fmt::format("{}–{}", target.first_year, target.last_year);
}

std::string name_of(const indicator::Policy& policy, base::Language language) {
    return policy.document.empty() ? policy.title.in(language) : policy.document;
}

PlanFigure figure_of(store::Reader& reader, const Region& region,
                     const indicator::Definition& definition, const std::string& place,
                     base::Date today) {
    PlanFigure figure{.definition = &definition, .value = {.unit = definition.unit}};
    auto in_years = [&](int first, int last, const std::string& where) {
        indicator::Slice slice{.from_month = fmt::format("{:04}-01", first),
                               .to_month = fmt::format("{:04}-12", last),
                               .place = where};
        return definition.is_counted ? region.indicators.value(reader, definition, slice)
                                     : Value{.unit = definition.unit};
    };
    figure.value = in_years(today.year, today.year, place);
    for (const indicator::Target& target : region.indicators.targets()) {
        bool elsewhere = !place.empty() && target.place != place;
        if (target.indicator != definition.code || elsewhere) continue;
        PlanTarget one{.target = &target, .policy = region.indicators.policy(target.policy)};
        auto progress = region.indicators.progress(reader, target, today);
        one.actual = progress.actual;
        one.state = progress.state;
        figure.targets.push_back(one);
    }
    return figure;
}

PlanLight light_of(TargetState state) {
    switch (state) {
        case TargetState::reached:
        case TargetState::on_path:
            return PlanLight::green;
        case TargetState::behind:
            return PlanLight::amber;
        case TargetState::far_behind:
            return PlanLight::red;
        case TargetState::no_data:
            return PlanLight::none;
    }
    return PlanLight::none;
}

/// The worst light of the targets in force; those that a newer policy replaced do not count.
PlanLight light_of(const std::vector<PlanFigure>& figures) {
    PlanLight worst = PlanLight::none;
    for (const PlanFigure& figure : figures) {
        for (const PlanTarget& one : figure.targets) {
            if (one.target->superseded_by.empty()) worst = std::max(worst, light_of(one.state));
        }
    }
    return worst;
}

PlanRest rest_of(const Region& region, const std::string& code, base::Language language) {
    if (code.starts_with(programme_mark)) {
        const programme::Programme* found =
            region.programmes.find(std::string_view(code).substr(programme_mark.size()));
        if (found == nullptr) return {.code = code, .name = code};
        return {.code = code,
                .name = found->title.in(language),
                .page = "/programmes/" + found->code,
                .unset = static_cast<int>(found->to_be_set_parameters().size())};
    }
    const PlanService* service = region.plan.service(code);
    if (service == nullptr) return {.code = code, .name = code};
    return {.code = code, .name = service->name.in(language), .page = service->page};
}

std::string next_of(const PlanRow& row) {
    if (!row.demand->is_live()) return "plan_board.next_build";
    if (row.unset > 0) return "plan_board.next_set";
    switch (row.light) {
        case PlanLight::red:
            return "plan_board.next_red";
        case PlanLight::amber:
            return "plan_board.next_amber";
        case PlanLight::green:
            return "plan_board.next_none";
        case PlanLight::none:
            return "plan_board.next_use";
    }
    return "plan_board.next_none";
}

std::string next_words(const PlanRow& row, const Region& region, base::Language language) {
    return region.texts.get(language, row.next,
                            {{"department", row.department}, {"count", std::to_string(row.unset)}});
}

/// How much of the target is there, for a bar; absent data are none of it.
std::int64_t per_mille_of(const PlanTarget& one) {
    if (!one.actual.has_data || one.target->value <= 0) return 0;
    return static_cast<std::int64_t>(static_cast<__int128>(one.actual.number) * 1000 /
                                     one.target->value);
}

array figures_json(const PlanRow& row, const Region& region, base::Language language) {
    array figures;
    for (const PlanFigure& figure : row.figures) {
        array targets;
        for (const PlanTarget& one : figure.targets) {
            Value wanted{.unit = figure.definition->unit, .number = one.target->value};
            wanted.has_data = true;
            targets.push_back(object{{"policy", one.target->policy},
                                     {"document", name_of(*one.policy, language)},
                                     {"place", one.target->place},
                                     {"period", period_of(*one.target)},
                                     {"target", in_words(region, language, wanted)},
                                     {"actual", in_words(region, language, one.actual)},
                                     {"per_mille", per_mille_of(one)},
                                     {"superseded", !one.target->superseded_by.empty()},
                                     {"state", indicator::to_string(one.state)}});
        }
        figures.push_back(object{{"indicator", figure.definition->code},
                                 {"title", figure.definition->title.in(language)},
                                 {"has_data", figure.value.has_data},
                                 {"value", in_words(region, language, figure.value)},
                                 {"targets", std::move(targets)}});
    }
    return figures;
}

/// "登记合同数 610（64号 2025：5000）" for sheets.
std::string figures_line(const PlanRow& row, const Region& region, base::Language language) {
    std::vector<std::string> lines;
    for (const PlanFigure& figure : row.figures) {
        std::string line =
            figure.definition->title.in(language) + " " + in_words(region, language, figure.value);
        for (const PlanTarget& one : figure.targets) {
            Value wanted{.unit = figure.definition->unit, .number = one.target->value};
            wanted.has_data = true;
            line += fmt::format(
                "; {} {}: {} / {}, {}", name_of(*one.policy, language), period_of(*one.target),
                in_words(region, language, one.actual), in_words(region, language, wanted),
                region.texts.get(language,
                                 "page.state_" + std::string(indicator::to_string(one.state))));
        }
        lines.push_back(std::move(line));
    }
    return base::join(lines, "\n");
}

std::string rests_line(const PlanRow& row) {
    std::vector<std::string> names;
    for (const PlanRest& rest : row.rests_on)
        names.push_back(rest.name);
    return base::join(names, "; ");
}

std::vector<std::string> cells_of(const PlanRow& row, const Region& region,
                                  base::Language language) {
    return {row.demand->id,
            row.demand->title.in(language),
            row.department,
            region.texts.get(language,
                             row.demand->is_live() ? "page.plan_is_live" : "page.plan_not_yet"),
            rests_line(row),
            figures_line(row, region, language),
            region.texts.get(language, "plan_board.light_" + std::string(to_string(row.light))),
            next_words(row, region, language)};
}

std::vector<std::string> headings(const Region& region, base::Language language) {
    std::vector<std::string> result;
    for (std::string_view key :
         {"page.plan_no", "page.plan_demand", "page.plan_department", "plan_board.state",
          "plan_board.rests_on", "plan_board.figures", "plan_board.light", "plan_board.next"}) {
        result.push_back(region.texts.get(language, key));
    }
    return result;
}

}  // namespace

std::string_view to_string(PlanLight light) {
    switch (light) {
        case PlanLight::none:
            return "none";
        case PlanLight::green:
            return "green";
        case PlanLight::amber:
            return "amber";
        case PlanLight::red:
            return "red";
    }
    return "none";
}

std::vector<PlanRow> plan_rows(store::Reader& reader, const Region& region, base::Language language,
                               const std::string& place, base::Date today) {
    std::vector<PlanRow> rows;
    for (const PlanDemand& demand : region.plan.demands()) {
        PlanRow row{.demand = &demand,
                    .department = region.plan.department(demand.department, language)};
        for (const std::string& code : demand.rests_on) {
            if (!code.starts_with(indicator_mark)) {
                row.rests_on.push_back(rest_of(region, code, language));
                row.unset += row.rests_on.back().unset;
                continue;
            }
            const indicator::Definition* definition =
                region.indicators.find(std::string_view(code).substr(indicator_mark.size()));
            if (definition == nullptr) continue;
            row.figures.push_back(figure_of(reader, region, *definition, place, today));
        }
        row.light = light_of(row.figures);
        row.next = next_of(row);
        rows.push_back(std::move(row));
    }
    return rows;
}

array plan_json(const std::vector<PlanRow>& rows, const Region& region, base::Language language) {
    array result;
    for (const PlanRow& row : rows) {
        array rests_on;
        for (const std::string& code : row.demand->rests_on)
            rests_on.push_back(base::json::value(code));
        array cases;
        for (const std::string& file : row.demand->walked_by)
            cases.push_back(base::json::value(file));
        result.push_back(object{{"id", row.demand->id},
                                {"title", row.demand->title.in(language)},
                                {"department", row.department},
                                {"state", row.demand->is_live() ? "live" : "not_yet"},
                                {"rests_on", std::move(rests_on)},
                                {"walked_by", std::move(cases)},
                                {"figures", figures_json(row, region, language)},
                                {"light", to_string(row.light)},
                                {"parameters_to_be_set", row.unset},
                                {"next", next_words(row, region, language)}});
    }
    return result;
}

base::Result<std::string> plan_xlsx(const std::vector<PlanRow>& rows, const Region& region,
                                    base::Language language, base::Time now,
                                    const std::filesystem::path& scratch) {
    format::Workbook book;
    book.title = region.texts.get(language, "page.plan_title");
    book.created = now;
    book.sheet.name = book.title.substr(0, 31);
    static constexpr int widths[] = {8, 36, 18, 10, 40, 60, 12, 36};
    std::vector<std::string> titles = headings(region, language);
    for (std::size_t i = 0; i < titles.size(); ++i) {
        book.sheet.columns.push_back({.title = titles[i], .width = widths[i]});
    }
    for (const PlanRow& row : rows)
        book.sheet.rows.push_back(cells_of(row, region, language));
    book.sheet.name = region.texts.get(language, "plan_board.sheet");
    return format::write_xlsx(book, scratch);
}

std::string plan_pdf(const std::vector<PlanRow>& rows, const Region& region,
                     base::Language language, base::Time now) {
    std::string title = region.texts.get(language, "page.plan_title");
    std::string day = base::date_in_shanghai(now).to_string();
    format::PdfDocument document({.title = title,
                                  .language = language,
                                  .created = now,
                                  .footer = region.plan.document() + "  " + day});
    document.title(title);
    auto live =
        std::ranges::count_if(rows, [](const PlanRow& row) { return row.demand->is_live(); });
    document.paragraph(fmt::format("{}  {}: {} / {}", region.plan.document(),
                                   region.texts.get(language, "page.plan_is_live"), live,
                                   rows.size()));
    std::vector<std::string> titles = headings(region, language);
    static constexpr int shares[] = {2, 6, 4, 2, 6, 8, 2, 6};
    std::vector<format::PdfColumn> columns;
    for (std::size_t i = 0; i < titles.size(); ++i)
        columns.push_back({.title = titles[i], .share = shares[i]});
    for (const PlanName& part : region.plan.parts()) {
        std::vector<std::vector<std::string>> lines;
        for (const PlanRow& row : rows) {
            if (row.demand->part == part.code) lines.push_back(cells_of(row, region, language));
        }
        document.heading(part.code + " " + part.name.in(language));
        document.table(columns, lines);
    }
    return document.finish();
}

}  // namespace app
