#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "base/result.h"
#include "base/texts.h"
#include "base/yaml.h"
#include "contract/profile_condition.h"

namespace contract {

/// How a case ends, from mild to severe.
enum class Outcome : std::uint8_t { registered, returned, not_registered, not_accepted };

/// REGISTER, RETURN, NOT_REGISTERED, NOT_ACCEPTED.
std::string_view name_of(Outcome outcome);
std::optional<Outcome> find_outcome(std::string_view name);

/// What a rule rests on. `mark` says how it is known: S read in a copy, D consultation draft,
/// X new rule text of unnamed origin, K background knowledge, A design of this project.
struct Citation {
    std::string law;
    std::string mark;
    std::string sure;  ///< high, medium or low
};

/// A parameter of the rule set that nobody has compared with the official text yet.
struct Unconfirmed {
    std::string parameter;
    std::string note;
};

/// One condition of a rule set; its place in Profile::conditions() is its number in a decision's path.
struct ProfileCondition {
    std::string id;        ///< unique in the rule set, e.g. "right.public_domain"
    std::string code;      ///< reason, class or flag that it stands for; empty for a criterion
    std::string text_key;  ///< key of the text that explains it
    Condition when;
    std::string where;  ///< file:line
};

/// A check on the whole contract.
struct Gate {
    std::uint16_t condition = 0;
    Outcome outcome = Outcome::returned;
    bool stops = false;      ///< once it fires, later gates are not reported
    bool escalates = false;  ///< a defect not cured in time becomes a refusal
};

/// What an exclusion does to the part.
enum class Exclusion : std::uint8_t {
    ends,     ///< the part is no technology contract
    returns,  ///< the part qualifies once the text is corrected
    moves,    ///< the part is judged by a later step
};

struct ExclusionRule {
    std::uint16_t condition = 0;
    Exclusion effect = Exclusion::ends;
    std::uint16_t target = 0;  ///< step to move on to
};

struct ClassRule {
    std::uint16_t condition = 0;
    std::uint16_t class_index = 0;  ///< place in Profile::classes()
};

/// One step of classification: which kinds it takes, what excludes, what must hold, which class.
struct Step {
    std::string id;
    std::uint16_t takes = 0;
    std::vector<ExclusionRule> exclusions;
    std::vector<std::uint16_t> criteria;
    std::string positive;  ///< code when everything holds; empty for steps that only exclude
    std::vector<ClassRule> classes;
};

/// Parts that only support a main part belong to it and are not judged apart.
struct Absorption {
    std::uint16_t condition = 0;
    std::vector<std::string> codes;  ///< positive codes of the supporting part
    std::vector<std::string> into;   ///< positive codes of the part that it supports
};

/// A class of technology contracts, from classes.yaml.
struct ContractClass {
    std::string code;  ///< e.g. LICENCE.PATENT.SOLE
    base::LocalText name;
    std::string law;
    std::string_view family() const { return std::string_view(code).substr(0, code.find('.')); }
};

enum class ClockUnit { working_days, calendar_days };

/// Days from acceptance to the decision.
struct DecisionClock {
    ClockUnit unit = ClockUnit::working_days;
    int standard = 0;
    int expert = 0;
};

enum class LargeBase { technical, total };

/// Contracts that experts review. The limit is inclusive.
struct LargeContract {
    base::Money limit;
    LargeBase base = LargeBase::technical;
    std::uint16_t condition = 0;  ///< when the expert lane is taken
    std::string flag;
};

/// When neighbouring contracts raise a question. Likeness in thousandths, shares in per cent.
struct NeighbourSettings {
    int split_days = 0;
    int split_likeness = 0;
    int shareholder_percent = 0;
    int circular_months = 0;
    int circular_percent = 0;
};

/// A rule set with the days on which it is in force. Region data; immutable after loading and safe
/// to share. Decisions name the rule set by id; closed cases keep theirs for ever.
class Profile {
  public:
    /// Closed keys, unknown facts, codes without citation and unreachable steps are refused with
    /// file:line. Errors: `profile_malformed`, and those of Condition and Yaml.
    static base::Result<Profile> from(const base::Yaml& root, std::vector<ContractClass> classes);

