// HTTP face of the registry. Rules are in quality.cpp, registrar.cpp, statistics.cpp, text_*.cpp.
#include "contract/registry_api.h"

#include "contract/bulletin.h"
#include "contract/certificate_list.h"
#include "contract/neighbour_search.h"
#include "contract/registrar.h"
#include "contract/statistics.h"
#include "contract/text_source.h"
#include "party/session_api.h"

namespace contract {
namespace {

using base::json::array;
using base::json::object;

object show(const Quote& quote) {
    return {{"paragraph", static_cast<std::int64_t>(quote.paragraph + 1)}, {"text", quote.text}};
}

array show(const std::vector<Quote>& quotes) {
    array list;
    for (const Quote& quote : quotes)
        list.push_back(show(quote));
    return list;
}

array show(const std::vector<std::string>& texts) {
    return array(texts.begin(), texts.end());
}

object show(const StatisticRow& row) {
    return {{"key", row.key},
            {"count", row.count},
            {"total", row.total.to_string()},
            {"technical", row.technical.to_string()}};
}

object show(const WorkReport& report) {
    return {{"registrar", report.subject},
            {"name", report.name},
            {"decided", report.decided},
            {"registered", report.registered},
            {"refused", report.refused},
            {"returned", report.returned},
            {"mean_days_tenths", report.mean_days_tenths()},
            {"return_rate", report.return_rate()},
            {"second_reviews", report.second_reviews},
            {"differing", report.differing}};
}

object show(const SecondReview& review) {
    return {{"contract", review.contract.text()},
            {"outcome", review.outcome},
            {"class", review.class_code},
            {"differences", show(review.differences)},
            {"done", review.reviewed_at.has_value()}};
}

std::vector<std::string> kinds_of(const Contract& contract) {
    std::vector<std::string> kinds;
    for (const auto& part : base::array_at(contract.body, "parts")) {
        if (part.is_object()) kinds.push_back(base::text_at(part.get_object(), "kind"));
    }
    return kinds;
}

class Handlers {
  public:
    explicit Handlers(const RegistryApi& api) : api_(api), statistics_(*api.places) {}

    base::Result<http::Reply> text_help(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        struct Source {
            Contract contract;
            std::optional<workflow::Attachment> file;
        };
        auto source =
            TRY(api_.database->read<Source>([&](store::Reader& reader) -> base::Result<Source> {
                Source found{TRY(api_.contracts->read(reader, actor, id)), {}};
                for (const auto& file : workflow::Attachments::of(reader, id.text())) {
                    bool readable =
                        file.kind == "contract_text" && !file.content_type.starts_with("image/");
                    if (readable && !file.removed) found.file = file;
                }
                return found;
            }));
        if (!source.file) return base::refuse(base::not_found("text_file_missing"));
        std::string bytes = TRY(api_.attachments->read(*source.file));
        ContractText text = TRY(read_contract_text(bytes, std::filesystem::temp_directory_path()));
        TextFindings findings =
            find_clauses(*api_.clauses, text.paragraphs, kinds_of(source.contract));
        return http::ok(show_findings(request, source.file->name, text, findings));
    }

    base::Result<http::Reply> neighbours(const http::Request& request) const {
        return beside(
            request, [&](store::Reader& reader, const Contract& contract) -> base::Result<object> {
                auto judged =
                    TRY(api_.registration->preview(reader, contract, api_.database->clock().now()));
                array questions;
                for (const NeighbourQuestion& question :
                     neighbours_of(reader, *api_.cases, *judged.profile, contract)) {
                    object evidence;
                    for (const auto& [what, values] : question.evidence)
                        evidence[what] = values;
                    questions.push_back(
                        object{{"code", question.code},
                               {"ask", word(request, "recognition.neighbour." + question.code)},
                               {"contracts", show(question.contracts)},
                               {"evidence", std::move(evidence)}});
                }
                return object{{"questions", std::move(questions)}};
            });
    }

