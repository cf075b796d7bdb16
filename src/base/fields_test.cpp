#include "base/fields.h"

#include <gtest/gtest.h>

namespace base {
namespace {

constexpr std::string_view form = R"(
- {name: title, label: {zh: 名称, en: Title}, required: yes, length_max: 10}
- {name: body, type: long_text, label: 正文, localized: yes, required: yes, length_max: 20}
- {name: staff, type: integer, label: 人数, minimum: 1, maximum: 100}
- {name: ratio, type: decimal, label: 比例, minimum: 0, maximum: 100, unit: "%"}
- {name: price, type: money, label: 价格, minimum: "100.00", maximum: "1000"}
- {name: start, type: date, label: 开始}
- {name: seen, type: moment, label: 时间}
- {name: open, type: boolean, label: 公开}
- {name: mode, type: choice, label: 方式, options: {transfer: 转让, licence: {zh: 许可, en: Licence}}}
- {name: modes, type: choices, label: 方式, options: [{code: a, label: 甲}, {code: b, label: 乙}, c]}
- {name: words, type: words, label: 关键词, length_max: 3}
- {name: where, type: place, label: 地区}
- {name: partner, type: reference, label: 伙伴, confidential: yes}
- name: rows
  type: table
  label: 付款
  length_max: 2
  columns:
    - {name: amount, type: money, label: 金额, required: yes}
    - {name: note, label: 说明}
)";

std::vector<FieldSpec> fields() {
    auto read = read_fields(Yaml::parse(form, "form.yaml").value());
    EXPECT_TRUE(read) << describe(read.error());
    return read.value();
}

json::object object(std::string_view text) {
    return parse_json(text).value().as_object();
}

/// "code field" of each defect, with a complete title and body added.
std::string defects(std::string_view members, Completeness completeness = Completeness::complete) {
    json::object values = object(R"({"title":"固废制砖","body":{"zh":"说明"}})");
    for (const auto& [key, value] : object("{" + std::string(members) + "}"))
        values[key] = value;
    std::string list;
    for (const Error& defect : check_fields(values, fields(), completeness)) {
        list += (list.empty() ? "" : ", ") + defect.code + " " + defect.field;
    }
    return list;
}

TEST(CheckFields, AcceptsWhatIsRight) {
    EXPECT_EQ(defects(R"("staff":1,"ratio":"99.99","price":"1,000.00","start":"2026-11-24",
        "seen":"2026-11-24T00:00:00Z","open":false,"mode":"licence","modes":["a","c"],
        "words":["糖","桉木"],"where":"450100","partner":"01ARZ3NDEKTSV4RRFFQ69G5FAV",
        "rows":[{"amount":"5","note":null}],"price_currency":"CNY")"),
              "");
    EXPECT_EQ(defects(R"("staff":null,"start":"","words":[],"rows":[])"), "");
}

TEST(CheckFields, NamesWhatIsMissing) {
    EXPECT_EQ(defects(R"("title":null,"body":null)"), "field_missing title, field_missing body");
    EXPECT_EQ(defects(R"("title":" 　 ","body":{})"), "field_missing title, field_missing body");
    EXPECT_EQ(defects(R"("body":{"zh":"","en":{"text":""}})"), "field_missing body");
    EXPECT_EQ(defects(R"("rows":[{"note":"x"}])"), "field_missing rows.0.amount");
    EXPECT_EQ(defects(R"("title":null,"body":null,"rows":[{}])", Completeness::draft), "");
}

TEST(CheckFields, ADraftMustBeRightInWhatItHas) {
    EXPECT_EQ(defects(R"("title":5,"staff":0)", Completeness::draft),
              "field_wrong_type title, field_below_minimum staff");
}

TEST(CheckFields, RefusesWrongTypes) {
    EXPECT_EQ(defects(R"("title":1,"body":"x","staff":"5","ratio":5,"price":100,"start":1,"seen":1,
        "open":"yes","mode":1,"modes":"a","words":"x","where":"4501","partner":1,"rows":{})"),
              "field_wrong_type title, field_wrong_type body, field_wrong_type staff, "
              "field_wrong_type ratio, field_wrong_type price, field_wrong_type start, "
              "field_wrong_type seen, field_wrong_type open, field_wrong_type mode, "
              "field_wrong_type modes, field_wrong_type words, field_wrong_type where, "
              "field_wrong_type partner, field_wrong_type rows");
    EXPECT_EQ(defects(R"("staff":1.5,"words":[""],"rows":[1])"),
              "field_wrong_type staff, field_wrong_type words.0, field_wrong_type rows.0");
    for (const char* ratio : {"1e3", "abc", "1.", ".5", "+1", "１", "1,5", "--1", "-"}) {
        EXPECT_EQ(defects("\"ratio\":\"" + std::string(ratio) + "\""), "field_wrong_type ratio")
            << ratio;
    }
    EXPECT_EQ(defects("\"ratio\":\"" + std::string(400, '1') + "\""), "field_wrong_type ratio");
}

TEST(CheckFields, RefusesWhatIsTooLong) {
    EXPECT_EQ(defects(R"("title":"一二三四五六七八九十")"), "");
    EXPECT_EQ(defects(R"("title":"一二三四五六七八九十百")"), "field_too_long title");
    EXPECT_EQ(defects(R"("body":{"en":"123456789012345678901"})"), "field_too_long body.en");
    EXPECT_EQ(defects(R"("words":["a","b","c","d"])"), "field_too_long words");
    EXPECT_EQ(defects("\"words\":[\"" + std::string(101, 'w') + "\"]"), "field_too_long words.0");
    EXPECT_EQ(defects(R"("rows":[{"amount":"1"},{"amount":"1"},{"amount":"1"}])"),
              "field_too_long rows");
}

TEST(CheckFields, HoldsTheBoundsExactly) {
    EXPECT_EQ(defects(R"("staff":0)"), "field_below_minimum staff");
    EXPECT_EQ(defects(R"("staff":101)"), "field_above_maximum staff");
    EXPECT_EQ(defects(R"("staff":18446744073709551615)"), "field_above_maximum staff");
    EXPECT_EQ(defects(R"("price":"99.99")"), "field_below_minimum price");
    EXPECT_EQ(defects(R"("price":"1000.01")"), "field_above_maximum price");
    EXPECT_EQ(defects(R"("ratio":"-0.0")"), "");
    EXPECT_EQ(defects(R"("ratio":"-0.000000000000000001")"), "field_below_minimum ratio");
    EXPECT_EQ(defects(R"("ratio":"100.000000000000000001")"), "field_above_maximum ratio");
    EXPECT_EQ(defects(R"("ratio":"0100.0")"), "");
    auto found = check_fields(object(R"({"title":"a","body":{"zh":"b"},"price":"1"})"), fields(),
                              Completeness::complete);
    ASSERT_EQ(found.size(), 1u);
    EXPECT_EQ(found[0].parameters.at("min"), "100.00");
}

TEST(CheckFields, RefusesUnknownFieldsOptionsAndLanguages) {
    EXPECT_EQ(defects(R"("titel":"x")"), "field_unknown titel");
    EXPECT_EQ(defects(R"("staff_currency":"CNY")"), "field_unknown staff_currency");
    EXPECT_EQ(defects(R"("mode":"gift")"), "field_not_an_option mode");
    EXPECT_EQ(defects(R"("modes":["a","x","a"])"),
              "field_not_an_option modes.1, field_duplicate modes.2");
    EXPECT_EQ(defects(R"("body":{"zh":"x","fr":"y"})"), "field_unknown body.fr");
    EXPECT_EQ(defects(R"("rows":[{"amount":"1","extra":1}])"), "field_unknown rows.0.extra");
}

TEST(CheckFields, ChecksRichTexts) {
    EXPECT_EQ(defects(R"("body":{"zh":{"text":"甲","state":"original"},
        "en":{"text":"A","state":"machine","source_hash":"ab12"}})"),
              "");
    EXPECT_EQ(defects(R"("body":{"zh":{"text":"甲","state":"guess"},"en":{"text":1,"more":2}})"),
              "field_not_an_option body.zh.state, field_unknown body.en.more, "
              "field_wrong_type body.en");
    EXPECT_EQ(defects(R"("body":{"zh":"甲","en":{"state":"human"}})"),
              "field_missing body.en.text");
}

