#include "base/id.h"

#include <set>

#include <gtest/gtest.h>

namespace base {
namespace {

struct Entry;

TEST(Id, SortsByAge) {
    SeededRandom random(7);
    Time moment = parse_iso("2026-11-24T00:00:00Z").value();
    std::string previous;
    for (int i = 0; i < 3000; ++i, moment = moment + microseconds(1)) {
        std::string id = new_ulid(moment, random);
        EXPECT_TRUE(is_ulid(id)) << id;
        EXPECT_LT(previous, id);
        previous = id;
    }
}

TEST(Id, DiffersWithinOneMillisecond) {
    SeededRandom random(8);
    std::set<std::string> seen;
    for (int i = 0; i < 5000; ++i)
        seen.insert(new_ulid(Time{1'000'000}, random));
    EXPECT_EQ(seen.size(), 5000u);
}

TEST(Id, RepeatsWithTheSameSeed) {
    SeededRandom one(9);
    SeededRandom two(9);
    EXPECT_EQ(Id<Entry>::make(Time{5'000'000}, one), Id<Entry>::make(Time{5'000'000}, two));
}

TEST(Id, RefusesOtherTexts) {
    EXPECT_TRUE(Id<Entry>::parse("01ARZ3NDEKTSV4RRFFQ69G5FAV"));
    EXPECT_TRUE(Id<Entry>().empty());
    for (const char* text :
         {"", "01ARZ3NDEKTSV4RRFFQ69G5FA", "01ARZ3NDEKTSV4RRFFQ69G5FAVX",
          "01arz3ndektsv4rrffq69g5fav", "81ARZ3NDEKTSV4RRFFQ69G5FAV", "01ARZ3NDEKTSV4RRFFQ69G5FAI",
          "01ARZ3NDEKTSV4RRFFQ69G5F/V", "' OR 1=1; DROP TABLE entry"}) {
        EXPECT_EQ(Id<Entry>::parse(text).error().code, "id_malformed") << text;
    }
}

TEST(Random, IsUniformBelowABound) {
    SeededRandom random(11);
    std::array<int, 6> counts{};
    for (int i = 0; i < 60'000; ++i)
        ++counts[random.below(6)];
    for (int count : counts)
        EXPECT_NEAR(count, 10'000, 500);
    EXPECT_EQ(random.below(1), 0u);
    SecureRandom secure;
    EXPECT_NE(secure.next(), secure.next());
}

}  // namespace
}  // namespace base