    base::Result<http::Reply> benefits(const http::Request& request) const {
        BenefitBasis given = TRY(basis_from(request));
        return beside(
            request, [&](store::Reader& reader, const Contract& contract) -> base::Result<object> {
                TRY(check_not_blind(reader, party::actor_of(request), contract));
                BenefitBasis basis = given;
                TRY(take_registration(reader, contract, basis));
                array list;
                for (const BenefitEstimate& estimate : estimate_benefits(*api_.benefits, basis))
                    list.push_back(show_estimate(request, estimate));
                return object{{"day", basis.day.to_string()},
                              {"note", word(request, "benefit.no_promise")},
                              {"benefits", std::move(list)}};
            });
    }

    base::Result<http::Reply> second_reviews(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto reviews = TRY(api_.database->read<std::vector<SecondReview>>(
            [&](store::Reader& reader) -> base::Result<std::vector<SecondReview>> {
                return open_second_reviews(reader, actor.organisation.text(), actor.log_name());
            }));
        array items;
        for (const SecondReview& review : reviews)
            items.push_back(object{{"contract", review.contract.text()}});
        return http::ok(object{{"items", std::move(items)}});
    }

    base::Result<http::Reply> answer_second(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        object body = TRY(request.json());
        auto review = TRY(api_.database->write<SecondReview>(
            [&](store::Transaction& transaction) -> base::Result<SecondReview> {
                Contract contract = TRY(api_.contracts->read(transaction, actor, id));
                return answer_second_review(transaction, actor, *api_.registration, contract,
                                            base::object_at(body, "answers"));
            }));
        return http::ok(show(review));
    }

    base::Result<http::Reply> follow_up_list(const http::Request& request) const {
        return beside(
            request, [&](store::Reader& reader, const Contract& contract) -> base::Result<object> {
                TRY(check_not_blind(reader, party::actor_of(request), contract));
                array items;
                for (const FollowUp& item : follow_ups(reader, contract.id.text())) {
                    items.push_back(
                        object{{"id", item.id},
                               {"recipient", item.recipient},
                               {"recipient_title", word(request, "follow_up." + item.recipient)},
                               {"reason", item.reason},
                               {"day", item.day.to_string()},
                               {"note", item.note},
                               {"done", item.done_at.has_value()}});
                }
                return object{{"items", std::move(items)}};
            });
    }

    base::Result<http::Reply> follow_up_done(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        object body = TRY(request.json());
        TRY(api_.database->write<void>([&](store::Transaction& transaction) {
            return finish_follow_up(transaction, actor, request.value("item"),
                                    base::text_at(body, "note"));
        }));
        return http::ok(object{{"done", true}});
    }

