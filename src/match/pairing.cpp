#include "match/pairing.h"

#include <algorithm>
#include <cmath>

#include "match/embeddings.h"
#include "search/checksum.h"

namespace match {
namespace {

constexpr std::size_t cache_size = 8192;
constexpr std::size_t words_per_query_max = 40;
constexpr double weight_of_concept_terms = 1.5;

search::Schema index_schema(const Lexicon& lexicon) {
    search::Schema schema;
    schema.fields = {{"title", 2}, {"keywords", 2}, {"body", 1}, {"concepts", 2}};
    schema.attributes = {{"kind", search::AttributeKind::keyword}};
    schema.user_words = lexicon.han_terms();
    return schema;
}

std::string_view kind_name(ItemKind kind) {
    return kind == ItemKind::demand ? "demand" : "achievement";
}

/// A concept as one term of the index. Made from its id, not its number, so that a snapshot
/// outlives additions to the thesaurus.
std::string concept_term(const Concept& concept_) {
    std::uint64_t hash = search::checksum(concept_.id);
    std::string term = "zq";
    for (int i = 0; i < 12; ++i, hash >>= 4)
        term.push_back("0123456789abcdef"[hash & 15]);
    return term;
}

search::Document document_of(const Profile& profile, const Lexicon& lexicon) {
    const Item& item = profile.item;
    search::Document document;
    document.id = item.id;
    document.texts["title"] = item.title;
    for (const std::string& keyword : item.keywords)
        document.texts["keywords"] += keyword + "; ";
    document.texts["body"] = item.abstract + "\n" + item.present_solution;
    for (const ConceptWeight& weight : profile.concepts) {
        document.texts["concepts"] += concept_term(lexicon.concept_at(weight.concept_number)) + ' ';
    }
    document.keywords["kind"] = {std::string(kind_name(item.kind))};
    return document;
}

/// Counts of the site's own index.
class IndexStatistics final : public Statistics {
  public:
    IndexStatistics(std::shared_ptr<const search::Index> index,
                    std::shared_ptr<const Lexicon> lexicon)
        : index_(std::move(index)), lexicon_(std::move(lexicon)) {}
    std::uint64_t item_count() const override { return index_->document_count(); }
    double length_mean() const override { return std::min(120.0, index_->length_mean()); }
    std::uint64_t items_with_term(std::string_view term) const override {
        return index_->document_frequency(term);
    }
    std::uint64_t items_with_concept(std::uint32_t concept_number) const override {
        return index_->document_frequency(concept_term(lexicon_->concept_at(concept_number)));
    }

