#include "match/vectors.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <map>
#include <numeric>
#include <sstream>

#include "base/random.h"
#include "search/checksum.h"

namespace match {
namespace {

constexpr std::size_t items_min = 20;
constexpr std::uint32_t magic = 0x56515147;  // "GQQV"
constexpr std::uint32_t version = 1;
constexpr std::string_view concept_mark = "#";

struct Header {
    std::uint32_t magic = 0;
    std::uint32_t version = 0;
    std::uint64_t terms = 0;
    std::uint64_t dimensions = 0;
    std::uint64_t items = 0;
    std::uint64_t checksum = 0;  ///< of everything after the header
};

/// The terms of an item that can be learned, with their frequency: words, and the concepts named.
std::vector<std::pair<std::string, float>> learnable(const Profile& item, const Lexicon& lexicon) {
    std::vector<std::pair<std::string, float>> result;
    for (const TermWeight& term : item.terms) {
        if (term.share >= 1) result.emplace_back(term.term, term.frequency);
    }
    for (const ConceptWeight& weight : item.concepts) {
        if (!weight.direct) continue;
        result.emplace_back(
            std::string(concept_mark) + lexicon.concept_at(weight.concept_number).id,
            2 * weight.strength);
    }
    return result;
}

struct Cell {
    std::uint32_t term;
    float weight;
};
using Table = std::vector<std::vector<Cell>>;  // per item

/// Columns of a tall matrix made orthogonal and of length one, in place (modified Gram–Schmidt).
void orthonormalise(std::vector<double>& matrix, std::size_t rows, std::size_t columns) {
    for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t before = 0; before < c; ++before) {
            double dot = 0;
            for (std::size_t r = 0; r < rows; ++r)
                dot += matrix[r * columns + c] * matrix[r * columns + before];
            for (std::size_t r = 0; r < rows; ++r)
                matrix[r * columns + c] -= dot * matrix[r * columns + before];
        }
        double length = 0;
        for (std::size_t r = 0; r < rows; ++r)
            length += matrix[r * columns + c] * matrix[r * columns + c];
        double scale = length > 1e-20 ? 1 / std::sqrt(length) : 0;
        for (std::size_t r = 0; r < rows; ++r)
            matrix[r * columns + c] *= scale;
    }
}

/// result = table · basis (items × columns).
std::vector<double> to_items(const Table& table, const std::vector<double>& basis,
                             std::size_t columns) {
    std::vector<double> result(table.size() * columns, 0);
    for (std::size_t item = 0; item < table.size(); ++item) {
        for (const Cell& cell : table[item]) {
            for (std::size_t c = 0; c < columns; ++c)
                result[item * columns + c] +=
                    static_cast<double>(cell.weight) * basis[cell.term * columns + c];
        }
    }
    return result;
}

/// result = transposed table · coordinates (terms × columns).
std::vector<double> to_terms(const Table& table, const std::vector<double>& coordinates,
                             std::size_t terms, std::size_t columns) {
    std::vector<double> result(terms * columns, 0);
    for (std::size_t item = 0; item < table.size(); ++item) {
        for (const Cell& cell : table[item]) {
            for (std::size_t c = 0; c < columns; ++c)
                result[cell.term * columns + c] +=
                    static_cast<double>(cell.weight) * coordinates[item * columns + c];
        }
    }
    return result;
}

void shorten_to_one(std::span<float> vector) {
    double length = 0;
    for (float value : vector)
        length += static_cast<double>(value) * value;
    if (length <= 0) return;
    auto scale = static_cast<float>(1 / std::sqrt(length));
    for (float& value : vector)
        value *= scale;
}

base::Error damaged(const std::filesystem::path& path) {
    return base::error(base::ErrorKind::unavailable, "vectors_damaged").with("path", path.string());
}

}  // namespace

