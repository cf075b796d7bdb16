// Vectors from an external service: what is sent, what is believed, and that nothing depends on it.
#include "match/embeddings.h"

#include <gtest/gtest.h>

#include "base/json.h"
#include "match/pairing.h"

namespace match {
namespace {

Item item(std::string id, ItemKind kind, std::string title) {
    Item made;
    made.id = std::move(id);
    made.kind = kind;
    made.title = std::move(title);
    return made;
}

/// A service that knows two directions: about sugar, and about anything else.
base::Result<std::string> small_service(const std::string& body, int& texts) {
    auto request = base::parse_json(body);
    base::json::array data;
    for (const base::json::value& text : request->at("input").as_array()) {
        bool sweet = text.as_string().find("糖") != std::string::npos ||
                     text.as_string().find("sugar") != std::string::npos;
        data.push_back(base::json::object{
            {"index", texts++ >= 0 ? static_cast<std::int64_t>(data.size()) : 0},
            {"embedding", sweet ? base::json::array{3, 0.5} : base::json::array{0.5, 3}}});
    }
    return base::json::serialize(base::json::object{{"data", std::move(data)}});
}

TEST(Embeddings, AskForEachTextOnce) {
    int texts = 0;
    auto ask = [&](const std::string& body) { return small_service(body, texts); };
    std::vector<Item> items{item("a", ItemKind::achievement, "无硫制糖"),
                            item("b", ItemKind::achievement, "赤泥制砖"),
                            item("c", ItemKind::achievement, "赤泥制砖")};
    auto first = embed_items(items, "m", nullptr, ask);
    ASSERT_TRUE(first) << base::describe(first.error());
    EXPECT_EQ(texts, 2) << "two entries say the same";
    items.push_back(item("d", ItemKind::demand, "cleaner sugar"));
    auto second = embed_items(items, "m", &first->vectors, ask);
    EXPECT_EQ(second->asked, 1U);
    EXPECT_EQ(second->kept, 2U);
    auto other_model = embed_items(items, "n", &second->vectors, ask);
    EXPECT_EQ(other_model->asked, 3U) << "vectors of two models cannot be compared";
}

TEST(Embeddings, BelieveOnlyAWholeAnswer) {
    for (const char* answer :
         {"", "[]", "{}", R"({"data": [{"index": 0, "embedding": []}]})",
          R"({"data": [{"index": 1, "embedding": [1]}]})", R"({"data": [{"embedding": [1]}]})",
          R"({"data": [{"index": -1, "embedding": [1]}]})",
          R"({"data": [{"index": 0, "embedding": ["x"]}]})", R"({"data": [7]})"}) {
        auto read = embedding_answer(answer, 1);
        ASSERT_FALSE(read) << answer;
        EXPECT_EQ(read.error().code, "embedding_answer_malformed");
    }
    std::map<std::string, std::vector<float>> named{{"a", {1, 0}}, {"b", {1}}};
    EXPECT_EQ(WordVectors::of_names(named).error().code, "embedding_answer_malformed");
    named = {{"a", {0, 0}}};
    EXPECT_EQ(WordVectors::of_names(named).error().code, "embedding_answer_malformed");
}

TEST(Embeddings, AddCandidatesAndAreNotNeeded) {
    std::vector<Item> items{item("a", ItemKind::achievement, "无硫制糖"),
                            item("b", ItemKind::achievement, "赤泥制砖")};
    Item demand = item("d", ItemKind::demand, "cleaner sugar");
    Pairing pairing(std::make_shared<Lexicon>(), [&](std::string_view id) {
        return std::optional<Item>(id == "a" ? items[0] : items[1]);
    });
    PairingOptions all;
    all.score_min = 0;
    all.candidates = 3;
    pairing.put_all(items);
    EXPECT_TRUE(pairing.partners_of(demand, {2026, 1, 1}, all).empty()) << "no word in common";
    int texts = 0;
    std::vector<Item> everything = items;
    everything.push_back(demand);
    auto run = embed_items(everything, "m", nullptr,
                           [&](const std::string& body) { return small_service(body, texts); });
    ASSERT_TRUE(run);
    pairing.use_embeddings(std::make_shared<const WordVectors>(std::move(run->vectors)));
    pairing.put_all(items);
    auto found = pairing.partners_of(demand, {2026, 1, 1}, all);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].id, "a");
    demand.title = "changed since";
    EXPECT_TRUE(pairing.partners_of(demand, {2026, 1, 1}, all).empty());
}

}  // namespace
}  // namespace match
