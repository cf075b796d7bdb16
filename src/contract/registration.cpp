#include "contract/registration.h"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "base/check.h"
#include "base/hash.h"
#include "contract/agreement.h"
#include "contract/quality.h"
#include "contract/recognition_json.h"
#include "contract/registrar.h"
#include "contract/statistics.h"
#include "indicator/fact.h"
#include "workflow/history.h"

namespace contract {
namespace {

constexpr std::array<std::string_view, 5> fact_kinds{"contract.registered", "contract.output",
                                                     "contract.absorbed", "contract.internal",
                                                     "contract.technical"};

base::Result<Contract> contract_of(store::Reader& reader, const workflow::Case& current) {
    auto contract = find_contract(reader, base::Id<Contract>(current.subject));
    CHECK_WITH(contract.has_value(), "a case without its contract");
    return *contract;
}

/// The code that people type or scan: 20 characters without those that are easily confused.
std::string certificate_code(base::Random& random) {
    static constexpr std::string_view alphabet = "23456789ABCDEFGHJKMNPQRSTUVWXYZ";
    std::string code;
    for (int i = 0; i < 20; ++i) {
        if (i > 0 && i % 5 == 0) code += '-';
        code += alphabet[random.below(alphabet.size())];
    }
    return code;
}

/// The smallest place that holds both: internal trade is counted there, so that a city subtracts
/// only what both its buyers and sellers counted, and the region subtracts all.
std::string common_place(const party::Places& places, std::string_view a, std::string_view b) {
    if (a == b) return std::string(a);
    std::string city = places.city_of(a);
    if (city == places.city_of(b)) return city;
    return places.region().code;
}

base::Error not_registrable(const Profile& profile, const Decision& decision) {
    std::vector<base::Error> reasons;
    for (const std::string& code : decision.reasons) {
        base::Error reason = base::conflict("recognition_reason").with("reason", code);
        auto citation = profile.citations().find(code);
        if (citation != profile.citations().end()) reason.clause = citation->second.law;
        reasons.push_back(std::move(reason));
    }
    return base::conflict("not_registrable")
        .with("outcome", name_of(decision.outcome))
        .because(std::move(reasons));
}

void log_change(store::Transaction& transaction, const party::Actor& actor,
                const Contract& contract, std::string_view action, base::json::object payload) {
    transaction.append({.actor = actor.log_name(),
                        .place = contract.place,
                        .subject = contract.id.text(),
                        .action = std::string(action),
                        .payload = base::canonical_json(payload)});
}

}  // namespace

std::vector<std::string_view> contract_fact_kinds() {
    return {fact_kinds.begin(), fact_kinds.end()};
}

Registration::Registration(workflow::Cases& cases, const Contracts& contracts,
                           const RuleSets& rule_sets, const party::Places& places)
    : cases_(&cases), contracts_(&contracts), rule_sets_(&rule_sets), places_(&places) {
    using workflow::Case;
    using workflow::Event;
    auto effect = [&](std::string name, auto member) {
        cases.effect(std::move(name),
                     [this, member](store::Transaction& transaction, const party::Actor& actor,
                                    const Case& current, const Event& event) {
                         return (this->*member)(transaction, actor, current, event);
                     });
    };
    effect("contract.submit", &Registration::submit);
    effect("contract.ask_supplement", &Registration::ask_supplement);
    effect("contract.register", &Registration::enter_register);
    effect("contract.refuse", &Registration::refuse_registration);
    effect("contract.request_change", &Registration::request_change);
    effect("contract.accept_change", &Registration::accept_change);
    effect("contract.decline_change", &Registration::decline_change);
    effect("contract.cancel", &Registration::cancel);
    effect("contract.revoke", &Registration::revoke);
}

base::Result<Contract> Registration::set_answers(store::Transaction& transaction,
                                                 const party::Actor& actor,
                                                 const base::Id<Contract>& id,
                                                 const base::json::object& answers,
                                                 std::int64_t expected_version) const {
    Contract contract = TRY(contracts_->read(transaction, actor, id));
    workflow::Case current = TRY(cases_->require(transaction, Contracts::process, id.text()));
    std::string_view state = current.current.state;
    bool as_registrar =
        party::allows({"registrar", party::Relation::point}, actor, contract.standing()) ||
        party::allows({"point_head", party::Relation::point}, actor, contract.standing());
    bool as_owner = party::allows({"*", party::Relation::own}, actor, contract.standing());
    bool editable = as_registrar ? state == "submitted" || state == "change_requested"
                                 : state == "draft" || state == "supplement";
    if (!as_registrar && !as_owner) return base::refuse(base::forbidden("not_permitted"));
    if (!editable) {
        return base::refuse(base::conflict("contract_not_editable").with("state", state));
    }
    if (as_registrar) TRY(check_registrar(transaction, actor, contract));
    if (contract.version != expected_version) {
        return base::refuse(base::error(base::ErrorKind::stale, "version_stale"));
    }
    contract.answers = answers;
    if (!base::array_at(contract.body, "parts").empty()) {
        TRY(decide(transaction, contract, transaction.now()));  // refuses answers that are none
    }
    TRY(save_contract(transaction, contract));
    log_change(transaction, actor, contract, "contract.answered", {{"answers", answers}});
    return contract;
}

base::Result<const Profile*> Registration::rule_set_of(const Contract& contract,
                                                       base::Date today) const {
    if (!contract.rule_set.empty()) return rule_sets_->find(contract.rule_set);
    return rule_sets_->in_force(today);
}

base::Result<Registration::Judgement> Registration::decide(store::Reader& reader,
                                                           const Contract& contract,
                                                           base::Time now) const {
    const Profile* profile = TRY(rule_set_of(contract, base::date_in_shanghai(now)));
    auto office = TRY(party::Organisations::require(reader, contract.point));
    Case facts = TRY(recognition_case(contract, office.place));
    // A point of the region serves every city of it; one of a city only its own.
    if (party::Places::contains(office.place, contract.place)) facts.office = facts.seat;
    Decision decision = evaluate(*profile, facts);
    return Judgement{profile, std::move(facts), std::move(decision)};
}

base::Result<Registration::Judgement> Registration::preview(store::Reader& reader,
                                                            const Contract& contract,
                                                            base::Time now) const {
    if (!contract.pending_body) return decide(reader, contract, now);
    Contract changed = contract;
    changed.body = *contract.pending_body;
    return decide(reader, changed, now);
}

base::Result<workflow::Case> Registration::advance(store::Transaction& transaction,
                                                   const party::Actor& actor,
                                                   const base::Id<Contract>& id,
                                                   const workflow::Event& event,
                                                   std::int64_t expected_version) const {
    TRY(contracts_->read(transaction, actor, id));
    return cases_->advance(transaction, actor, Contracts::process, id.text(), event,
                           expected_version);
}

base::Status Registration::submit(store::Transaction& transaction, const party::Actor&,
                                  const workflow::Case& current, const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    TRY(contracts_->check_body(contract.body, base::Completeness::complete));
    base::Date today = base::date_in_shanghai(transaction.now());
    ++contract.round;
    contract.accepted_on = today;
    contract.rule_set.clear();
    contract.rule_set = TRY(rule_set_of(contract, today))->id();
    TRY(decide(transaction, contract, transaction.now()));
    if (contract.round == 1 && !contract.agreement.empty()) TRY(conclude(transaction, contract));
    return save_contract(transaction, contract);
}

base::Status Registration::conclude(store::Transaction& transaction,
                                    const Contract& contract) const {
    CHECK(contracts_->agreements() != nullptr);
    base::Id<Agreement> id(contract.agreement);
    Agreement agreement = TRY(Agreements::require(transaction, id));
    auto total = base::Money::parse(base::text_at(contract.body, "total"));
    auto price = agreement.price();
    if (agreement.needs_notice && price && total && price->currency == total->currency &&
        *total < *price) {
        return base::refuse(base::conflict("price_below_notice")
                                .with("published", price->to_grouped_string())
                                .with("total", total->to_grouped_string())
                                .at("total"));
    }
    TRY(contracts_->agreements()->conclude(transaction, id, contract.id.text()));
    return {};
}

base::Status Registration::ask_supplement(store::Transaction& transaction,
                                          const party::Actor& actor, const workflow::Case& current,
                                          const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    Judgement judged = TRY(decide(transaction, contract, transaction.now()));
    if (judged.decision.outcome == Outcome::registered) {
        return base::refuse(base::conflict("nothing_to_supplement"));
    }
    contract.decision = to_json(*judged.profile, judged.facts, judged.decision);
    base::Date today = base::date_in_shanghai(transaction.now());
    TRY(check_registrar(transaction, actor, contract));
    note_work(transaction, actor, contract, WorkAction::returned, today);
    return save_contract(transaction, contract);
}

base::Status Registration::enter_register(store::Transaction& transaction,
                                          const party::Actor& actor, const workflow::Case& current,
                                          const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    Judgement judged = TRY(decide(transaction, contract, transaction.now()));
    if (judged.decision.outcome != Outcome::registered) {
        return base::refuse(not_registrable(*judged.profile, judged.decision));
    }
    CHECK(judged.decision.amounts.has_value());
    base::Date today = base::date_in_shanghai(transaction.now());
    TRY(check_registrar(transaction, actor, contract));
    TRY(check_cross_border(contract.body));
    contract.decision = to_json(*judged.profile, judged.facts, judged.decision);
    contract.class_code = judged.decision.class_code;
    contract.total = judged.decision.amounts->total;
    contract.technical = judged.decision.amounts->technical;
    contract.registered_on = today;
    contract.local_no = issue_number(transaction, contract, today);
    contract.certificate_code = certificate_code(transaction.random());
    TRY(save_contract(transaction, contract));
    log_change(transaction, actor, contract, "contract.registered",
               {{"number", contract.local_no}, {"digest", registered_digest(contract)}});
    record_facts(transaction, contract);
    record_decided(transaction, contract, judged);
    note_work(transaction, actor, contract, WorkAction::registered, today);
    draw_second_review(transaction, actor, contract, second_review_share_);
    return {};
}

base::Status Registration::refuse_registration(store::Transaction& transaction,
                                               const party::Actor& actor,
                                               const workflow::Case& current,
                                               const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    Judgement judged = TRY(decide(transaction, contract, transaction.now()));
    contract.decision = to_json(*judged.profile, judged.facts, judged.decision);
    base::Date today = base::date_in_shanghai(transaction.now());
    TRY(check_registrar(transaction, actor, contract));
    TRY(save_contract(transaction, contract));
    record_decided(transaction, contract, judged);
    note_work(transaction, actor, contract, WorkAction::refused, today);
    draw_second_review(transaction, actor, contract, second_review_share_);
    return {};
}

base::Status Registration::request_change(store::Transaction& transaction, const party::Actor&,
                                          const workflow::Case& current,
                                          const workflow::Event& event) const {
    Contract contract = TRY(contract_of(transaction, current));
    const base::json::object& body = base::object_at(event.data, "body");
    if (body.empty() || body == contract.body)
        return base::refuse(base::conflict("change_missing"));
    TRY(contracts_->check_body(body, base::Completeness::complete));
    contract.pending_body = body;
    return save_contract(transaction, contract);
}

base::Status Registration::accept_change(store::Transaction& transaction, const party::Actor& actor,
                                         const workflow::Case& current,
                                         const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    CHECK(contract.pending_body.has_value());
    TRY(check_registrar(transaction, actor, contract));
    base::json::object before = contract.body;
    contract.body = *contract.pending_body;
    contract.pending_body.reset();
    TRY(check_cross_border(contract.body));
    Judgement judged = TRY(decide(transaction, contract, transaction.now()));
    if (judged.decision.outcome != Outcome::registered) {
        return base::refuse(not_registrable(*judged.profile, judged.decision));
    }
    contract.decision = to_json(*judged.profile, judged.facts, judged.decision);
    contract.class_code = judged.decision.class_code;
    contract.total = judged.decision.amounts->total;
    contract.technical = judged.decision.amounts->technical;
    workflow::record_history(transaction, actor, contract.id.text(), contract.version + 1, before,
                             contract.body, contracts_->form().fields);
    TRY(save_contract(transaction, contract));
    log_change(transaction, actor, contract, "contract.changed",
               {{"number", contract.local_no}, {"digest", registered_digest(contract)}});
    for (std::string_view kind : fact_kinds)
        indicator::retract(transaction, kind, contract.id.text());
    record_facts(transaction, contract);
    return {};
}

base::Status Registration::decline_change(store::Transaction& transaction,
                                          const party::Actor& actor, const workflow::Case& current,
                                          const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    TRY(check_registrar(transaction, actor, contract));
    contract.pending_body.reset();
    return save_contract(transaction, contract);
}

base::Status Registration::cancel(store::Transaction& transaction, const party::Actor& actor,
                                  const workflow::Case& current, const workflow::Event&) const {
    Contract contract = TRY(contract_of(transaction, current));
    TRY(check_registrar(transaction, actor, contract));
    return take_back(transaction, contract);
}

base::Status Registration::revoke(store::Transaction& transaction, const party::Actor& actor,
                                  const workflow::Case& current,
                                  const workflow::Event& event) const {
    Contract contract = TRY(contract_of(transaction, current));
    // The officer is no registrar, and revokes what a closed point registered as well.
    bool as_officer =
        party::allows({"officer", party::Relation::place}, actor, contract.standing());
    TRY(as_officer ? check_interest(transaction, actor, contract)
                   : check_registrar(transaction, actor, contract));
    TRY(take_back(transaction, contract));
    base::Date today = base::date_in_shanghai(transaction.now());
    open_follow_ups(transaction, contract, event.reason, today);
    log_change(transaction, actor, contract, "contract.revoked",
               {{"number", contract.local_no}, {"reason", event.reason}});
    return {};
}

base::Status Registration::take_back(store::Transaction& transaction, Contract& contract) const {
    contract.pending_body.reset();
    TRY(save_contract(transaction, contract));
    Statistics::uncount(transaction, contract.id.text());
    for (std::string_view kind : fact_kinds)
        indicator::retract(transaction, kind, contract.id.text());
    return {};
}

void Registration::record_facts(store::Transaction& transaction, const Contract& contract) const {
    std::string seller = base::text_at(contract.body, "seller_place");
    std::string buyer = base::text_at(contract.body, "buyer_place");
    bool seller_here = places_->find(seller) != nullptr;
    bool buyer_here = places_->find(buyer) != nullptr;
    auto fact = [&](std::string_view kind, const std::string& place, base::Money amount) {
        indicator::record(transaction, {.kind = std::string(kind),
                                        .subject = contract.id.text(),
                                        .place = place,
                                        .day = *contract.registered_on,
                                        .amount = amount,
                                        .class_code = contract.class_code,
                                        .field = base::text_at(contract.body, "field"),
                                        .is_sample = contract.is_sample});
    };
    Statistics::count(transaction, Statistics::record_of(contract));
    fact("contract.registered", contract.place, contract.total);
    fact("contract.technical", contract.place, contract.technical);
    if (seller_here) fact("contract.output", seller, contract.total);
    if (buyer_here) fact("contract.absorbed", buyer, contract.total);
    if (seller_here && buyer_here) {
        fact("contract.internal", common_place(*places_, seller, buyer), contract.total);
    }
}

void Registration::record_decided(store::Transaction& transaction, const Contract& contract,
                                  const Judgement& judged) const {
    base::Date today = base::date_in_shanghai(transaction.now());
    indicator::Fact fact{.kind = "registration.decided",
                         .subject = contract.id.text(),
                         .place = contract.place,
                         .day = today,
                         .is_sample = contract.is_sample};
    indicator::record(transaction, fact);
    const DecisionClock& clock = judged.profile->clock();
    bool is_expert = judged.decision.lane == Lane::expert;
    int days = is_expert ? clock.expert : clock.standard;
    const base::Date due = clock.unit == ClockUnit::calendar_days
                               ? contract.accepted_on->plus_days(days)
                               : cases_->calendar().add_working_days(*contract.accepted_on, days);
    if (today <= due) {
        fact.kind = "registration.decided_on_time";
        indicator::record(transaction, fact);
    }
}

std::string Registration::issue_number(store::Transaction& transaction, const Contract& contract,
                                       base::Date today) const {
    store::Bindings point{{"organisation", contract.point}};
    std::int64_t number = transaction.number(
        "select number from contract_point where organisation = :organisation", point);
    if (number == 0) {
        number = transaction.next_number("contract.points");
        point.push_back({"number", number});
        transaction.execute(
            "insert into contract_point (organisation, number) values (:organisation, :number)",
            point);
    }
    std::int64_t serial =
        transaction.next_number(fmt::format("contract.{}.{}", contract.point.text(), today.year));
    return fmt::format("GQ{}-{:03}-{:06}", today.year, number, serial);
}

std::string registered_digest(const Contract& contract) {
    base::json::object content{{"number", contract.local_no},
                               {"body", contract.body},
                               {"class", contract.class_code},
                               {"total", contract.total.to_string()},
                               {"technical", contract.technical.to_string()},
                               {"rule_set", contract.rule_set},
                               {"registered_on", contract.registered_on->to_string()}};
    return base::to_hex(base::sha256(base::canonical_json(content)));
}

}  // namespace contract
