#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/money.h"

namespace match {

enum class ItemKind { achievement, demand };

/// The state of the rights in an achievement, as far as it decides whether a match makes sense.
enum class RightsState { unknown, pending, granted, lapsed };

/// Why an item is out of the question whatever its content; shown, never silently dropped.
enum class Stop {
    none,
    expired,
    secret,
    export_controlled,
    exclusive_elsewhere,
    owner_blocked,
    same_kind,
    same_owner
};

/// One side of a match: an achievement or a demand, reduced to what scoring looks at. What is not
/// known stays absent or empty, and is then neither for nor against.
struct Item {
    std::string id;
    ItemKind kind = ItemKind::achievement;
    std::string language;  ///< BCP 47 of the texts: zh, en, vi, th, id, ms, lo, km, my, fil
    std::string title;
    std::string abstract;
    std::vector<std::string> keywords;
    std::string present_solution;  ///< demand: what is used now; achievement: what it replaces

    std::string country;                ///< ISO 3166 alpha-2, for sources that say it
    bool is_foreign = false;            ///< the owner is an organisation abroad
    std::string region;                 ///< name as written, for sources without codes
    std::optional<std::int64_t> place;  ///< GB/T 2260 code
    std::vector<std::string> cards;     ///< C1 to C9, primary first
    std::optional<int> trl;             ///< achievement: stage reached
    std::optional<int> trl_min;         ///< demand: stage wanted
    RightsState rights = RightsState::unknown;
    std::vector<std::string> modes;    ///< codes or names of licence, transfer, joint work …
    std::optional<base::Money> price;  ///< achievement: asked; demand: budget
    std::string owner;                 ///< organisation id; a pair within one owner is no match
    /// Requests for contact that the owner was sent and has answered in time, so far.
    int requests_due = 0;
    int requests_answered = 0;
    std::optional<base::Date> deadline;  ///< last day of a demand, or of an achievement's validity

    bool is_secret = false;
    bool is_export_controlled = false;
    bool is_exclusively_licensed = false;
    std::vector<std::string> blocked_owners;  ///< this side does not want to be matched with
};

}  // namespace match
