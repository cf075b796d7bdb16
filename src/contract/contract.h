#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "contract/recognition_case.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "store/database.h"
#include "workflow/case.h"
#include "workflow/form.h"

namespace contract {

/// A technology contract on its way to registration and after. `body` follows the form "contract";
/// `answers` are the facts that nobody can read off the form (seal matches, authority …), given by
/// the applicant and confirmed by the registrar.
struct Contract {
    base::Id<Contract> id;
    base::Id<party::Organisation>
        owner;  ///< registering party: seller, or domestic buyer of an import
    base::Id<party::Organisation> counterpart;  ///< the other side, if it is on the platform
    base::Id<party::Organisation> point;        ///< registration point of the owner's place
    base::Id<party::Account> author;
    std::string place;      ///< of the registering party
    std::string agreement;  ///< the deal it was written from, or empty
    base::json::object body;
    base::json::object answers;
    std::optional<base::json::object> pending_body;  ///< a change that waits for the registrar
    int round = 0;                                   ///< how often it was filed
    std::string rule_set;  ///< in force on the acceptance day; kept for ever
    std::optional<base::Date> accepted_on;
    std::optional<base::Date> registered_on;
    std::string local_no;
    std::string national_no;
    std::string certificate_code;
    std::string class_code;
    base::Money total;
    base::Money technical;
    base::json::object decision;  ///< as made, with its whole path
    bool is_sample = false;
    std::int64_t version = 1;
    base::Time created_at;

    std::string title() const { return base::text_at(body, "title"); }
    party::Standing standing() const { return {place, owner, counterpart, point, author}; }
};

struct ContractDraft {
    std::string agreement;
    base::Id<party::Organisation> counterpart;
    base::json::object body;
};

class Agreements;
struct Agreement;

/// Writing, reading and listing contracts. Registration is in registration.h. Stateless over the
/// store; thread-safe. Permission is asked here: contract.create, contract.read and, for changes,
/// the states draft and supplement of the process.
class Contracts {
  public:
    Contracts(const workflow::Form& form, const party::Permissions& permissions,
              const party::Places& places, const workflow::Cases& cases)
        : form_(&form), permissions_(&permissions), places_(&places), cases_(&cases) {}

    static constexpr std::string_view process = "contract_registration";

    /// Contracts may then be written from agreements; without it only those made elsewhere are taken.
    void attach(const Agreements& agreements) { agreements_ = &agreements; }
    const Agreements* agreements() const { return agreements_; }

    /// A draft of the actor's organisation; required fields may be missing. Errors: `form_invalid`,
    /// `not_permitted`, `organisation_not_verified`, `point_missing` (no registration point covers the place).
    base::Result<Contract> create(store::Transaction&, const party::Actor&,
                                  const ContractDraft&) const;
    /// Replaces the body of a draft or supplement. Errors: those of create, `contract_not_editable`,
    /// `version_stale`.
    base::Result<Contract> update(store::Transaction&, const party::Actor&,
                                  const base::Id<Contract>&, const base::json::object& body,
                                  std::int64_t expected_version) const;
    /// As one who may read it; `contract_not_found` also for those who may not.
    base::Result<Contract> read(store::Reader&, const party::Actor&,
                                const base::Id<Contract>&) const;

    struct Listing {
        Contract contract;
        std::string state;
        std::optional<base::Time> due;
    };
    struct Filter {
        std::string state;
        std::string words;  ///< part of the title, a party's name or the number
        std::string after;  ///< cursor: id of the last one seen
        std::size_t limit = 50;
    };
    /// Newest first: those of the actor's organisation, of his point, or in the place he is officer of.
    std::vector<Listing> list(store::Reader&, const party::Actor&, const Filter&) const;

    const workflow::Form& form() const { return *form_; }

    /// All defects of a body at once: fields, and for a complete one what stands between fields.
    base::Status check_body(const base::json::object& body, base::Completeness completeness) const;

  private:
    const workflow::Form* form_;
    const party::Permissions* permissions_;
    const party::Places* places_;
    base::Status check_agreement(store::Reader&, const party::Actor&, const std::string& id) const;

    const workflow::Cases* cases_;
    const Agreements* agreements_ = nullptr;
};

std::optional<Contract> find_contract(store::Reader&, const base::Id<Contract>&);
/// By number or certificate code, registered ones only.
std::optional<Contract> find_registered(store::Reader&, std::string_view number_or_code);
/// Registrations of an owner from one day to another, by number, whatever became of them since.
std::vector<Contract> registrations_of(store::Reader&, const base::Id<party::Organisation>& owner,
                                       base::Date from, base::Date to);
void insert_contract(store::Transaction&, const Contract&);
/// Writes all columns; the version must be the one read before, and rises by one (`version_stale`).
base::Status save_contract(store::Transaction&, Contract&);

/// What recognition is decided from: the form's parts and lines and the answers given.
/// Errors: those of Case::set_fact and friends, at the field of the form.
base::Result<Case> recognition_case(const Contract& contract, std::string_view office_place);

/// Defects that one field alone cannot show: dates out of order, lines that name no part, a total
/// that differs from its lines, a wrong credit code. All at once.
std::vector<base::Error> check_consistency(const base::json::object& body,
                                           const party::Places& places);

/// The body of an application as far as the deal tells it: parties, title, class, price, terms. The
/// parts and lines are a proposal that the writer corrects.
base::json::object body_from(store::Reader&, const Agreement&, base::Time now);

}  // namespace contract
