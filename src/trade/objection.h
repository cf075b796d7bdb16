#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/crypto.h"
#include "base/json.h"
#include "base/result.h"
#include "party/actor.h"
#include "store/database.h"
#include "trade/notice.h"
#include "workflow/case.h"
#include "workflow/codes.h"

namespace trade {

/// Somebody's objection to a notice. Words and personal data are sealed and stand in the change log
/// as commitments only; the tracking code is kept as a hash.
struct Objection {
    base::Id<Objection> id;
    base::Id<Notice> notice;
    base::Id<party::Organisation> seller;
    std::string place;
    std::string ground;  ///< code of objection_reasons
    bool is_tip = false;
    std::string state;  ///< mirrors the case
    base::Time filed_at;
    std::int64_t version = 1;

    /// Neither decided nor refused nor moot.
    bool is_open() const {
        return state == "filed" || state == "admitted" || state == "extended" || state == "tip";
    }
    party::Standing standing() const { return {place, seller, {}, {}, {}}; }
};

/// What the form sends. Named: an objection; without a name: a tip, which stops no clock.
struct ObjectionForm {
    std::string ground, facts, wish, name, contact;
    std::string website;  ///< must be empty: only machines fill it in
};

/// What is under the seal.
struct ObjectionWords {
    std::string facts, wish, name, contact;
};

/// Receiving and deciding objections (process `price_objection`). Stateless over the store;
/// thread-safe after `attach`. Registers effects objection.*.
class Objections {
  public:
    Objections(const Notices& notices, const workflow::Codes& codes, const base::Vault& vault)
        : notices_(&notices), codes_(&codes), vault_(&vault) {}

    static constexpr std::string_view process = "price_objection";
    static constexpr std::size_t facts_min = 10, facts_max = 3000;

    void attach(workflow::Cases& cases);

    struct Filed {
        Objection objection;
        std::string tracking_code;  ///< shown once
    };
    /// By anybody, also a visitor. Errors: `price_notice_unknown`, `objection_out_of_time`,
    /// `form_invalid` (ground missing or unknown, lengths, control characters), `already_objected`,
    /// `form_refused` (the field that people do not see was filled in).
    base::Result<Filed> file(store::Transaction&, const party::Actor&, const base::Id<Notice>&,
                             const ObjectionForm&) const;
    /// A step by whoever decides. Errors: `objection_unknown`, those of Cases::advance,
    /// `decider_in_deal_team`.
    base::Result<Objection> advance(store::Transaction&, const party::Actor&,
                                    const base::Id<Objection>&, const workflow::Event&,
                                    std::int64_t expected_version) const;
    /// The words with name and contact, for whoever may decide; the look is recorded. Errors:
    /// `objection_unknown` (also for those who may not decide), `decider_in_deal_team`.
    base::Result<ObjectionWords> open_words(store::Transaction&, const party::Actor&,
                                            const base::Id<Objection>&) const;
    /// The words without name and contact, for the diligence file.
    base::Result<ObjectionWords> public_words(store::Reader&, const Objection&) const;

    static std::optional<Objection> find(store::Reader&, const base::Id<Objection>&);
    static base::Result<Objection> require(store::Reader&, const base::Id<Objection>&);
    /// For the public. `tracking_code_unknown`.
    static base::Result<Objection> find_by_code(store::Reader&, std::string_view tracking_code);
    /// All of a notice, oldest first.
    static std::vector<Objection> of_notice(store::Reader&, const base::Id<Notice>&);
    /// Named ones that are still open (tips stop nothing).
    static int open_count(store::Reader&, const base::Id<Notice>&);
    struct Filter {
        std::string notice, state, after;
        std::size_t limit = 50;
    };
    /// Newest first: those that the actor may decide.
    static std::vector<Objection> list(store::Reader&, const party::Actor&, const Filter&);

    /// A step that the public may see: when, which, with the decision and its words.
    struct Course {
        base::Time at;
        std::string transition, decision, text;
    };
    std::vector<Course> course(store::Reader&, const Objection&) const;
    bool may_decide(const party::Actor&, const Objection&) const;

    const workflow::Cases& cases() const { return *cases_; }

  private:
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status decide(store::Transaction&, const Objection&, std::string_view decision) const;
    base::Status check_form(const ObjectionForm&) const;
    base::Status tell_deciders(store::Transaction&, const Objection&, const Notice&) const;
    base::Result<ObjectionWords> unseal(store::Reader&, const Objection&) const;

    const Notices* notices_;
    const workflow::Codes* codes_;
    const base::Vault* vault_;
    const workflow::Cases* cases_ = nullptr;
};

}  // namespace trade