  private:
    std::shared_ptr<const search::Index> index_;
    std::shared_ptr<const Lexicon> lexicon_;
};

base::Error item_unknown(std::string_view id) {
    return base::not_found("item_unknown").with("id", id);
}

void sort_and_cut(std::vector<Partner>& partners, std::size_t count_max) {
    std::sort(partners.begin(), partners.end(), [](const Partner& a, const Partner& b) {
        return a.score.total != b.score.total ? a.score.total > b.score.total : a.id < b.id;
    });
    if (partners.size() > count_max) partners.resize(count_max);
}

/// Empty when the text was not sent to the service yet, or has changed since.
std::vector<float> embedding_of(const WordVectors& embeddings, const Item& item) {
    std::span<const float> known = embeddings.of(embedding_name(embedding_text(item)));
    return {known.begin(), known.end()};
}

void put_or_remove(VectorTable& table, std::string_view id, std::vector<float> vector) {
    if (vector.empty()) {
        table.remove(id);
    } else {
        table.put(id, std::move(vector));
    }
}

}  // namespace

Pairing::Pairing(std::shared_ptr<const Lexicon> lexicon, Provider provider, Weights weights)
    : profiler_(std::make_shared<const Profiler>(
          lexicon, std::make_shared<const search::Tokenizer>(lexicon->han_terms()))),
      index_(std::make_shared<search::Index>(index_schema(*lexicon))),
      statistics_(std::make_shared<const IndexStatistics>(index_, lexicon)),
      scorer_(std::make_shared<const Scorer>(profiler_, statistics_, weights)),
      provider_(std::move(provider)) {
}

void Pairing::put_all(std::span<const Item> items) {
    std::vector<search::Document> documents;
    for (const Item& item : items) {
        Profile profile = profiler_->read(item);
        documents.push_back(document_of(profile, profiler_->lexicon()));
        put_vector(profile);
    }
    index_->put_all(documents);
    std::lock_guard lock(cache_mutex_);
    ++changes_;
    for (const Item& item : items)
        forget(item.id);
}

void Pairing::remove(std::string_view id) {
    index_->remove(id);
    {
        std::unique_lock lock(vectors_mutex_);
        for (VectorTable* table : {&demand_vectors_, &achievement_vectors_, &demand_embeddings_,
                                   &achievement_embeddings_})
            table->remove(id);
    }
    std::lock_guard lock(cache_mutex_);
    ++changes_;
    forget(std::string(id));
}

void Pairing::forget_owner(std::string_view owner) {
    std::lock_guard lock(cache_mutex_);
    ++changes_;
    std::erase_if(cache_, [&](const auto& cached) {
        bool is_his = cached.second.first->item.owner == owner;
        if (is_his) cache_order_.erase(cached.second.second);
        return is_his;
    });
}

void Pairing::forget(const std::string& id) {
    auto cached = cache_.find(id);
    if (cached == cache_.end()) return;
    cache_order_.erase(cached->second.second);
    cache_.erase(cached);
}

std::shared_ptr<const Profile> Pairing::profile_of(std::string_view id) const {
    std::string key(id);
    std::uint64_t changes = 0;
    {
        std::lock_guard lock(cache_mutex_);
        changes = changes_;
        auto cached = cache_.find(key);
        if (cached != cache_.end()) {
            cache_order_.splice(cache_order_.begin(), cache_order_, cached->second.second);
            return cached->second.first;
        }
    }
    std::optional<Item> item = provider_(id);
    if (!item) return nullptr;
    auto profile = std::make_shared<const Profile>(profiler_->read(std::move(*item)));
    std::lock_guard lock(cache_mutex_);
    if (changes != changes_ || cache_.contains(key)) return profile;
    cache_order_.push_front(key);
    cache_.emplace(key, std::pair(profile, cache_order_.begin()));
    if (cache_.size() > cache_size) {
        cache_.erase(cache_order_.back());
        cache_order_.pop_back();
    }
    return profile;
}

void Pairing::put_vector(const Profile& profile) {
    std::unique_lock lock(vectors_mutex_);
    bool is_demand = profile.item.kind == ItemKind::demand;
    if (vectors_ != nullptr) {
        put_or_remove(is_demand ? demand_vectors_ : achievement_vectors_, profile.item.id,
                      vectors_->sentence(profile, profiler_->lexicon()));
    }
    if (embeddings_ != nullptr) {
        put_or_remove(is_demand ? demand_embeddings_ : achievement_embeddings_, profile.item.id,
                      embedding_of(*embeddings_, profile.item));
    }
}

void Pairing::use_vectors(std::shared_ptr<const WordVectors> vectors) {
    std::unique_lock lock(vectors_mutex_);
    vectors_ = std::move(vectors);
    demand_vectors_ = {};
    achievement_vectors_ = {};
}

void Pairing::use_embeddings(std::shared_ptr<const WordVectors> embeddings) {
    std::unique_lock lock(vectors_mutex_);
    embeddings_ = std::move(embeddings);
    demand_embeddings_ = {};
    achievement_embeddings_ = {};
}

void Pairing::use_weights(const Weights& weights) {
    scorer_.store(std::make_shared<const Scorer>(profiler_, statistics_, weights));
}

Score Pairing::score(const Item& one, const Item& other, base::Date today) const {
    return scorer_.load()->score(profiler_->read(one), profiler_->read(other), today);
}

std::vector<std::string> Pairing::candidates(const Profile& profile, ItemKind kind,
                                             std::size_t count) const {
    std::vector<std::vector<std::string>> lists{found_by_words(profile, kind, count)};
    std::shared_lock lock(vectors_mutex_);
    bool demands = kind == ItemKind::demand;
    auto add_nearest = [&](const std::vector<float>& vector, const VectorTable& table) {
        if (vector.empty()) return;
        std::vector<std::string>& list = lists.emplace_back();
        for (auto& [id, nearness] : table.nearest(vector, count / 3))
            list.push_back(std::move(id));
    };
    if (vectors_ != nullptr) {
        add_nearest(vectors_->sentence(profile, profiler_->lexicon()),
                    demands ? demand_vectors_ : achievement_vectors_);
    }
    if (embeddings_ != nullptr) {
        add_nearest(embedding_of(*embeddings_, profile.item),
                    demands ? demand_embeddings_ : achievement_embeddings_);
    }
    if (lists.size() == 1) return std::move(lists.front());
    // What the vectors add must not push out what words and concepts found: all of it is scored.
    std::size_t total = 0;
    for (const std::vector<std::string>& list : lists)
        total += list.size();
    return fuse_ranks(lists, total);
}

std::vector<std::string> Pairing::found_by_words(const Profile& profile, ItemKind kind,
                                                 std::size_t count) const {
    search::Query query;
    for (const ConceptWeight& weight : profile.concepts) {
        query.terms.push_back({concept_term(profiler_->lexicon().concept_at(weight.concept_number)),
                               weight_of_concept_terms * static_cast<double>(weight.strength)});
    }
    std::vector<std::pair<float, const TermWeight*>> words;
    for (const TermWeight& term : profile.terms) {
        float weight = statistics_->weight_of_term(term.term, profiler_->tokenizer()) * term.share;
        words.emplace_back(weight, &term);
    }
    std::stable_sort(words.begin(), words.end(),
                     [](const auto& a, const auto& b) { return a.first > b.first; });
    if (words.size() > words_per_query_max) words.resize(words_per_query_max);
    for (auto [weight, term] : words) {
        query.terms.push_back({term->term, static_cast<double>(term->share)});
    }
    if (query.terms.empty()) return {};
    query.filters.push_back({"kind", {std::string(kind_name(kind))}, {}, {}});
    query.counting = search::Counting::at_least;
    query.limit = std::min<std::size_t>(count, 1000);
    auto hits = index_->search(query);
    std::vector<std::string> ids;
    if (!hits) return ids;
    for (search::Hit& hit : hits->hits)
        ids.push_back(std::move(hit.id));
    return ids;
}

std::vector<Partner> Pairing::partners_of(const Item& item, base::Date today,
                                          const PairingOptions& options) const {
    Profile profile = profiler_->read(item);
    ItemKind other = item.kind == ItemKind::demand ? ItemKind::achievement : ItemKind::demand;
    std::shared_ptr<const Scorer> scorer = scorer_.load();
    std::vector<Partner> partners;
    for (const std::string& id : candidates(profile, other, options.candidates)) {
        std::shared_ptr<const Profile> candidate = profile_of(id);
        if (candidate == nullptr) continue;
        Score score = scorer->score(profile, *candidate, today);
        if (score.stop != Stop::none || score.total < options.score_min) continue;
        partners.push_back({id, std::move(score)});
    }
    sort_and_cut(partners, options.partners_max);
    return partners;
}

base::Result<std::vector<Partner>> Pairing::partners(std::string_view id, base::Date today,
                                                     const PairingOptions& options) const {
    std::shared_ptr<const Profile> profile = profile_of(id);
    if (profile == nullptr) return base::refuse(item_unknown(id));
    return partners_of(profile->item, today, options);
}

std::vector<Partner> Pairing::similar_to(const Item& item, std::size_t count_max) const {
    Profile profile = profiler_->read(item);
    Scorer by_text(profiler_, statistics_, {}, Fields::text_only);
    std::vector<Partner> similar;
    for (const std::string& id : candidates(profile, item.kind, count_max + 20)) {
        std::shared_ptr<const Profile> candidate = profile_of(id);
        if (candidate == nullptr || id == item.id) continue;
        similar.push_back({id, by_text.score(profile, *candidate, {})});
    }
    sort_and_cut(similar, count_max);
    return similar;
}

base::Result<Score> Pairing::explain(std::string_view one, std::string_view other,
                                     base::Date today) const {
    std::shared_ptr<const Profile> first = profile_of(one);
    if (first == nullptr) return base::refuse(item_unknown(one));
    std::shared_ptr<const Profile> second = profile_of(other);
    if (second == nullptr) return base::refuse(item_unknown(other));
    return scorer_.load()->score(*first, *second, today);
}

}  // namespace match