TEST(CheckFields, KeepsTheCodesOfTheParsers) {
    EXPECT_EQ(defects(R"("price":"1e3","start":"2026-04-31","seen":"today","partner":"a b")"),
              "amount_malformed price, date_malformed start, time_malformed seen, "
              "id_malformed partner");
    EXPECT_EQ(defects(R"("price":"500.5","price_currency":"VND")"), "amount_too_precise price");
    EXPECT_EQ(defects(R"("price":"500","price_currency":"yuan")"),
              "currency_malformed price_currency");
}

TEST(CheckFields, RefusesControlCharacters) {
    EXPECT_EQ(defects("\"title\":\"a\\u0000b\""), "field_control_characters title");
    EXPECT_EQ(defects("\"title\":\"a\\nb\""), "field_control_characters title");
    EXPECT_EQ(defects("\"body\":{\"zh\":\"a\\nb\"}"), "");
    EXPECT_EQ(defects("\"body\":{\"zh\":\"a\\u202eb\"}"), "field_control_characters body.zh");
}

TEST(RequireFields, GathersAllDefects) {
    auto status = require_fields(object("{}"), fields(), Completeness::complete);
    ASSERT_FALSE(status);
    EXPECT_EQ(status.error().code, "form_invalid");
    EXPECT_EQ(status.error().causes.size(), 2u);
    EXPECT_TRUE(require_fields(object("{}"), fields(), Completeness::draft));
}

