#include "http/page.h"

#include <gtest/gtest.h>

#include <thread>

#include "base/clock.h"
#include "http/harness.h"

namespace http::test {
namespace {

using base::Language;
using base::json::array;
using base::json::object;

class PageTest : public ::testing::Test {
  protected:
    void add(std::string_view name, std::string_view source) {
        folder_.write(std::string(name) + ".mustache", source);
    }
    std::string refusal() {
        const auto loaded = Pages::load(folder_.path(), texts());
        return loaded ? "" : loaded.error().code + " " + loaded.error().detail;
    }
    std::string show(std::string_view source, const object& view,
                     Language language = Language::zh_cn) {
        add("page", source);
        const auto loaded = Pages::load(folder_.path(), texts());
        return loaded ? (*loaded)->render_bare("page", language, view)
                      : base::describe(loaded.error());
    }
    TemporaryFolder folder_;
};

TEST_F(PageTest, VariablesAreEscaped) {
    EXPECT_EQ(show("<a title=\"{{x}}\">", {{"x", "<b>\"&'"}}),
              "<a title=\"&lt;b&gt;&quot;&amp;&#39;\">");
    EXPECT_EQ(show("{{a}}|{{b}}|{{c}}|{{d}}|{{o.p.q}}|{{missing}}|{{o.missing}}",
                   {{"a", 7}, {"b", 0}, {"c", nullptr}, {"d", true}, {"o", {{"p", {{"q", "x"}}}}}}),
              "7|0|||x||");
}

TEST_F(PageTest, SectionsFollowTheView) {
    const object view{
        {"rows", {{{"n", "1"}, {"tags", {"a", "b"}}}, {{"n", "2"}, {"tags", array{}}}}},
        {"title", "T"},
        {"empty", ""},
        {"none", array{}},
        {"zero", 0},
        {"thing", {{"name", "N"}}}};
    EXPECT_EQ(
        show("{{#rows}}{{n}}{{title}}({{#tags}}{{.}},{{/tags}}{{^tags}}-{{/tags}}){{/rows}}", view),
        "1T(a,b,)2T(-)");
    EXPECT_EQ(
        show("{{#empty}}x{{/empty}}{{^empty}}e{{/empty}}{{#none}}x{{/none}}{{#zero}}z{{/zero}}"
             "{{#thing}}{{name}}{{/thing}}{{^missing}}m{{/missing}}{{#title}}{{title}}{{/title}}",
             view),
        "ezNmT");
}

TEST_F(PageTest, TextsInTheReadersLanguage) {
    EXPECT_EQ(show("{{#t}}test.hello{{/t}}", {}), "你好");
    EXPECT_EQ(show("{{#t}}test.hello{{/t}}", {}, Language::en), "Hello");
    EXPECT_EQ(show("{{#t}}test.both|a=1|b=2{{/t}}", {}, Language::en), "1与2");  // falls back
    EXPECT_EQ(show("{{#t}}test.raw{{/t}}", {}), "a &lt; b &amp; c");
    EXPECT_EQ(show("{{#t}}test.nothing{{/t}}", {}), "⟦test.nothing⟧");
}

TEST_F(PageTest, ParametersStayEscapedAndCannotAddOthers) {
    EXPECT_EQ(show("{{#t}}test.count|count={{n}}{{/t}}", {{"n", "<i>|a=b"}}),
              "共 &lt;i&gt;|a=b 项");
    EXPECT_EQ(show("{{#t}}test.both|a={{x}}|b=<{{/t}}", {{"x", "{b}"}}), "{b}与&lt;");
    EXPECT_EQ(show("{{#t}}test.state.{{code}}{{/t}}", {{"code", "open"}}), "开放");
    EXPECT_EQ(show("{{#t}}test.{{k}}|count={{n}}{{/t}}", {{"k", "count"}, {"n", "<b>"}}),
              "共 &lt;b&gt; 项");
    EXPECT_EQ(
        show("{{#rows}}{{#t}}test.state.{{.}}{{/t}};{{/rows}}", {{"rows", {"open", "closed"}}}),
        "开放;关闭;");
}

TEST_F(PageTest, PartialsAndLayout) {
    add("layout",
        "<title>{{title}}·{{#t}}test.hello{{/t}} {{language}}</title>{{{json_ld}}}\n"
        "<main>{{{body}}}</main>\n");
    add("part/card", "<b>{{name}}</b>\n");
    add("page", "{{#rows}}{{> part/card}}{{/rows}}");
    const auto loaded = Pages::load(folder_.path(), texts());
    ASSERT_TRUE(loaded) << base::describe(loaded.error());
    const object view{{"title", "<T>"},
                      {"json_ld", "<script>{}</script>"},
                      {"rows", {{{"name", "a&"}}, {{"name", "b"}}}},
                      {"common", {{"language", "en"}}}};
    EXPECT_EQ((*loaded)->render("page", Language::en, view),
              "<title>&lt;T&gt;·Hello en</title><script>{}</script>\n"
              "<main><b>a&amp;</b><b>b</b></main>\n");
    EXPECT_TRUE((*loaded)->has("part/card"));
    EXPECT_FALSE((*loaded)->has("card"));
}

TEST_F(PageTest, MistakesAreFoundAtLoad) {
    const std::pair<const char*, const char*> cases[] = {
        {"a\n{{{x}}}", "page.mustache:2: an unescaped variable"},
        {"{{& x}}", "an unescaped variable"},
        {"{{=<% %>=}}", "delimiters"},
        {"{{#a}}\n{{#b}}{{/a}}", "page.mustache:2: this section is not"},
        {"{{#a}}", "a section is not closed"},
        {"{{/a}}", "this section is not"},
        {"x {{a", "a tag is not closed"},
        {"{{> nobody}}", "no such partial"},
        {"{{> page}}", "without end"},
        {"{{}}", "without a name"},
    };
    for (const auto& [source, words] : cases) {
        add("page", source);
        EXPECT_NE(refusal().find(words), std::string::npos) << source << " -> " << refusal();
        EXPECT_TRUE(refusal().starts_with("template_malformed")) << source;
    }
    add("page", "\xff");
    EXPECT_TRUE(refusal().starts_with("template_unreadable"));
    add("page", "{{#t}}test.hello{{/t}}\n{{#t}}test.gone|a=b{{/t}}{{#t}}test.{{x}}{{/t}}");
    const auto loaded = Pages::load(folder_.path(), texts());
    ASSERT_TRUE(loaded);
    EXPECT_EQ((*loaded)->missing_texts(),
              std::vector<std::string>{"page.mustache:2: no text 'test.gone'"});
}

TEST_F(PageTest, PlainTextTemplatesAreNotEscaped) {
    add("mail.txt", "  {{#t}}test.raw{{/t}}: {{x}}\n");
    const auto loaded = Pages::load(folder_.path(), texts());
    ASSERT_TRUE(loaded);
    EXPECT_EQ((*loaded)->render_bare("mail.txt", Language::zh_cn, {{"x", "<&>"}}),
              "  a < b & c: <&>\n");
}

TEST_F(PageTest, IndentationGoesButNotInPreformattedText) {
    EXPECT_EQ(show("  <p>\n\n    a b\n  </p>\n<pre>\n  keep\n</pre>\n  <i>", {}),
              "<p>\na b\n</p>\n<pre>\n  keep\n</pre>\n<i>");
}

/// Of the size and shape of an entry's page: about 12 KB, forty fields, lists in lists.
TEST_F(PageTest, APageIsQuickAndThreadsShareIt) {
    std::string source;
    for (int i = 0; i < 40; ++i) {
        source += "<section>\n  <h2>{{#t}}test.hello{{/t}}</h2>\n  {{#f" + std::to_string(i) +
                  "}}<p class=\"field long\">{{f" + std::to_string(i) + "}}</p>{{/f" +
                  std::to_string(i) + "}}\n</section>\n";
    }
    source +=
        "<ul>\n{{#rows}}\n  <li>{{name}} {{#t}}test.count|count={{n}}{{/t}} "
        "{{#tags}}<i>{{.}}</i>{{/tags}}</li>\n{{/rows}}\n</ul>\n";
    add("layout", "<html>\n<body>\n<main>\n{{{body}}}\n</main>\n</body>\n</html>\n");
    add("page", source);
    const auto loaded = Pages::load(folder_.path(), texts());
    ASSERT_TRUE(loaded);
    object view;
    for (int i = 0; i < 40; ++i) {
        view["f" + std::to_string(i)] =
            "一段关于成果的说明文字，大约一百个字节长，用来衡量渲染时间。";
    }
    array rows;
    for (int i = 0; i < 20; ++i) {
        rows.push_back(object{{"name", "名称"}, {"n", i}, {"tags", {"甲", "乙", "丙"}}});
    }
    view["rows"] = rows;
    const std::string expected = (*loaded)->render("page", Language::zh_cn, view);
    constexpr int rounds = 2000;
    const base::Duration before = base::elapsed_since_start();
    for (int i = 0; i < rounds; ++i)
        (void)(*loaded)->render("page", Language::zh_cn, view);
    const std::int64_t each =
        (base::elapsed_since_start().microseconds - before.microseconds) / rounds;
    std::printf("[ measured ] a page of %zu bytes: %lld us\n", expected.size(),
                static_cast<long long>(each));
    RecordProperty("microseconds", static_cast<int>(each));
    std::vector<std::thread> threads;
    std::atomic<int> wrong{0};
    for (int t = 0; t < 4; ++t) {
        threads.emplace_back([&] {
            for (int i = 0; i < 100; ++i) {
                for (const Language language : {Language::en, Language::zh_cn, Language::vi}) {
                    const std::string page = (*loaded)->render("page", language, view);
                    if (language == Language::zh_cn && page != expected) ++wrong;
                }
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace http::test
