#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "search/document.h"
#include "search/plan.h"

namespace search {

/// A fingerprint of each live document as the index holds it: every term with its frequency and
/// positions, its length, the starts of its fields and its attributes. Independent of segments and of
/// the order of documents in them, so that an index that grew is comparable with one made anew.
std::map<std::string, std::uint64_t> prints_of(const View& view, const Schema& schema);

/// The first document in which two indexes differ, in words with the names given to the two; empty
/// when they hold the same.
std::string first_difference(const std::map<std::string, std::uint64_t>& one,
                             std::string_view one_name,
                             const std::map<std::string, std::uint64_t>& other,
                             std::string_view other_name);

}  // namespace search