    base::Result<http::Reply> point(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<party::Organisation>(request, "point", "not_found"));
        int year = static_cast<int>(TRY(request.query_integer("year", this_year(), 2000, 2100)));
        object result =
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                TRY(require_point(reader, actor, id));
                return show_point(reader, id, year);
            }));
        return http::ok(result);
    }

    base::Result<http::Reply> put_registrar(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        object body = TRY(request.json());
        Registrar registrar;
        registrar.point = TRY(party::path_id<party::Organisation>(request, "point", "not_found"));
        registrar.account = TRY(party::path_id<party::Account>(request, "account", "not_found"));
        registrar.name = TRY(base::require_text(body, "name"));
        registrar.trained_until =
            TRY(base::Date::parse(TRY(base::require_text(body, "trained_until"))));
        registrar.own_organisation =
            base::Id<party::Organisation>(base::text_at(body, "own_organisation"));
        registrar.is_suspended = base::bool_at(body, "suspended");
        TRY(api_.database->write<void>([&](store::Transaction& transaction) {
            return set_registrar(transaction, actor, registrar);
        }));
        return http::ok(object{{"registrar", registrar.account.text()}});
    }

    base::Result<http::Reply> put_authority(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        object body = TRY(request.json());
        PointAuthority authority;
        authority.point = TRY(party::path_id<party::Organisation>(request, "point", "not_found"));
        authority.state = TRY(base::require_text(body, "state"));
        static constexpr std::array<std::string_view, 4> states{"applied", "active", "suspended",
                                                                "withdrawn"};
        if (std::find(states.begin(), states.end(), authority.state) == states.end()) {
            return base::refuse(base::invalid("field_not_an_option").at("state"));
        }
        authority.authority = TRY(base::require_text(body, "authority"));
        authority.valid_from = TRY(base::Date::parse(TRY(base::require_text(body, "valid_from"))));
        authority.valid_to = TRY(base::Date::parse(TRY(base::require_text(body, "valid_to"))));
        TRY(api_.database->write<void>([&](store::Transaction& transaction) {
            return set_authority(transaction, actor, authority);
        }));
        return http::ok(object{{"state", authority.state}});
    }

    base::Result<http::Reply> reassign(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<party::Organisation>(request, "point", "not_found"));
        auto done = TRY(api_.database->write<Reassignment>([&](store::Transaction& transaction) {
            return reassign_cases(transaction, actor, *api_.cases, id.text());
        }));
        return http::ok(object{{"moved", done.moved}, {"left", show(done.left)}});
    }

    base::Result<http::Reply> draw(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<party::Organisation>(request, "point", "not_found"));
        object body = TRY(request.json());
        int year = static_cast<int>(TRY(base::require_integer(body, "year")));
        auto drawn =
            TRY(api_.database->write<std::vector<Inspection>>([&](store::Transaction& transaction) {
                return draw_inspection(transaction, actor, id.text(), year, *api_.quality);
            }));
        return http::ok(object{{"items", show_inspections(drawn)}});
    }

    base::Result<http::Reply> inspect(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        object body = TRY(request.json());
        TRY(api_.database->write<void>([&](store::Transaction& transaction) {
            return record_inspection(transaction, actor, request.value("item"),
                                     base::bool_at(body, "passed"), base::text_at(body, "note"));
        }));
        return http::ok(object{{"recorded", true}});
    }

    base::Result<http::Reply> table(const http::Request& request) const {
        TRY(require_keeper(request));
        auto dimension = find_dimension(request.query_or("by", "year"));
        if (!dimension) return base::refuse(base::invalid("dimension_unknown").at("by"));
        StatisticFilter filter = TRY(filter_from(request));
        return http::ok(
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                array rows;
                for (const StatisticRow& row : statistics_.table(reader, *dimension, filter)) {
                    object shown = show(row);
                    shown["label"] = label(request, *dimension, row.key);
                    rows.push_back(std::move(shown));
                }
                return object{{"by", name_of(*dimension)},
                              {"rows", std::move(rows)},
                              {"sum", show(statistics_.sum(reader, filter))}};
            })));
    }

    /// The contracts behind a figure: the same filter, newest first.
    base::Result<http::Reply> records(const http::Request& request) const {
        TRY(require_keeper(request));
        StatisticFilter filter = TRY(filter_from(request));
        auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 50, 1, 200)));
        std::string after = request.query_or("after");
        auto found = TRY(api_.database->read<std::vector<StatisticRecord>>(
            [&](store::Reader& reader) -> base::Result<std::vector<StatisticRecord>> {
                return statistics_.records(reader, filter, limit, after);
            }));
        array items;
        for (const StatisticRecord& record : found) {
            items.push_back(object{{"id", record.subject},
                                   {"day", record.day.to_string()},
                                   {"class", record.class_code},
                                   {"field", record.field},
                                   {"from", record.seller_place},
                                   {"to", record.buyer_place},
                                   {"total", record.total.to_string()},
                                   {"technical", record.technical.to_string()},
                                   {"imported", record.is_imported}});
        }
        object answer{{"items", std::move(items)}};
        if (found.size() == limit) answer["next"] = found.back().subject;
        return http::ok(answer);
    }

    base::Result<http::Reply> flow(const http::Request& request) const {
        TRY(require_keeper(request));
        StatisticFilter filter = TRY(filter_from(request));
        return http::ok(
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                array cells;
                for (const FlowCell& cell : statistics_.flow(reader, filter)) {
                    cells.push_back(object{{"from", cell.from},
                                           {"to", cell.to},
                                           {"from_name", place_name(request, cell.from)},
                                           {"to_name", place_name(request, cell.to)},
                                           {"count", cell.count},
                                           {"total", cell.total.to_string()}});
                }
                return object{{"cells", std::move(cells)}};
            })));
    }

    base::Result<http::Reply> calibers(const http::Request& request) const {
        TRY(require_keeper(request));
        StatisticFilter filter = TRY(filter_from(request));
        std::string place = request.query_or("place", api_.places->region().code);
        int year = static_cast<int>(TRY(request.query_integer("year", this_year(), 1990, 2100)));
        return http::ok(
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                Calibers found = statistics_.calibers(reader, place, filter);
                PanelGrowth panel =
                    statistics_.panel(reader, PanelPeriods::of_year(year, today()), filter);
                object growth{{"sellers", panel.sellers},
                              {"before", panel.before.to_string()},
                              {"after", panel.after.to_string()}};
                if (auto tenths = PanelGrowth::growth(panel.before, panel.after))
                    growth["tenths_of_percent"] = *tenths;
                if (auto tenths = PanelGrowth::growth(panel.all_before, panel.all_after))
                    growth["all_tenths_of_percent"] = *tenths;
                return object{{"place", place},
                              {"output", show(found.output)},
                              {"absorbed", show(found.absorbed)},
                              {"within", show(found.within)},
                              {"without_double", show(found.without_double())},
                              {"panel", std::move(growth)}};
            })));
    }

    /// One calendar year and nothing else, so that no withheld figure is the difference of two tables.
    base::Result<http::Reply> top(const http::Request& request) const {
        auto dimension = find_dimension(request.query_or("by", "field"));
        if (!dimension || !is_public(*dimension)) {
            return base::refuse(
                base::invalid("dimension_unknown").with("value", request.query_or("by")).at("by"));
        }
        int year = static_cast<int>(TRY(request.query_integer("year", this_year(), 1990, 2100)));
        StatisticFilter filter{.from = base::Date{year, 1, 1}, .to = base::Date{year, 12, 31}};
        auto limit = static_cast<std::size_t>(TRY(request.query_integer("limit", 10, 1, 100)));
        return http::ok(
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                array rows;
                for (const TopRow& row : statistics_.top(reader, *dimension, filter, limit)) {
                    object shown = show(row.row);
                    shown["label"] = label(request, *dimension, row.row.key);
                    shown["withheld"] = row.is_withheld;
                    rows.push_back(std::move(shown));
                }
                return object{{"year", year}, {"rows", std::move(rows)}};
            })));
    }

    base::Result<http::Reply> published(const http::Request&) const {
        array figures;
        for (const PublishedFigure& figure : *api_.published) {
            figures.push_back(object{{"place", figure.place},
                                     {"period", figure.period},
                                     {"caliber", figure.caliber},
                                     {"count", figure.count},
                                     {"amount", figure.amount.to_string()},
                                     {"source", figure.source},
                                     {"sure", figure.sure}});
        }
        return http::ok(object{{"figures", std::move(figures)}});
    }

    base::Result<http::Reply> certificate_list(const http::Request& request) const {
        party::Actor actor = party::actor_of(request);
        int year = static_cast<int>(TRY(request.query_integer("year", this_year(), 1990, 2100)));
        auto list = TRY(api_.database->read<CertificateList>(
            [&](store::Reader& reader) -> base::Result<CertificateList> {
                auto owner = TRY(party::Organisations::require(reader, actor.organisation));
                return certificates_of(reader, *api_.cases, owner, year);
            }));
        return http::attachment(
            certificate_list_pdf(list, *api_.texts, *api_.codes, request.language,
                                 api_.database->clock().now()),
            "application/pdf", "certificates-" + std::to_string(year) + ".pdf");
    }

    base::Result<http::Reply> bulletin(const http::Request& request) const {
        TRY(require_keeper(request));
        int year = static_cast<int>(TRY(request.query_integer("year", this_year(), 1990, 2100)));
        int month = static_cast<int>(TRY(request.query_integer("month", 1, 1, 12)));
        bool as_sheet = request.query_or("as", "pdf") == "xlsx";
        Bulletin content =
            TRY(api_.database->read<Bulletin>([&](store::Reader& reader) -> base::Result<Bulletin> {
                return make_bulletin(reader, statistics_, *api_.places, year, month);
            }));
        base::Time now = api_.database->clock().now();
        std::string name = "bulletin-" + content.period();
        if (as_sheet) {
            std::string bytes = TRY(bulletin_xlsx(content, *api_.texts, *api_.codes, *api_.places,
                                                  request.language, now));
            return http::attachment(
                std::move(bytes),
                "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
                name + ".xlsx");
        }
        return http::attachment(
            bulletin_pdf(content, *api_.texts, *api_.codes, *api_.places, request.language, now),
            "application/pdf", name + ".pdf");
    }

  private:
    /// Figures with nothing withheld are for those who keep the register.
    static base::Status require_keeper(const http::Request& request) {
        party::Actor actor = party::actor_of(request);
        for (std::string_view role : {"officer", "registrar", "point_head"}) {
            if (actor.holds(role)) return {};
        }
        return base::refuse(base::forbidden("not_permitted"));
    }
    std::string word(const http::Request& request, const std::string& key) const {
        return api_.texts->get(request.language, key);
    }
    base::Date today() const { return base::date_in_shanghai(api_.database->clock().now()); }
    int this_year() const { return today().year; }
    std::string place_name(const http::Request& request, const std::string& code) const {
        if (code == "other") return word(request, "statistic.elsewhere");
        return api_.places->name(code, request.language);
    }
    std::string label(const http::Request& request, Dimension dimension,
                      const std::string& key) const {
        return label_of(dimension, key, *api_.texts, *api_.codes, *api_.places, request.language);
    }

    base::Result<StatisticFilter> filter_from(const http::Request& request) const {
        StatisticFilter filter;
        if (std::string day = request.query_or("from"); !day.empty())
            filter.from = TRY(base::Date::parse(day));
        if (std::string day = request.query_or("to"); !day.empty())
            filter.to = TRY(base::Date::parse(day));
        filter.class_code = request.query_or("class");
        filter.field = request.query_or("field");
        filter.industry = request.query_or("industry");
        filter.seller_place = request.query_or("seller_place");
        filter.buyer_place = request.query_or("buyer_place");
        if (request.query_or("sample") == "yes") filter.sample = StatisticFilter::Sample::include;
        return filter;
    }

    base::Result<BenefitBasis> basis_from(const http::Request& request) const {
        BenefitBasis basis;
        auto money = [&](std::string_view key) -> base::Result<base::Money> {
            std::string text = request.query_or(key);
            if (text.empty()) return base::Money();
            return base::Money::parse(text);
        };
        basis.day = today();
        if (std::string day = request.query_or("day"); !day.empty())
            basis.day = TRY(base::Date::parse(day));
        basis.technical_paid = TRY(money("paid"));
        basis.income_of_year = TRY(money("income_of_year"));
        basis.cost = TRY(money("cost"));
        basis.related_tax = TRY(money("related_tax"));
        return basis;
    }

    object show_estimate(const http::Request& request, const BenefitEstimate& estimate) const {
        const Benefit& benefit = *estimate.benefit;
        array conditions;
        for (const base::LocalText& condition : benefit.conditions)
            conditions.emplace_back(condition.in(request.language));
        object shown{{"id", benefit.id},
                     {"name", benefit.name.in(request.language)},
                     {"law", benefit.law},
                     {"sure", benefit.sure},
                     {"standing", name_of(estimate.standing)},
                     {"says", word(request, "benefit." + std::string(name_of(estimate.standing)))},
                     {"conditions", std::move(conditions)}};
        if (estimate.amount) {
            shown["base"] = estimate.base_amount.to_string();
            shown["amount"] = estimate.amount->to_string();
        }
        return shown;
    }

    object show_findings(const http::Request& request, const std::string& file,
                         const ContractText& text, const TextFindings& findings) const {
        array clauses;
        for (const FoundClause& found : findings.clauses) {
            clauses.push_back(object{
                {"clause", found.rule->id},
                {"name", found.rule->name.in(request.language)},
                {"found", found.found()},
                {"says", word(request, found.found() ? "text_help.found" : "text_help.not_found")},
                {"facts", show(found.rule->facts)},
                {"quotes", show(found.quotes)},
                {"alarms", show(found.alarms)}});
        }
        array missing;
        for (const ClauseRule* rule : findings.missing) {
            missing.push_back(object{{"clause", rule->id},
                                     {"name", rule->name.in(request.language)},
                                     {"cure", rule->cure.in(request.language)}});
        }
        array conflicts;
        for (const AmountConflict& conflict : findings.conflicts) {
            conflicts.push_back(object{
                {"quote", show(conflict.quote)},
                {"capitals", conflict.in_capitals.to_string()},
                {"digits", conflict.in_digits.to_string()},
                {"says", api_.texts->get(request.language, "text_help.conflict",
                                         {{"capitals", conflict.in_capitals.to_grouped_string()},
                                          {"digits", conflict.in_digits.to_grouped_string()}})}});
        }
        array remarks;
        for (const std::string& remark : text.remarks)
            remarks.emplace_back(word(request, "text_help." + remark));
        return {{"file", file},
                {"pages", text.pages},
                {"paragraphs", static_cast<std::int64_t>(text.paragraphs.size())},
                {"remarks", std::move(remarks)},
                {"clauses", std::move(clauses)},
                {"missing", std::move(missing)},
                {"conflicts", std::move(conflicts)}};
    }

    static array show_inspections(const std::vector<Inspection>& inspections) {
        array items;
        for (const Inspection& item : inspections) {
            items.push_back(object{{"id", item.id},
                                   {"contract", item.contract.text()},
                                   {"number", item.number},
                                   {"title", item.title},
                                   {"result", item.result},
                                   {"note", item.note}});
        }
        return items;
    }

    static object show_point(store::Reader& reader, const base::Id<party::Organisation>& id,
                             int year) {
        array reports;
        for (const WorkReport& report :
             work_reports(reader, id.text(), {{year, 1, 1}, {year, 12, 31}}))
            reports.push_back(show(report));
        array registrars;
        for (const Registrar& registrar : registrars_of(reader, id.text())) {
            registrars.push_back(object{{"account", registrar.account.text()},
                                        {"name", registrar.name},
                                        {"trained_until", registrar.trained_until.to_string()},
                                        {"own_organisation", registrar.own_organisation.text()},
                                        {"suspended", registrar.is_suspended}});
        }
        object result{{"point", id.text()},
                      {"year", year},
                      {"work", std::move(reports)},
                      {"registrars", std::move(registrars)},
                      {"inspections", show_inspections(inspections(reader, id.text(), year))}};
        for (const PointAuthority& authority : authorities(reader)) {
            if (authority.point != id) continue;
            result["authority"] = object{{"state", authority.state},
                                         {"authority", authority.authority},
                                         {"valid_from", authority.valid_from.to_string()},
                                         {"valid_to", authority.valid_to.to_string()}};
        }
        return result;
    }

    /// The point's own people, and the officer of its place.
    static base::Status require_point(store::Reader& reader, const party::Actor& actor,
                                      const base::Id<party::Organisation>& id) {
        auto point = TRY(party::Organisations::require(reader, id));
        party::Standing standing{.place = point.place, .point = id};
        bool may = party::allows({"*", party::Relation::point}, actor, standing) ||
                   party::allows({"officer", party::Relation::place}, actor, standing);
        if (may) return {};
        return base::refuse(base::forbidden("not_permitted"));
    }

    template <class Work>
    base::Result<http::Reply> beside(const http::Request& request, Work work) const {
        party::Actor actor = party::actor_of(request);
        auto id = TRY(party::path_id<Contract>(request, "id", "contract_not_found"));
        return http::ok(
            TRY(api_.database->read<object>([&](store::Reader& reader) -> base::Result<object> {
                Contract contract = TRY(api_.contracts->read(reader, actor, id));
                return work(reader, contract);
            })));
    }

    RegistryApi api_;
    Statistics statistics_;
};

