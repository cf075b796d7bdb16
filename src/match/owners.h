#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "party/actor.h"
#include "store/database.h"

namespace match {

/// How an organisation answered requests for contact.
struct AnswerRecord {
    int due = 0;       ///< answered, declined or lapsed; what still may be answered does not count
    int answered = 0;  ///< accepted or declined in time: a clear no is an answer
};

/// What matching looks at of the owner of an item.
struct OwnerFacts {
    bool is_foreign = false;
    AnswerRecord record;
    std::vector<std::string> blocked;
};

/// What matching knows of organisations beside their entries: how they answer, and whom they do not
/// want to be matched with. Stateless; thread-safe.
class Owners {
  public:
    /// The state of one request for contact; a later state replaces an earlier one.
    static void note_answer(store::Transaction&, std::string_view contact, std::string_view owner,
                            std::string_view state);
    static OwnerFacts facts_of(store::Reader&, std::string_view owner);
    static AnswerRecord record_of(store::Reader&, std::string_view owner);

    /// The actor's own organisation no longer wants to be matched with another. Errors:
    /// `not_signed_in`, `organisation_missing` (the actor acts for none), `block_own_organisation`.
    static base::Status block(store::Transaction&, const party::Actor&, std::string_view other);
    /// `block_unknown` when it was not blocked.
    static base::Status unblock(store::Transaction&, const party::Actor&, std::string_view other);
    static std::vector<std::string> blocked_by(store::Reader&, std::string_view organisation);
};

}  // namespace match
