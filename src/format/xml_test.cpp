#include "format/xml.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace format {
namespace {

std::string refusal(std::string_view text, std::size_t bytes_max = 1 << 20) {
    auto document = parse_xml(text, bytes_max);
    return document ? "accepted" : document.error().code;
}

TEST(Xml, WritesWhatReadsBack) {
    XmlWriter writer;
    writer.start("feed")
        .attribute("xmlns", "http://www.w3.org/2005/Atom")
        .attribute("a", "\"<\n&'");
    writer.leaf("title", "桂桥 <b> & ]]> \x01\x0B").start("empty").end();
    writer.end();
    std::string text = writer.finish();
    EXPECT_EQ(text,
              "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
              "<feed xmlns=\"http://www.w3.org/2005/Atom\" a=\"&quot;&lt;&#10;&amp;'\">"
              "<title>桂桥 &lt;b&gt; &amp; ]]&gt; </title><empty/></feed>");
    auto document = parse_xml(text);
    ASSERT_TRUE(document);
    EXPECT_STREQ((*document)->document_element().child("title").text().get(), "桂桥 <b> & ]]> ");
    EXPECT_STREQ((*document)->document_element().attribute("a").value(), "\"<\n&'");
}

TEST(Xml, RefusesHostileDocuments) {
    EXPECT_EQ(refusal("<a/>"), "accepted");
    EXPECT_EQ(refusal("<!DOCTYPE a [<!ENTITY x \"y\">]><a>&x;</a>"), "xml_doctype_refused");
    EXPECT_EQ(refusal("<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><a/>"), "xml_doctype_refused");
    EXPECT_EQ(refusal("<a>"), "xml_malformed");
    EXPECT_EQ(refusal(""), "xml_malformed");
    EXPECT_EQ(refusal("words"), "xml_malformed");
    EXPECT_EQ(refusal("<a/>", 3), "xml_too_large");
    std::string deep;
    for (int i = 0; i < 100'000; ++i)
        deep += "<a>";
    std::string closed = deep;
    for (int i = 0; i < 100'000; ++i)
        closed += "</a>";
    EXPECT_EQ(refusal(closed), "xml_too_deep");
    std::string wide = "<a>";
    for (int i = 0; i < 1000; ++i)
        wide += "<b><c/></b>";
    EXPECT_EQ(refusal(wide + "</a>"), "accepted");
}

TEST(XmlDeathTest, AnOpenElementIsOurMistake) {
    XmlWriter writer;
    writer.start("a");
    EXPECT_DEATH((void)writer.finish(), "open_.empty");
}

RC_GTEST_PROP(Xml, TextRoundTrip, ()) {
    auto parts = *rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
        "<", ">", "&", "\"", "'", "桂", "\n", "\r", "\t", " ", "]]>", "&amp;", "a", "￿"));
    std::string text = "x";
    for (const std::string& part : parts)
        text += part;
    text += "x";
    std::string expected;
    for (std::size_t i = 0; i < text.size();) {
        bool left_out = text.compare(i, 3, "\xEF\xBF\xBF") == 0;
        if (!left_out) expected += text[i];
        i += left_out ? 3 : 1;
    }
    XmlWriter writer;
    writer.start("a").attribute("v", text).text(text).end();
    auto document = parse_xml(writer.finish());
    RC_ASSERT(document.has_value());
    RC_ASSERT((*document)->document_element().text().get() == expected);
    RC_ASSERT((*document)->document_element().attribute("v").value() == expected);
}

}  // namespace
}  // namespace format
