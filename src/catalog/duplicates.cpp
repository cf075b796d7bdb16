#include "catalog/duplicates.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <map>

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

std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

/// Neighbouring characters of a folded title; a single character stands for itself.
TitlePairs pairs_of_folded(std::string_view folded) {
    icu::UnicodeString text =
        icu::UnicodeString::fromUTF8({folded.data(), static_cast<std::int32_t>(folded.size())});
    TitlePairs pairs;
    for (std::int32_t i = 0; i + 1 < text.length(); ++i) {
        pairs.push_back(static_cast<std::uint32_t>(text[i]) << 16 | text[i + 1]);
    }
    if (text.length() == 1) pairs.push_back(static_cast<std::uint32_t>(text[0]));
    std::sort(pairs.begin(), pairs.end());
    pairs.erase(std::unique(pairs.begin(), pairs.end()), pairs.end());
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

void add_band_marks(std::vector<std::string>& marks, const Kind& kind, const TitlePairs& pairs) {
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

TitlePairs pairs_of(std::string_view title) {
    return pairs_of_folded(fold_title(title));
}

int similarity(const TitlePairs& one, const TitlePairs& other) {
    std::size_t both = 0;
    for (auto a = one.begin(), b = other.begin(); a != one.end() && b != other.end();) {
        if (*a == *b) {
            ++both;
            ++a;
            ++b;
        } else if (*a < *b) {
            ++a;
        } else {
            ++b;
        }
    }
    std::size_t all = one.size() + other.size() - both;
    return all == 0 ? 0 : static_cast<int>(both * 100 / all);
}

int title_similarity(std::string_view one, std::string_view other) {
    return similarity(pairs_of(one), pairs_of(other));
}

namespace {

std::vector<std::string> marks_with(const std::string& title, const Kind& kind,
                                    const base::json::object& body, std::string_view owner) {
    std::vector<std::string> marks;
    if (!title.empty()) {
        marks.push_back("t:" + short_hash(kind.code() + "\n" + std::string(owner) + "\n" + title));
        add_band_marks(marks, kind, pairs_of_folded(title));
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

}  // namespace

std::vector<std::string> marks_of(const Kind& kind, const base::json::object& body,
                                  std::string_view owner) {
    return marks_with(fold_title(plain_text(body, *kind.form.field("title"))), kind, body, owner);
}

Likeness Likeness::of(const Kind& kind, const base::json::object& body, std::string_view owner) {
    Likeness likeness;
    likeness.title = plain_text(body, *kind.form.field("title"));
    std::string folded = fold_title(likeness.title);  // once: it is the dearest part
    likeness.pairs = pairs_of_folded(folded);
    likeness.marks = marks_with(folded, kind, body, owner);
    return likeness;
}

std::optional<Duplicate> compare(std::string_view id, const Likeness& its, const Likeness& other) {
    Duplicate found{std::string(id), its.title, DuplicateReason::similar,
                    similarity(its.pairs, other.pairs)};
    if (shares(its.marks, other.marks, "n:")) {
        found.reason = DuplicateReason::same_number;
    } else if (shares(its.marks, other.marks, "t:")) {
        found.reason = DuplicateReason::same_title;
    } else if (found.similarity < similarity_min) {
        return {};
    }
    return found;
}

void remove_marks(store::Transaction& transaction, std::string_view entry) {
    transaction.execute("DELETE FROM catalog_mark WHERE entry = :entry", {{"entry", entry}});
}

void store_marks(store::Transaction& transaction, std::string_view entry,
                 const std::vector<std::string>& marks) {
    if (marks.empty()) return;
    // One statement for all: an import stores tens of thousands of entries in one transaction.
    std::vector<std::string> names;
    std::string sql = "INSERT INTO catalog_mark (mark, entry) VALUES ";
    for (std::size_t i = 0; i < marks.size(); ++i) {
        names.push_back("m" + std::to_string(i));
        sql += (i == 0 ? "(:" : ", (:") + names.back() + ", :entry)";
    }
    store::Bindings bindings{{"entry", entry}};
    for (std::size_t i = 0; i < marks.size(); ++i)
        bindings.push_back({names[i], marks[i]});
    transaction.execute(sql, bindings);
}

std::set<std::string, std::less<>> known_marks(store::Reader& reader,
                                               const std::vector<std::string>& marks) {
    constexpr std::size_t asked_at_once = 64;
    std::vector<std::string> names;
    std::string sql = "SELECT DISTINCT mark FROM catalog_mark WHERE mark IN (";
    for (std::size_t i = 0; i < asked_at_once; ++i) {
        names.push_back("m" + std::to_string(i));
        sql += (i == 0 ? ":" : ", :") + names.back();
    }
    sql += ")";
    std::set<std::string, std::less<>> known;
    for (std::size_t first = 0; first < marks.size(); first += asked_at_once) {
        store::Bindings bindings;
        for (std::size_t i = 0; i < asked_at_once; ++i) {
            bool there = first + i < marks.size();
            bindings.push_back({names[i], there ? marks[first + i] : std::string()});
        }
        for (const store::Row& row : reader.query(sql, bindings))
            known.insert(row.text(0));
    }
    return known;
}

std::vector<Duplicate> find_duplicates(store::Reader& reader, const Likeness& likeness,
                                       std::string_view except_entry) {
    const std::vector<std::string>& marks = likeness.marks;
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
        auto found = compare(id, {row->text(0), pairs_of(row->text(0)), shared}, likeness);
        if (found) result.push_back(std::move(*found));
    }
    std::sort(result.begin(), result.end(), [](const Duplicate& a, const Duplicate& b) {
        return std::pair(rank(a.reason), -a.similarity) < std::pair(rank(b.reason), -b.similarity);
    });
    if (result.size() > found_max) result.resize(found_max);
    return result;
}

}  // namespace catalog
