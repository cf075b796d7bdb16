#pragma once

#include "programme/outcome.h"

namespace programme {

/// What follows a grant: a review, mid-check, acceptance, tracking or duty, once in a round.
struct FollowUp {
    base::Id<FollowUp> id;
    std::string programme;
    int revision = 1;
    base::Id<Application> application;
    std::string code;
    int round = 1;
    base::Id<party::Organisation> owner;
    base::Id<party::Account> author;
    std::string place;
    std::string title;
    base::Date opens_on, due_on;
    std::string state = "planned";  ///< planned, due, overdue, filed, judged, ended
    base::json::object body;
    std::string result;
    std::optional<Number> score;
    bool is_failed = false;
    std::optional<base::Time> filed_at, judged_at;
    std::int64_t version = 1;
};

/// Plans follow-ups at the grant, opens them when their time comes, files and judges them, and draws
/// the consequences: grades, the next round, titles lost after failures. Stateless over the store;
/// thread-safe after `attach`.
class FollowUps {
  public:
    FollowUps(const Applications& applications, const Outcomes& outcomes)
        : applications_(&applications), outcomes_(&outcomes) {}
    void attach(workflow::Cases& cases, Applications& applications);

    /// Opens what is due to be opened; returns how many.
    base::Result<int> open_due(store::Database&) const;
    /// Keeps what was written so far. Errors: `follow_up_unknown`, `not_permitted`, `wrong_state`,
    /// `form_invalid`, `version_stale`.
    base::Result<FollowUp> save(store::Transaction&, const party::Actor&, const base::Id<FollowUp>&,
                                const base::json::object& body,
                                std::int64_t expected_version) const;
    /// A step: file (checks the form), return, judge {result}. Errors: those of Cases::advance,
    /// `form_invalid`, `result_missing`, `result_unknown`, `result_not_supported`,
    /// `follow_up_not_filed`.
    base::Result<FollowUp> advance(store::Transaction&, const party::Actor&,
                                   const base::Id<FollowUp>&, const workflow::Event&,
                                   std::int64_t expected_version) const;

    base::Result<FollowUp> read(store::Reader&, const party::Actor&,
                                const base::Id<FollowUp>&) const;
    static std::optional<FollowUp> find(store::Reader&, const base::Id<FollowUp>&);
    static std::vector<FollowUp> of(store::Reader&, const base::Id<Application>&);
    /// Of the actor's organisation and his own, those that are not over, earliest due first.
    static std::vector<FollowUp> mine(store::Reader&, const party::Actor&);
    /// The last one of that code was judged and did not fail.
    static bool has_passed(store::Reader&, const base::Id<Application>&, std::string_view code);
    const FollowUpRule& rule_of(const FollowUp&) const;
    /// The score by the rule's sheet, of what stands in the body now.
    std::optional<Score> score_of(store::Reader&, const FollowUp&) const;
    const Applications& applications() const { return *applications_; }

  private:
    void plan(store::Transaction&, const Application&, const FollowUpRule&, int round,
              base::Date from) const;
    base::Status open(store::Transaction&, FollowUp) const;
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status judge(store::Transaction&, const party::Actor&, FollowUp&,
                       const workflow::Event&) const;
    base::Status consequences(store::Transaction&, const party::Actor&, const FollowUp&,
                              const ResultCode*) const;
    Situation situation(store::Reader&, const FollowUp&) const;

    const Applications* applications_;
    const Outcomes* outcomes_;
    const workflow::Cases* cases_ = nullptr;
};

}  // namespace programme
