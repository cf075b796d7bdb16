#include "http/decode.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.h"
#include "http/multipart.h"
#include "http/wire_parser.h"

namespace http {
namespace {

std::string code_of(const auto& result) {
    return result ? "" : result.error().code;
}

TEST(Decode, PercentDecoding) {
    EXPECT_EQ(percent_decode("a%20b+c", PlusSign::literal), "a b+c");
    EXPECT_EQ(percent_decode("a%20b+c", PlusSign::space), "a b c");
    EXPECT_EQ(percent_decode("%e6%a1%82", PlusSign::literal), "桂");
    for (const char* bad : {"%", "%1", "%zz", "abc%2", "%%20"}) {
        EXPECT_FALSE(percent_decode(bad, PlusSign::space)) << bad;
    }
}

TEST(Decode, PathsThatReadInOneWay) {
    EXPECT_EQ(normalise_path("/"), "/");
    EXPECT_EQ(normalise_path("/desk/"), "/desk/");
    EXPECT_EQ(normalise_path("/a/%E6%A1%82"), "/a/桂");
    EXPECT_EQ(normalise_path("/a/.hidden"), "/a/.hidden");
    EXPECT_EQ(normalise_path("/a/%252e"), "/a/%2e");
}

TEST(Decode, PathsThatAreRefused) {
    const std::string_view bad[] = {"",          "a",          "/a/../b", "/a/%2e%2e/b", "/a/./b",
                                    "/..",       "/a%2fb",     "/a%2Fb",  "/a%5cb",      "/a\\b",
                                    "/a%00b",    "/a//b",      "/a%",     "/a%zz",       "/%ff%fe",
                                    "/a%0d%0ab", "//evil.com", "/a/%2e",  "/a%7f"};
    for (const std::string_view path : bad) {
        EXPECT_EQ(code_of(normalise_path(path)), "path_malformed") << path;
    }
    EXPECT_EQ(code_of(normalise_path("/" + std::string(path_bytes_max, 'a'))), "path_malformed");
}

TEST(Decode, PairsOfAQuery) {
    const auto pairs = parse_pairs("q=%E6%A1%82+b&empty=&flag&q=2&&a=b=c");
    ASSERT_TRUE(pairs);
    EXPECT_EQ(pairs->count("q"), 2U);
    EXPECT_EQ(pairs->find("q")->second, "桂 b");
    EXPECT_EQ(pairs->find("empty")->second, "");
    EXPECT_EQ(pairs->find("flag")->second, "");
    EXPECT_EQ(pairs->find("a")->second, "b=c");
    EXPECT_EQ(code_of(parse_pairs("a=%00")), "form_malformed");
    EXPECT_EQ(code_of(parse_pairs("a=%ff")), "form_malformed");
    std::string many;
    for (std::size_t i = 0; i <= form_fields_max; ++i)
        many += "a=1&";
    EXPECT_EQ(code_of(parse_pairs(many)), "form_too_many_fields");
}

TEST(Decode, CookiesAndParameters) {
    const auto cookies = parse_cookies("session=abc; lang=\"en\"; broken; =x; session=second");
    EXPECT_EQ(cookies.size(), 2U);
    EXPECT_EQ(cookies.at("session"), "abc");
    EXPECT_EQ(cookies.at("lang"), "en");
    EXPECT_EQ(header_parameter("form-data; name=\"a;b\\\"c\"; filename=x", "name"), "a;b\"c");
    EXPECT_EQ(header_parameter("form-data; name=\"a;b\"; FileName = x ", "filename"), "x");
    EXPECT_EQ(header_parameter("form-data; name=\"open", "name"), std::nullopt);
    EXPECT_EQ(header_parameter("text/html", "charset"), std::nullopt);
    EXPECT_TRUE(accepts_coding("br, GZIP;q=0.5", "gzip"));
    EXPECT_FALSE(accepts_coding("gzip;q=0.000, br", "gzip"));
    EXPECT_FALSE(accepts_coding("", "gzip"));
    EXPECT_EQ(media_type(" Application/JSON ; charset=utf-8"), "application/json");
}

TEST(Decode, PropertyEncodeThenDecodeGivesBack) {
    EXPECT_TRUE(rc::check("percent coding", [](const std::string& text) {
        RC_ASSERT(percent_decode(percent_encode(text), PlusSign::space) == text);
    }));
}

/// Bytes from an alphabet in which trouble is likely.
rc::Gen<std::string> hostile() {
    return rc::gen::container<std::string>(
        rc::gen::oneOf(rc::gen::element('%', '/', '.', '&', '=', ';', '"', '\\', '-', '\r', '\n',
                                        ':', '0', '2', 'f', 'a', 'b', ' ', ','),
                       rc::gen::arbitrary<char>()));
}

TEST(Decode, PropertyNoInputCrashes) {
    EXPECT_TRUE(rc::check("decoders", [] {
        const std::string text = *hostile();
        percent_decode(text, PlusSign::space);
        parse_cookies(text);
        header_parameter(text, "name");
        accepts_coding(text, "gzip");
        if (const auto path = normalise_path(text)) {
            RC_ASSERT(path->front() == '/');
            RC_ASSERT(base::is_valid_utf8(*path));
            RC_ASSERT((*path + '/').find("/../") == std::string::npos);
        }
        if (const auto pairs = parse_pairs(text)) {
            for (const auto& [name, value] : *pairs) {
                RC_ASSERT(base::is_valid_utf8(name) && base::is_valid_utf8(value));
            }
        }
    }));
}

// --- multipart ---

constexpr std::string_view form_type = "multipart/form-data; boundary=XX";

std::string part(std::string_view disposition, std::string_view content) {
    return "--XX\r\nContent-Disposition: form-data; " + std::string(disposition) + "\r\n\r\n" +
           std::string(content) + "\r\n";
}

TEST(Multipart, FieldsAndFiles) {
    const std::string bytes("\x00\xff\r\n--X\r\n--", 10);
    const std::string body = part("name=\"title\"", "固废制砖") +
                             "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
                             "filename=\"a%22b.pdf\"\r\nContent-Type: application/pdf\r\n\r\n" +
                             bytes + "\r\n" + part("name=\"none\"; filename=\"\"", "") +
                             part("name=\"empty\"", "") + "--XX--\r\n";
    const auto parts = parse_multipart(form_type, body);
    ASSERT_TRUE(parts) << base::describe(parts.error());
    ASSERT_EQ(parts->fields.size(), 2U);
    EXPECT_EQ(parts->fields[0].second, "固废制砖");
    EXPECT_EQ(parts->fields[1], std::pair(std::string("empty"), std::string()));
    ASSERT_EQ(parts->uploads.size(), 1U);
    EXPECT_EQ(parts->uploads[0].file_name, "a\"b.pdf");
    EXPECT_EQ(parts->uploads[0].content_type, "application/pdf");
    EXPECT_EQ(parts->uploads[0].bytes, bytes);
    const auto none = parse_multipart("multipart/form-data; boundary=\"XX\"", "--XX--");
    ASSERT_TRUE(none);
    EXPECT_TRUE(none->fields.empty());
}

TEST(Multipart, HostileBodiesAreRefused) {
    const std::string good = part("name=\"a\"", "1");
    const std::pair<std::string, std::string> cases[] = {
        {"", "multipart_malformed"},
        {"hello", "multipart_malformed"},
        {"--XXjunk\r\n", "multipart_malformed"},
        {good, "multipart_malformed"},  // stops right after a part: neither "\r\n" nor "--"
        {good + "--XX", "multipart_truncated"},
        {good + "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n", "multipart_truncated"},
        {good + "--XX\r\nContent-Disposition: form-data; name=\"b\"\r\n\r\nendless",
         "multipart_truncated"},
        {"--XX\r\n\r\nno header\r\n--XX--", "multipart_malformed"},
        {part("nothing=1", "1") + "--XX--", "multipart_malformed"},
        {"--XX\r\nContent-Disposition: attachment; name=\"a\"\r\n\r\n1\r\n--XX--",
         "multipart_malformed"},
        {"--XX\r\nno colon\r\n\r\n1\r\n--XX--", "multipart_malformed"},
        {"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Disposition: form-data; "
         "name=\"b\"\r\n\r\n1\r\n--XX--",
         "multipart_malformed"},
        {"--XX\r\nContent-Disposition: form-data; name=\"a\"\r\nContent-Transfer-Encoding: "
         "base64\r\n\r\n1\r\n--XX--",
         "multipart_malformed"},
        {part("name=\"a\xff\"", "1") + "--XX--", "multipart_malformed"},
        {part("name=\"a\"", "\xff") + "--XX--", "multipart_malformed"},
        {"--XX\r\nX: " + std::string(multipart_part_header_bytes_max, 'x') + "\r\n\r\n",
         "multipart_malformed"},
    };
    for (const auto& [body, code] : cases) {
        const auto outcome = parse_multipart(form_type, body);
        ASSERT_FALSE(outcome) << body;
        // A body that stops after the last line end could also be called cut off.
        EXPECT_TRUE(outcome.error().code == code || outcome.error().code == "multipart_truncated")
            << body << " -> " << outcome.error().code;
    }
    std::string many;
    for (std::size_t i = 0; i <= multipart_parts_max; ++i)
        many += part("name=\"a\"", "1");
    EXPECT_EQ(code_of(parse_multipart(form_type, many + "--XX--")), "form_too_many_fields");
}

TEST(Multipart, UnusableBoundaries) {
    for (const std::string& type : std::vector<std::string>{
             "multipart/form-data",
             "multipart/form-data; boundary=", "multipart/form-data; boundary=\"a\r\nb\"",
             "multipart/form-data; boundary=" + std::string(71, 'a')}) {
        EXPECT_EQ(code_of(parse_multipart(type, "--\r\n")), "multipart_malformed") << type;
    }
}

TEST(Multipart, PropertyRoundTripAndNoCrash) {
    EXPECT_TRUE(rc::check("round trip of file bytes", [] {
        const std::string bytes = *hostile();
        RC_PRE(bytes.find("--XX") == std::string::npos);
        const auto parts =
            parse_multipart(form_type, part("name=\"f\"; filename=\"f\"", bytes) + "--XX--\r\n");
        RC_ASSERT(parts.has_value());
        RC_ASSERT(parts->uploads.size() == 1U);
        RC_ASSERT(parts->uploads[0].bytes == bytes);
    }));
    EXPECT_TRUE(rc::check("any body", [] {
        std::string body = "--XX\r\n" + *hostile();
        if (*rc::gen::arbitrary<bool>()) body += "\r\n\r\n" + *hostile() + "\r\n--XX--";
        parse_multipart(form_type, body);
    }));
}

// --- the wire ---

TEST(WireParser, PropertyPiecesDoNotMatter) {
    EXPECT_TRUE(rc::check("one request in any pieces", [] {
        const std::string body = *hostile();
        const std::string whole =
            "POST /x?y=1 HTTP/1.1\r\nHost: h\r\nA: 1\r\na: 2\r\nContent-Length: " +
            std::to_string(body.size()) + "\r\n\r\n" + body;
        WireParser parser(WireParser::Kind::request, 8192);
        std::string pending;
        bool body_allowed = false;
        for (std::size_t at = 0; at < whole.size();) {
            const auto size = *rc::gen::inRange<std::size_t>(1, 20);
            pending += whole.substr(at, size);
            at += size;
            for (int i = 0; i < 3; ++i) {
                const auto used = parser.feed(pending);
                RC_ASSERT(used.has_value());
                pending.erase(0, *used);
                if (parser.state() == WireParser::State::head || body_allowed) continue;
                RC_ASSERT(parser.take_body(1 << 20).has_value());
                body_allowed = true;
            }
        }
        RC_ASSERT(parser.state() == WireParser::State::done);
        RC_ASSERT(parser.head().target == "/x?y=1");
        RC_ASSERT(parser.head().headers.at("a") == "1, 2");
        RC_ASSERT(parser.body() == body);
    }));
    EXPECT_TRUE(rc::check("any bytes", [] {
        WireParser parser(WireParser::Kind::request, 1024);
        const auto used = parser.feed("GET / HTTP/1.1\r\n" + *hostile() + "\r\n\r\n");
        if (used && parser.state() != WireParser::State::head) {
            (void)parser.take_body(100);
            (void)parser.feed(*hostile());
        }
    }));
}

}  // namespace
}  // namespace http
