#include "match/embeddings.h"

#include <algorithm>
#include <set>

#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace match {
namespace {

constexpr std::size_t texts_per_request = 64;
constexpr std::size_t characters_max = 2'000;

base::Error malformed() {
    return base::error(base::ErrorKind::unavailable, "embedding_answer_malformed");
}

}  // namespace

std::string embedding_text(const Item& item) {
    return base::shorten(item.title + "\n" + base::join(item.keywords, "; ") + "\n" + item.abstract,
                         characters_max);
}

std::string embedding_name(std::string_view text) {
    return base::to_hex(base::sha256(text)).substr(0, 32);
}

std::string embedding_request(std::string_view model, std::span<const std::string> texts) {
    base::json::array input;
    for (const std::string& text : texts)
        input.emplace_back(text);
    return base::json::serialize(base::json::object{{"model", model}, {"input", std::move(input)}});
}

base::Result<std::vector<std::vector<float>>> embedding_answer(std::string_view body,
                                                               std::size_t count) {
    auto value = base::parse_json(body);
    if (!value || !value->is_object()) return base::refuse(malformed());
    std::vector<std::vector<float>> vectors(count);
    for (const base::json::value& row : base::array_at(value->get_object(), "data")) {
        if (!row.is_object()) return base::refuse(malformed());
        const base::json::value* index = row.get_object().if_contains("index");
        if (index == nullptr || !index->is_int64()) return base::refuse(malformed());
        std::int64_t at = index->get_int64();
        if (at < 0 || at >= static_cast<std::int64_t>(count)) return base::refuse(malformed());
        for (const base::json::value& number : base::array_at(row.get_object(), "embedding")) {
            if (!number.is_number()) return base::refuse(malformed());
            vectors[static_cast<std::size_t>(at)].push_back(
                static_cast<float>(number.to_number<double>()));
        }
    }
    bool whole = std::none_of(vectors.begin(), vectors.end(),
                              [](const std::vector<float>& vector) { return vector.empty(); });
    if (!whole) return base::refuse(malformed());
    return vectors;
}

base::Result<EmbeddingRun> embed_items(std::span<const Item> items, std::string_view model,
                                       const WordVectors* known, const AskEmbeddings& ask) {
    EmbeddingRun run;
    // Vectors of two models cannot be compared: the file says which one made it.
    std::string mark = "model " + std::string(model);
    bool same_model = known != nullptr && !known->of(mark).empty();
    std::map<std::string, std::vector<float>> named;
    std::map<std::string, std::string> open;  // name to text
    for (const Item& item : items) {
        std::string text = embedding_text(item);
        std::string name = embedding_name(text);
        std::span<const float> kept = same_model ? known->of(name) : std::span<const float>();
        if (kept.empty()) {
            open.emplace(std::move(name), std::move(text));
        } else {
            named[name].assign(kept.begin(), kept.end());
        }
    }
    run.kept = named.size();
    for (auto from = open.begin(); from != open.end();) {
        std::vector<std::string> names, texts;
        for (; from != open.end() && texts.size() < texts_per_request; ++from) {
            names.push_back(from->first);
            texts.push_back(from->second);
        }
        std::string answer = TRY(ask(embedding_request(model, texts)));
        auto vectors = TRY(embedding_answer(answer, texts.size()));
        for (std::size_t i = 0; i < names.size(); ++i)
            named[names[i]] = std::move(vectors[i]);
        run.asked += texts.size();
    }
    if (named.empty())
        return base::refuse(base::conflict("vectors_too_few_items").with("min", "1"));
    std::vector<float> unit(named.begin()->second.size());
    unit.front() = 1;
    named[mark] = std::move(unit);
    run.vectors = TRY(WordVectors::of_names(named));
    return run;
}

}  // namespace match