std::string read_refusal(std::string_view yaml) {
    auto field = read_field(Yaml::parse(yaml, "f.yaml").value());
    return field ? "accepted" : field.error().code + " " + field.error().detail;
}

TEST(ReadField, ReadsEveryKey) {
    FieldSpec price = fields()[4];
    EXPECT_EQ(price.minimum, 10'000);
    EXPECT_EQ(price.maximum, 100'000);
    FieldSpec mode = fields()[8];
    EXPECT_EQ(mode.options[1].code, "licence");
    EXPECT_EQ(mode.options[1].label.in(Language::en), "Licence");
    EXPECT_EQ(fields()[9].options[2].code, "c");
    EXPECT_TRUE(fields()[12].confidential);
    EXPECT_EQ(fields()[13].columns.size(), 2u);
    FieldSpec plain =
        read_field(Yaml::parse("{name: x, label: 甲, type: long_text}", "f").value()).value();
    EXPECT_EQ(plain.length_max, 5000u);
}

TEST(ReadField, RefusesMistakesWithTheirLine) {
    EXPECT_EQ(read_refusal("name: x\nlabel: 甲\nrequird: yes\n"),
              "key_unknown f.yaml:3: unknown key 'requird'");
    EXPECT_TRUE(read_refusal("name: x\n").starts_with("key_missing f.yaml:1"));
    EXPECT_TRUE(read_refusal("label: 甲\nname: 名\n").starts_with("field_name_malformed f.yaml:2"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, type: float}").starts_with("field_type_unknown"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, type: choice}").starts_with("field_options_wrong"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, options: [a]}").starts_with("field_options_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, type: choice, options: [a, a]}")
                    .starts_with("field_options_wrong"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, type: table}").starts_with("field_columns_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, type: table, columns: [{name: y, label: 乙, "
                             "type: table, columns: [{name: z, label: 丙}]}]}")
                    .starts_with("field_columns_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, minimum: 1}").starts_with("field_bounds_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, type: money, minimum: 1e3}")
                    .starts_with("field_bounds_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, type: integer, minimum: 5, maximum: 1}")
                    .starts_with("field_bounds_wrong"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, length_max: 0}").starts_with("field_bounds_wrong"));
    EXPECT_TRUE(read_refusal("{name: x, label: 甲, type: date, localized: yes}")
                    .starts_with("field_not_localizable"));
    EXPECT_TRUE(
        read_refusal("{name: x, label: 甲, required: maybe}").starts_with("value_not_boolean"));
    auto twice =
        read_fields(Yaml::parse("[{name: x, label: 甲}, {name: x, label: 乙}]", "f").value());
    EXPECT_EQ(twice.error().code, "field_duplicate");
}

TEST(JsonSchema, SaysWhatCheckFieldsSays) {
    json::object schema = json_schema(fields());
    EXPECT_EQ(text_at(schema, "$schema"), "https://json-schema.org/draft/2020-12/schema");
    EXPECT_EQ(canonical_json(schema["required"]), R"(["title","body"])");
    EXPECT_EQ(schema["additionalProperties"], json::value(false));
    const json::object& properties = object_at(schema, "properties");
    EXPECT_EQ(canonical_json(properties.at("title")),
              R"({"maxLength":10,"title":"名称","type":"string"})");
    EXPECT_EQ(canonical_json(properties.at("staff")),
              R"({"maximum":100,"minimum":1,"title":"人数","type":"integer"})");
    EXPECT_EQ(canonical_json(properties.at("mode")),
              R"({"enum":["transfer","licence"],"title":"方式","type":"string"})");
    EXPECT_EQ(text_at(properties.at("price").as_object(), "type"), "string");
    EXPECT_TRUE(properties.contains("price_currency"));
    const json::object& languages = object_at(properties.at("body").as_object(), "properties");
    EXPECT_EQ(languages.size(), all_languages.size());
    const json::object& rows = object_at(properties.at("rows").as_object(), "items");
    EXPECT_EQ(canonical_json(rows.at("required")), R"(["amount"])");
    EXPECT_EQ(properties.at("partner").as_object().at("x-confidential"), json::value(true));
}

TEST(DescribeFields, SpeaksTheReadersLanguage) {
    json::object described = describe_fields(fields(), Language::en);
    const json::array& list = array_at(described, "fields");
    ASSERT_EQ(list.size(), 14u);
    EXPECT_EQ(text_at(list[0].as_object(), "label"), "Title");
    EXPECT_EQ(text_at(list[1].as_object(), "label"), "正文");
    EXPECT_EQ(text_at(list[4].as_object(), "minimum"), "100.00");
    EXPECT_EQ(integer_at(list[2].as_object(), "minimum"), 1);
    EXPECT_EQ(canonical_json(list[8].as_object().at("options")),
              R"([{"code":"transfer","label":"转让"},{"code":"licence","label":"Licence"}])");
    EXPECT_EQ(array_at(list[13].as_object(), "columns").size(), 2u);
}

TEST(Difference, ListsChangesInFieldOrder) {
    json::object before = object(R"({"price":"100","title":"a","staff":1,"open":null})");
    json::object after =
        object(R"({"title":"b","price":"100","price_currency":"USD","words":["x"]})");
    auto changes = difference(before, after, fields());
    ASSERT_EQ(changes.size(), 4u);
    EXPECT_EQ(changes[0].field, "title");
    EXPECT_EQ(changes[0].before, json::value("a"));
    EXPECT_EQ(changes[0].after, json::value("b"));
    EXPECT_EQ(changes[1].field, "staff");
    EXPECT_TRUE(changes[1].after.is_null());
    EXPECT_EQ(changes[2].field, "price_currency");
    EXPECT_EQ(changes[3].field, "words");
}

}  // namespace
}  // namespace base
