// The plan, clause by clause: what serves each demand, its figures against every target, who acts next.
#include <algorithm>

#include "app/page_view.h"
#include "app/plan_board.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

constexpr std::string_view xlsx_type =
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

class PlanPages {
  public:
    explicit PlanPages(const PageView& view) : view_(view) {}

    base::Result<http::Reply> plan(const http::Request& request) const {
        std::string place = TRY(place_of(request));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            return draw(request, place, rows_of(reader, request, place));
        }));
        return view_.render(request, "plan", std::move(page));
    }

    base::Result<http::Reply> json(const http::Request& request) const {
        std::vector<PlanRow> rows = TRY(read_rows(request));
        return http::ok(object{{"rows", plan_json(rows, view_.region(), request.language)}});
    }

    base::Result<http::Reply> workbook(const http::Request& request) const {
        std::vector<PlanRow> rows = TRY(read_rows(request));
        std::string bytes =
            TRY(plan_xlsx(rows, view_.region(), request.language, view_.site().clock().now(),
                          view_.site().options.data / "scratch"));
        return http::attachment(std::move(bytes), std::string(xlsx_type), file_name("xlsx"));
    }

    base::Result<http::Reply> sheet(const http::Request& request) const {
        std::vector<PlanRow> rows = TRY(read_rows(request));
        return http::attachment(
            plan_pdf(rows, view_.region(), request.language, view_.site().clock().now()),
            "application/pdf", file_name("pdf"));
    }

  private:
    base::Result<std::string> place_of(const http::Request& request) const {
        std::string place = request.query_or("place");
        if (!place.empty()) TRY(view_.region().places.require(place));
        return place;
    }

    base::Date today() const { return base::date_in_shanghai(view_.site().clock().now()); }

    std::string file_name(std::string_view ending) const {
        return "plan-" + today().to_string() + "." + std::string(ending);
    }

    std::vector<PlanRow> rows_of(store::Reader& reader, const http::Request& request,
                                 const std::string& place) const {
        return plan_rows(reader, view_.region(), request.language, place, today());
    }

    base::Result<std::vector<PlanRow>> read_rows(const http::Request& request) const {
        std::string place = TRY(place_of(request));
        return view_.site().database->read<std::vector<PlanRow>>(
            [&](store::Reader& reader) -> base::Result<std::vector<PlanRow>> {
                return rows_of(reader, request, place);
            });
    }

    object draw(const http::Request& request, const std::string& place,
                const std::vector<PlanRow>& rows) const {
        const Plan& plan = view_.region().plan;
        object content{{"title", view_.text(request, "page.plan_title")},
                       {"document", plan.document()},
                       {"live", plan.live_count()},
                       {"total", plan.demands().size()},
                       {"xlsx", with_query(request, "lang", "").replace(0, 5, "/plan.xlsx")},
                       {"pdf", with_query(request, "lang", "").replace(0, 5, "/plan.pdf")}};
        array lights;
        for (PlanLight light :
             {PlanLight::green, PlanLight::amber, PlanLight::red, PlanLight::none}) {
            auto count = std::ranges::count(rows, light, &PlanRow::light);
            lights.push_back(object{{"count", count},
                                    {"class", light_class(light)},
                                    {"text", light_text(request, light)}});
        }
        content["lights"] = std::move(lights);
        array places;
        for (const party::Place& one : view_.region().places.all()) {
            if (one.level == party::PlaceLevel::city)
                places.push_back(option(one.code, one.name.in(request.language), place));
        }
        content["places"] = std::move(places);
        array parts;
        for (const PlanName& part : plan.parts()) {
            array demands;
            for (const PlanRow& row : rows) {
                if (row.demand->part == part.code) demands.push_back(demand(request, row));
            }
            parts.push_back(object{{"code", part.code},
                                   {"name", part.name.in(request.language)},
                                   {"demands", std::move(demands)}});
        }
        content["parts"] = std::move(parts);
        return content;
    }

    static std::string_view light_class(PlanLight light) {
        if (light == PlanLight::green) return "good";
        if (light == PlanLight::amber) return "warn";
        return light == PlanLight::red ? "bad" : "";
    }

    std::string light_text(const http::Request& request, PlanLight light) const {
        return view_.text(request, "plan_board.light_" + std::string(to_string(light)));
    }

    object demand(const http::Request& request, const PlanRow& row) const {
        array services;
        for (const PlanRest& rest : row.rests_on)
            services.push_back(object{{"name", rest.name}, {"link", rest.page}});
        // The same words as in the command and the sheets.
        array shown = plan_json({row}, view_.region(), request.language);
        object& one = shown.front().get_object();
        array figures;
        for (const base::json::value& value : base::array_at(one, "figures")) {
            object figure = value.get_object();
            figure["link"] = "/indicators?year=all&indicator=" + base::text_at(figure, "indicator");
            array targets;
            for (const base::json::value& item : base::array_at(figure, "targets")) {
                object target = item.get_object();
                std::string state = base::text_at(target, "state");
                target["state_text"] = view_.text(request, "page.state_" + state);
                target["state_class"] = state == "reached" || state == "on_path" ? "good"
                                        : state == "behind"                      ? "warn"
                                        : state == "far_behind"                  ? "bad"
                                                                                 : "";
                targets.push_back(std::move(target));
            }
            figure["targets"] = std::move(targets);
            figures.push_back(std::move(figure));
        }
        const bool is_measured = std::ranges::any_of(
            row.figures, [](const PlanFigure& figure) { return !figure.targets.empty(); });
        return {{"id", row.demand->id},
                {"title", row.demand->title.in(request.language)},
                {"department", row.department},
                {"is_live", row.demand->is_live()},
                {"services", std::move(services)},
                {"figures", std::move(figures)},
                {"light_class", light_class(row.light)},
                {"light", is_measured ? light_text(request, row.light) : ""},
                {"has_figures", !row.figures.empty()},
                {"next", base::text_at(one, "next")}};
    }

    const PageView& view_;
};

}  // namespace

void mount_plan_pages(http::Router& router, const PageView& view) {
    auto pages = std::make_shared<PlanPages>(view);
    http::RouteInfo info{.hidden = true};
    router.get("/plan", info,
               [pages](const http::Request& request) { return pages->plan(request); });
    router.get("/plan.xlsx", info,
               [pages](const http::Request& request) { return pages->workbook(request); });
    router.get("/plan.pdf", info,
               [pages](const http::Request& request) { return pages->sheet(request); });
    router.get("/api/plan",
               {.summary = "The plan's demands: state, what they rest on, figures, light"},
               [pages](const http::Request& request) { return pages->json(request); });
}

}  // namespace app
