#pragma once

#include "programme/application.h"

namespace programme {

/// One expert's task in the review of an application. Blind: the marks of others are seen by nobody
/// but the officer, and by him only when all are in.
struct Review {
    base::Id<Review> id;
    base::Id<Application> application;
    base::Id<party::Account> expert;
    std::string expert_name;
    std::string state = "assigned";  ///< assigned, scored, declined, removed
    base::json::object marks;
    std::string words;
    std::optional<Number> total;
    base::Time assigned_at;
    std::optional<base::Time> scored_at;
    std::int64_t version = 1;
};

/// Assigning experts, scoring, replacing. Stateless over the store; thread-safe after `attach`.
class Reviews {
  public:
    explicit Reviews(const Applications& applications) : applications_(&applications) {}
    void attach(workflow::Cases& cases, Applications& applications);

    /// By whoever leads the review step. Errors: `application_unknown`, `not_permitted`, `wrong_state`,
    /// `expert_unknown`, `expert_conflict` (of the applicant's or the other side's organisation, or
    /// the applicant), `expert_assigned`.
    base::Result<Review> assign(store::Transaction&, const party::Actor&,
                                const base::Id<Application>&,
                                const base::Id<party::Account>&) const;
    /// The expert's marks, once, with a declaration that there is no conflict of interest. When the
    /// last is in, the score is computed and the application goes on. Errors: `review_unknown`,
    /// `conflict_not_declared`, `form_invalid`, those of Cases::advance.
    base::Result<Review> score(store::Transaction&, const party::Actor&, const base::Id<Review>&,
                               const base::json::object& marks, std::string_view words,
                               bool declares_no_conflict, std::int64_t expected_version) const;
    /// decline (the expert), remove (the officer, also after scoring). Errors: as above,
    /// `review_settled` when the application has gone on: it must be sent back first.
    base::Result<Review> advance(store::Transaction&, const party::Actor&, const base::Id<Review>&,
                                 const workflow::Event&, std::int64_t expected_version) const;

    static std::optional<Review> find(store::Reader&, const base::Id<Review>&);
    static std::vector<Review> of(store::Reader&, const base::Id<Application>&);
    /// The expert's own, newest first.
    static std::vector<Review> of_expert(store::Reader&, const base::Id<party::Account>&);
    /// The expert it is assigned to.
    base::Result<Review> read(store::Reader&, const party::Actor&, const base::Id<Review>&) const;
    /// All in, as computed; nothing while somebody has still to score.
    std::optional<PanelScore> panel(store::Reader&, const Application&) const;
    bool may_lead(store::Reader&, const party::Actor&, const Application&) const;
    const Applications& applications() const { return *applications_; }

    /// Accounts that hold the expert role at a place around the application, without conflict.
    std::vector<party::Account> candidates(store::Reader&, const Application&,
                                           base::Time now) const;

  private:
    base::Status try_settle(store::Transaction&, const base::Id<Application>&) const;
    bool has_conflict(store::Reader&, const Application&, const base::Id<party::Account>&,
                      base::Time now) const;

    const Applications* applications_;
    const workflow::Cases* cases_ = nullptr;
};

}  // namespace programme
