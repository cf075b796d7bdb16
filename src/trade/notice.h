#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/json.h"
#include "base/money.h"
#include "base/result.h"
#include "contract/agreement.h"
#include "contract/room.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "store/database.h"
#include "workflow/case.h"

namespace trade {

/// The public notice of an agreed price (促进科技成果转化法 18; 国发〔2016〕16号: at least 15 days).
/// `body` is what is published and never changes; `body_hash` stands in the change log. `record`
/// is kept for the diligence file: the check of the rights and the rules acknowledged.
struct Notice {
    base::Id<Notice> id;
    base::Id<contract::Agreement> agreement;
    base::Id<contract::Contact> contact;
    base::Id<catalog::Entry> entry;
    int revision = 1;  ///< of the agreement's terms
    base::Id<party::Organisation> seller;
    base::Id<party::Organisation> buyer;
    base::Id<party::Account> author;
    std::string place;  ///< of the seller
    std::string title;
    base::json::object body;
    std::string body_hash;  ///< hex SHA-256 of the canonical body
    base::json::object record;
    std::string state;                  ///< mirrors the case
    std::optional<base::Time> ends_at;  ///< nothing while the clock stands still
    base::Time started_at;
    std::optional<base::Time> ended_at;
    std::string end_reason;  ///< the transition that ended it
    bool is_sample = false;
    std::int64_t version = 1;  ///< of the case, for If-Match

    bool is_running() const { return state == "published" || state == "objected"; }
    /// Nothing when the price is a formula only.
    std::optional<base::Money> price() const;
    party::Standing standing() const { return {place, seller, buyer, {}, author}; }
};

/// What the seller's transfer officer says when publishing.
struct NoticeDraft {
    std::string basis;          ///< of the price, for the public; empty: the agreement's own words
    std::string related_party;  ///< "none" or "related", as the agreement declares
    std::string related_statement;  ///< what relation, in words that name no person
    std::string rights_check;       ///< what was found on ownership, validity, pledges
    std::string rules;              ///< hash of the rules of pricing as read (see rules())
};

/// Publishing agreed prices and driving their clock (process `price_notice`): a full period without
/// an open objection clears the agreement in the same transaction. Stateless over the store;
/// thread-safe after `attach`. Registers effects notice.* and listens to the agreements.
class Notices {
  public:
    /// `rules` are the pricing rules that a publisher acknowledges (texts trade.rules…).
    Notices(contract::Agreements& agreements, contract::Terms rules)
        : agreements_(&agreements), rules_(std::move(rules)) {}

    static constexpr std::string_view process = "price_notice";
    static constexpr std::string_view source = "促进科技成果转化法 18";

    void attach(workflow::Cases& cases);
    /// The region's words: texts `trade.rules_version` and `trade.rules`, in Chinese.
    static contract::Terms rules_from(const base::Texts& texts);
    const contract::Terms& rules() const { return rules_; }

    /// Starts the period for an agreement that waits for its notice. Errors: `agreement_unknown`,
    /// not_permitted (only the seller's transfer officer), `notice_not_needed`, `wrong_state`,
    /// `form_invalid` (text lengths; `declaration_differs`, `rules_not_acknowledged`,
    /// `personal_data_in_notice`).
    base::Result<Notice> publish(store::Transaction&, const party::Actor&,
                                 const base::Id<contract::Agreement>&, const NoticeDraft&) const;
    /// A step by a person (withdraw). Errors: `price_notice_unknown`, those of Cases::advance.
    base::Result<Notice> advance(store::Transaction&, const party::Actor&, const base::Id<Notice>&,
                                 const workflow::Event&, std::int64_t expected_version) const;

    // For the objections: the platform's own steps.
    base::Status pause(store::Transaction&, const base::Id<Notice>&) const;
    base::Status resume(store::Transaction&, const base::Id<Notice>&) const;
    base::Status correct(store::Transaction&, const base::Id<Notice>&) const;
    base::Status uphold(store::Transaction&, const base::Id<Notice>&) const;
    /// Completes a notice whose period ran out while an objection was open, if none is any more.
    base::Status complete_if_due(store::Transaction&, const base::Id<Notice>&) const;

    static std::optional<Notice> find(store::Reader&, const base::Id<Notice>&);
    static base::Result<Notice> require(store::Reader&, const base::Id<Notice>&);
    /// All of an agreement, oldest first.
    static std::vector<Notice> of_agreement(store::Reader&, const base::Id<contract::Agreement>&);
    struct Filter {
        std::string state;      ///< a state, "running", or empty
        std::string agreement;  ///< of this one only, or empty
        std::string after;      ///< cursor: id of the last one seen
        std::size_t limit = 30;
    };
    /// Newest first. All of them are public.
    static std::vector<Notice> list(store::Reader&, const Filter&);

    /// Accounts that had a hand in the deal: they wrote, changed or confirmed the terms, or
    /// published the notice. None of them decides an objection.
    static std::vector<std::string> deal_team(store::Reader&, const Notice&);

    /// Whether a contract over `total` may be made from the agreement: notice complete for these
    /// terms, no objection open, and not below the price that was published. Errors:
    /// `agreement_unknown`, `notice_incomplete` {state}, `objection_open`,
    /// `price_currency_differs`, `price_below_notice` {published, total}.
    static base::Status check_contract_price(store::Reader&, const base::Id<contract::Agreement>&,
                                             const base::Money& total);
    /// The same for a step of the process contract_registration: filing, and a change. To be
    /// registered as its follower.
    static base::Status check_contract_step(store::Transaction&, const workflow::Case&,
                                            const workflow::Event&);

    const workflow::Cases& cases() const { return *cases_; }
    const contract::Agreements& agreements() const { return *agreements_; }

  private:
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status on_agreement(store::Transaction&, const party::Actor&, const contract::Agreement&,
                              std::string_view state_before) const;
    base::Status complete(store::Transaction&, const Notice&) const;
    base::Status step(store::Transaction&, const base::Id<Notice>&,
                      std::string_view transition) const;
    base::Status may_publish(const party::Actor&, const contract::Agreement&) const;
    base::Status check_draft(const NoticeDraft&, const contract::Agreement&) const;
    base::Result<Notice> compose(store::Transaction&, const party::Actor&,
                                 const contract::Agreement&, const NoticeDraft&) const;

    contract::Agreements* agreements_;
    contract::Terms rules_;
    const workflow::Cases* cases_ = nullptr;
};

/// True if the text holds what looks like an identity number, a phone number or an e-mail address
/// of a person: such things are not published.
bool has_personal_data(std::string_view text);

}  // namespace trade
