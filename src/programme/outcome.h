#pragma once

#include "programme/application.h"
#include "programme/award.h"

namespace programme {

/// A title in the register: who holds it, its number, until when.
struct Title {
    base::Id<Title> id;
    std::string programme;
    base::Id<Application> application;
    std::string code, number;
    base::Id<party::Organisation> organisation;
    base::Id<party::Account> account;  ///< of a person's title
    std::string holder;                ///< name as granted
    std::string place;
    std::string detail;           ///< the application's title
    std::string grade;            ///< of the last review
    std::string state = "valid";  ///< valid, expired, revoked
    bool is_public = true;
    base::Date valid_from;
    std::optional<base::Date> valid_until;  ///< the last day
    std::optional<base::Date> ended_on;
    std::string end_reason;
    bool is_sample = false;
    std::int64_t version = 1;
};

struct Payment {
    std::string id, kind, part, document;  ///< kind: paid, returned
    base::Money amount;
    base::Time at;
};

/// Money granted to an application, with its calculation line by line.
struct GrantedAward {
    base::Id<GrantedAward> id;
    std::string programme;
    base::Id<Application> application;
    base::Id<party::Organisation> owner;
    std::string place;
    int year = 0;
    base::Money total, paid;
    base::Money to_return, returned;
    base::json::object calculation;
    std::string state = "granted";  ///< granted, paid, clawback, closed, cancelled
    bool is_sample = false;
    std::int64_t version = 1;
};

/// What a grant brings: titles (also the organisation's qualifications), awards, facts. Stateless over
/// the store; thread-safe after `attach`.
class Outcomes {
  public:
    Outcomes(const Applications& applications) : applications_(&applications) {}
    void attach(Applications& applications);

    /// What the amount rule gives each, in its order of payment, when all of them are granted
    /// together; nothing for programmes without one.
    std::vector<Award> awards(store::Reader&, const std::vector<Application>&) const;
    /// In the order of payment: by the rule's `ranked_by`, else by submission.
    std::vector<Application> in_order(std::vector<Application>) const;

    static std::optional<Title> find_title(store::Reader&, const base::Id<Title>&);
    static std::optional<Title> find_title(store::Reader&, std::string_view number);
    static std::vector<Title> titles_of(store::Reader&, const base::Id<Application>&);
    struct TitleFilter {
        std::string code, state, words, place, after;
        bool only_public = true;
        std::size_t limit = 50;
    };
    static std::vector<Title> titles(store::Reader&, const TitleFilter&);
    static std::int64_t valid_count(store::Reader&, std::string_view code);
    /// By whoever decides last in the programme, or by its follow-ups. Errors: `title_unknown`,
    /// `title_ended`, `text_missing`, `not_permitted`.
    base::Result<Title> revoke(store::Transaction&, const party::Actor&, const base::Id<Title>&,
                               std::string_view reason) const;
    base::Status end_title(store::Transaction&, const party::Actor&, Title, std::string_view state,
                           std::string_view reason) const;
    /// Titles whose last day is over; returns how many.
    base::Result<int> expire_due(store::Database&) const;
    void set_grade(store::Transaction&, const base::Id<Application>&, std::string_view grade) const;

    static std::optional<GrantedAward> find_award(store::Reader&, const base::Id<GrantedAward>&);
    static std::optional<GrantedAward> award_of(store::Reader&, const base::Id<Application>&);
    static std::vector<Payment> payments(store::Reader&, const base::Id<GrantedAward>&);
    /// Pays one instalment, once, when what it waits for has happened. Errors: `award_unknown`,
    /// `not_permitted`, `version_stale`, `instalment_unknown`, `instalment_paid`, `instalment_not_due`
    /// {after}, `award_not_payable` {state}, `document_missing`.
    base::Result<GrantedAward> pay(store::Transaction&, const party::Actor&,
                                   const base::Id<GrantedAward>&, std::string_view part,
                                   std::string_view document, std::int64_t expected_version) const;
    /// What was paid must be given back by the rule's clawback of that code; nothing more is paid.
    /// Errors: as above, `clawback_unknown`, `text_missing`.
    base::Result<GrantedAward> claw_back(store::Transaction&, const party::Actor&,
                                         const base::Id<GrantedAward>&, std::string_view code,
                                         std::string_view reason,
                                         std::int64_t expected_version) const;
    /// Money that came back. Errors: as above, `amount_out_of_range`.
    base::Result<GrantedAward> receive(store::Transaction&, const party::Actor&,
                                       const base::Id<GrantedAward>&, const base::Money&,
                                       std::string_view document,
                                       std::int64_t expected_version) const;
    /// Whoever decides last in the programme at its level.
    bool may_decide(const party::Actor&, const Application&) const;

    /// Facts of the programme file for something that happened ("granted", "submitted", a follow-up).
    base::Status record_facts(store::Transaction&, const Application&, std::string_view on,
                              const Situation&, std::string_view subject) const;
    const Applications& applications() const { return *applications_; }

  private:
    base::Status grant(store::Transaction&, const party::Actor&, const Application&) const;
    base::Status grant_title(store::Transaction&, const party::Actor&, const Application&,
                             const TitleRule&) const;
    base::Status grant_award(store::Transaction&, const party::Actor&, const Application&) const;
    base::Result<GrantedAward> changeable(store::Reader&, const party::Actor&,
                                          const base::Id<GrantedAward>&,
                                          std::int64_t expected_version) const;
    void record(store::Transaction&, std::string_view kind, std::string_view subject,
                const Application&, const base::Money& amount, std::string_view class_code,
                std::string_view field) const;

    const Applications* applications_;
};

}  // namespace programme
