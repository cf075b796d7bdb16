#include "programme/application.h"

#include <algorithm>
#include <array>

#include "base/check.h"
#include "base/text.h"
#include "programme/application_rows.h"
#include "programme/compose.h"
#include "workflow/place_scope.h"

namespace programme {
namespace {

constexpr std::array actions{"pass",    "return", "refuse", "skip", "again",  "lapse", "issue",
                             "publish", "end",    "object", "keep", "change", "drop",  "reopen"};

/// What names the application in lists: a text field of that name, else the organisation.
std::string title_of(const Programme& programme, const base::json::object& body,
                     const std::string& fallback) {
    for (std::string_view name : {"title", "name", "subject"}) {
        const base::FieldSpec* field = programme.form.field(name);
        if (field == nullptr || field->type != base::FieldType::text || field->confidential)
            continue;
        const std::string text = base::trim(base::text_at(body, name));
        if (!text.empty()) return base::shorten(text, 120);
    }
    return fallback.empty() ? programme.title.in(base::Language::zh_cn) : fallback;
}

base::Error unknown() {
    return base::not_found("application_unknown");
}

base::Status check_draft(const Programme& programme, const base::json::object& body) {
    return base::require_fields(body, programme.form.fields, base::Completeness::draft);
}

base::Status check_reasons(const Programme& programme, const base::json::object& reasons) {
    std::vector<base::Error> defects;
    for (const auto& [field, reason] : reasons) {
        const bool is_text = reason.is_string() && reason.get_string().size() <= 3000 &&
                             base::is_valid_utf8(std::string_view(reason.get_string()));
        if (programme.form.field(field) == nullptr)
            defects.push_back(base::invalid("field_unknown").at("reasons." + std::string(field)));
        else if (!is_text)
            defects.push_back(base::invalid("field_wrong_type")
                                  .with("expected", "text")
                                  .at("reasons." + std::string(field)));
    }
    if (defects.empty()) return {};
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

}  // namespace

void Applications::attach(workflow::Cases& cases) {
    cases_ = &cases;
    std::vector<std::string> seen;
    for (const Programme& programme : library_->all()) {
        if (std::ranges::find(seen, programme.code) != seen.end()) continue;
        seen.push_back(programme.code);
        cases.follow(programme.process(),
                     [this](store::Transaction& transaction, const party::Actor& actor,
                            const workflow::Case& item, const workflow::Event& event) {
                         return follow(transaction, actor, item, event);
                     });
    }
}

std::string Applications::place_at(Level level, std::string_view place) const {
    switch (level) {
        case Level::region:
            return places_->region().code;
        case Level::city:
            return places_->city_of(place);
        case Level::applicant:
        case Level::county:
            return std::string(place);
    }
    return std::string(place);
}

std::optional<std::pair<const Step*, std::string>> Applications::action_of(
    const Programme& programme, std::string_view transition) {
    for (const Step& step : programme.steps) {
        for (std::string_view action : actions) {
            if (transition == transition_of(step.code, action))
                return std::pair(&step, std::string(action));
        }
    }
    return {};
}

/// The parts of an application that follow from its body: title, place, the other sides.
base::Status Applications::fill(store::Reader& reader, Application& item) const {
    const Programme& programme = programme_of(item);
    const ApplicantRule& rule = programme.applicant;
    const auto owner = party::Organisations::find(reader, item.owner);
    item.title = title_of(programme, item.body, owner ? owner->name : std::string());
    if (!rule.place.empty()) {
        const std::string place = base::text_at(item.body, rule.place);
        if (!place.empty()) {
            TRY(places_->require(place));
            item.place = place;
        }
    }
    for (const auto& [field, target] :
         {std::pair{&rule.counterpart, &item.counterpart}, std::pair{&rule.point, &item.point}}) {
        if (field->empty()) continue;
        const std::string id = base::text_at(item.body, *field);
        *target = base::Id<party::Organisation>();
        if (id.empty()) continue;
        const auto other = party::Organisations::find(reader, base::Id<party::Organisation>(id));
        if (!other || other->state != party::OrganisationState::verified)
            return base::refuse(base::invalid("organisation_unknown").at(*field));
        *target = other->id;
    }
    return {};
}

Application Applications::begin(store::Reader& reader, const party::Actor& actor,
                                const Programme& programme, base::Time now,
                                std::string_view place) const {
    Application item;
    item.programme = programme.code;
    item.revision = programme.revision;
    item.author = actor.account;
    if (!programme.applicant.is_person) item.owner = actor.organisation;
    item.created_at = now;
    if (const auto acts_for = party::Organisations::find(reader, actor.organisation)) {
        const bool is_inside = places_->find(acts_for->place) != nullptr;
        item.place = is_inside ? acts_for->place : places_->region().code;
        item.is_sample = acts_for->is_sample;
    } else if (!place.empty()) {
        item.place = place;
    } else if (!actor.grants.empty() && places_->find(actor.grants.front().place) != nullptr) {
        item.place = actor.grants.front().place;
    }
    const base::Date today = base::date_in_shanghai(now);
    const auto window = programme.windows.open_on(today);
    const auto next = programme.windows.next_after(today);
    item.batch = window ? window->batch : next ? next->batch : std::to_string(today.year);
    item.records = records_->gather(reader, programme, item.batch, item.owner, today);
    return item;
}

base::Result<Application> Applications::create(store::Transaction& transaction,
                                               const party::Actor& actor,
                                               const Draft& draft) const {
    const Programme* programme = library_->newest(draft.programme);
    if (programme == nullptr) return base::refuse(base::not_found("programme_unknown"));
    if (!actor.signed_in())
        return base::refuse(base::error(base::ErrorKind::unauthenticated, "not_signed_in"));
    if (!draft.place.empty()) TRY(places_->require(draft.place));
    Application item = begin(transaction, actor, *programme, transaction.now(), draft.place);
    item.id = transaction.new_id<Application>();
    if (item.place.empty()) return base::refuse(base::invalid("place_missing").at("place"));
    const auto owner = party::Organisations::find(transaction, actor.organisation);
    if (!party::allows(programme->applicant.who, actor, item.standing()))
        return base::refuse(base::forbidden("not_permitted").under(programme->source));
    const auto& kinds = programme->applicant.organisation_kinds;
    const bool is_fit =
        kinds.empty() ||
        (owner && std::ranges::find(kinds, party::to_string(owner->kind)) != kinds.end());
    if (!is_fit)
        return base::refuse(base::forbidden("organisation_kind_unfit")
                                .with("kinds", base::join(kinds, ", "))
                                .under(programme->source));
    item.prefilled = prefill(transaction, item);
    item.records.clear();  // they are taken when it is submitted
    item.body = item.prefilled;
    for (const auto& [field, value] : draft.body)
        item.body[field] = value;
    item.reasons = draft.reasons;
    TRY(check_draft(*programme, item.body));
    TRY(check_reasons(*programme, item.reasons));
    TRY(fill(transaction, item));
    rows::insert(transaction, item);
    TRY(cases_->open(transaction, actor,
                     {.process = programme->process(),
                      .subject = item.id.text(),
                      .title = item.title,
                      .standing = item.standing(),
                      .payload = {{"revision", item.revision}, {"hash", programme->hash}}}));
    return item;
}

base::Result<Application> Applications::save(store::Transaction& transaction,
                                             const party::Actor& actor,
                                             const base::Id<Application>& id,
                                             const base::json::object& body,
                                             const base::json::object& reasons,
                                             std::int64_t expected_version) const {
    Application item = TRY(read(transaction, actor, id));
    const Programme& programme = programme_of(item);
    if (!party::allows(programme.applicant.who, actor, item.standing()))
        return base::refuse(base::forbidden("not_permitted").under(programme.source));
    if (expected_version != 0 && expected_version != item.version)
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                .with("version", std::to_string(item.version)));
    if (!item.is_editable())
        return base::refuse(base::conflict("application_not_editable").with("state", item.state));
    TRY(check_draft(programme, body));
    TRY(check_reasons(programme, reasons));
    const bool is_changed = item.body != body || item.reasons != reasons;
    if (!is_changed) return item;
    item.body = body;
    item.reasons = reasons;
    TRY(fill(transaction, item));
    item.version += 1;
    rows::update(transaction, item);
    transaction.append(
        {.actor = actor.log_name(),
         .place = item.place,
         .subject = item.id.text(),
         .action = programme.process() + ".saved",
         .payload = base::canonical_json(base::json::object{{"version", item.version}})});
    TRY(cases_->restate(transaction, programme.process(), item.id.text(), item.title,
                        item.standing()));
    return item;
}

base::Result<Application> Applications::advance(store::Transaction& transaction,
                                                const party::Actor& actor,
                                                const base::Id<Application>& id,
                                                const workflow::Event& event,
                                                std::int64_t expected_version) const {
    const Application item = TRY(read(transaction, actor, id));
    const std::string process = programme_of(item).process();
    if (expected_version != 0 && expected_version != item.version) {
        // Whoever may not do it at all learns that, not who was faster.
        const auto stands = TRY(cases_->require(transaction, process, id.text()));
        const workflow::Process* rule = cases_->process(process);
        const workflow::Transition* wanted = rule->transition(event.transition);
        const bool may =
            wanted != nullptr && party::allows(wanted->who, actor, stands.current.standing);
        if (may)
            return base::refuse(base::error(base::ErrorKind::stale, "version_stale")
                                    .with("version", std::to_string(item.version)));
    }
    TRY(cases_->advance(transaction, actor, process, id.text(), event));
    return require(transaction, id);
}

base::Status Applications::step(store::Transaction& transaction, const base::Id<Application>& id,
                                const std::string& what) const {
    const Application item = TRY(require(transaction, id));
    workflow::Event event;
    event.transition = what;
    TRY(cases_->advance(transaction, party::Actor::system(), programme_of(item).process(),
                        id.text(), event));
    return {};
}

/// Runs on every step, whoever takes it and by whatever way.
base::Status Applications::follow(store::Transaction& transaction, const party::Actor& actor,
                                  const workflow::Case& entry, const workflow::Event& event) const {
    Application item = TRY(require(transaction, base::Id<Application>(entry.subject)));
    const Programme& programme = programme_of(item);
    const std::string before = item.state;
    if (event.transition == "submit") {
        TRY(submit(transaction, item));
    } else if (const auto found = action_of(programme, event.transition)) {
        TRY(act(transaction, item, *found->first, found->second, event));
    }
    item.state = entry.current.state;
    item.version += 1;
    if (!item.is_open()) item.decided_at = transaction.now();
    rows::update(transaction, item);
    for (const Listener& listener : listeners_)
        TRY(listener(transaction, actor, item, before));
    // Last: the machine may take the next step at once.
    return settle(transaction, item);
}

base::Status Applications::check_once(store::Reader& reader, const Application& item) const {
    const ApplicantRule& rule = programme_of(item).applicant;
    if (rule.one_per == "none") return {};
    const bool by_person = rule.is_person || item.owner.empty();
    const bool in_batch = rule.one_per == "batch";
    std::string sql = "select id from programme_application where ";
    sql += by_person ? "author" : "owner";
    sql +=
        " = :who and programme = :programme and id <> :id"
        " and state not in ('draft', 'withdrawn', 'refused', 'lapsed'";
    // One at a time: then what was granted is no obstacle.
    sql += in_batch ? ") and batch = :batch" : ", 'granted')";
    store::Bindings bindings{{"who", by_person ? item.author.text() : item.owner.text()},
                             {"programme", item.programme},
                             {"id", item.id.text()}};
    if (in_batch) bindings.push_back({"batch", item.batch});
    const auto other = reader.first(sql, bindings);
    if (!other) return {};
    return base::refuse(base::conflict("already_applied").with("application", other->text(0)));
}

base::Status Applications::check_eligible(store::Reader& reader, const Application& item) const {
    std::vector<base::Error> unmet;
    for (const Eligibility& one : eligibility(reader, item)) {
        if (!one.is_asked || one.verdict != Verdict::not_met || !one.rule->is_hard) continue;
        unmet.push_back(base::invalid("requirement_not_met")
                            .with("requirement", one.rule->text.in(base::Language::zh_cn))
                            .at("eligibility." + one.rule->code)
                            .under(one.rule->source));
    }
    if (unmet.empty()) return {};
    return base::refuse(base::invalid("not_eligible").because(std::move(unmet)));
}

base::Status Applications::submit(store::Transaction& transaction, Application& item) const {
    const Programme& programme = programme_of(item);
    const base::Date today = base::date_in_shanghai(transaction.now());
    const auto window = programme.windows.open_on(today);
    if (!window) {
        const auto next = programme.windows.next_after(today);
        return base::refuse(base::conflict("window_closed")
                                .with("opens", next ? next->opens.to_string() : "")
                                .under(programme.source));
    }
    item.batch = window->batch;
    item.submitted_at = transaction.now();
    TRY(check_once(transaction, item));
    item.records = records_->gather(transaction, programme, item.batch, item.owner, today);
    item.type = type_of(programme, situation(transaction, item));
    auto found = defects(transaction, item);
    if (!found.empty())
        return base::refuse(base::invalid("form_invalid").because(std::move(found)));
    TRY(check_eligible(transaction, item));
    if (!programme.scoring.is_defined() || programme.scoring.needs_experts()) return {};
    const Score score = score_of(programme.scoring, item.type, situation(transaction, item), {});
    item.score = score.total;
    if (score.verdict != Verdict::not_met) return {};
    const auto& pass_at = programme.scoring.pass_at;
    return base::refuse(base::invalid("score_below_pass")
                            .with("total", score.total.to_string())
                            .with("pass", pass_at ? pass_at->to_string() : "")
                            .under(programme.scoring.source));
}

base::Status Applications::act(store::Transaction& transaction, Application& item, const Step& step,
                               std::string_view action, const workflow::Event& event) const {
    const Programme& programme = programme_of(item);
    if (action == "again") {
        item.type = type_of(programme, situation(transaction, item));
        auto found = defects(transaction, item);
        if (!found.empty())
            return base::refuse(base::invalid("form_invalid").because(std::move(found)));
        return {};
    }
    if (action == "reopen") {
        item.score.reset();
        item.result.clear();
        return {};
    }
    if (action == "change") return choose_result(item, event, true);
    if (action != "pass" && action != "refuse") return {};
    switch (step.kind) {
        case StepKind::recommend:
            return action == "pass" ? recommend(transaction, item, step, event) : base::Status();
        case StepKind::review: {
            // The score decides: Reviews writes it before it lets the machine go on.
            if (!item.score) return base::refuse(base::conflict("score_not_in"));
            const auto& pass_at = programme.scoring.pass_at;
            const bool passes = !pass_at || *item.score >= *pass_at;
            if (passes == (action == "pass")) return {};
            return base::refuse(base::conflict("score_decides")
                                    .with("total", item.score->to_string())
                                    .with("pass", pass_at ? pass_at->to_string() : ""));
        }
        case StepKind::check:
        case StepKind::panel:
            if (action == "pass") return choose_result(item, event, step.chooses_result);
            return {};
        default:
            return {};
    }
}

base::Status Applications::choose_result(Application& item, const workflow::Event& event,
                                         bool is_needed) const {
    const Programme& programme = programme_of(item);
    const std::string code = base::text_at(event.data, "result");
    if (code.empty()) {
        if (!is_needed || programme.results.empty()) return {};
        return base::refuse(base::invalid("result_missing").at("data.result"));
    }
    const ResultCode* result = programme.result(code);
    if (result == nullptr)
        return base::refuse(
            base::invalid("result_unknown").with("result", code.substr(0, 40)).at("data.result"));
    if (result->refuses)
        return base::refuse(base::conflict("result_refuses")
                                .with("result", result->title.in(base::Language::zh_cn))
                                .at("data.result"));
    item.result = code;
    return {};
}

base::Status Applications::recommend(store::Transaction& transaction, Application& item,
                                     const Step& step, const workflow::Event& event) const {
    const std::string scope = place_at(step.at, item.place);
    const party::PlaceRange range = party::Places::range(scope);
    if (step.limit.is_defined()) {
        const Programme& programme = programme_of(item);
        const Known limit = step.limit.of(situation(transaction, item));
        const std::int64_t used = transaction.number(
            "select count(*) from programme_application where programme = :programme"
            " and batch = :batch and rank <> 0 and place >= :low and place <= :high and id <> :id",
            {{"programme", programme.code},
             {"batch", item.batch},
             {"low", range.low},
             {"high", range.high},
             {"id", item.id.text()}});
        if (limit.number && Number::whole(used + 1) > *limit.number)
            return base::refuse(
                base::conflict("quota_used").with("limit", limit.number->to_string()));
    }
    if (!step.is_ranked) {
        item.rank = -1;  // counted, not ranked
        return {};
    }
    const auto rank = base::integer_at(event.data, "rank");
    if (!rank || *rank < 1 || *rank > 9999)
        return base::refuse(base::invalid("rank_missing").at("data.rank"));
    const std::int64_t taken = transaction.number(
        "select count(*) from programme_application where programme = :programme"
        " and batch = :batch and rank = :rank and place >= :low and place <= :high and id <> :id",
        {{"programme", item.programme},
         {"batch", item.batch},
         {"rank", *rank},
         {"low", range.low},
         {"high", range.high},
         {"id", item.id.text()}});
    if (taken > 0)
        return base::refuse(
            base::conflict("rank_taken").with("rank", std::to_string(*rank)).at("data.rank"));
    item.rank = static_cast<int>(*rank);
    return {};
}

/// Puts the case before the officers of the step's level, and leaves out a step that does not apply.
base::Status Applications::settle(store::Transaction& transaction, const Application& item) const {
    const Programme& programme = programme_of(item);
    const Step* step = programme.step(item.state);
    if (step == nullptr) return {};
    party::Standing standing = item.standing();
    standing.place = place_at(step->at, item.place);
    const auto entry = TRY(cases_->require(transaction, programme.process(), item.id.text()));
    if (entry.current.standing.place != standing.place)
        TRY(cases_->restate(transaction, programme.process(), item.id.text(), item.title,
                            standing));
    if (step->can_skip && step->skip_when.judge(situation(transaction, item)) == Verdict::met)
        return this->step(transaction, item.id, transition_of(step->code, "skip"));
    return {};
}

bool Applications::may_read(const party::Actor& actor, const Application& item) const {
    if (actor.is_system) return true;
    const party::Standing standing = item.standing();
    if (party::allows({"*", party::Relation::member}, actor, standing) ||
        party::allows({"*", party::Relation::point}, actor, standing) ||
        (actor.signed_in() && actor.account == item.author))
        return true;
    const Programme& programme = programme_of(item);
    for (const Step& step : programme.steps) {
        for (const auto* list : {&step.who, &step.hears}) {
            for (const party::Who& who : *list) {
                const bool is_draft = item.state == "draft";
                if (who.relation == party::Relation::place && !is_draft &&
                    party::allows(who, actor, standing))
                    return true;
            }
        }
    }
    return false;
}

bool Applications::is_public(const Application& item) const {
    const Programme& programme = programme_of(item);
    switch (programme.publicity) {
        case Publicity::never:
            return false;
        case Publicity::submitted:
            return item.submitted_at && item.state != "withdrawn" && item.state != "lapsed";
        case Publicity::notice:
            return item.state == "granted" || item.state.ends_with("_open") ||
                   item.state.ends_with("_heard");
        case Publicity::granted:
            return item.state == "granted";
    }
    return false;
}

base::Result<Application> Applications::read(store::Reader& reader, const party::Actor& actor,
                                             const base::Id<Application>& id) const {
    auto item = find(reader, id);
    if (!item || !may_read(actor, *item)) return base::refuse(unknown());
    return std::move(*item);
}

std::optional<Application> Applications::find(store::Reader& reader,
                                              const base::Id<Application>& id) {
    const auto row = reader.first("select " PROGRAMME_APPLICATION_COLUMNS
                                  " from programme_application where id = :id",
                                  {{"id", id.text()}});
    if (!row) return {};
    return rows::read_application(*row);
}

base::Result<Application> Applications::require(store::Reader& reader,
                                                const base::Id<Application>& id) {
    auto item = find(reader, id);
    if (!item) return base::refuse(unknown());
    return std::move(*item);
}

}  // namespace programme
