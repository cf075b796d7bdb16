#include "base/json.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace base {
namespace {

std::string canonical(std::string_view text) {
    return canonical_json(parse_json(text).value());
}

TEST(Json, CanonicalFormIsOneTextPerValue) {
    EXPECT_EQ(canonical(R"( { "b" : [ 1, {"z":null,"a":true} ], "a" : "桂" } )"),
              R"({"a":"桂","b":[1,{"a":true,"z":null}]})");
    EXPECT_EQ(canonical(R"({"a":"\u6842\n"})"), canonical("{\"a\":\"桂\\u000a\"}"));
    EXPECT_EQ(canonical("[]"), "[]");
    EXPECT_EQ(canonical("{}"), "{}");
    EXPECT_EQ(canonical(R"({"\"":1})"), R"({"\"":1})");
}

TEST(Json, RefusesWhatIsNotJsonWithTheOffset) {
    for (const char* text : {"", "{", "{\"a\":1,}", "[1,2", "nul", "{'a':1}", "[1] 2", "\"\xff\"",
                             "{\"a\":01}", "\"a\nb\"", "// c\n1"}) {
        auto value = parse_json(text);
        ASSERT_FALSE(value) << text;
        EXPECT_EQ(value.error().code, "json_malformed") << text;
        EXPECT_TRUE(value.error().parameters.contains("offset"));
    }
    EXPECT_EQ(parse_json("[1, 2, x]").error().parameters.at("offset"), "7");
}

TEST(Json, LimitsDepthAndSize) {
    std::string deep = std::string(32, '[') + std::string(32, ']');
    EXPECT_TRUE(parse_json(deep));
    std::string deeper = std::string(33, '[') + std::string(33, ']');
    EXPECT_EQ(parse_json(deeper).error().code, "json_malformed");
    EXPECT_EQ(parse_json(std::string(100'000, '[')).error().code, "json_malformed");
    EXPECT_EQ(parse_json("[1,2,3]", 4).error().code, "json_too_large");
    EXPECT_EQ(parse_json("[1,2,3]", 4).error().kind, ErrorKind::too_large);
}

TEST(Json, ReadersAreLenientOrSayWhatIsWrong) {
    json::object object = parse_json(R"({"t":"x","n":5,"b":true,"o":{"k":1},"l":[1],"z":null,
                                         "big":18446744073709551615,"half":1.5})")
                              .value()
                              .as_object();
    EXPECT_EQ(text_at(object, "t"), "x");
    EXPECT_EQ(text_at(object, "n", "none"), "none");
    EXPECT_EQ(integer_at(object, "n"), 5);
    EXPECT_EQ(integer_at(object, "big"), std::nullopt);
    EXPECT_EQ(integer_at(object, "half"), std::nullopt);
    EXPECT_TRUE(bool_at(object, "b"));
    EXPECT_TRUE(bool_at(object, "absent", true));
    EXPECT_EQ(object_at(object, "o").size(), 1u);
    EXPECT_TRUE(object_at(object, "l").empty());
    EXPECT_EQ(array_at(object, "l").size(), 1u);
    EXPECT_EQ(require_text(object, "t").value(), "x");
    EXPECT_EQ(require_text(object, "z").error().code, "field_missing");
    EXPECT_EQ(require_text(object, "n").error().code, "field_wrong_type");
    EXPECT_EQ(require_text(object, "n").error().field, "n");
    EXPECT_EQ(require_integer(object, "absent").error().code, "field_missing");
    EXPECT_EQ(require_integer(object, "half").error().code, "field_wrong_type");
    EXPECT_EQ(require_object(json::value(1)).error().code, "body_not_object");
}

TEST(Json, ANumberWithoutBoundsIsMalformed) {
    for (const char* text : {"1e999", "[-1e999]", R"({"a":[{"b":1e400}]})"}) {
        const auto value = parse_json(text);
        ASSERT_FALSE(value.has_value()) << text;
        EXPECT_EQ(value.error().code, "json_malformed");
    }
    EXPECT_TRUE(parse_json("1e300").has_value());
}

TEST(Json, WritesErrorsForMachines) {
    Error reason = conflict("outer").under("第三条").because(
        {invalid("inner").at("title").with("max", "200").saying("too long")});
    EXPECT_EQ(canonical_json(to_json(reason)),
              R"({"causes":[{"code":"inner","detail":"too long","field":"title",)"
              R"("parameters":{"max":"200"}}],"clause":"第三条","code":"outer"})");
    EXPECT_EQ(describe(reason), "outer; inner at title: too long max=200");
}

RC_GTEST_PROP(Json, CanonicalTextReadsBackAsTheSame, ()) {
    auto members = *rc::gen::arbitrary<std::map<std::string, std::int64_t>>();
    json::object object;
    for (const auto& [key, number] : members) {
        bool ascii = std::all_of(key.begin(), key.end(), [](char c) { return c > 0; });
        if (ascii) object[key] = json::array{number, key};
    }
    std::string text = canonical_json(object);
    RC_ASSERT(parse_json(text).value() == json::value(object));
    RC_ASSERT(canonical(text) == text);
}

}  // namespace
}  // namespace base
