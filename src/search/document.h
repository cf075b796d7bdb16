#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace search {

/// A text field: words in it count `weight` times (1 to 16) in the ranking (BM25F: the weighted
/// frequencies of all fields are added before they saturate).
struct FieldSpec {
    std::string name;
    int weight = 1;
};

enum class AttributeKind : std::uint8_t {
    keyword,  ///< one or several short codes; filtered by any-of, counted as facets
    number,   ///< one whole number; filtered by range, sorted by
};

struct AttributeSpec {
    std::string name;
    AttributeKind kind = AttributeKind::keyword;
};

/// What the documents of an index consist of. Fixed for the life of an index; a snapshot made with
/// another schema is refused.
struct Schema {
    std::vector<FieldSpec> fields;
    std::vector<AttributeSpec> attributes;
    std::vector<std::string> user_words;  ///< kept whole by the splitter; folded here

    std::optional<std::size_t> field(std::string_view name) const;
    std::optional<std::size_t> attribute(std::string_view name) const;
    /// One text per schema (user words included): for comparing with a snapshot's.
    std::string fingerprint() const;
};

/// A document as it is put in. Fields and attributes that the schema lacks are our own mistake.
struct Document {
    std::string id;  ///< unique; a second put with the same id replaces the first
    std::map<std::string, std::string> texts;
    std::map<std::string, std::vector<std::string>> keywords;
    std::map<std::string, std::int64_t>
        numbers;  ///< e.g. place code, TRL, price in fen, day number
};

}  // namespace search