base::Result<WordVectors> WordVectors::train(std::span<const Profile> items, const Lexicon& lexicon,
                                             const TrainingOptions& options) {
    if (items.size() < items_min) {
        return base::refuse(
            base::conflict("vectors_too_few_items").with("min", std::to_string(items_min)));
    }
    std::map<std::string, std::uint32_t> counts;
    for (const Profile& item : items) {
        for (const auto& [term, frequency] : learnable(item, lexicon))
            ++counts[term];
    }
    std::vector<std::pair<std::uint32_t, std::string>> kept;
    for (const auto& [term, count] : counts) {
        if (count >= options.items_with_term_min) kept.emplace_back(count, term);
    }
    std::stable_sort(kept.begin(), kept.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (kept.size() > options.terms_max) kept.resize(options.terms_max);
    WordVectors result;
    result.items_ = items.size();
    result.dimensions_ = std::min({options.dimensions, kept.size(), items.size()});
    for (const auto& [count, term] : kept)
        result.terms_.push_back(term);
    std::sort(result.terms_.begin(), result.terms_.end());
    auto number_of = [&](const std::string& term) -> std::optional<std::uint32_t> {
        auto found = std::lower_bound(result.terms_.begin(), result.terms_.end(), term);
        if (found == result.terms_.end() || *found != term) return std::nullopt;
        return static_cast<std::uint32_t>(found - result.terms_.begin());
    };
    for (const std::string& term : result.terms_) {
        double share = static_cast<double>(counts[term]) / static_cast<double>(items.size());
        result.idf_.push_back(static_cast<float>(std::log(1 + 1 / share)));
    }
    Table table(items.size());
    for (std::size_t i = 0; i < items.size(); ++i) {
        for (const auto& [term, frequency] : learnable(items[i], lexicon)) {
            if (auto number = number_of(term)) {
                table[i].push_back({*number, std::log1p(frequency) * result.idf_[*number]});
            }
        }
    }
    std::size_t columns = result.dimensions_;
    base::SeededRandom random(options.seed);
    std::vector<double> basis(result.terms_.size() * columns);
    for (double& value : basis)
        value = static_cast<double>(random.below(2'000'001)) / 1'000'000 - 1;
    for (int round = 0; round < options.rounds; ++round) {
        orthonormalise(basis, result.terms_.size(), columns);
        basis = to_terms(table, to_items(table, basis, columns), result.terms_.size(), columns);
    }
    orthonormalise(basis, result.terms_.size(), columns);
    result.values_.resize(basis.size());
    std::transform(basis.begin(), basis.end(), result.values_.begin(),
                   [](double value) { return static_cast<float>(value); });
    for (std::size_t term = 0; term < result.terms_.size(); ++term)
        shorten_to_one(std::span(result.values_).subspan(term * columns, columns));
    return result;
}

std::string WordVectors::bytes() const {
    std::string body;
    for (const std::string& term : terms_) {
        body += term;
        body.push_back('\0');
    }
    body.append(reinterpret_cast<const char*>(idf_.data()), idf_.size() * sizeof(float));
    body.append(reinterpret_cast<const char*>(values_.data()), values_.size() * sizeof(float));
    return body;
}

base::Result<WordVectors> WordVectors::of_names(
    const std::map<std::string, std::vector<float>>& named) {
    WordVectors result;
    for (const auto& [name, vector] : named) {
        double length =
            std::sqrt(std::inner_product(vector.begin(), vector.end(), vector.begin(), 0.0));
        if (result.terms_.empty()) result.dimensions_ = vector.size();
        if (vector.size() != result.dimensions_ || !std::isfinite(length) || length <= 0)
            return base::refuse(base::invalid("embedding_answer_malformed"));
        result.terms_.push_back(name);
        result.idf_.push_back(1);
        for (float value : vector)
            result.values_.push_back(static_cast<float>(value / length));
    }
    if (result.terms_.empty()) return base::refuse(base::invalid("embedding_answer_malformed"));
    result.items_ = result.terms_.size();
    return result;
}

base::Status WordVectors::save(const std::filesystem::path& path) const {
    std::string body = bytes();
    Header header{magic, version, terms_.size(), dimensions_, items_, search::checksum(body)};
    std::filesystem::path beside = path;
    beside += ".new";
    std::ofstream file(beside, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&header), sizeof header);
    file.write(body.data(), static_cast<std::streamsize>(body.size()));
    file.close();
    std::error_code problem;
    if (file) std::filesystem::rename(beside, path, problem);
    if (!file || problem) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "vectors_not_written")
                                .with("path", path.string()));
    }
    return {};
}

base::Result<WordVectors> WordVectors::load(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::stringstream content;
    content << file.rdbuf();
    if (!file) return base::refuse(base::not_found("vectors_missing").with("path", path.string()));
    std::string all = content.str();
    Header header;
    if (all.size() < sizeof header) return base::refuse(damaged(path));
    std::memcpy(&header, all.data(), sizeof header);
    if (header.magic != magic) return base::refuse(damaged(path));
    if (header.version != version) {
        return base::refuse(base::error(base::ErrorKind::unavailable, "vectors_other_version")
                                .with("path", path.string()));
    }
    std::string_view body = std::string_view(all).substr(sizeof header);
    if (search::checksum(body) != header.checksum) return base::refuse(damaged(path));
    WordVectors result;
    result.dimensions_ = header.dimensions;
    result.items_ = header.items;
    std::size_t at = 0;
    for (std::uint64_t i = 0; i < header.terms; ++i) {
        std::size_t end = body.find('\0', at);
        if (end == body.npos) return base::refuse(damaged(path));
        result.terms_.emplace_back(body.substr(at, end - at));
        at = end + 1;
    }
    // Sizes from a file are compared without multiplying what could overflow.
    std::size_t floats = (body.size() - at) / sizeof(float);
    bool fits = header.terms > 0 && header.dimensions > 0 && header.dimensions <= 4096 &&
                (body.size() - at) % sizeof(float) == 0 && floats % header.terms == 0 &&
                floats / header.terms == header.dimensions + 1;
    if (!fits) return base::refuse(damaged(path));
    result.idf_.resize(header.terms);
    result.values_.resize(floats - header.terms);
    std::memcpy(result.idf_.data(), body.data() + at, header.terms * sizeof(float));
    std::memcpy(result.values_.data(), body.data() + at + header.terms * sizeof(float),
                result.values_.size() * sizeof(float));
    return result;
}

