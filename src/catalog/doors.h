#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/texts.h"
#include "catalog/entry.h"
#include "catalog/kind.h"
#include "catalog/search_feed.h"

namespace catalog {

/// A way in on the home page: one factor of the plan, with the kinds behind it.
struct Door {
    std::string code;
    base::LocalText name;
    base::LocalText hint;  ///< one line: what is found behind it
    std::vector<std::string> kinds;
};

/// A range that the other entry states and this entry's value lies in: a pilot base takes results
/// of level 4 to 7.
struct Covering {
    std::string value;  ///< choice with whole numbers as codes, of this entry
    std::string low;    ///< the same, of the other entry
    std::string high;
    base::LocalText reason;  ///< {value} {low} {high}
};

struct Sharing {
    std::string attribute;   ///< "card", or a filter of both kinds
    base::LocalText reason;  ///< {values}: the labels in common
};

/// What an entry of one kind may need of another kind: who is looked for, and what must be shared.
struct SuggestionRule {
    std::string code;
    std::vector<std::string> from;  ///< kinds
    std::string to;
    base::LocalText title;
    std::vector<std::pair<std::string, std::vector<std::string>>> where;  ///< of the other entry
    base::LocalText because;      ///< a reason that holds for all of them, or empty
    std::vector<Sharing> shares;  ///< each with at least one value in common
    std::optional<Covering> covers;
    base::LocalText same_city;   ///< reason {city}; not needed, but puts it first
    base::LocalText same_words;  ///< reason {words}: keywords in common; puts it first
    std::size_t limit = 2;
};

/// Why an entry was suggested, as a text with parameters; values are codes of `field`.
struct SuggestionReason {
    const base::LocalText* text = nullptr;
    std::string field;  ///< of the kind of the suggested entry, for labels; or empty
    std::vector<std::string> values;
    std::string low;
    std::string high;
};

struct Suggested {
    Entry entry;
    std::vector<SuggestionReason> reasons;
    int strength = 0;  ///< more is better; only for the order
};

/// The region's doors and rules of suggestion (regions/<r>/doors.yaml). A region without the file
/// has a door for each kind and no suggestions. Immutable; shareable.
class Doors {
  public:
    /// Refuses unknown kinds, fields that cannot be compared and repeated codes, with file:line.
    static base::Result<Doors> load(const std::filesystem::path& file, const Kinds& kinds);

    const std::vector<Door>& all() const { return doors_; }
    const Door* find(std::string_view code) const;
    /// The door behind which a kind stands; null if behind none.
    const Door* of_kind(std::string_view kind) const;
    const std::vector<std::string>& shelves() const { return shelves_; }  ///< kinds, home page
    const std::vector<std::string>& figures() const { return figures_; }  ///< indicators, home page
    const std::vector<SuggestionRule>& rules() const { return rules_; }

  private:
    std::vector<Door> doors_;
    std::vector<std::string> shelves_;
    std::vector<std::string> figures_;
    std::vector<SuggestionRule> rules_;
};

/// The search that finds candidates of a rule for this entry; nothing if the rule does not apply.
std::optional<EntrySearch> search_for(const SuggestionRule& rule, const Kind& kind,
                                      const Entry& entry);
/// Whether a candidate fits, and why. Pure.
std::optional<Suggested> judge(const SuggestionRule& rule, const Kind& kind, const Entry& entry,
                               const Kind& other_kind, const Entry& other);

}  // namespace catalog
