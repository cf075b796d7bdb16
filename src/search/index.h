#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "base/result.h"
#include "search/document.h"
#include "search/execute.h"
#include "search/plan.h"
#include "search/query.h"

namespace search {

/// When small segments are merged into larger ones.
enum class Merging {
    background,  ///< the large merges on a thread of their own
    at_once      ///< within put: for building in bulk and for tests
};

/// A full-text index in memory. What put and remove did is seen by every search that begins after
/// they return. Searching is safe from any number of threads and never waits for writers; writers
/// wait for one another. Everything can be rebuilt from the entries: nothing here is a record.
class Index {
  public:
    explicit Index(Schema schema, Merging merging = Merging::background);
    ~Index();
    Index(const Index&) = delete;
    Index& operator=(const Index&) = delete;

    /// Adds the document, replacing the one with the same id.
    void put(const Document& document) { put_all({&document, 1}); }
    /// The same for many, much cheaper. Of equal ids the last counts.
    void put_all(std::span<const Document> documents);
    /// False if there is no such document.
    bool remove(std::string_view id);

    /// Errors: those of parse_query; `cursor_malformed`, `cursor_of_other_query`,
    /// `attribute_unknown`, `limit_out_of_range`, `facets_need_exact_count`.
    base::Result<Hits> search(const Query& query) const {
        return search(query, Strategy::automatic);
    }
    base::Result<Hits> search(const Query& query, Strategy strategy) const;

    /// A snapshot that carries `sequence`, the change-log row the index has followed up to.
    base::Status save(const std::filesystem::path& path, std::uint64_t sequence) const;
    /// Replaces the content by a snapshot's; on an error (see read_snapshot) the index stays as it
    /// was. Returns the snapshot's sequence.
    base::Result<std::uint64_t> load(const std::filesystem::path& path);

    std::uint64_t document_count() const { return view()->live_total; }
    std::size_t segment_count() const { return view()->parts.size(); }
    std::uint64_t byte_count() const;
    /// In how many documents a term (as the splitter makes it) occurs; those that were removed
    /// since the last merge still count.
    std::uint64_t document_frequency(std::string_view term) const;
    /// Words per document, title and keywords weighted.
    double length_mean() const;
    /// See prints_of: what proves two indexes equal whatever their segments.
    std::map<std::string, std::uint64_t> prints() const;
    const Schema& schema() const { return schema_; }
    const Tokenizer& tokenizer() const { return tokenizer_; }
    /// Waits until no merge is due any more.
    void wait_for_merges();
    /// Merges everything into one segment.
    void optimize();

  private:
    std::shared_ptr<const View> view() const { return view_.load(); }
    void publish(View view);
    void merge_small(View& view) const;
    bool merge_one_large();
    void run_merges();

    Schema schema_;
    Tokenizer tokenizer_;
    Merging merging_;
    std::atomic<std::shared_ptr<const View>> view_;
    std::mutex writing_;
    std::condition_variable changed_;
    std::uint64_t generation_ = 0;  // guarded by writing_; counts loads, which outdate merges
    bool stopping_ = false;
    bool idle_ = true;
    std::thread merger_;
};

}  // namespace search
