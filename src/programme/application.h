#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/id.h"
#include "base/json.h"
#include "base/result.h"
#include "party/actor.h"
#include "party/organisation.h"
#include "party/permission.h"
#include "party/place.h"
#include "programme/library.h"
#include "programme/records.h"
#include "store/database.h"
#include "workflow/case.h"

namespace programme {

/// Somebody's application (claim, report, log …) in a programme, under the text it started with.
struct Application {
    base::Id<Application> id;
    std::string programme;
    int revision = 1;
    std::string batch;  ///< of the window it was submitted in; of today until then
    base::Id<party::Organisation>
        owner;  ///< empty where persons apply: then it is the author's own
    base::Id<party::Organisation> counterpart, point;
    base::Id<party::Account> author;
    std::string place;  ///< of the case: the applicant's, or the form's place field
    std::string title;
    base::json::object body;
    base::json::object prefilled;  ///< {field: value as the platform had it}
    base::json::object reasons;    ///< {field: why it differs}
    base::json::object records;    ///< as gathered when it was submitted
    std::string type;              ///< applicant type
    std::string result;            ///< of `results`
    std::optional<Number> score;
    int rank = 0;  ///< 0: none
    std::string state = "draft";
    base::Time created_at;
    std::optional<base::Time> submitted_at, decided_at;
    bool is_sample = false;
    std::int64_t version = 1;

    bool is_open() const {
        return state != "granted" && state != "refused" && state != "withdrawn" &&
               state != "lapsed";
    }
    bool is_editable() const { return state == "draft" || state.ends_with("_returned"); }
    party::Standing standing() const { return {place, owner, counterpart, point, author}; }
};

/// One condition as it came out for an applicant.
struct Eligibility {
    const Requirement* rule = nullptr;
    Verdict verdict = Verdict::open;
    std::vector<Finding> findings;
    bool is_asked = true;  ///< its `when` is met
};

/// Writing, submitting and moving applications. Every step goes through workflow::Cases; the rules
/// of a step's kind are checked in its follower, so that no way leads around them. Stateless over
/// the store; thread-safe after `attach`.
class Applications {
  public:
    Applications(const Library& library, const party::Places& places, const Records& records)
        : library_(&library), places_(&places), records_(&records) {}

    void attach(workflow::Cases& cases);
    /// Called after every step with the application as it is now and the state it came from.
    using Listener = std::function<base::Status(store::Transaction&, const party::Actor&,
                                                const Application&, std::string_view before)>;
    void listen(Listener listener) { listeners_.push_back(std::move(listener)); }

    struct Draft {
        std::string programme;
        base::json::object body, reasons;
        std::string place;  ///< for applicants who hold no organisation
    };
    /// A draft with what the platform knows filled in. Errors: `programme_unknown`, `not_permitted`,
    /// `organisation_kind_unfit` {kinds}, `form_invalid`, `place_missing`.
    base::Result<Application> create(store::Transaction&, const party::Actor&, const Draft&) const;
    /// Replaces body and reasons of a draft or a returned application. Errors: `application_unknown`,
    /// `not_permitted`, `application_not_editable`, `form_invalid`, `version_stale`.
    base::Result<Application> save(store::Transaction&, const party::Actor&,
                                   const base::Id<Application>&, const base::json::object& body,
                                   const base::json::object& reasons,
                                   std::int64_t expected_version) const;
    /// A step of the process. Errors: those of Cases::advance and of the step's kind:
    /// submit: `form_invalid`, `window_closed`, `already_applied`, `not_eligible`, `score_below_pass`;
    /// recommend: `rank_missing`, `rank_taken`, `quota_used` {limit}; review: `score_not_in`,
    /// `score_decides`; check, panel: `result_missing`, `result_unknown`, `result_refuses`.
    base::Result<Application> advance(store::Transaction&, const party::Actor&,
                                      const base::Id<Application>&, const workflow::Event&,
                                      std::int64_t expected_version = 0) const;

    /// As one who may read it: `application_unknown` also for those who may not.
    base::Result<Application> read(store::Reader&, const party::Actor&,
                                   const base::Id<Application>&) const;
    bool may_read(const party::Actor&, const Application&) const;
    /// Visitors may see its public part.
    bool is_public(const Application&) const;
    static std::optional<Application> find(store::Reader&, const base::Id<Application>&);
    static base::Result<Application> require(store::Reader&, const base::Id<Application>&);

    struct Filter {
        std::string programme, batch, state, after;
        enum class Whose { mine, officer } whose = Whose::mine;
        std::size_t limit = 50;
    };
    /// Newest first: one's own (organisation, counterpart, author), or those at one's places.
    std::vector<Application> list(store::Reader&, const party::Actor&, const Filter&) const;

    /// What the rules know of an application, or of an organisation that has none yet.
    Situation situation(store::Reader&, const Application&) const;
    /// Judges all conditions, for a self-check and for the officer.
    std::vector<Eligibility> eligibility(store::Reader&, const Application&) const;
    /// All defects that keep it from being submitted; empty: none.
    std::vector<base::Error> defects(store::Reader&, const Application&) const;
    /// What an application that the actor starts now begins with, not stored: whose it is, window,
    /// records. Where persons apply it is the person's own, whatever he acts for. `place` is taken when
    /// he acts for no organisation; the place stays empty when nothing tells it.
    Application begin(store::Reader&, const party::Actor&, const Programme&, base::Time now,
                      std::string_view place) const;

    const Programme& programme_of(const Application& item) const {
        return library_->of(item.programme, item.revision);
    }
    const Library& library() const { return *library_; }
    const workflow::Cases& cases() const { return *cases_; }
    const party::Places& places() const { return *places_; }
    /// The place where a step of that level is taken for a case at `place`.
    std::string place_at(Level level, std::string_view place) const;

    /// By the module itself: a step that the machine takes.
    base::Status step(store::Transaction&, const base::Id<Application>&,
                      const std::string& what) const;
    /// The transition's step and action ("formal", "pass"); nothing for submit, withdraw.
    static std::optional<std::pair<const Step*, std::string>> action_of(
        const Programme&, std::string_view transition);

  private:
    base::Status follow(store::Transaction&, const party::Actor&, const workflow::Case&,
                        const workflow::Event&) const;
    base::Status submit(store::Transaction&, Application&) const;
    base::Status check_once(store::Reader&, const Application&) const;
    base::Status check_eligible(store::Reader&, const Application&) const;
    base::Status act(store::Transaction&, Application&, const Step&, std::string_view action,
                     const workflow::Event&) const;
    base::Status recommend(store::Transaction&, Application&, const Step&,
                           const workflow::Event&) const;
    base::Status choose_result(Application&, const workflow::Event&, bool is_needed) const;
    base::Status settle(store::Transaction&, const Application&) const;
    base::json::object applicant_facts(store::Reader&, const Application&) const;
    base::json::object prefill(store::Reader&, const Application&) const;
    base::Status fill(store::Reader&, Application&) const;

    const Library* library_;
    const party::Places* places_;
    const Records* records_;
    const workflow::Cases* cases_ = nullptr;
    std::vector<Listener> listeners_;
};

}  // namespace programme
