#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"
#include "contract/contract.h"
#include "contract/profile.h"
#include "contract/recognition.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/case.h"

namespace contract {

/// Recognition and registration on the process "contract_registration": filing, supplement rounds,
/// the decision by the rule set in force on the acceptance day, the gapless number of a point and
/// year, facts for the indicators, change and cancellation. Registers its effects with `cases`.
/// Everything happens in the transaction of the step.
class Registration {
  public:
    Registration(workflow::Cases& cases, const Contracts& contracts, const RuleSets& rule_sets,
                 const party::Places& places);

    /// Sets answers (facts that the form cannot tell) as the registrar or, before filing, the
    /// applicant; {"seal_matches": "yes", "parts": {"P1": {"goal": "yes"}}}. Errors: those of
    /// recognition_case, `contract_not_editable`, `not_permitted`, `version_stale`.
    base::Result<Contract> set_answers(store::Transaction&, const party::Actor&,
                                       const base::Id<Contract>&, const base::json::object& answers,
                                       std::int64_t expected_version) const;
    /// The rule set of a contract: the one stored with it, else the one in force today.
    base::Result<const Profile*> rule_set_of(const Contract&, base::Date today) const;
    struct Judgement {
        const Profile* profile = nullptr;
        Case facts;
        Decision decision;
    };
    /// What would be decided at `now`, with the whole path; of the waiting change, if there is one.
    base::Result<Judgement> preview(store::Reader&, const Contract&, base::Time now) const;

    /// How many of a thousand decided cases are judged a second time, blind (quality.h). Set at start.
    void set_second_review_share(int in_thousand) { second_review_share_ = in_thousand; }

    base::Result<workflow::Case> advance(store::Transaction&, const party::Actor&,
                                         const base::Id<Contract>&, const workflow::Event&,
                                         std::int64_t expected_version) const;

  private:
    base::Status submit(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status ask_supplement(store::Transaction&, const party::Actor&, const workflow::Case&,
                                const workflow::Event&) const;
    base::Status enter_register(store::Transaction&, const party::Actor&, const workflow::Case&,
                                const workflow::Event&) const;
    base::Status refuse_registration(store::Transaction&, const party::Actor&,
                                     const workflow::Case&, const workflow::Event&) const;
    base::Status request_change(store::Transaction&, const party::Actor&, const workflow::Case&,
                                const workflow::Event&) const;
    base::Status accept_change(store::Transaction&, const party::Actor&, const workflow::Case&,
                               const workflow::Event&) const;
    base::Status decline_change(store::Transaction&, const party::Actor&, const workflow::Case&,
                                const workflow::Event&) const;
    base::Status cancel(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status revoke(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    /// What a registration counted as is counted no more.
    base::Status take_back(store::Transaction&, Contract&) const;
    base::Result<Judgement> decide(store::Reader&, const Contract&, base::Time now) const;
    base::Status conclude(store::Transaction&, const Contract&) const;
    void record_facts(store::Transaction&, const Contract&) const;
    void record_decided(store::Transaction&, const Contract&, const Judgement&) const;
    std::string issue_number(store::Transaction&, const Contract&, base::Date today) const;

    workflow::Cases* cases_;
    const Contracts* contracts_;
    const RuleSets* rule_sets_;
    const party::Places* places_;
    int second_review_share_ = 0;
};

/// Facts that a registered contract counts as; taken back by retract on change and cancellation.
/// Kinds: contract.registered, contract.output, contract.absorbed, contract.internal (at the
/// smallest place that holds both parties), contract.technical.
std::vector<std::string_view> contract_fact_kinds();

/// Hex SHA-256 over what a registered contract's certificate attests; stands in the change log, on
/// the certificate and on the verification page.
std::string registered_digest(const Contract& contract);

}  // namespace contract
