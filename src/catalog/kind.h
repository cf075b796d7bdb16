#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "workflow/codes.h"
#include "workflow/form.h"

namespace catalog {

/// What an answer to a coach's question must hold to count.
enum class Needs { any, number, date, money };

struct CoachQuestion {
    std::string group;  ///< FieldSpec::coach of the fields that answer it
    Needs needs = Needs::any;
    bool essential = false;
};

/// How a kind is coached (kinds/<kind>.yaml `coach`), see coach.h.
struct CoachRule {
    std::vector<CoachQuestion> questions;  ///< in the order in which they are asked
    int optional_missing_max = 0;
    int long_term_months = 0;  ///< 0: the deadline never makes it long-term
    int long_term_level = 0;   ///< 0: the level never does
};

/// How entries of a kind are paired with others (match): what is wanted meets what is offered.
enum class Pairing { none, wanted, offered };

/// Where the fields that every kind may have are found in this kind; empty: it has none.
struct Columns {
    std::string card;        ///< choice
    std::string cards_more;  ///< choices
    std::string level;       ///< choice with whole numbers as codes
    std::string amount;      ///< money
    std::string deadline;    ///< date
    std::string visibility;  ///< choice: public, platform, anonymous, parties
    std::string field;       ///< choice
    std::string modes;       ///< choices
    std::string ends;        ///< date: an entry is valid no longer than that (an event, a policy)
    std::string supersedes;  ///< reference: the older entry of this kind that this one replaces
};

/// What stands on an entry's card in a list, in the kind's own words. `{level}` and `{amount}` are
/// put in; an empty text leaves the line out.
struct CardWords {
    base::LocalText level;
    base::LocalText amount;
    base::LocalText no_amount;
};

/// A column of the spreadsheet: a field, one language of it, or one cell of a table's row.
struct SheetField {
    const base::FieldSpec* field = nullptr;  ///< the leaf: for a table its column
    const base::FieldSpec* table = nullptr;  ///< the table field, or null
    std::size_t row = 0;                     ///< of the table, from 0
    std::string language;                    ///< "en" for `title@en`, empty for the original
    std::string path;                        ///< "title", "title@en", "ip.0.number"
    std::string label(base::Language language) const;
};

/// A kind of catalog entry, as `kinds/<kind>.yaml` describes it: form, page, search, spreadsheet,
/// coach. A new kind needs a file, no C++. Immutable; shareable.
struct Kind {
    workflow::Form form;
    base::LocalText plural;
    std::string process;
    int validity_months = 12;
    int remind_days = 30;
    Columns columns;
    std::vector<std::string> identifiers;  ///< "ip.number": numbers that mark a duplicate
    std::vector<std::string> page;         ///< public fields, in order
    std::map<std::string, int> search;     ///< text field → weight
    std::vector<std::string> filters;      ///< choice fields offered as facets
    std::vector<std::string> facts;        ///< public fields shown on the card
    std::vector<std::string> living;  ///< fields the owner changes while public, without a review
    CardWords card_words;
    Pairing pairing = Pairing::none;
    std::string schema_type = "CreativeWork";  ///< of schema.org, for machines that read the page
    std::vector<std::string> sheet;            ///< spreadsheet columns: "title", "title@en", "ip:2"
    std::map<std::string, std::string, std::less<>>
        example;  ///< cells of the template's example row
    CoachRule coach;

    const std::string& code() const { return form.code; }
    /// The spreadsheet's columns, tables spread out. Points into this Kind.
    std::vector<SheetField> sheet_fields() const;
    /// Faults carry file:line: unknown field or key, a filter that is no choice, a confidential
    /// field on the page or in the search.
    static base::Result<Kind> from(const base::Yaml& root, const workflow::Codes& codes);
};

class Kinds {
  public:
    /// Reads every `<kind>.yaml`. Also refuses two kinds that weigh the same search field
    /// differently (`weight_differs`): the index has one weight per field.
    static base::Result<Kinds> load(const std::filesystem::path& folder,
                                    const workflow::Codes& codes);
    base::Status add(Kind kind);
    const Kind* find(std::string_view code) const;                   ///< null if unknown
    base::Result<const Kind*> require(std::string_view code) const;  ///< `kind_unknown`
    const std::vector<Kind>& all() const { return kinds_; }

  private:
    std::vector<Kind> kinds_;
};

}  // namespace catalog
