#pragma once

#include <bitset>
#include <cstddef>
#include <string>
#include <vector>

#include "contract/recognition.h"

namespace contract {

/// Which facts of a case have been answered. The other values in the case are only assumptions.
struct Answered {
    std::bitset<fact_count> whole;
    std::vector<std::bitset<fact_count>> parts;  ///< one per part of the case

    void set(Fact fact) { whole.set(static_cast<std::size_t>(fact)); }
    void set(std::size_t part, Fact fact) { parts.at(part).set(static_cast<std::size_t>(fact)); }
};

struct Contract;
/// Facts that were given in words: what the form tells, and the answers; the rest are assumptions.
Answered answered_of(const Contract& contract, const Case& facts);

/// One question of the guided list.
struct Question {
    Fact fact;
    std::int16_t part = -1;  ///< index of the part, -1 for the contract as a whole
    /// Key of its texts: `<key>.ask`, `<key>.why`, `<key>.example`.
    std::string text_key;
    bool operator==(const Question&) const = default;
};

/// The questions whose answer can still change the decision, in the order of the vocabulary; the
/// others need not be asked. A question stays when two of its answers lead to different decisions,
/// with the other open facts at their assumed values or any one of them changed. Severe outcomes
/// are compared by outcome only: once a case is refused, nothing more is asked that leaves it refused.
///
/// Bounded: at most `evaluations_max` evaluations; questions not examined by then are kept. A part
/// without a kind is first asked for its kind alone.
std::vector<Question> next_questions(const Profile& profile, const Case& facts,
                                     const Answered& answered, int evaluations_max = 60'000);

}  // namespace contract
