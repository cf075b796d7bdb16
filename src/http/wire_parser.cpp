#include "http/wire_parser.h"

#include "http/asio.h"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

#include "base/text.h"

namespace http {
namespace {

namespace beast = boost::beast;
namespace beast_http = boost::beast::http;

/// A body grows as it arrives; what a client merely announces reserves no more than this.
constexpr std::uint64_t body_reserve_max = 1 << 20;

base::Error error_of(const beast::error_code& problem) {
    if (problem == beast_http::error::header_limit) {
        return base::error(base::ErrorKind::too_large, "header_too_large");
    }
    if (problem == beast_http::error::body_limit) {
        return base::error(base::ErrorKind::too_large, "body_too_large");
    }
    return base::malformed("request_malformed").saying(problem.message());
}

std::string to_text(beast::string_view text) {
    return {text.data(), text.size()};
}

}  // namespace

class WireParser::Parser {
  public:
    virtual ~Parser() = default;
    virtual std::size_t put(std::string_view bytes, beast::error_code& problem) = 0;
    virtual void put_eof(beast::error_code& problem) = 0;
    virtual bool head_done() const = 0;
    virtual bool done() const = 0;
    virtual void limit_body(std::uint64_t bytes_max) = 0;

    ParsedHead head;
    std::string body;
    std::uint64_t body_bytes_max = 0;
    bool reading_body = false;
};

/// Beast's parser without Beast's containers: fields and body go where they are used.
template <bool is_request>
class WireParser::Reader final : public Parser, private beast_http::basic_parser<is_request> {
  public:
    using Base = beast_http::basic_parser<is_request>;
    explicit Reader(std::size_t header_bytes_max) {
        this->header_limit(static_cast<std::uint32_t>(header_bytes_max));
        // The limit of the body depends on the route, which is known only after the head.
        this->body_limit(boost::none);
    }
    std::size_t put(std::string_view bytes, beast::error_code& problem) override {
        return Base::put(boost::asio::buffer(bytes.data(), bytes.size()), problem);
    }
    void put_eof(beast::error_code& problem) override { Base::put_eof(problem); }
    bool head_done() const override { return this->is_header_done(); }
    bool done() const override { return this->is_done(); }
    void limit_body(std::uint64_t bytes_max) override {
        body_bytes_max = bytes_max;
        this->eager(true);
    }

  private:
    void on_request_impl(beast_http::verb, beast::string_view method, beast::string_view target,
                         int version, beast::error_code&) override {
        head.method = to_text(method);
        head.target = to_text(target);
        head.is_http_1_1 = version == 11;
    }
    void on_response_impl(int status, beast::string_view, int, beast::error_code&) override {
        head.status = status;
    }
    void on_field_impl(beast_http::field, beast::string_view name, beast::string_view value,
                       beast::error_code& problem) override {
        if (reading_body) return;  // a trailer must not become a header after the checks
        std::string key = base::to_lower_ascii({name.data(), name.size()});
        const bool cookie = key == "cookie";
        const bool single = key == "host" || key == "content-type" || key == "authorization" ||
                            key == "content-length";
        const auto [at, added] = head.headers.emplace(std::move(key), to_text(value));
        if (added) return;
        // Two different hosts or types: two readers could choose differently.
        if (single) {
            problem = beast_http::error::bad_field;
            return;
        }
        at->second += cookie ? "; " : ", ";
        at->second.append(value.data(), value.size());
    }
    void on_header_impl(beast::error_code& problem) override {
        head.keep_alive = this->keep_alive();
        head.chunked = this->chunked();
        if (const auto length = this->content_length()) head.content_length = *length;
        const auto coding = head.headers.find("transfer-encoding");
        if (coding != head.headers.end() && base::to_lower_ascii(coding->second) != "chunked") {
            problem = beast_http::error::bad_transfer_encoding;
        }
        const auto expect = head.headers.find("expect");
        head.expects_continue =
            expect != head.headers.end() && base::to_lower_ascii(expect->second) == "100-continue";
    }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length,
                           beast::error_code&) override {
        if (length) body.reserve(std::min(*length, body_reserve_max));
    }
    std::size_t append(beast::string_view bytes, beast::error_code& problem) {
        if (body.size() + bytes.size() > body_bytes_max) {
            problem = beast_http::error::body_limit;
            return 0;
        }
        body.append(bytes.data(), bytes.size());
        return bytes.size();
    }
    std::size_t on_body_impl(beast::string_view bytes, beast::error_code& problem) override {
        return append(bytes, problem);
    }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view,
                              beast::error_code& problem) override {
        if (size > body_bytes_max) problem = beast_http::error::body_limit;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes,
                                   beast::error_code& problem) override {
        return append(bytes, problem);
    }
    void on_finish_impl(beast::error_code&) override {}
};

WireParser::WireParser(Kind kind, std::size_t header_bytes_max) {
    if (kind == Kind::request) {
        parser_ = std::make_unique<Reader<true>>(header_bytes_max);
    } else {
        parser_ = std::make_unique<Reader<false>>(header_bytes_max);
    }
}

WireParser::~WireParser() = default;

base::Result<std::size_t> WireParser::feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state() != State::done) {
        if (parser_->head_done() && !parser_->reading_body) break;
        beast::error_code problem;
        const std::size_t count = parser_->put(bytes.substr(used), problem);
        used += count;
        if (problem == beast_http::error::need_more) break;
        if (problem) return base::refuse(error_of(problem));
        if (count == 0) break;
    }
    return used;
}

base::Status WireParser::finish() {
    beast::error_code problem;
    parser_->put_eof(problem);
    if (problem) return base::refuse(error_of(problem));
    return {};
}

WireParser::State WireParser::state() const {
    if (parser_->done()) return State::done;
    return parser_->head_done() ? State::body : State::head;
}

ParsedHead& WireParser::head() {
    return parser_->head;
}

base::Status WireParser::take_body(std::uint64_t bytes_max) {
    parser_->limit_body(bytes_max);
    parser_->reading_body = true;
    if (parser_->head.content_length && *parser_->head.content_length > bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "body_too_large"));
    }
    return {};
}

std::string& WireParser::body() {
    return parser_->body;
}

}  // namespace http
