#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "match/profile.h"

namespace match {

struct TrainingOptions {
    std::size_t dimensions = 64;
    std::size_t items_with_term_min = 2;  ///< rarer words have no company to be known by
    std::size_t terms_max = 60'000;       ///< the most frequent are kept
    int rounds = 4;                       ///< of the power iteration
    std::uint64_t seed = 20170264;
};

/// Word vectors learned from the company that words and concepts keep in the site's own items: the
/// leading directions of the weighted term × item table (latent semantic analysis, found with a
/// seeded random start and power iteration). The same items, options and seed give the same bytes.
/// Immutable once made; safe from many threads.
class WordVectors {
  public:
    /// Concepts count as words of their own, so that texts in different languages keep company.
    /// `vectors_too_few_items` ({min}): there is nothing to learn from.
    static base::Result<WordVectors> train(std::span<const Profile> items, const Lexicon& lexicon,
                                           const TrainingOptions& options);

    /// Vectors that were made elsewhere, by name; they are brought to length one. Errors:
    /// `embedding_answer_malformed` when there are none or they are not of one size.
    static base::Result<WordVectors> of_names(
        const std::map<std::string, std::vector<float>>& named);

    /// Written beside `path` and renamed there; format in docs/formats/match-vectors.md.
    base::Status save(const std::filesystem::path& path) const;
    /// Errors: `vectors_missing`, `vectors_damaged` (checksum, sizes), `vectors_other_version`.
    static base::Result<WordVectors> load(const std::filesystem::path& path);

    std::size_t dimensions() const { return dimensions_; }
    std::size_t term_count() const { return terms_.size(); }
    std::uint64_t trained_items() const { return items_; }
    /// Empty when the term was not learned.
    std::span<const float> of(std::string_view term) const;
    /// The weighted mean of the words and concepts of an item, of length one; empty when none of
    /// them was learned.
    std::vector<float> sentence(const Profile& item, const Lexicon& lexicon) const;
    /// The terms whose vectors point nearest the same way, nearest first; `term` itself left out.
    std::vector<std::pair<std::string, double>> neighbours(std::string_view term,
                                                           std::size_t count) const;

  private:
    std::string bytes() const;

    std::size_t dimensions_ = 0;
    std::uint64_t items_ = 0;
    std::vector<std::string> terms_;  // sorted
    std::vector<float> idf_;
    std::vector<float> values_;  // terms × dimensions
};

/// Of vectors of length one; 0 when either is empty or their sizes differ.
double cosine(std::span<const float> a, std::span<const float> b);

/// Sentence vectors of a site's items, searched by looking at each: exact, no parameters, and for
/// what one site holds (64 numbers an item) a matter of milliseconds. Not thread-safe for writing.
class VectorTable {
  public:
    void put(std::string_view id, std::vector<float> vector);
    void remove(std::string_view id);
    std::size_t size() const { return ids_.size(); }
    /// Nearest first; equal nearness in order of id.
    std::vector<std::pair<std::string, double>> nearest(std::span<const float> query,
                                                        std::size_t count) const;

  private:
    std::unordered_map<std::string, std::size_t> places_;
    std::vector<std::string> ids_;
    std::vector<std::vector<float>> vectors_;
};

/// One of several ranked lists into one: the sum over lists of 1 / (60 + place). Needs no common
/// scale, which scores of words and nearness of vectors do not have.
std::vector<std::string> fuse_ranks(std::span<const std::vector<std::string>> lists,
                                    std::size_t count);

}  // namespace match
