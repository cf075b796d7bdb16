#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fields.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "party/permission.h"
#include "programme/award.h"
#include "programme/expression.h"
#include "programme/scoring.h"
#include "workflow/codes.h"
#include "workflow/form.h"

namespace programme {

/// Where a step is taken: officers of the applicant's county, city, the region, or no place rule.
enum class Level { applicant, county, city, region };

struct StepClock {
    int working_days = 0, calendar_days = 0, remind_before = 0;
    std::string escalate_to;
    std::string on_due;  ///< "": stays and shows it is late; pass, refuse, lapse
    std::string source;
    bool to_be_set = false;
    bool is_defined() const { return working_days > 0 || calendar_days > 0; }
};

enum class StepKind { check, confirm, recommend, review, onsite, panel, notice, final_list };
base::Result<StepKind> parse_step_kind(std::string_view);
std::string_view to_string(StepKind);

/// One step of a programme. What can be done in it follows from its kind (docs/formats/programme.md).
struct Step {
    std::string code;
    StepKind kind = StepKind::check;
    base::LocalText title, help;
    Level at = Level::applicant;
    std::vector<party::Who> who;
    StepClock clock;
    bool may_return = false, may_refuse = true, needs_text = false;
    int return_working_days = 10;
    std::string return_reasons, refuse_reasons;  ///< code lists
    std::vector<std::string> needs_files;        ///< kinds, for going on
    Condition skip_when;
    bool can_skip = false;
    std::string source;
    Expression limit;        ///< recommend: at most so many per place and batch
    bool is_ranked = false;  ///< recommend: a rank, once per place and batch
    std::string expert_role = "expert";
    int notice_days = 7;  ///< notice: calendar days unless notice_in_working_days
    bool notice_in_working_days = false;
    int objection_days = 15;        ///< working days to decide an objection
    std::vector<party::Who> hears;  ///< notice: who decides objections and re-reviews
    bool chooses_result = false;    ///< check, panel, final: a code of `results` must be given
    bool is_public = false;         ///< the state may be read by visitors
};

/// A grade or result that a step or a follow-up gives.
struct ResultCode {
    std::string code;
    base::LocalText title;
    bool refuses = false;  ///< ends the application; in a follow-up: counts as failed
    bool revokes = false;  ///< follow-up: the title is lost at once
    Condition when;        ///< offered, and taken by the machine where nobody chooses
};

struct TitleRule {
    std::string code;
    base::LocalText name;
    std::string number;           ///< pattern: {year} {serial} {serial:3} {place}
    int valid_months = 0;         ///< 0: without end
    bool to_counterpart = false;  ///< whose it is: the applicant's or the counterpart's
    bool is_public = true;        ///< stands in the register
    bool to_be_set = false;
    Condition when;
};

struct FactRule {
    std::string kind, field_path, class_code, class_path;
    Expression amount;
    std::string on = "granted";  ///< submitted, granted, paid, follow-up code
    Condition when;
    std::string rows;  ///< one fact for each row of this table
};

/// What follows after the grant: reviews, mid-checks, acceptance, tracking.
struct FollowUpRule {
    std::string code, kind;  ///< review, mid_check, acceptance, tracking, report, duty
    base::LocalText title;
    int after_months = 0, every_months = 0, times = 1;  ///< times 0: as long as the title is valid
    int open_days = 30;                                 ///< calendar days to file it
    int remind_before = 5;
    int judge_working_days = 20;
    std::vector<party::Who> who, judges;
    Level at = Level::region;
    std::optional<workflow::Form> form;
    ScoreSheet scoring;
    std::vector<ResultCode> results;
    int revoke_after = 0;  ///< so many failures in a row end the title
    std::string escalate_to = "officer";
    bool to_be_set = false;
    std::string source;
    const ResultCode* result(std::string_view code) const;
};

struct Window {
    std::string batch;
    base::Date opens, closes;  ///< both days included
};

/// When applications are taken: named windows, a yearly one, or always.
struct Windows {
    std::vector<Window> named;
    int yearly_from = 0, yearly_to = 0;  ///< month × 100 + day; 0: none
    bool names_last_year = false;        ///< the yearly batch carries the year before
    bool always = false;
    /// The window that contains this day. For `always`: batch is the year.
    std::optional<Window> open_on(base::Date) const;
    /// The next one to open after this day.
    std::optional<Window> next_after(base::Date) const;
};

struct Requirement {
    std::string code;
    base::LocalText text;
    Condition when, require;
    bool is_hard = true;  ///< not met: no application; else a warning for the officer
    bool to_be_set = false;
    std::string source;
};

/// What the platform knows and the form may start from.
struct RecordRule {
    std::string code;
    base::LocalText title;
    std::string source;  ///< name of a registered source: "contract.count" …
    std::map<std::string, std::string> options;
};

struct Prefill {
    std::string field, record;  ///< record code, or applicant.<fact>
    bool explain = true;        ///< another value needs a reason
    Number tolerance_percent;
    std::string source;
};

struct AttachmentRule {
    std::string kind;
    base::LocalText title;
    bool required = true;
    bool confidential = false;
    Condition when;
};

struct ApplicantType {
    std::string code;
    base::LocalText title;
    Condition when;
};

struct ApplicantRule {
    bool is_person = false;
    std::vector<party::Who> who;
    std::vector<std::string> organisation_kinds;
    std::string one_per = "batch";   ///< batch, open, none
    std::string counterpart, point;  ///< form fields (organisation references)
    std::string place;               ///< form field; empty: the organisation's place
    std::vector<ApplicantType> types;
};

enum class Publicity { never, submitted, notice, granted };

/// A procedure of the plan as a region's file states it. Immutable once loaded; shareable.
struct Programme {
    std::string code;
    std::string label;       ///< the version's name for people
    std::string text, hash;  ///< the file itself: what a running case started under
    int revision = 1;        ///< set by the store: the nth text of this code
    base::LocalText title, summary, documents;
    std::string source, category, department;
    std::vector<std::string> clauses;
    bool to_be_set = false;
    ApplicantRule applicant;
    Vocabulary words;
    Windows windows;
    std::vector<RecordRule> records;
    std::vector<Requirement> eligibility;
    workflow::Form form;
    std::vector<Prefill> prefill;
    std::vector<AttachmentRule> attachments;
    ScoreSheet scoring;
    std::vector<ResultCode> results;
    std::vector<Step> steps;
    std::vector<TitleRule> titles;
    AwardRule award;
    std::string catalogue;  ///< the final list is an issue of this catalogue, or empty
    std::vector<FollowUpRule> follow_ups;
    std::vector<FactRule> facts;
    Publicity publicity = Publicity::granted;
    std::vector<std::string> public_fields;

    const Step* step(std::string_view code) const;
    std::size_t index_of(std::string_view step_code) const;
    const ResultCode* result(std::string_view code) const;
    const FollowUpRule* follow_up(std::string_view code) const;
    const TitleRule* title_rule(std::string_view code) const;
    std::string process() const { return "programme_" + code; }
    /// Parameters that are not set or not confirmed, in file order of their codes.
    std::vector<const Parameter*> to_be_set_parameters() const;

    /// Reads one file; every refusal names file:line.
    static base::Result<Programme> load(const std::filesystem::path& file, const workflow::Codes&);
    static base::Result<Programme> from(const base::Yaml& root, std::string text,
                                        const workflow::Codes&);
};

/// The applicant's type by the file's rules; empty when it has none or nothing is met.
std::string type_of(const Programme&, const Situation&);

}  // namespace programme
