#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "contract/amounts.h"
#include "contract/profile.h"
#include "contract/recognition_case.h"

namespace contract {

/// How quickly and by whom a registrable contract is decided.
enum class Lane : std::uint8_t { standard, expert };

std::string_view name_of(Lane lane);

/// One condition that was looked at, in order. `condition` numbers Profile::conditions(), which has
/// its id, the facts it reads and the key of its text.
struct PathStep {
    std::uint16_t condition = 0;
    std::int16_t part = -1;  ///< index of the part, -1 for the contract as a whole
    bool holds = false;
    bool operator==(const PathStep&) const = default;
};

enum class PartStatus : std::uint8_t {
    positive,  ///< a technology contract of its class
    curable,   ///< it would be one with a corrected text
    excluded,  ///< it is none; dropped
    absorbed,  ///< supports another part and belongs to it
};

/// What became of one part.
struct PartResult {
    std::string id;
    PartStatus status = PartStatus::excluded;
    std::string class_code;          ///< empty if excluded or not determinable
    std::vector<std::string> codes;  ///< every code found, in order, the positive one included
    Amounts amounts;
    bool operator==(const PartResult&) const = default;
};

/// The proposal for one case under one rule set; a registrar confirms and signs it.
struct Decision {
    Outcome outcome = Outcome::not_registered;
    std::string class_code;            ///< main class; only for REGISTER and RETURN
    std::vector<std::string> reasons;  ///< sorted, each once; never empty
    std::vector<std::string> flags;    ///< sorted, each once
    std::optional<Amounts> amounts;    ///< of the registrable parts; with class_code
    std::optional<base::Money>
        equity;                ///< agreed value of technology given as equity, in its own column
    std::optional<Lane> lane;  ///< only for REGISTER
    int right_office = 0;      ///< with A02: city code of the office in charge, else 0
    /// Several classes are priced apart: the seller may file them as separate contracts.
    bool may_be_split = false;
    /// Facts that were read and answered "unknown"; they counted as "not established".
    std::vector<std::string> unknown_facts;
    std::vector<PartResult> parts;
    std::vector<PathStep> path;

    bool operator==(const Decision&) const = default;
};

/// Decides a case under a rule set. Pure and total: every case has an outcome, with at least one
/// reason; the order of parts and lines changes nothing but the order of the per-part results.
///
/// Gates run first and collect every code (the first that stops ends the report); then each part
/// goes through the classification steps; then the main class, the amounts, the late gates, the
/// flags and the lane follow. The severest outcome wins. docs/recognition.md tells it in full.
Decision evaluate(const Profile& profile, const Case& facts);

/// What differs from what a case file expects, one line each ("class: expected …, got …"); empty if
/// nothing. Only the keys written there are compared; reasons and flags as sets.
std::vector<std::string> differences(const Decision& decision, const Expectation& expected);

/// "P1.goal" or "round": a fact of a decision's path with its part, for people and machines.
std::string qualified_name(Fact fact, const Case& facts, std::int16_t part);

}  // namespace contract
