// Public pages of price notices and objections. They work without scripts.
#include "app/pages_notice.h"

#include <algorithm>

#include "base/text.h"
#include "party/session_api.h"

namespace app {
namespace {

using base::json::array;
using base::json::object;

/// What is shown of a form that was not taken: the faults, and what was typed.
struct Attempt {
    trade::ObjectionForm form;
    std::vector<base::Error> faults;
    std::string tracking_code;  ///< when it was taken
};

class NoticePages {
  public:
    NoticePages(const PageView& view, const trade::Notices& notices,
                const trade::Objections& objections)
        : view_(view), notices_(notices), objections_(objections) {}

    base::Result<http::Reply> list(const http::Request& request) const {
        trade::Notices::Filter filter{.state = request.query_or("state"),
                                      .after = request.query_or("after")};
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const auto found = trade::Notices::list(reader, filter);
            array rows;
            for (const trade::Notice& notice : found) {
                object row{{"id", notice.id.text()},           {"title", notice.title},
                           {"seller", side(notice, "seller")}, {"price", price(request, notice)},
                           {"mode", mode(request, notice)},    {"sample", notice.is_sample}};
                add_clock(request, notice, row);
                rows.push_back(std::move(row));
            }
            object content{{"title", view_.text(request, "page.notices_title")}};
            if (found.size() == filter.limit)
                content["next"] = with_query(request, "after", found.back().id.text());
            content["has_notices"] = !rows.empty();
            content["notices"] = std::move(rows);
            return content;
        }));
        return view_.render(request, "notices", std::move(page));
    }

    base::Result<http::Reply> notice(const http::Request& request) const {
        return show(request, {}, 200);
    }

    base::Result<http::Reply> object_to(const http::Request& request) const {
        const auto id = TRY(party::path_id<trade::Notice>(request, "id", "price_notice_unknown"));
        const auto fields = TRY(request.form());
        const auto field = [&](const std::string& name) {
            const auto found = fields.find(name);
            return found == fields.end() ? std::string() : found->second;
        };
        Attempt attempt;
        attempt.form = {field("ground"), field("facts"),   field("wish"),
                        field("name"),   field("contact"), field("website")};
        const party::Actor actor = party::actor_of(request);
        auto filed = view_.site().database->write<trade::Objections::Filed>(
            [&](store::Transaction& transaction) {
                return objections_.file(transaction, actor, id, attempt.form);
            });
        if (filed) {
            attempt.tracking_code = filed->tracking_code;
            attempt.form = {};
            return show(request, attempt, 200);
        }
        const base::Error& refusal = filed.error();
        const bool concerns_form =
            refusal.kind == base::ErrorKind::invalid || refusal.kind == base::ErrorKind::conflict;
        if (!concerns_form) return base::refuse(refusal);
        attempt.faults = refusal.causes.empty() ? std::vector{refusal} : refusal.causes;
        return show(request, attempt, http::status_of(refusal.kind));
    }

    base::Result<http::Reply> follow(const http::Request& request) const {
        const std::string code = request.query_or("code");
        object page{{"title", view_.text(request, "objection.track_title")}, {"code", code}};
        if (code.empty()) return view_.render(request, "objections", std::move(page));
        page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const auto objection = trade::Objections::find_by_code(reader, code);
            if (!objection) {
                page["not_found"] = true;
                return page;
            }
            const auto about = TRY(trade::Notices::require(reader, objection->notice));
            std::vector<Event> events;
            add_objection(reader, request, *objection, events);
            page["found"] =
                object{{"notice", about.id.text()},
                       {"title", about.title},
                       {"state", view_.text(request, "trade.objection_state." + objection->state)},
                       {"state_class", objection->is_open() ? "live" : "good"},
                       {"course", course(request, std::move(events))}};
            return page;
        }));
        return view_.render(request, "objections", std::move(page));
    }

  private:
    struct Event {
        base::Time at;
        std::string text, reason;
    };

    base::Result<http::Reply> show(const http::Request& request, const Attempt& attempt,
                                   int status) const {
        const auto id = TRY(party::path_id<trade::Notice>(request, "id", "price_notice_unknown"));
        object page = TRY(view_.read([&](store::Reader& reader) -> base::Result<object> {
            const trade::Notice notice = TRY(trade::Notices::require(reader, id));
            object content{{"title", notice.title},
                           {"id", id.text()},
                           {"hash", notice.body_hash},
                           {"clock_source", view_.text(request, "notice.clock_source")},
                           {"pairs", pairs(reader, request, notice)}};
            std::vector<Event> events = events_of(reader, request, notice);
            content["course"] = course(request, std::move(events));
            add_clock(request, notice, content);
            add_form(request, notice, attempt, content);
            return content;
        }));
        return view_.render(request, "notice", std::move(page), status);
    }

    void add_form(const http::Request& request, const trade::Notice& notice, const Attempt& attempt,
                  object& page) const {
        if (!attempt.tracking_code.empty()) {
            page["done"] = true;
            page["code"] = attempt.tracking_code;
        }
        const base::Time now = view_.site().clock().now();
        const bool is_paused = notice.state == "objected";
        // A form that was refused stays on the page, also when the period has just ended.
        page["objections_open"] = !attempt.faults.empty() || is_paused ||
                                  (notice.is_running() && notice.ends_at && now < *notice.ends_at);
        array faults;
        object at_field;
        for (const base::Error& fault : attempt.faults) {
            const std::string field = fault.field.empty() ? "facts" : fault.field;
            const std::string text = view_.region().texts.explain(request.language, fault);
            faults.push_back(object{{"field", field}, {"text", text}});
            at_field[field] = text;
        }
        page["fault"] = std::move(at_field);
        page["has_faults"] = !faults.empty();
        page["faults"] = std::move(faults);
        array grounds;
        for (const workflow::Code& ground : view_.region().codes.list("objection_reasons")) {
            grounds.push_back(object{{"code", ground.code},
                                     {"label", ground.label.in(request.language)},
                                     {"selected", ground.code == attempt.form.ground}});
        }
        page["grounds"] = std::move(grounds);
        const auto typed = [](const std::string& text) {
            return base::is_valid_utf8(text) ? text : std::string();
        };
        page["form"] = object{{"facts", typed(attempt.form.facts)},
                              {"wish", typed(attempt.form.wish)},
                              {"name", typed(attempt.form.name)},
                              {"contact", typed(attempt.form.contact)}};
    }

    static std::string side(const trade::Notice& notice, std::string_view which) {
        return base::text_at(base::object_at(notice.body, which), "name");
    }

    std::string price(const http::Request& request, const trade::Notice& notice) const {
        const auto amount = notice.price();
        if (!amount) return view_.text(request, "notice.by_formula");
        if (amount->currency == base::Currency()) return view_.yuan(request, *amount);
        return amount->to_grouped_string() + " " + std::string(amount->currency.code());
    }

    std::string mode(const http::Request& request, const trade::Notice& notice) const {
        const std::string code = base::text_at(notice.body, "mode");
        const base::FieldSpec* field = view_.region().form("agreement").field("mode");
        if (field == nullptr) return code;
        for (const base::FieldOption& option : field->options) {
            if (option.code == code) return option.label.in(request.language);
        }
        return code;
    }

    /// The last day belongs to the period: "16 September 24:00".
    std::string end_text(const http::Request& request, base::Time end) const {
        const base::Date last = base::date_in_shanghai(end - base::microseconds(1));
        return view_.day(request, last) + " 24:00";
    }

    void add_clock(const http::Request& request, const trade::Notice& notice, object& page) const {
        page["state"] = view_.text(request, "trade.notice_state." + notice.state);
        page["state_class"] = notice.state == "published"   ? "live"
                              : notice.state == "completed" ? "good"
                              : notice.state == "objected"  ? "warn"
                                                            : "bad";
        if (notice.ends_at) {
            page["ends_iso"] = base::to_iso(*notice.ends_at);
            page["ends"] = end_text(request, *notice.ends_at);
        } else if (notice.ended_at) {
            page["ends_iso"] = base::to_iso(*notice.ended_at);
            page["ends"] = view_.moment(request, *notice.ended_at);
        }
        if (notice.state != "published" || !notice.ends_at) return;
        page["running"] = true;
        page["remaining"] = view_.remaining(request, *notice.ends_at);
    }

    array pairs(store::Reader& reader, const http::Request& request,
                const trade::Notice& notice) const {
        array list;
        const auto add = [&](std::string_view key, const std::string& text,
                             const std::string& link = {}) {
            if (text.empty()) return;
            list.push_back(
                object{{"label", view_.text(request, key)}, {"text", text}, {"link", link}});
        };
        const auto code = [&](std::string_view codes, std::string_view field) {
            const std::string value = base::text_at(notice.body, field);
            return value.empty() ? value
                                 : view_.region().codes.label(codes, value, request.language);
        };
        add("notice.result_name", notice.title);
        add("notice.seller", side(notice, "seller"), "/organisations/" + notice.seller.text());
        add("notice.buyer", side(notice, "buyer"), "/organisations/" + notice.buyer.text());
        add("notice.price", price(request, notice));
        add("trade.notice_field.formula", base::text_at(notice.body, "price_formula"));
        add("notice.mode", mode(request, notice));
        add("trade.notice_field.price_mode", code("price_modes", "price_mode"));
        add("trade.notice_field.payment_mode", code("payment_modes", "payment_mode"));
        add("trade.notice_field.basis", base::text_at(notice.body, "basis"));
        add("trade.notice_field.related_party",
            view_.text(request, "trade.related." + base::text_at(notice.body, "related_party")));
        add("trade.notice_field.related_statement",
            base::text_at(notice.body, "related_statement"));
        add("notice.starts", view_.moment(request, notice.started_at));
        const auto entry = catalog::Entries::find(reader, notice.entry);
        const bool is_public =
            entry && view_.site().entries->may_read(party::actor_of(request), *entry);
        if (is_public) {
            add("trade.notice_field.entry", "/entries/" + notice.entry.text(),
                "/entries/" + notice.entry.text());
        }
        return list;
    }

    std::vector<Event> events_of(store::Reader& reader, const http::Request& request,
                                 const trade::Notice& notice) const {
        std::vector<Event> events;
        for (const workflow::Decision& step :
             notices_.cases().decisions(reader, trade::Notices::process, notice.id.text())) {
            events.push_back(
                {step.at, view_.text(request, "trade.course." + step.transition), step.text});
        }
        for (const trade::Objection& objection : trade::Objections::of_notice(reader, notice.id)) {
            // What is anonymous stops nothing and is nobody's business until it proves true.
            if (!objection.is_tip) add_objection(reader, request, objection, events);
        }
        std::ranges::stable_sort(events, {}, &Event::at);
        return events;
    }

    /// Without words or names of the objector: ground, steps, decision and its public text.
    void add_objection(store::Reader& reader, const http::Request& request,
                       const trade::Objection& objection, std::vector<Event>& events) const {
        const workflow::Codes& codes = view_.region().codes;
        for (const trade::Objections::Course& step : objections_.course(reader, objection)) {
            std::string reason = step.text;
            if (step.transition == "file")
                reason = codes.label("objection_reasons", objection.ground, request.language);
            if (!step.decision.empty()) {
                reason = codes.label("objection_decisions", step.decision, request.language) +
                         (reason.empty() ? "" : " · " + reason);
            }
            events.push_back(
                {step.at, view_.text(request, "trade.course." + step.transition), reason});
        }
    }

    array course(const http::Request& request, std::vector<Event> events) const {
        array list;
        for (const Event& event : events) {
            list.push_back(object{{"iso", base::to_iso(event.at)},
                                  {"at", view_.moment(request, event.at)},
                                  {"text", event.text},
                                  {"reason", event.reason}});
        }
        return list;
    }

    const PageView& view_;
    const trade::Notices& notices_;
    const trade::Objections& objections_;
};

}  // namespace

void mount_notice_pages(http::Router& router, const PageView& view, const trade::Notices& notices,
                        const trade::Objections& objections) {
    auto pages = std::make_shared<NoticePages>(view, notices, objections);
    auto call = [&](auto member) -> http::Handler {
        return
            [pages, member](const http::Request& request) { return ((*pages).*member)(request); };
    };
    http::RouteInfo page;
    page.hidden = true;
    http::RouteInfo objecting = page;
    objecting.cost = 20;
    objecting.body_bytes_max = 64 << 10;
    http::RouteInfo following = page;
    following.cost = 5;
    router.get("/notices", page, call(&NoticePages::list));
    router.get("/notices/{id}", page, call(&NoticePages::notice));
    router.post("/notices/{id}/objections", objecting, call(&NoticePages::object_to));
    router.get("/objections", following, call(&NoticePages::follow));
}

}  // namespace app
