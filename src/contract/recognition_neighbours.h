#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/money.h"
#include "contract/profile.h"

namespace contract {

struct Shareholder {
    std::string name;
    int percent = 0;  ///< share held, whole per cent
};

/// What is known of a party for comparing it with others. Empty texts match nothing.
struct NeighbourParty {
    std::string credit_code;  ///< unified social credit code, 18 characters
    std::string legal_representative;
    std::string address;
    std::vector<Shareholder> shareholders;
};

/// A contract as it is compared with those beside it.
struct NeighbourContract {
    std::string id;
    NeighbourParty seller;
    NeighbourParty buyer;
    std::string title;
    std::string text_hash;  ///< of the full text, hexadecimal; empty if there is none
    base::Date signed_on;
    base::Money total;      ///< yuan
    base::Money technical;  ///< yuan
};

/// A question for the registrar with what it rests on. It never decides anything.
struct NeighbourQuestion {
    std::string code;                    ///< Q-SPLIT, Q-RELATED, Q-CIRCULAR or Q-DUPLICATE
    std::vector<std::string> contracts;  ///< ids of the others concerned, sorted
    std::vector<std::pair<std::string, std::string>> evidence;  ///< what was compared → values
    bool operator==(const NeighbourQuestion&) const = default;
};

/// Likeness of two titles in thousandths: Dice coefficient of their pairs of characters after
/// folding case, width and white space. 1000 = same, 0 = nothing in common.
int likeness(std::string_view one, std::string_view other);

/// Signs that two parties belong together: same body in the credit code, legal representative,
/// shareholder above the rule set's share, or address. Empty if none.
std::vector<std::pair<std::string, std::string>> relation(const NeighbourParty& one,
                                                          const NeighbourParty& other,
                                                          const NeighbourSettings& settings);

/// All questions that the contracts beside this one raise. Pure; thresholds come from the rule set
/// (docs/recognition.md, "Neighbouring contracts"); no rule text for them has been seen.
///  - Q-SPLIT: same or related parties, like titles, signed close together, each below the limit of
///    large contracts and together at or above it. Never under a rule set without such a limit.
///  - Q-RELATED: seller and buyer of this contract belong together.
///  - Q-CIRCULAR: the reverse contract exists, close in time and amount.
///  - Q-DUPLICATE: same parties, and at least two of day, total and text are the same.
std::vector<NeighbourQuestion> neighbour_questions(const Profile& profile,
                                                   const NeighbourContract& contract,
                                                   const std::vector<NeighbourContract>& others);

}  // namespace contract
