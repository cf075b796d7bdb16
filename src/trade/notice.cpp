#include "trade/notice.h"

#include <algorithm>
#include <set>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "contract/contract.h"
#include "indicator/fact.h"
#include "store/change_log.h"
#include "trade/notice_rows.h"
#include "trade/objection.h"

namespace trade {
namespace {

constexpr std::size_t words_min = 10, words_max = 3000;
constexpr std::string_view required_fact = "price.notice_required";
constexpr std::string_view completed_fact = "price.notice_completed";

workflow::Event event_of(std::string_view transition) {
    workflow::Event event;
    event.transition = transition;
    return event;
}

std::string link_to(const Notice& notice) {
    return "/notices/" + notice.id.text();
}

/// Facts of a deal stand under the agreement, so that a change of its terms takes them back.
void record_fact(store::Transaction& transaction, std::string_view kind,
                 const contract::Agreement& agreement, bool is_sample) {
    std::int64_t standing = 0;
    for (const indicator::Fact& fact : indicator::facts_of(transaction, agreement.id.text())) {
        if (fact.kind == kind) standing += fact.count;
    }
    if (standing > 0) return;
    const std::optional<base::Money> price = agreement.price();
    const bool counts = price && price->currency == base::Currency();
    indicator::record(transaction, {.kind = std::string(kind),
                                    .subject = agreement.id.text(),
                                    .place = agreement.place,
                                    .day = base::date_in_shanghai(transaction.now()),
                                    .amount = counts ? *price : base::Money(),
                                    .is_sample = is_sample});
}

void check_words(std::vector<base::Error>& defects, std::string_view field, std::string_view text,
                 std::size_t length_min) {
    if (!base::is_valid_utf8(text) || base::has_control_characters(text)) {
        defects.push_back(base::invalid("field_control_characters").at(field));
        return;
    }
    const std::size_t length = base::count_characters(base::trim(text));
    if (length < length_min || length > words_max) {
        defects.push_back(base::invalid("notice_words_length")
                              .with("min", std::to_string(length_min))
                              .with("max", std::to_string(words_max))
                              .at(field));
    }
    if (has_personal_data(text))
        defects.push_back(base::invalid("personal_data_in_notice").at(field));
}

base::Result<base::json::object> organisation_for_public(store::Reader& reader,
                                                         const base::Id<party::Organisation>& id) {
    const party::Organisation organisation = TRY(party::Organisations::require(reader, id));
    return base::json::object{{"id", id.text()}, {"name", organisation.name}};
}

}  // namespace

std::optional<base::Money> Notice::price() const {
    const base::json::object& published = base::object_at(body, "price");
    if (published.empty()) return std::nullopt;
    const auto currency = base::Currency::parse(base::text_at(published, "currency"));
    CHECK_WITH(currency, id.text());
    const auto money = base::Money::parse(base::text_at(published, "amount"), *currency);
    CHECK_WITH(money, id.text());
    return *money;
}

bool has_personal_data(std::string_view text) {
    std::size_t digits = 0;
    for (std::size_t i = 0; i <= text.size(); ++i) {
        const char c = i < text.size() ? text[i] : ' ';
        if (c >= '0' && c <= '9') {
            ++digits;
            continue;
        }
        const bool ends_identity = digits == 17 && (c == 'X' || c == 'x');
        const bool is_mobile = digits == 11 && text[i - 11] == '1';
        if (ends_identity || digits == 18 || is_mobile) return true;
        digits = 0;
    }
    const std::size_t at = text.find('@');
    return at != std::string_view::npos && at > 0 && text.find('.', at) != std::string_view::npos;
}

contract::Terms Notices::rules_from(const base::Texts& texts) {
    return contract::Terms::of(texts.get(base::Language::zh_cn, "trade.rules_version"),
                               texts.get(base::Language::zh_cn, "trade.rules"));
}

void Notices::attach(workflow::Cases& cases) {
    cases_ = &cases;
    cases.follow(std::string(process),
                 [this](store::Transaction& transaction, const party::Actor& actor,
                        const workflow::Case& item, const workflow::Event& event) {
                     return follow(transaction, actor, item, event);
                 });
    using Step = base::Status (Notices::*)(store::Transaction&, const Notice&) const;
    const auto effect = [this](auto work) -> workflow::Effect {
        return [this, work](store::Transaction& transaction, const party::Actor&,
                            const workflow::Case& item, const workflow::Event&) -> base::Status {
            const Notice notice = TRY(require(transaction, base::Id<Notice>(item.subject)));
            return work(transaction, notice);
        };
    };
    const Step completing = &Notices::complete;
    cases.effect("notice.complete", effect([this, completing](auto& transaction, auto& notice) {
                     return (this->*completing)(transaction, notice);
                 }));
    cases.effect("notice.uphold", effect([this](auto& transaction, auto& notice) -> base::Status {
                     TRY(agreements_->uphold(transaction, notice.agreement));
                     return {};
                 }));
    cases.effect("notice.give_back",
                 effect([this](auto& transaction, auto& notice) -> base::Status {
                     TRY(agreements_->restart_notice(transaction, notice.agreement));
                     return {};
                 }));
    agreements_->listen([this](store::Transaction& transaction, const party::Actor& actor,
                               const contract::Agreement& agreement, std::string_view before) {
        return on_agreement(transaction, actor, agreement, before);
    });
}

base::Status Notices::may_publish(const party::Actor& actor,
                                  const contract::Agreement& agreement) const {
    const workflow::Process* notice_process = cases_->process(process);
    CHECK(notice_process != nullptr);
    const workflow::Transition* publishing = notice_process->transition("publish");
    CHECK(publishing != nullptr);
    if (party::allows(publishing->who, actor, agreement.standing())) return {};
    return base::refuse(base::forbidden("not_permitted").under(source));
}

base::Status Notices::check_draft(const NoticeDraft& draft,
                                  const contract::Agreement& agreement) const {
    std::vector<base::Error> defects;
    const std::string basis =
        draft.basis.empty() ? base::text_at(agreement.body, "pricing_basis") : draft.basis;
    // The agreement's own words may be short; they were checked when it was written.
    check_words(defects, "basis", basis, draft.basis.empty() ? 1 : words_min);
    const std::string declared = base::text_at(agreement.body, "related_party");
    if (draft.related_party.empty()) {
        defects.push_back(base::invalid("field_missing").at("related_party"));
    } else if (draft.related_party != declared) {
        defects.push_back(base::invalid("declaration_differs").at("related_party"));
    }
    if (declared == "related")
        check_words(defects, "related_statement", draft.related_statement, words_min);
    check_words(defects, "rights_check", draft.rights_check, words_min);
    if (draft.rules != rules_.hash) {
        defects.push_back(
            base::invalid("rules_not_acknowledged").with("version", rules_.version).at("rules"));
    }
    const std::string formula = base::text_at(agreement.body, "price_formula");
    if (has_personal_data(formula) || has_personal_data(agreement.result_name()))
        defects.push_back(base::invalid("personal_data_in_notice").at("agreement"));
    if (defects.empty()) return {};
    return base::refuse(base::invalid("form_invalid").because(std::move(defects)));
}

base::Result<Notice> Notices::compose(store::Transaction& transaction, const party::Actor& actor,
                                      const contract::Agreement& agreement,
                                      const NoticeDraft& draft) const {
    const workflow::Process& rule = *cases_->process(process);
    const workflow::Step period = rule.enter("published", transaction.now(), cases_->calendar());
    CHECK_WITH(period.due.has_value(), "the state published needs a clock");
    const workflow::ClockRule& clock = *rule.state("published")->clock;

    Notice notice;
    notice.id = transaction.new_id<Notice>();
    notice.agreement = agreement.id;
    notice.contact = agreement.contact;
    notice.entry = agreement.entry;
    notice.revision = agreement.revision;
    notice.seller = agreement.seller;
    notice.buyer = agreement.buyer;
    notice.author = actor.account;
    notice.place = agreement.place;
    notice.title = agreement.result_name();
    notice.started_at = transaction.now();
    notice.ends_at = period.due;
    notice.is_sample = TRY(party::Organisations::require(transaction, agreement.seller)).is_sample;
    base::json::object& body = notice.body;
    body = {
        {"format", "guiqiao-notice-1"},
        {"kind", "price_intent"},
        {"notice", notice.id.text()},
        {"agreement", agreement.id.text()},
        {"revision", agreement.revision},
        {"result_name", agreement.result_name()},
        {"seller", TRY(organisation_for_public(transaction, agreement.seller))},
        {"buyer", TRY(organisation_for_public(transaction, agreement.buyer))},
        {"basis", base::trim(draft.basis.empty() ? base::text_at(agreement.body, "pricing_basis")
                                                 : draft.basis)},
        {"related_party", draft.related_party},
        {"term", base::json::object{{"calendar_days", clock.calendar_days},
                                    {"started_at", base::to_iso(notice.started_at)},
                                    {"ends_at", base::to_iso(*notice.ends_at)},
                                    {"source", clock.source}}}};
    for (std::string_view field : {"mode", "price_mode", "payment_mode", "price_formula"}) {
        const std::string text = base::text_at(agreement.body, field);
        if (!text.empty()) body[field] = text;
    }
    if (draft.related_party == "related")
        body["related_statement"] = base::trim(draft.related_statement);
    if (const auto price = agreement.price()) {
        body["price"] = base::json::object{{"amount", price->to_string()},
                                           {"currency", price->currency.code()}};
    }
    notice.body_hash = base::to_hex(base::sha256(base::canonical_json(body)));
    notice.record = {{"rights_check", base::trim(draft.rights_check)},
                     {"rules_version", rules_.version},
                     {"rules_hash", rules_.hash},
                     {"rules", rules_.text}};
    return notice;
}

base::Result<Notice> Notices::publish(store::Transaction& transaction, const party::Actor& actor,
                                      const base::Id<contract::Agreement>& id,
                                      const NoticeDraft& draft) const {
    const contract::Agreement agreement = TRY(agreements_->read(transaction, actor, id));
    TRY(may_publish(actor, agreement));
    if (!agreement.needs_notice)
        return base::refuse(base::conflict("notice_not_needed").under(source));
    if (agreement.state != "notice_required")
        return base::refuse(base::conflict("wrong_state").with("state", agreement.state));
    TRY(check_draft(draft, agreement));
    Notice notice = TRY(compose(transaction, actor, agreement, draft));
    notice.state = "prepared";
    rows::insert(transaction, notice);
    TRY(cases_->open(transaction, actor,
                     {.process = std::string(process),
                      .subject = notice.id.text(),
                      .title = notice.title,
                      .standing = notice.standing()}));
    // Logged before the clock starts: what was published is bound to the time it was published.
    transaction.append(
        {.actor = actor.log_name(),
         .place = notice.place,
         .subject = notice.id.text(),
         .action = "notice.published",
         .payload = base::canonical_json(base::json::object{
             {"agreement", agreement.id.text()},
             {"revision", agreement.revision},
             {"body", notice.body_hash},
             {"record", base::to_hex(base::sha256(base::canonical_json(notice.record)))}})});
    TRY(cases_->advance(transaction, actor, process, notice.id.text(), event_of("publish")));
    TRY(agreements_->begin_notice(transaction, agreement.id));
    return require(transaction, notice.id);
}

base::Result<Notice> Notices::advance(store::Transaction& transaction, const party::Actor& actor,
                                      const base::Id<Notice>& id, const workflow::Event& event,
                                      std::int64_t expected_version) const {
    TRY(require(transaction, id));
    TRY(cases_->advance(transaction, actor, process, id.text(), event, expected_version));
    return require(transaction, id);
}

base::Status Notices::step(store::Transaction& transaction, const base::Id<Notice>& id,
                           std::string_view transition) const {
    TRY(cases_->advance(transaction, party::Actor::system(), process, id.text(),
                        event_of(transition)));
    return {};
}

base::Status Notices::pause(store::Transaction& transaction, const base::Id<Notice>& id) const {
    const Notice notice = TRY(require(transaction, id));
    if (notice.state == "objected") return {};
    return step(transaction, id, "pause");
}

base::Status Notices::resume(store::Transaction& transaction, const base::Id<Notice>& id) const {
    const Notice notice = TRY(require(transaction, id));
    if (notice.state == "published") return {};
    return step(transaction, id, "resume");
}

base::Status Notices::correct(store::Transaction& transaction, const base::Id<Notice>& id) const {
    return step(transaction, id, "correct");
}

base::Status Notices::uphold(store::Transaction& transaction, const base::Id<Notice>& id) const {
    return step(transaction, id, "uphold");
}

base::Status Notices::complete_if_due(store::Transaction& transaction,
                                      const base::Id<Notice>& id) const {
    const Notice notice = TRY(require(transaction, id));
    const bool is_due =
        notice.state == "published" && notice.ends_at && *notice.ends_at <= transaction.now();
    if (!is_due || Objections::open_count(transaction, id) > 0) return {};
    return step(transaction, id, "complete");
}

base::Status Notices::complete(store::Transaction& transaction, const Notice& notice) const {
    const int open = Objections::open_count(transaction, notice.id);
    if (open > 0) {
        return base::refuse(base::conflict("objection_open").with("count", std::to_string(open)));
    }
    const contract::Agreement agreement = TRY(agreements_->clear(transaction, notice.agreement));
    record_fact(transaction, completed_fact, agreement, notice.is_sample);
    transaction.append({.actor = "system",
                        .place = notice.place,
                        .subject = notice.id.text(),
                        .action = "notice.completed",
                        .payload = base::canonical_json(
                            base::json::object{{"agreement", notice.agreement.text()},
                                               {"body", notice.body_hash},
                                               {"started_at", base::to_iso(notice.started_at)}})});
    return {};
}

base::Status Notices::follow(store::Transaction& transaction, const party::Actor& actor,
                             const workflow::Case& item, const workflow::Event& event) const {
    Notice notice = TRY(require(transaction, base::Id<Notice>(item.subject)));
    notice.state = item.current.state;
    notice.ends_at = item.current.due;
    notice.version = item.version;
    if (!notice.is_running()) {
        notice.ended_at = transaction.now();
        notice.end_reason = event.transition;
    }
    rows::update(transaction, notice);
    if (event.transition == "publish" || notice.state == "completed")
        return {};  // told by the agreement; a tip is still looked into after completion
    const std::string key = "notice:" + notice.id.text() + ":" + std::to_string(notice.version);
    for (const auto& side : {notice.seller, notice.buyer}) {
        if (side == actor.organisation) continue;
        TRY(contract::tell_organisation(transaction, side, "notify.notice_" + notice.state,
                                        {{"title", notice.title}}, link_to(notice), key));
    }
    if (notice.is_running()) return {};
    for (const Objection& objection : Objections::of_notice(transaction, notice.id)) {
        if (!objection.is_open()) continue;
        TRY(cases_->advance(transaction, party::Actor::system(), Objections::process,
                            objection.id.text(), event_of("moot")));
    }
    return {};
}

/// Changed or abandoned terms end a running notice; the facts follow what the deal is now.
base::Status Notices::on_agreement(store::Transaction& transaction, const party::Actor&,
                                   const contract::Agreement& agreement,
                                   std::string_view state_before) const {
    const std::string& state = agreement.state;
    if (state == "notice_required") {
        const auto seller = TRY(party::Organisations::require(transaction, agreement.seller));
        record_fact(transaction, required_fact, agreement, seller.is_sample);
        return {};
    }
    if (state == "contracted") {
        const auto written =
            contract::find_contract(transaction, base::Id<contract::Contract>(agreement.contract));
        if (!written) return {};
        const auto total = base::Money::parse(base::text_at(written->body, "total"));
        if (!total) return {};  // not written yet: asked again when it is filed
        return check_contract_price(transaction, agreement.id, *total);
    }
    if (state != "proposed" && state != "abandoned" && state != "upheld") return {};
    indicator::retract(transaction, required_fact, agreement.id.text());
    indicator::retract(transaction, completed_fact, agreement.id.text());
    if (state == "upheld" || state_before != "in_notice") return {};
    for (const Notice& notice : of_agreement(transaction, agreement.id)) {
        if (!notice.is_running()) continue;
        TRY(step(transaction, notice.id, state == "proposed" ? "supersede" : "abandon"));
    }
    return {};
}

std::vector<std::string> Notices::deal_team(store::Reader& reader, const Notice& notice) {
    std::set<std::string> team{notice.author.text()};
    static constexpr std::string_view hands[] = {"agreement.proposed", "agreement.revised",
                                                 "agreement.confirmed"};
    for (const store::LogRow& row : store::changes_of(reader, notice.agreement.text())) {
        if (std::ranges::find(hands, row.change.action) != std::end(hands))
            team.insert(row.change.actor);
    }
    return {team.begin(), team.end()};
}

base::Status Notices::check_contract_price(store::Reader& reader,
                                           const base::Id<contract::Agreement>& id,
                                           const base::Money& total) {
    const contract::Agreement agreement = TRY(contract::Agreements::require(reader, id));
    if (!agreement.needs_notice) return {};
    std::optional<Notice> completed;
    std::string state = "none";
    for (const Notice& notice : of_agreement(reader, id)) {
        if (Objections::open_count(reader, notice.id) > 0)
            return base::refuse(base::conflict("objection_open").with("count", "1"));
        if (notice.revision != agreement.revision) continue;
        state = notice.state;
        if (notice.state == "completed") completed = notice;
    }
    if (!completed) {
        return base::refuse(base::conflict("notice_incomplete").with("state", state).under(source));
    }
    const std::optional<base::Money> published = completed->price();
    if (!published) return {};
    if (published->currency != total.currency) {
        return base::refuse(base::invalid("price_currency_differs")
                                .with("published", published->currency.code())
                                .at("total"));
    }
    if (total >= *published) return {};
    return base::refuse(base::invalid("price_below_notice")
                            .with("published", published->to_grouped_string())
                            .with("total", total.to_grouped_string())
                            .under(source)
                            .at("total"));
}

base::Status Notices::check_contract_step(store::Transaction& transaction,
                                          const workflow::Case& item,
                                          const workflow::Event& event) {
    static constexpr std::string_view watched[] = {"submit", "resubmit", "request_change",
                                                   "accept_change"};
    if (std::ranges::find(watched, event.transition) == std::end(watched)) return {};
    const auto written =
        contract::find_contract(transaction, base::Id<contract::Contract>(item.subject));
    if (!written || written->agreement.empty()) return {};
    // The effect that keeps a wanted change runs after this, the one that accepts it too.
    const base::json::object& body = event.transition == "request_change"
                                         ? base::object_at(event.data, "body")
                                     : written->pending_body ? *written->pending_body
                                                             : written->body;
    const auto total = base::Money::parse(base::text_at(body, "total"));
    if (!total) return {};  // the form refuses it in its own words
    return check_contract_price(transaction, base::Id<contract::Agreement>(written->agreement),
                                *total);
}

}  // namespace trade
