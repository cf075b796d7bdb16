// Indicators with their targets, the records behind every figure, and the plan clause by clause.
#include <algorithm>

#include <fmt/format.h>

#include "app/figure_words.h"
#include "app/page_view.h"
#include "base/text.h"
#include "indicator/definition.h"
#include "indicator/slice.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;
using indicator::Definition;
using indicator::Dimension;
using indicator::Slice;
using indicator::Unit;
using indicator::Value;

/// What a visitor chose: year, place, and the indicator that the charts show.
struct Choice {
    std::string year;
    std::string place;
    const Definition* definition = nullptr;

    Slice slice() const {
        Slice slice{.place = place};
        if (!year.empty()) {
            slice.from_month = year + "-01";
            slice.to_month = year + "-12";
        }
        return slice;
    }
};

/// Geometry of a bar chart with the labels directly at the bars; zero-based.
constexpr int chart_width = 640;
constexpr int bar_height = 22;
constexpr int bar_gap = 8;
constexpr int label_width = 190;
constexpr int value_width = 120;

class FigurePages {
  public:
    explicit FigurePages(const PageView& view) : view_(view) {}

    base::Result<http::Reply> indicators(const http::Request& request) const {
        Choice choice = TRY(choice_of(request));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            object content{{"title", view_.text(request, "page.indicators_title")}};
            add_selects(request, choice, content);
            add_headlines(reader, request, choice, content);
            add_targets(reader, request, choice, content);
            array charts;
            for (Dimension dimension : choice.definition->dimensions) {
                charts.push_back(chart(reader, request, choice, dimension));
            }
            content["charts"] = std::move(charts);
            return content;
        }));
        return view_.render(request, "indicators", std::move(page));
    }

    base::Result<http::Reply> csv(const http::Request& request) const {
        Choice choice = TRY(choice_of(request));
        Dimension dimension = TRY(indicator::parse_dimension(request.query_or("by", "month")));
        std::string table = TRY(view_.site().database->read<std::string>(
            [&](store::Reader& reader) -> base::Result<std::string> {
                std::string text = "key,label,value\r\n";
                for (const auto& group : view_.region().indicators.values_by(
                         reader, *choice.definition, choice.slice(), dimension)) {
                    text += group.key + ",\"" + label(request, dimension, group.key) + "\"," +
                            plain(group.value) + "\r\n";
                }
                return text;
            }));
        return http::attachment("\xEF\xBB\xBF" + table, "text/csv; charset=utf-8",
                                choice.definition->code + ".csv");
    }

    base::Result<http::Reply> records(const http::Request& request) const {
        Choice choice = TRY(choice_of(request));
        Slice slice = choice.slice();
        slice.class_prefix = request.query_or("class");
        slice.field = request.query_or("field");
        std::string month = request.query_or("month");
        if (!month.empty()) slice.from_month = slice.to_month = month;
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            return records_view(reader, request, *choice.definition, slice);
        }));
        return view_.render(request, "records", std::move(page));
    }

  private:
    base::Result<Choice> choice_of(const http::Request& request) const {
        Choice choice;
        std::string this_year =
            std::to_string(base::date_in_shanghai(view_.site().clock().now()).year);
        choice.year = request.query_or("year", this_year);
        if (choice.year == "all") choice.year.clear();
        if (!choice.year.empty() &&
            (choice.year.size() != 4 ||
             choice.year.find_first_not_of("0123456789") != std::string::npos)) {
            return base::refuse(base::malformed("query_malformed").at("year"));
        }
        choice.place = request.query_or("place");
        if (!choice.place.empty()) TRY(view_.region().places.require(choice.place));
        std::string code = request.query_or("indicator", "contracts_registered");
        choice.definition = view_.region().indicators.find(code);
        if (choice.definition == nullptr || !choice.definition->is_counted) {
            const auto& all = view_.region().indicators.all();
            auto first = std::ranges::find_if(all, &Definition::is_counted);
            if (request.query_or("indicator").empty() && first != all.end()) {
                choice.definition = &*first;
            } else {
                return base::refuse(base::not_found("indicator_unknown").with("value", code));
            }
        }
        return choice;
    }

    /// For machines: counts as they are, money as yuan text, a share as a fraction of its parts.
    static std::string plain(const Value& value) {
        switch (value.unit) {
            case Unit::count:
                return std::to_string(value.number);
            case Unit::money:
                return base::Money::fen(value.number).to_string();
            case Unit::share:
                return fmt::format("{}/{}", value.number, value.whole);
        }
        return {};
    }

    std::string shown(const http::Request& request, const Value& value) const {
        return figure_text(view_.region().texts, request.language, value, Amounts::exact);
    }

    std::string label(const http::Request& request, Dimension dimension,
                      const std::string& key) const {
        base::Language language = request.language;
        switch (dimension) {
            case Dimension::city:
            case Dimension::place:
                return key == view_.region().places.region().code
                           ? view_.text(request, "page.whole_region")
                           : view_.region().places.name(key, language);
            case Dimension::class_code: {
                std::string name = view_.region().codes.label("contract_classes", key, language);
                const catalog::Kind* kind = view_.region().kinds.find(key);
                return kind != nullptr ? kind->plural.in(language) : name.empty() ? key : name;
            }
            case Dimension::field: {
                std::string name = view_.region().codes.label("technical_fields", key, language);
                if (name.empty() || name == key)
                    name = view_.region().codes.label("cards", key, language);
                return name.empty() ? key : name;
            }
            default:
                return key;
        }
    }

    void add_selects(const http::Request& request, const Choice& choice, object& page) const {
        array years, places, indicators;
        int this_year = base::date_in_shanghai(view_.site().clock().now()).year;
        years.push_back(option("all", view_.text(request, "page.all_years"),
                               choice.year.empty() ? "all" : choice.year));
        for (int year = this_year; year > this_year - 6; --year) {
            years.push_back(option(std::to_string(year), std::to_string(year), choice.year));
        }
        places.push_back(option("", view_.text(request, "page.whole_region"), choice.place));
        for (const party::Place& place : view_.region().places.all()) {
            if (place.level == party::PlaceLevel::city)
                places.push_back(option(place.code, place.name.in(request.language), choice.place));
        }
        for (const Definition& definition : view_.region().indicators.all()) {
            if (definition.is_counted)
                indicators.push_back(option(definition.code, definition.title.in(request.language),
                                            choice.definition->code));
        }
        page["selects"] = array{object{{"name", "indicator"},
                                       {"label", view_.text(request, "page.indicator")},
                                       {"options", std::move(indicators)}},
                                object{{"name", "year"},
                                       {"label", view_.text(request, "page.year")},
                                       {"options", std::move(years)}},
                                object{{"name", "place"},
                                       {"label", view_.text(request, "page.city")},
                                       {"options", std::move(places)}}};
    }

    std::string records_link(const Choice& choice, std::string_view indicator,
                             std::string_view extra = {}) const {
        std::string link = "/indicators/records?indicator=" + std::string(indicator);
        link += "&year=" + (choice.year.empty() ? "all" : choice.year);
        if (!choice.place.empty()) link += "&place=" + choice.place;
        return link + std::string(extra);
    }

    void add_headlines(store::Reader& reader, const http::Request& request, const Choice& choice,
                       object& page) const {
        array figures;
        std::vector<std::string> codes{"contracts_registered", "contract_value_total",
                                       "technical_amount"};
        if (std::ranges::find(codes, choice.definition->code) == codes.end())
            codes.insert(codes.begin(), choice.definition->code);
        for (const std::string& code : codes) {
            const Definition* definition = view_.region().indicators.find(code);
            if (definition == nullptr || !definition->is_counted) continue;
            Value value = view_.region().indicators.value(reader, *definition, choice.slice());
            figures.push_back(object{{"name", definition->title.in(request.language)},
                                     {"value", shown(request, value)},
                                     {"unit", value.unit == Unit::count && value.has_data
                                                  ? view_.text(request, "unit.count")
                                                  : ""},
                                     {"long", value.unit == Unit::money},
                                     {"caliber", definition->caliber.in(request.language)},
                                     {"link", records_link(choice, code)}});
        }
        page["figures"] = std::move(figures);
    }

    void add_targets(store::Reader& reader, const http::Request& request, const Choice& choice,
                     object& page) const {
        array targets;
        base::Date today = base::date_in_shanghai(view_.site().clock().now());
        for (const indicator::Target& target : view_.region().indicators.targets()) {
            const Definition* definition = view_.region().indicators.find(target.indicator);
            const indicator::Policy* policy = view_.region().indicators.policy(target.policy);
            if (!choice.place.empty() && target.place != choice.place) continue;
            const auto [value, state] = view_.region().indicators.progress(reader, target, today);
            std::string period = target.first_year == target.last_year
                                     ? std::to_string(target.first_year)
                                     : fmt::format("{}–{}", target.first_year, target.last_year);
            targets.push_back(object{
                {"name", definition->title.in(request.language) + " " + period + " · " +
                             view_.region().places.name(target.place, request.language)},
                {"source",
                 policy->document.empty() ? policy->title.in(request.language) : policy->document},
                {"note", target.warning.empty() ? "" : target.warning.in(request.language)},
                {"target",
                 shown(request,
                       {.unit = definition->unit, .number = target.value, .has_data = true})},
                {"actual", definition->is_counted ? shown(request, value)
                                                  : view_.text(request, "page.not_counted")},
                {"state",
                 view_.text(request, "page.state_" + std::string(indicator::to_string(state)))},
                {"state_class", state_class(state)}});
        }
        page["has_targets"] = !targets.empty();
        page["targets"] = std::move(targets);
    }

    static std::string_view state_class(indicator::TargetState state) {
        switch (state) {
            case indicator::TargetState::reached:
            case indicator::TargetState::on_path:
                return "good";
            case indicator::TargetState::behind:
                return "warn";
            case indicator::TargetState::far_behind:
                return "bad";
            case indicator::TargetState::no_data:
                return "";
        }
        return "";
    }

    /// Characters of a label that fit beside the bars.
    static int label_length(const http::Request& request) {
        return base::tag_of(request.language).starts_with("zh") ? 14 : 26;
    }

    object chart(store::Reader& reader, const http::Request& request, const Choice& choice,
                 Dimension dimension) const {
        static const std::map<Dimension, std::pair<std::string, std::string>> names{
            {Dimension::month, {"page.by_month", "month"}},
            {Dimension::city, {"page.by_city", "place"}},
            {Dimension::class_code, {"page.by_class", "class"}},
            {Dimension::field, {"page.by_field", "field"}}};
        auto name = names.find(dimension);
        auto groups = view_.region().indicators.values_by(reader, *choice.definition,
                                                          choice.slice(), dimension);
        if (dimension != Dimension::month) {
            std::ranges::stable_sort(groups, [](const auto& a, const auto& b) {
                return a.value.number > b.value.number;
            });
        }
        std::int64_t largest = 1;
        for (const auto& group : groups)
            largest = std::max(largest, group.value.number);
        array bars, rows;
        int y = 4;
        for (const auto& group : groups) {
            std::string text = shown(request, group.value);
            std::string shown_label = label(request, dimension, group.key);
            auto width = static_cast<int>(
                static_cast<__int128>(std::max<std::int64_t>(0, group.value.number)) *
                (chart_width - label_width - value_width) / largest);
            bars.push_back(object{{"x", label_width},
                                  {"y", y},
                                  {"w", std::max(1, width)},
                                  {"h", bar_height},
                                  {"label", base::shorten(shown_label, label_length(request))},
                                  {"lx", label_width - 8},
                                  {"ly", y + 16},
                                  {"anchor", "end"},
                                  {"text", bar_text(request, group.value)},
                                  {"vx", label_width + width + 6},
                                  {"vy", y + 16},
                                  {"value_anchor", "start"}});
            rows.push_back(object{
                {"label", shown_label},
                {"count",
                 group.value.unit == Unit::count ? std::to_string(group.value.number) : ""},
                {"amount", group.value.unit == Unit::money
                               ? base::Money::fen(group.value.number).to_grouped_string()
                           : group.value.unit == Unit::share ? text
                                                             : ""},
                {"link", records_link(choice, choice.definition->code,
                                      "&" + name->second.second + "=" + encode_query(group.key))}});
            y += bar_height + bar_gap;
        }
        return {
            {"title", choice.definition->title.in(request.language) + " · " +
                          view_.text(request, name->second.first)},
            {"caliber", choice.definition->caliber.in(request.language) + " " +
                            view_.day(request, base::date_in_shanghai(view_.site().clock().now()))},
            {"has_rows", !rows.empty()},
            {"width", chart_width},
            {"height", y + 4},
            {"bars", std::move(bars)},
            {"rows", std::move(rows)},
            {"key_label", view_.text(request, name->second.first)},
            {"download", "/indicators/figures.csv?indicator=" + choice.definition->code +
                             "&by=" + std::string(indicator::to_string(dimension)) +
                             "&year=" + (choice.year.empty() ? "all" : choice.year) +
                             "&place=" + choice.place}};
    }

    std::string bar_text(const http::Request& request, const Value& value) const {
        return figure_text(view_.region().texts, request.language, value, Amounts::brief);
    }

    object records_view(store::Reader& reader, const http::Request& request,
                        const Definition& definition, const Slice& slice) const {
        constexpr std::size_t page_size = 50;
        std::vector<Slice> behind = view_.region().indicators.slices_behind(definition, slice);
        std::size_t which = 0;
        std::string after = request.query_or("after");
        array rows;
        std::int64_t count = 0;
        base::Money amount;
        for (const Slice& part : behind) {
            indicator::Figure figure = view_.region().indicators.figure(reader, part);
            count += figure.count;
            amount += figure.amount;
        }
        std::string last;
        for (; which < behind.size() && rows.size() < page_size; ++which) {
            if (which > 0 && !after.empty()) break;  // later parts only follow on the last page
            for (const auto& row : indicator::facts_behind(
                     reader, behind[which], which == 0 ? after : "", page_size - rows.size())) {
                rows.push_back(record(reader, request, row.fact));
                last = row.id;
            }
        }
        object page{{"title", view_.text(request, "page.records_title",
                                         {{"name", definition.title.in(request.language)},
                                          {"count", std::to_string(count)}})},
                    {"sum_text", view_.text(request, "page.records_sum",
                                            {{"count", std::to_string(count)},
                                             {"amount", amount.to_grouped_string()}})},
                    {"has_rows", !rows.empty()}};
        if (rows.size() == page_size && behind.size() == 1)
            page["next"] = with_query(request, "after", last);
        page["rows"] = std::move(rows);
        return page;
    }

    object record(store::Reader& reader, const http::Request& request,
                  const indicator::Fact& fact) const {
        object row{
            {"day", fact.day.to_string()},
            {"place", view_.region().places.name(fact.place, request.language)},
            {"class_name",
             fact.class_code.empty() ? "" : label(request, Dimension::class_code, fact.class_code)},
            {"amount", fact.amount.to_grouped_string()},
            {"adjustment", fact.count < 0},
            {"sample", fact.is_sample}};
        auto contract = contract::find_contract(reader, base::Id<contract::Contract>(fact.subject));
        auto entry = contract
                         ? std::nullopt
                         : catalog::Entries::find(reader, base::Id<catalog::Entry>(fact.subject));
        if (contract) {
            // The number is public; title and parties are the parties' own (contracts.md, secrecy).
            row["name"] = contract->local_no;
            row["link"] = "/contracts/verify?code=" + contract->local_no;
        } else if (entry) {
            row["name"] = entry->title;
            row["link"] = "/entries/" + entry->id.text();
        } else {
            row["name"] = fact.subject;
        }
        return row;
    }

    const PageView& view_;
};

}  // namespace

void mount_figure_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<FigurePages>(view);
    http::RouteInfo info{.hidden = true};
    router.get("/indicators", info,
               [pages](const http::Request& request) { return pages->indicators(request); });
    router.get("/indicators/records", info,
               [pages](const http::Request& request) { return pages->records(request); });
    router.get("/indicators/figures.csv", info,
               [pages](const http::Request& request) { return pages->csv(request); });
}

}  // namespace app
