#pragma once

#include "base/crypto.h"
#include "programme/outcome.h"

namespace programme {

/// A published list: a notice, or the final list that follows it. Its body and hash never change; a
/// final list names the notices it rests on, so that the two can be held side by side.
struct List {
    base::Id<List> id;
    std::string programme;
    int revision = 1;
    std::string batch;
    std::string kind;  ///< notice, final
    std::string place;
    std::string title, document_no;
    base::json::object
        body;  ///< {items: [{application, title, holder, place, result, amount, fields}], notices}
    std::string hash;                ///< hex SHA-256 of the canonical body
    std::string state = "prepared";  ///< published, completed (notice); standing (final)
    base::Time published_at;
    std::optional<base::Time> ends_at;
    bool is_sample = false;
    std::int64_t version = 1;
};

struct Objection {
    base::Id<Objection> id;
    base::Id<List> list;
    base::Id<Application> application;  ///< empty: the list as a whole
    std::string place, ground;
    std::string state = "filed";  ///< filed, admitted, founded, unfounded, not_admitted
    base::Time filed_at;
    std::int64_t version = 1;
    bool is_open() const { return state == "filed" || state == "admitted"; }
};

/// Under the seal; name and contact are for the deciding office alone.
struct ObjectionWords {
    std::string facts, wish, name, contact;
};

/// What changed between notice and final list, item by item.
struct Difference {
    std::string application, title, holder;
    std::string before, after;  ///< results; empty: not on that list
    std::string what;           ///< same, changed, removed, added
};

/// Notices, objections, final lists and the differences between them. Stateless over the store;
/// thread-safe after `attach`.
class Lists {
  public:
    Lists(const Applications& applications, const Outcomes& outcomes, const base::Vault& vault)
        : applications_(&applications), outcomes_(&outcomes), vault_(&vault) {}
    void attach(workflow::Cases& cases);

    struct Draft {
        std::string programme, batch, title, document_no;
        std::vector<std::string> only;  ///< applications; empty: all that wait
    };
    /// Puts all that wait for the notice on one. Errors: `programme_unknown`, `no_notice_step`,
    /// `nobody_on_list`, `not_permitted`, `list_of_two_places`.
    base::Result<List> publish(store::Transaction&, const party::Actor&, const Draft&) const;
    /// Issues the final list and grants what stands on it. Errors: as above, `document_missing`,
    /// `list_not_settled` while a notice runs or somebody is being heard again.
    base::Result<List> issue(store::Transaction&, const party::Actor&, const Draft&) const;
    /// Whether something waits for this actor's list: how many for the notice, how many for the final.
    struct Waiting {
        std::string programme, batch;
        std::int64_t notice = 0, final = 0;
    };
    std::vector<Waiting> waiting(store::Reader&, const party::Actor&) const;

    /// After the period: whoever nobody objects to goes on.
    base::Status complete(store::Transaction&, const List&) const;

    static std::optional<List> find(store::Reader&, const base::Id<List>&);
    static base::Result<List> require(store::Reader&, const base::Id<List>&);
    struct Filter {
        std::string programme, batch, kind, state, after;
        std::size_t limit = 30;
    };
    static std::vector<List> list(store::Reader&, const Filter&);
    /// Of a final list against the notices it names; of a notice against the final lists that name it.
    std::vector<Difference> difference(store::Reader&, const List&) const;

    struct ObjectionForm {
        std::string application, ground, facts, wish, name, contact, website;
    };
    struct Filed {
        Objection objection;
        std::string tracking_code;  ///< shown once
    };
    /// By anybody, with a name. Errors: `list_unknown`, `objection_out_of_time`, `form_invalid`,
    /// `form_refused`, `already_objected`.
    base::Result<Filed> object_to(store::Transaction&, const base::Id<List>&,
                                  const ObjectionForm&) const;
    /// admit, not_admit, uphold, reject. Errors: `objection_unknown`, those of Cases::advance,
    /// `decider_concerned` for people of the applicant.
    base::Result<Objection> decide(store::Transaction&, const party::Actor&,
                                   const base::Id<Objection>&, const workflow::Event&,
                                   std::int64_t expected_version) const;
    static std::optional<Objection> find_objection(store::Reader&, const base::Id<Objection>&);
    static std::optional<Objection> by_tracking_code(store::Reader&, std::string_view code);
    static std::vector<Objection> objections_of(store::Reader&, const base::Id<List>&);
    /// With the words, for whoever may decide; the look is logged. `objection_unknown`.
    base::Result<ObjectionWords> open_words(store::Transaction&, const party::Actor&,
                                            const base::Id<Objection>&) const;
    const Applications& applications() const { return *applications_; }
    const workflow::Cases& cases() const { return *cases_; }

  private:
    base::Result<std::vector<Application>> candidates(store::Reader&, const party::Actor&,
                                                      const Draft&, const Step&) const;
    base::Result<List> compose(store::Transaction&, const Draft&, const Programme&, const Step&,
                               std::string_view kind, const std::vector<Application>&) const;
    base::Status store_list(store::Transaction&, const party::Actor&, const List&,
                            const Programme&) const;
    base::Status end_notice(store::Transaction&, const base::Id<Application>&) const;
    base::Status check_settled(store::Reader&, const Programme&, const std::string& batch) const;
    bool may_hear(store::Reader&, const party::Actor&, const Objection&) const;

    const Applications* applications_;
    const Outcomes* outcomes_;
    const base::Vault* vault_;
    const workflow::Cases* cases_ = nullptr;
};

}  // namespace programme