std::span<const float> WordVectors::of(std::string_view term) const {
    auto found = std::lower_bound(terms_.begin(), terms_.end(), term);
    if (found == terms_.end() || *found != term) return {};
    return std::span(values_).subspan(
        static_cast<std::size_t>(found - terms_.begin()) * dimensions_, dimensions_);
}

std::vector<float> WordVectors::sentence(const Profile& item, const Lexicon& lexicon) const {
    std::vector<float> sum(dimensions_, 0);
    bool any = false;
    for (const auto& [term, frequency] : learnable(item, lexicon)) {
        std::span<const float> vector = of(term);
        if (vector.empty()) continue;
        any = true;
        auto number = static_cast<std::size_t>(vector.data() - values_.data()) / dimensions_;
        float weight = std::log1p(frequency) * idf_[number];
        for (std::size_t c = 0; c < dimensions_; ++c)
            sum[c] += weight * vector[c];
    }
    if (!any) return {};
    shorten_to_one(sum);
    return sum;
}

std::vector<std::pair<std::string, double>> WordVectors::neighbours(std::string_view term,
                                                                    std::size_t count) const {
    std::span<const float> vector = of(term);
    std::vector<std::pair<std::string, double>> found;
    if (vector.empty()) return found;
    for (const std::string& other : terms_) {
        if (other != term) found.emplace_back(other, cosine(vector, of(other)));
    }
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    if (found.size() > count) found.resize(count);
    return found;
}

double cosine(std::span<const float> a, std::span<const float> b) {
    if (a.size() != b.size()) return 0;
    double dot = 0;
    for (std::size_t i = 0; i < a.size(); ++i)
        dot += static_cast<double>(a[i]) * b[i];
    return dot;
}

void VectorTable::put(std::string_view id, std::vector<float> vector) {
    auto [place, added] = places_.try_emplace(std::string(id), ids_.size());
    if (added) {
        ids_.emplace_back(id);
        vectors_.push_back(std::move(vector));
    } else {
        vectors_[place->second] = std::move(vector);
    }
}

void VectorTable::remove(std::string_view id) {
    auto place = places_.find(std::string(id));
    if (place == places_.end()) return;
    std::size_t at = place->second;
    places_.erase(place);
    if (at + 1 != ids_.size()) {
        ids_[at] = std::move(ids_.back());
        vectors_[at] = std::move(vectors_.back());
        places_[ids_[at]] = at;
    }
    ids_.pop_back();
    vectors_.pop_back();
}

std::vector<std::pair<std::string, double>> VectorTable::nearest(std::span<const float> query,
                                                                 std::size_t count) const {
    std::vector<std::pair<std::string, double>> found;
    for (std::size_t i = 0; i < ids_.size(); ++i) {
        double nearness = cosine(query, vectors_[i]);
        if (nearness > 0) found.emplace_back(ids_[i], nearness);
    }
    auto order = [](const auto& a, const auto& b) {
        return a.second != b.second ? a.second > b.second : a.first < b.first;
    };
    std::size_t kept = std::min(count, found.size());
    std::partial_sort(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(kept), found.end(),
                      order);
    found.resize(kept);
    return found;
}

std::vector<std::string> fuse_ranks(std::span<const std::vector<std::string>> lists,
                                    std::size_t count) {
    constexpr double smoothing = 60;
    std::map<std::string, double> worth;
    for (const std::vector<std::string>& list : lists) {
        for (std::size_t place = 0; place < list.size(); ++place)
            worth[list[place]] += 1 / (smoothing + static_cast<double>(place) + 1);
    }
    std::vector<std::pair<std::string, double>> ranked(worth.begin(), worth.end());
    std::stable_sort(ranked.begin(), ranked.end(),
                     [](const auto& a, const auto& b) { return a.second > b.second; });
    std::vector<std::string> ids;
    for (auto& [id, value] : ranked) {
        if (ids.size() < count) ids.push_back(std::move(id));
    }
    return ids;
}

}  // namespace match
