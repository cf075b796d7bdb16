#include "search/index.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "base/random.h"

namespace search {
namespace {

Schema test_schema() {
    return {{{"title", 4}, {"body", 1}},
            {{"kind", AttributeKind::keyword},
             {"place", AttributeKind::number},
             {"day", AttributeKind::number}},
            {}};
}

/// Few words, so that random documents meet random queries often.
std::string random_text(base::Random& random, int length) {
    static const std::vector<std::string> words{
        "赤泥",  "脱碱",   "综合", "利用", "检测",    "技术", "coating", "welding",
        "sugar", "氧化铝", "回收", "mía",  "battery", "土壤", "修复",    "甘蔗"};
    std::string text;
    for (int i = 0; i < length; ++i) {
        // Zipf-like: the minimum of two draws favours the first words.
        auto pick = std::min(random.below(words.size()), random.below(words.size()));
        text += words[pick] + (random.below(4) == 0 ? "，" : " ");
    }
    return text;
}

Document random_document(base::Random& random, const std::string& id) {
    Document document;
    document.id = id;
    document.texts["title"] = random_text(random, 1 + static_cast<int>(random.below(4)));
    document.texts["body"] = random_text(random, static_cast<int>(random.below(20)));
    document.keywords["kind"] = {random.below(2) == 0 ? "achievement" : "demand"};
    if (random.below(5) > 0)
        document.numbers["place"] = static_cast<std::int64_t>(450000 + random.below(14) * 100);
    document.numbers["day"] = static_cast<std::int64_t>(random.below(40));
    return document;
}

std::vector<std::pair<std::string, double>> ranking(const Hits& hits) {
    std::vector<std::pair<std::string, double>> result;
    for (const Hit& hit : hits.hits)
        result.emplace_back(hit.id, hit.score);
    return result;
}

std::vector<std::string> ids(const Hits& hits) {
    std::vector<std::string> result;
    for (const Hit& hit : hits.hits)
        result.push_back(hit.id);
    return result;
}

Hits found(const Index& index, const Query& query, Strategy strategy = Strategy::automatic) {
    auto hits = index.search(query, strategy);
    EXPECT_TRUE(hits.has_value()) << (hits ? "" : base::describe(hits.error()));
    return hits ? *hits : Hits();
}

Document simple(const std::string& id, const std::string& title, const std::string& body) {
    Document document;
    document.id = id;
    document.texts = {{"title", title}, {"body", body}};
    return document;
}

TEST(Index, RanksTheTitleAboveTheBody) {
    Index index(test_schema(), Merging::at_once);
    index.put(simple("a", "其他", "这里提到赤泥一次"));
    index.put(simple("b", "赤泥利用", "正文"));
    index.put(simple("c", "无关", "正文"));
    Hits hits = found(index, {.text = "赤泥"});
    EXPECT_EQ(hits.total, 2U);
    EXPECT_EQ(ids(hits), (std::vector<std::string>{"b", "a"}));
}

TEST(Index, UnderstandsPhrasesFieldsPrefixesAndMisspellings) {
    Index index(test_schema(), Merging::at_once);
    index.put(simple("a", "spot welding inspection", "综合利用技术"));
    index.put(simple("b", "inspection of coating", "利用综合技术 welding spot"));
    auto answer = [&](const std::string& text) { return ids(found(index, {.text = text})); };
    EXPECT_EQ(answer("\"spot welding\""), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("\"综合利用\""), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("title:welding"), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("body:welding"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("coat*"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("coatng~"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("coatings"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("inspection -coating"), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("(spot OR coating) inspection").size(), 2U);
    EXPECT_EQ(answer("综合利用").size(), 2U);
    EXPECT_TRUE(answer("\"coating spot\"").empty());
}

TEST(Index, FindsWordsThatTheDictionarySplitsOtherwise) {
    Index index(test_schema(), Merging::at_once);
    index.put(simple("a", "拜耳法赤泥脱碱", ""));
    index.put(simple("b", "東盟技術轉移", "Bệnh vàng lá gân xanh"));
    auto answer = [&](const std::string& text) { return ids(found(index, {.text = text})); };
    EXPECT_EQ(answer("拜耳法"), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("脱碱"), std::vector<std::string>{"a"});
    EXPECT_EQ(answer("东盟技术"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("vang la"), std::vector<std::string>{"b"});
    EXPECT_EQ(answer("vàng lá"), std::vector<std::string>{"b"});
}

TEST(Index, FiltersCountsAndSorts) {
    Index index(test_schema(), Merging::at_once);
    for (int i = 0; i < 10; ++i) {
        Document document = simple("d" + std::to_string(i), "赤泥", "");
        document.keywords["kind"] = {i % 3 == 0 ? "demand" : "achievement"};
        if (i != 4) document.numbers["place"] = 450100 + i;
        document.numbers["day"] = 100 - i;
        index.put(document);
    }
    Query query{.text = "赤泥", .filters = {{"place", {}, 450102, 450106}}, .facets = {"kind"}};
    query.sort = {Sort::By::ascending, "day"};
    Hits hits = found(index, query);
    EXPECT_EQ(ids(hits), (std::vector<std::string>{"d6", "d5", "d3", "d2"}));
    ASSERT_EQ(hits.facets["kind"].size(), 2U);
    EXPECT_EQ(hits.facets["kind"][0].value, "achievement");
    EXPECT_EQ(hits.facets["kind"][0].count, 2U);
    query.filters.push_back({"kind", {"demand"}, {}, {}});
    EXPECT_EQ(ids(found(index, query)), (std::vector<std::string>{"d6", "d3"}));
    Query by_place{.text = "", .sort = {Sort::By::descending, "place"}};
    EXPECT_EQ(found(index, by_place).hits.back().id, "d4") << "without the attribute: last";
}

TEST(Index, PagesWithoutGapsOrRepeats) {
    Index index(test_schema(), Merging::at_once);
    base::SeededRandom random(3);
    for (int i = 0; i < 300; ++i)
        index.put(random_document(random, "id" + std::to_string(i)));
    for (Sort sort :
         {Sort{}, Sort{Sort::By::descending, "day"}, Sort{Sort::By::ascending, "place"}}) {
        Query all{.text = "赤泥", .sort = sort, .limit = 1000};
        std::vector<std::string> expected = ids(found(index, all));
        std::vector<std::string> paged;
        Query page{.text = "赤泥", .sort = sort, .limit = 7};
        do {
            Hits hits = found(index, page);
            for (const Hit& hit : hits.hits)
                paged.push_back(hit.id);
            page.cursor = hits.next_cursor;
        } while (!page.cursor.empty());
        EXPECT_EQ(paged, expected);
    }
}

TEST(Index, RefusesCursorsOfOtherQueriesAndNonsense) {
    Index index(test_schema(), Merging::at_once);
    for (int i = 0; i < 5; ++i)
        index.put(simple("id" + std::to_string(i), "赤泥", ""));
    Query query{.text = "赤泥", .limit = 2};
    std::string cursor = found(index, query).next_cursor;
    Query other{.text = "脱碱", .limit = 2, .cursor = cursor};
    EXPECT_EQ(index.search(other).error().code, "cursor_of_other_query");
    for (std::string bad : {"x", "!!!!", "MTIzNA", std::string(5000, 'A').c_str()}) {
        query.cursor = bad;
        EXPECT_EQ(index.search(query).error().code, "cursor_malformed") << bad;
    }
    EXPECT_EQ(index.search({.text = "赤泥", .limit = 5000}).error().code, "limit_out_of_range");
    EXPECT_EQ(index.search({.text = "", .facets = {"colour"}}).error().code, "attribute_unknown");
    EXPECT_EQ(index.search({.text = "", .sort = {Sort::By::ascending, "kind"}}).error().code,
              "attribute_unknown");
}

TEST(Index, MarksWordsInSnippetsAndSuggestsSpellings) {
    Index index(test_schema(), Merging::at_once);
    std::string body = "前面一大段与此无关的话。" + std::string(300, 'x') +
                       "针对氧化铝冶炼排出的赤泥，经还原焙烧回收。";
    index.put(simple("a", "battery coating", body));
    Query query{.text = "赤泥"};
    query.text_of = [&](std::string_view) { return body; };
    Hits hits = found(index, query);
    ASSERT_EQ(hits.hits.size(), 1U);
    auto& snippet = hits.hits[0].snippet;
    auto marked = std::find_if(snippet.begin(), snippet.end(),
                               [](const auto& part) { return part.highlighted; });
    ASSERT_NE(marked, snippet.end());
    EXPECT_EQ(marked->text, "赤泥");
    EXPECT_EQ(found(index, {.text = "batery coating"}).suggestion, "battery coating");
    EXPECT_EQ(found(index, {.text = "battery"}).suggestion, "");
    Hits relaxed = found(index, {.text = "battery zzzz", .matching = Matching::all_then_any});
    EXPECT_TRUE(relaxed.relaxed);
    EXPECT_EQ(relaxed.total, 1U);
}

/// Pruned, windowed and exhaustive search give the same hits and scores, bit by bit.
TEST(Index, StrategiesAgreeExactly) {
    for (std::uint64_t seed = 1; seed <= 6; ++seed) {
        base::SeededRandom random(seed);
        Index index(test_schema(), Merging::at_once);
        std::vector<Document> documents;
        for (int i = 0; i < 2500; ++i)
            documents.push_back(random_document(random, "id" + std::to_string(i)));
        index.put_all(documents);
        for (int i = 0; i < 200; ++i)
            index.put(random_document(random, "id" + std::to_string(random.below(3000))));
        for (int i = 0; i < 100; ++i)
            index.remove("id" + std::to_string(random.below(3000)));
        for (int round = 0; round < 40; ++round) {
            Query query{.text = random_text(random, 1 + static_cast<int>(random.below(5))),
                        .matching = Matching::any};
            query.limit = 1 + random.below(30);
            if (random.below(2) == 0) query.filters.push_back({"kind", {"demand"}, {}, {}});
            if (random.below(3) == 0) query.filters.push_back({"place", {}, 450200, 450800});
            Hits exhaustive = found(index, query, Strategy::exhaustive);
            Hits windows = found(index, query, Strategy::windows);
            Hits pruned = found(index, query, Strategy::pruned);
            ASSERT_EQ(ranking(windows), ranking(exhaustive)) << query.text;
            ASSERT_EQ(ranking(pruned), ranking(exhaustive)) << query.text;
            EXPECT_EQ(windows.total, exhaustive.total);
            EXPECT_LE(pruned.total, exhaustive.total);
        }
    }
}

/// Random puts, replacements, removals, merges and reloads against a map: what is found is what a
/// reader of the texts would find.
TEST(Index, FollowsANaiveModel) {
    for (Merging merging : {Merging::at_once, Merging::background}) {
        base::SeededRandom random(11);
        Index index(test_schema(), merging);
        std::map<std::string, Document> model;
        std::filesystem::path path =
            std::filesystem::temp_directory_path() / "guiqiao_model.snapshot";
        for (int step = 0; step < 3000; ++step) {
            std::string id = "id" + std::to_string(random.below(400));
            auto action = random.below(20);
            if (action < 13) {
                Document document = random_document(random, id);
                index.put(document);
                model[id] = document;
            } else if (action < 19) {
                EXPECT_EQ(index.remove(id), model.erase(id) > 0);
            } else if (step % 5 == 0) {
                ASSERT_TRUE(index.save(path, static_cast<std::uint64_t>(step)));
                auto sequence = index.load(path);
                ASSERT_TRUE(sequence);
                EXPECT_EQ(*sequence, static_cast<std::uint64_t>(step));
            }
            if (step % 50 != 0) continue;
            for (std::string word : {"coating", "welding", "battery"}) {
                std::set<std::string> expected;
                for (const auto& [key, document] : model) {
                    bool has = document.texts.at("title").find(word) != std::string::npos ||
                               document.texts.at("body").find(word) != std::string::npos;
                    if (has) expected.insert(key);
                }
                Hits hits = found(index, {.text = word, .limit = 1000});
                std::vector<std::string> got = ids(hits);
                EXPECT_EQ(std::set<std::string>(got.begin(), got.end()), expected);
                EXPECT_EQ(got.size(), expected.size());
                EXPECT_EQ(hits.total, expected.size());
            }
            EXPECT_EQ(index.document_count(), model.size());
        }
        index.wait_for_merges();
        EXPECT_LT(index.segment_count(), 40U);
        index.optimize();
        EXPECT_LE(index.segment_count(), 1U);
        EXPECT_EQ(index.document_count(), model.size());
        std::filesystem::remove(path);
    }
}

TEST(Index, AnswersWhileItIsWritten) {
    Index index(test_schema());
    std::atomic<bool> done = false;
    std::atomic<int> searches = 0;
    auto reader = [&] {
        while (!done) {
            auto hits = index.search({.text = "赤泥", .facets = {"kind"}});
            ASSERT_TRUE(hits.has_value());
            ASSERT_LE(hits->hits.size(), 20U);
            ++searches;
        }
    };
    std::thread first(reader);
    std::thread second(reader);
    base::SeededRandom random(5);
    for (int i = 0; i < 2000; ++i)
        index.put(random_document(random, "id" + std::to_string(random.below(500))));
    // On a busy machine the readers may not have had a turn yet.
    while (searches <= 10)
        std::this_thread::yield();
    done = true;
    first.join();
    second.join();
    std::set<std::string> unique;
    for (const Hit& hit : found(index, {.text = "", .limit = 1000}).hits)
        EXPECT_TRUE(unique.insert(hit.id).second);
}

class SnapshotFile : public testing::Test {
  protected:
    void SetUp() override {
        path_ = std::filesystem::temp_directory_path() /
                ("guiqiao_" +
                 std::string(testing::UnitTest::GetInstance()->current_test_info()->name()));
        base::SeededRandom random(9);
        std::vector<Document> documents;
        for (int i = 0; i < 200; ++i)
            documents.push_back(random_document(random, "id" + std::to_string(i)));
        index_.put_all(documents);
        index_.remove("id7");
        ASSERT_TRUE(index_.save(path_, 4711));
        std::ifstream file(path_, std::ios::binary);
        bytes_.assign(std::istreambuf_iterator<char>(file), {});
    }
    void TearDown() override { std::filesystem::remove(path_); }
    void write(const std::string& bytes) {
        std::ofstream file(path_, std::ios::binary | std::ios::trunc);
        file << bytes;
    }
    std::string load_code() {
        Index other(test_schema(), Merging::at_once);
        auto sequence = other.load(path_);
        if (sequence) return "loaded";
        EXPECT_EQ(other.document_count(), 0U);
        return sequence.error().code;
    }

    Index index_{test_schema(), Merging::at_once};
    std::filesystem::path path_;
    std::string bytes_;
};

TEST_F(SnapshotFile, ComesBackTheSame) {
    Index other(test_schema(), Merging::at_once);
    ASSERT_EQ(other.load(path_).value(), 4711U);
    EXPECT_EQ(other.document_count(), 199U);
    Query query{.text = "赤泥 利用", .matching = Matching::any};
    EXPECT_EQ(ranking(found(other, query)), ranking(found(index_, query)));
    other.put(simple("new", "赤泥", ""));
    EXPECT_EQ(other.document_count(), 200U);
}

TEST_F(SnapshotFile, IsRefusedWhenAnyByteIsWrong) {
    for (std::size_t at = 0; at < bytes_.size(); at += 1 + bytes_.size() / 300) {
        std::string damaged = bytes_;
        damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
        write(damaged);
        std::string code = load_code();
        EXPECT_TRUE(code == "snapshot_damaged" || code == "snapshot_other_version")
            << at << ' ' << code;
    }
}

TEST_F(SnapshotFile, IsRefusedWhenCutOffOrMissing) {
    for (std::size_t size :
         {std::size_t{0}, std::size_t{10}, std::size_t{60}, bytes_.size() / 2, bytes_.size() - 1}) {
        write(bytes_.substr(0, size));
        EXPECT_EQ(load_code(), "snapshot_damaged") << size;
    }
    write(bytes_ + "x");
    EXPECT_EQ(load_code(), "snapshot_damaged");
    std::filesystem::remove(path_);
    EXPECT_EQ(load_code(), "snapshot_missing");
}

TEST_F(SnapshotFile, IsRefusedByAnotherSchema) {
    Schema schema = test_schema();
    schema.fields[0].weight = 3;
    Index other(schema, Merging::at_once);
    EXPECT_EQ(other.load(path_).error().code, "snapshot_other_schema");
}

TEST_F(SnapshotFile, LeavesTheIndexAloneWhenRefused) {
    write(
        "nonsense that is long enough to be looked at by the reader of snapshots, or so one hopes");
    auto before = index_.document_count();
    EXPECT_FALSE(index_.load(path_));
    EXPECT_EQ(index_.document_count(), before);
}

}  // namespace
}  // namespace search
