#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "contract/registration.h"

namespace contract {

/// How much is looked at twice, from quality.yaml. Shares in thousandths.
struct QualitySettings {
    int second_review = 0;       ///< of decided cases, given blind to another registrar
    int inspection = 0;          ///< of a point's registrations of a year
    int inspection_minimum = 0;  ///< at least so many, if there are so many
    static base::Result<QualitySettings> load(const std::filesystem::path& file);
};

/// A decided case that a second registrar judges without seeing what the first one answered.
struct SecondReview {
    base::Id<Contract> contract;
    std::string first_reviewer, reviewer;  ///< accounts; the second is empty while it is open
    base::json::object answers;
    std::string outcome, class_code;
    std::vector<std::string> differences;  ///< "outcome: REGISTER / RETURN", "P1.goal: yes / no"
    std::optional<base::Time> reviewed_at;
};

/// Draws a decided case with the given share; by chance, so that nobody can foresee it. Nothing when
/// it was drawn before.
void draw_second_review(store::Transaction&, const party::Actor& first, const Contract&,
                        int share_in_thousand);
/// Drawn cases of a point that wait, oldest first, without those that the reviewer decided himself.
std::vector<SecondReview> open_second_reviews(store::Reader&, std::string_view point,
                                              std::string_view reviewer);
std::optional<SecondReview> find_second_review(store::Reader&, const base::Id<Contract>&);
/// True while someone is to judge the contract blind and this registrar is not its first judge.
bool is_blind_for(store::Reader&, const party::Actor&, const Contract&);
/// The contract as the actor may see it: for a blind judge as it was filed, without answers, decision,
/// class, amounts, number or day of registration.
Contract seen_by(store::Reader&, const party::Actor&, Contract);
/// `second_review_blind` for what a blind judge would learn the first decision from.
base::Status check_not_blind(store::Reader&, const party::Actor&, const Contract&);
/// The steps that the applicant took; a blind judge sees no others.
bool is_of_applicant(const workflow::Decision&);

/// Whether the actor is the one to judge a drawn case again: the errors of answer_second_review that
/// do not rest on the answers.
base::Status check_second_judge(store::Reader&, const party::Actor&, const Contract&);
/// The second registrar's answers, judged under the same rule set; the differences come back and are
/// kept. Errors: `second_review_missing`, `second_review_own` (he was the first),
/// `second_review_done`, not_permitted, those of check_registrar and recognition_case.
base::Result<SecondReview> answer_second_review(store::Transaction&, const party::Actor&,
                                                const Registration&, const Contract&,
                                                const base::json::object& answers);

/// One registration drawn for the yearly inspection of a point.
struct Inspection {
    std::string id;
    base::Id<Contract> contract;
    std::string number, title;
    std::string result;  ///< empty while open; passed, faulty
    std::string note;
};
/// Draws the sample of a point and year: the same sample when asked again. By the officer of its
/// place. Error: not_permitted, `inspection_nothing` (nothing registered in that year).
base::Result<std::vector<Inspection>> draw_inspection(store::Transaction&, const party::Actor&,
                                                      std::string_view point, int year,
                                                      const QualitySettings&);
std::vector<Inspection> inspections(store::Reader&, std::string_view point, int year);
/// `inspection_missing`, `inspection_done`, `inspection_note_missing` (a fault needs 5–500
/// characters), not_permitted.
base::Status record_inspection(store::Transaction&, const party::Actor&, std::string_view id,
                               bool passed, std::string_view note);

/// A notice that follows a revocation: to the tax office and to whoever paid on the strength of it.
struct FollowUp {
    std::string id, recipient, reason, note;
    base::Date day;
    std::optional<base::Time> done_at;
};
void open_follow_ups(store::Transaction&, const Contract&, std::string_view reason, base::Date day);
std::vector<FollowUp> follow_ups(store::Reader&, std::string_view contract);
/// `follow_up_missing`, `follow_up_done`, `follow_up_note_missing`.
base::Status finish_follow_up(store::Transaction&, const party::Actor&, std::string_view id,
                              std::string_view note);

/// What export and import control asks before a cross-border contract can be registered: all open
/// questions at once as causes of `cross_border_open`; `cross_border_prohibited` for a technology
/// that may not pass at all. Nothing for a domestic one.
base::Status check_cross_border(const base::json::object& body);

}  // namespace contract