    const std::string& id() const { return id_; }
    const base::LocalText& name() const { return name_; }
    base::Date valid_from() const { return valid_from_; }
    std::optional<base::Date> valid_to() const { return valid_to_; }
    bool is_in_force(base::Date day) const {
        return day >= valid_from_ && (!valid_to_ || day <= *valid_to_);
    }
    bool is_default() const { return default_; }
    const DecisionClock& clock() const { return clock_; }
    const std::optional<LargeContract>& large() const { return large_; }
    /// The round from which an uncured defect of an escalating gate is a refusal.
    int refuse_from_round() const { return refuse_from_round_; }
    const NeighbourSettings& neighbours() const { return neighbours_; }
    std::span<const Unconfirmed> unconfirmed() const { return unconfirmed_; }

    std::span<const ProfileCondition> conditions() const { return conditions_; }
    const ProfileCondition& condition(std::uint16_t number) const { return conditions_[number]; }
    std::span<const Gate> gates() const { return gates_; }
    std::span<const Step> steps() const { return steps_; }
    const std::string& unmatched_code() const { return unmatched_code_; }
    std::span<const Absorption> absorptions() const { return absorptions_; }
    /// Gates on facts that are only known after classification.
    std::span<const Gate> late_gates() const { return late_gates_; }
    std::span<const std::uint16_t> flags() const { return flags_; }

    std::span<const ContractClass> classes() const { return classes_; }
    /// Rank among equal shares: lower goes first.
    int rank_of(std::uint16_t class_index) const { return ranks_[class_index]; }
    /// Every reason code with what it rests on.
    const std::map<std::string, Citation, std::less<>>& citations() const { return citations_; }
    /// Whether a title that suggests `title` goes with the class. Titles name a class, the front
    /// part of one (LICENCE.PATENT), or an alias of the rule set (许可, licence).
    bool title_agrees(std::string_view title, std::string_view class_code) const;
    /// Whether the title means anything to this rule set. One that does not never agrees.
    bool knows_title(std::string_view title) const;

  private:
    friend class ProfileReader;

    std::string id_;
    base::LocalText name_;
    base::Date valid_from_;
    std::optional<base::Date> valid_to_;
    bool default_ = false;
    DecisionClock clock_;
    std::optional<LargeContract> large_;
    int refuse_from_round_ = 0;
    NeighbourSettings neighbours_;
    std::vector<Unconfirmed> unconfirmed_;
    std::vector<ProfileCondition> conditions_;
    std::vector<Gate> gates_;
    std::vector<Step> steps_;
    std::string unmatched_code_;
    std::vector<Absorption> absorptions_;
    std::vector<Gate> late_gates_;
    std::vector<std::uint16_t> flags_;
    std::vector<ContractClass> classes_;
    std::vector<int> ranks_;
    std::map<std::string, Citation, std::less<>> citations_;
    std::map<std::string, std::vector<std::string>, std::less<>> titles_;
};

/// All rule sets of a region.
class RuleSets {
  public:
    /// Reads `folder`/classes.yaml and `folder`/profiles/*.yaml. Exactly one must be the default, and
    /// no day may have two in force. Errors as Profile, and `rule_sets_overlap`.
    static base::Result<RuleSets> load(const std::filesystem::path& folder);

    /// `rule_set_unknown` when there is none of that id.
    base::Result<const Profile*> find(std::string_view id) const;
    /// The one in force on the acceptance day, or `rule_set_not_in_force`.
    base::Result<const Profile*> in_force(base::Date accepted) const;
    /// The default, for cases that name neither a rule set nor an acceptance day.
    const Profile& preferred() const;
    /// By id if one is given, else by acceptance day if known, else the default.
    base::Result<const Profile*> choose(std::string_view id,
                                        const std::optional<base::Date>& accepted) const;
    std::span<const Profile> all() const { return profiles_; }

  private:
    std::vector<Profile> profiles_;
};

}  // namespace contract
