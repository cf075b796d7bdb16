#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "catalog/kind.h"
#include "store/database.h"

namespace catalog {

enum class DuplicateReason {
    same_number,  ///< shares an identifier such as a patent number
    same_title,   ///< same title after folding, same owner
    similar,      ///< titles share most of their character pairs, or are the same for another owner
};
std::string_view to_string(DuplicateReason reason);

struct Duplicate {
    std::string entry;  ///< id, or "row 12" within an import
    std::string title;
    DuplicateReason reason = DuplicateReason::similar;
    int similarity = 100;  ///< per cent of character pairs shared
};

/// What an entry is recognised by: title with owner, identifiers, and four bands of a min-hash over
/// the title's character pairs, so that near duplicates are found by index look-ups alone.
/// `similarity` 80 is found with probability 0.98, 60 with 0.83.
std::vector<std::string> marks_of(const Kind& kind, const base::json::object& body,
                                  std::string_view owner);
/// Per cent of character pairs that two titles share (Jaccard), after folding. Whole numbers.
int title_similarity(std::string_view one, std::string_view other);
/// Folded for comparing: NFKC, simplified characters, letters and digits only.
std::string fold_title(std::string_view title);

/// The character pairs of a folded title, sorted: worked out once, compared often.
using TitlePairs = std::vector<std::uint32_t>;
TitlePairs pairs_of(std::string_view title);
int similarity(const TitlePairs& one, const TitlePairs& other);

/// What an entry is compared by.
struct Likeness {
    std::string title;
    TitlePairs pairs;
    std::vector<std::string> marks;

    static Likeness of(const Kind& kind, const base::json::object& body, std::string_view owner);
};

/// Compares two entries that share a mark; nothing unless they are duplicates.
std::optional<Duplicate> compare(std::string_view id, const Likeness& its, const Likeness& other);

/// Replaces the marks of an entry.
void store_marks(store::Transaction& transaction, std::string_view entry,
                 const std::vector<std::string>& marks);
void remove_marks(store::Transaction& transaction, std::string_view entry);
/// Those of the marks that some entry carries: tells the rows of a file that need a closer look.
std::set<std::string, std::less<>> known_marks(store::Reader& reader,
                                               const std::vector<std::string>& marks);
/// Entries of any owner that look like this one; at most 20, surest first. Withdrawn ones excepted.
std::vector<Duplicate> find_duplicates(store::Reader& reader, const Likeness& likeness,
                                       std::string_view except_entry);

inline constexpr int similarity_min = 60;

}  // namespace catalog
