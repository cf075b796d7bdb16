#include "catalog/duplicates.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>
#include <set>

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/check.h"
#include "base/hash.h"
#include "base/text.h"
#include "catalog/body.h"

namespace catalog {
namespace {

constexpr std::size_t bands = 4;
constexpr std::size_t hashes_per_band = 2;
constexpr std::size_t found_max = 20;
constexpr std::size_t marks_per_query = 8;
constexpr std::int64_t rows_max = 200;

using Pairs = std::set<std::uint32_t>;

std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

/// Neighbouring characters of a folded title; a single character pairs with nothing.
Pairs pairs_of(std::string_view folded) {
    icu::UnicodeString text =
        icu::UnicodeString::fromUTF8({folded.data(), static_cast<std::int32_t>(folded.size())});
    Pairs pairs;
    for (std::int32_t i = 0; i + 1 < text.length(); ++i) {
        pairs.insert(static_cast<std::uint32_t>(text[i]) << 16 | text[i + 1]);
    }
    if (pairs.empty() && text.length() == 1) pairs.insert(static_cast<std::uint32_t>(text[0]));
    return pairs;
}

std::string short_hash(std::string_view text) {
    return base::to_hex(base::sha256(text)).substr(0, 24);
}

/// Numbers are compared without spaces, hyphens and case: "ZL 2020 1 0123456.7".
std::string fold_number(std::string_view number) {
    std::string folded = base::fold(number);
    std::erase_if(folded, [](char c) { return c == ' ' || c == '-' || c == '.'; });
    return folded;
}

std::vector<std::string> numbers_at(const base::json::object& body, const std::string& path) {
    std::size_t dot = path.find('.');
    if (dot == path.npos) return {base::text_at(body, path)};
    std::vector<std::string> numbers;
    for (const base::json::value& row : base::array_at(body, path.substr(0, dot))) {
        if (!row.is_object()) continue;
        numbers.push_back(base::text_at(row.get_object(), path.substr(dot + 1)));
    }
    return numbers;
}

void add_band_marks(std::vector<std::string>& marks, const Kind& kind, const Pairs& pairs) {
    for (std::size_t band = 0; band < bands; ++band) {
        std::uint64_t combined = band;
        for (std::size_t i = 0; i < hashes_per_band; ++i) {
            std::uint64_t seed = mix(band * hashes_per_band + i + 1);
            std::uint64_t smallest = UINT64_MAX;
            for (std::uint32_t pair : pairs)
                smallest = std::min(smallest, mix(pair ^ seed));
            combined = mix(combined ^ smallest);
        }
        std::array<std::uint8_t, 8> bytes{};
        for (std::size_t i = 0; i < bytes.size(); ++i) {
            bytes[i] = static_cast<std::uint8_t>(combined >> (8 * i));
        }
        marks.push_back("s:" + kind.code() + ":" + std::to_string(band) + base::to_hex(bytes));
    }
}

bool shares(const std::vector<std::string>& one, const std::vector<std::string>& other,
            std::string_view prefix) {
    return std::any_of(one.begin(), one.end(), [&](const std::string& mark) {
        return mark.starts_with(prefix) &&
               std::find(other.begin(), other.end(), mark) != other.end();
    });
}

int rank(DuplicateReason reason) {
    return static_cast<int>(reason);
}

}  // namespace

std::string_view to_string(DuplicateReason reason) {
    switch (reason) {
        case DuplicateReason::same_number:
            return "same_number";
        case DuplicateReason::same_title:
            return "same_title";
        case DuplicateReason::similar:
            return "similar";
    }
    CHECK(false);
    return {};
}

std::string fold_title(std::string_view title) {
    std::string folded = base::to_simplified(base::fold(title));
    icu::UnicodeString text = icu::UnicodeString::fromUTF8(folded);
    icu::UnicodeString kept;
    for (std::int32_t i = 0; i < text.length(); i = text.moveIndex32(i, 1)) {
        UChar32 c = text.char32At(i);
        if (u_isalnum(c)) kept.append(c);
    }
    std::string result;
    kept.toUTF8String(result);
    return result;
}

int title_similarity(std::string_view one, std::string_view other) {
    Pairs first = pairs_of(fold_title(one));
    Pairs second = pairs_of(fold_title(other));
    std::size_t both = 0;
    for (std::uint32_t pair : first)
        both += second.contains(pair) ? 1 : 0;
    std::size_t all = first.size() + second.size() - both;
    return all == 0 ? 0 : static_cast<int>(both * 100 / all);
}

std::vector<std::string> marks_of(const Kind& kind, const base::json::object& body,
                                  std::string_view owner) {
    std::vector<std::string> marks;
    std::string title = fold_title(plain_text(body, *kind.form.field("title")));
    if (!title.empty()) {
        marks.push_back("t:" + short_hash(kind.code() + "\n" + std::string(owner) + "\n" + title));
        add_band_marks(marks, kind, pairs_of(title));
    }
    for (const std::string& path : kind.identifiers) {
        for (const std::string& number : numbers_at(body, path)) {
            std::string folded = fold_number(number);
            if (folded.size() >= 4) marks.push_back("n:" + short_hash(kind.code() + folded));
        }
    }
    std::sort(marks.begin(), marks.end());
    marks.erase(std::unique(marks.begin(), marks.end()), marks.end());
    return marks;
}

std::vector<Duplicate> compare(std::string_view id, std::string_view title,
                               const std::vector<std::string>& its_marks,
                               std::string_view other_title,
                               const std::vector<std::string>& other_marks) {
    Duplicate found{std::string(id), std::string(title), DuplicateReason::similar,
                    title_similarity(title, other_title)};
    if (shares(its_marks, other_marks, "n:")) {
        found.reason = DuplicateReason::same_number;
    } else if (shares(its_marks, other_marks, "t:")) {
        found.reason = DuplicateReason::same_title;
    } else if (found.similarity < similarity_min) {
        return {};
    }
    return {std::move(found)};
}

void remove_marks(store::Transaction& transaction, std::string_view entry) {
    transaction.execute("DELETE FROM catalog_mark WHERE entry = :entry", {{"entry", entry}});
}

void store_marks(store::Transaction& transaction, std::string_view entry,
                 const std::vector<std::string>& marks) {
    for (const std::string& mark : marks) {
        transaction.execute("INSERT INTO catalog_mark (mark, entry) VALUES (:mark, :entry)",
                            {{"mark", mark}, {"entry", entry}});
    }
}

std::vector<Duplicate> find_duplicates(store::Reader& reader, std::string_view title,
                                       const std::vector<std::string>& marks,
                                       std::string_view except_entry) {
    std::map<std::string, std::vector<std::string>> candidates;
    for (std::size_t first = 0; first < marks.size(); first += marks_per_query) {
        auto mark = [&](std::size_t i) {
            return first + i < marks.size() ? marks[first + i] : std::string();
        };
        for (const store::Row& row : reader.query(
                 "SELECT entry, mark FROM catalog_mark WHERE mark IN (:m0, :m1, :m2, :m3, :m4, :m5,"
                 " :m6, :m7) AND entry <> :except LIMIT :limit",
                 {{"m0", mark(0)},
                  {"m1", mark(1)},
                  {"m2", mark(2)},
                  {"m3", mark(3)},
                  {"m4", mark(4)},
                  {"m5", mark(5)},
                  {"m6", mark(6)},
                  {"m7", mark(7)},
                  {"except", except_entry},
                  {"limit", rows_max}})) {
            candidates[row.text(0)].push_back(row.text(1));
        }
    }
    std::vector<Duplicate> result;
    for (const auto& [id, shared] : candidates) {
        auto row = reader.first("SELECT title FROM catalog_entry WHERE id = :id AND state <> :gone",
                                {{"id", id}, {"gone", "withdrawn"}});
        if (!row) continue;
        for (Duplicate& found : compare(id, row->text(0), shared, title, marks)) {
            result.push_back(std::move(found));
        }
    }
    std::sort(result.begin(), result.end(), [](const Duplicate& a, const Duplicate& b) {
        return std::pair(rank(a.reason), -a.similarity) < std::pair(rank(b.reason), -b.similarity);
    });
    if (result.size() > found_max) result.resize(found_max);
    return result;
}

}  // namespace catalog
