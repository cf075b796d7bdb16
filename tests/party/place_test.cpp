#include "party/place.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "party/party_fixture.h"

namespace party {

namespace {

using party_test::code_of;

base::Result<Places> read(std::string_view text) {
    return Places::from(*base::Yaml::parse(text, "places.yaml"));
}

TEST(Places, GuangxiHasOneRegionFourteenCitiesAndOneHundredAndElevenCounties) {
    const Places places = *Places::load(party_test::World::region() / "places.yaml");
    EXPECT_EQ(places.all().size(), 126u);
    EXPECT_EQ(places.region().code, "450000");
    EXPECT_EQ(places.children("450000").size(), 14u);
    std::size_t counties = 0;
    for (const Place& city : places.children("450000"))
        counties += places.children(city.code).size();
    EXPECT_EQ(counties, 111u);
    EXPECT_EQ(places.name("450200", base::Language::en), "Liuzhou");
    EXPECT_EQ(places.name("999999", base::Language::en), "999999");
    EXPECT_EQ(places.city_of("450206"), "450200");
    EXPECT_EQ(places.city_of("450000"), "450000");
    EXPECT_EQ(code_of(places.require("450999")), "place_unknown");
}

TEST(Places, AScopeIsARangeOfCodes) {
    EXPECT_EQ(Places::range("450000").high, "459999");
    EXPECT_EQ(Places::range("450100").high, "450199");
    EXPECT_EQ(Places::range("450102").high, "450102");
    EXPECT_TRUE(Places::contains("450000", "450102"));
    EXPECT_TRUE(Places::contains("450100", "450102"));
    EXPECT_TRUE(Places::contains("450102", "450102"));
    EXPECT_FALSE(Places::contains("450102", "450100"));
    EXPECT_FALSE(Places::contains("450200", "450102"));
    EXPECT_FALSE(Places::contains("440000", "450102"));
    EXPECT_FALSE(Places::contains("", "450102"));
    EXPECT_FALSE(Places::contains("450000", ""));
    EXPECT_FALSE(Places::contains("45000a", "450102"));
}

TEST(Places, RefusesAFileThatIsNotATree) {
    const std::string region = R"({code: "450000", level: region, name: {zh: 桂}})";
    EXPECT_EQ(code_of(read("places: []")), "places_empty");
    EXPECT_EQ(code_of(read("places: [" + region + "]")), "ok");
    EXPECT_EQ(code_of(read("places: [" + region + "," + region + "]")), "place_duplicate");
    EXPECT_EQ(code_of(read(R"(places: [{code: "450100", level: city, name: 南宁}])")),
              "region_missing");
    EXPECT_EQ(
        code_of(read("places: [" + region + R"(, {code: "450102", level: county, name: 兴宁}])")),
        "place_orphan");
    EXPECT_EQ(code_of(read(R"(places: [{code: "450100", level: county, name: 南宁}])")),
              "place_level_wrong");
    EXPECT_EQ(code_of(read(R"(places: [{code: "4501", level: city, name: 南宁}])")),
              "place_code_malformed");
    EXPECT_EQ(code_of(read(R"(places: [{code: "450100", level: town, name: 南宁}])")),
              "place_level_unknown");
    EXPECT_EQ(code_of(read("places: []\nextra: 1")), "key_unknown");
    EXPECT_EQ(
        code_of(read("places: [" + region + R"(, {code: "440000", level: region, name: 粤}])")),
        "region_duplicate");
}

TEST(Places, ContainmentIsATree) {
    const Places places = *Places::load(party_test::World::region() / "places.yaml");
    EXPECT_TRUE(rc::check("of two places that contain a third, one contains the other", [&] {
        const auto any = [&] {
            return places.all()[*rc::gen::inRange<std::size_t>(0, places.all().size())].code;
        };
        const std::string a = any(), b = any(), c = any();
        if (Places::contains(a, c) && Places::contains(b, c))
            RC_ASSERT(Places::contains(a, b) || Places::contains(b, a));
        RC_ASSERT(Places::contains(a, a));
        if (Places::contains(a, b) && Places::contains(b, a)) RC_ASSERT(a == b);
    }));
}

}  // namespace

}  // namespace party