http::RouteInfo info(std::string summary) {
    return {.summary = std::move(summary), .signed_in = true};
}

}  // namespace

void mount_registry(http::Router& router, const RegistryApi& api) {
    auto handlers = std::make_shared<Handlers>(api);
    auto call = [&](auto member) -> http::Handler {
        return [handlers, member](const http::Request& request) {
            return ((*handlers).*member)(request);
        };
    };
    http::RouteInfo reading = info("Clauses found in the uploaded text, with quotes");
    reading.cost = 10;
    router.get("/api/contracts/{id}/text-help", reading, call(&Handlers::text_help));
    router.get("/api/contracts/{id}/neighbours",
               info("Questions that other contracts of the parties raise"),
               call(&Handlers::neighbours));
    router.get("/api/contracts/{id}/benefits", info("What the registration can be used for"),
               call(&Handlers::benefits));
    router.get("/api/contracts/{id}/follow-ups", info("Notices that follow a revocation"),
               call(&Handlers::follow_up_list));
    router.put("/api/contracts/{id}/follow-ups/{item}", info("Say that a notice was given"),
               call(&Handlers::follow_up_done));
    router.put("/api/contracts/{id}/second-review", info("Judge a drawn case blind"),
               call(&Handlers::answer_second));
    router.get("/api/registry/second-reviews", info("Drawn cases that wait for a second registrar"),
               call(&Handlers::second_reviews));
    router.get("/api/registry/points/{point}", info("A point: authority, people, work, inspection"),
               call(&Handlers::point));
    router.put("/api/registry/points/{point}/authority", info("Entrust or close a point"),
               call(&Handlers::put_authority));
    router.put("/api/registry/points/{point}/registrars/{account}", info("Enter a registrar"),
               call(&Handlers::put_registrar));
    router.post("/api/registry/points/{point}/reassign",
                info("Move the open cases of a closed point"), call(&Handlers::reassign));
    router.post("/api/registry/points/{point}/inspections", info("Draw the yearly inspection"),
                call(&Handlers::draw));
    router.put("/api/registry/points/{point}/inspections/{item}",
               info("Record what an inspection found"), call(&Handlers::inspect));
    http::RouteInfo figures{.summary = "Registered contracts of a year cut by a dimension"};
    router.get("/api/registry/statistics", figures, call(&Handlers::top));
    figures.summary = "The same for those who keep the register: nothing withheld";
    figures.signed_in = true;
    router.get("/api/registry/table", figures, call(&Handlers::table));
    router.get("/api/registry/records", figures, call(&Handlers::records));
    router.get("/api/registry/flow", figures, call(&Handlers::flow));
    router.get("/api/registry/calibers", figures, call(&Handlers::calibers));
    router.get("/api/registry/published", {.summary = "Published totals with their sources"},
               call(&Handlers::published));
    router.get("/api/registry/certificates",
               info("The registrations of one's organisation in a year, as PDF"),
               call(&Handlers::certificate_list));
    router.get("/api/registry/bulletin", info("Monthly bulletin as PDF or xlsx"),
               call(&Handlers::bulletin));
}

}  // namespace contract
