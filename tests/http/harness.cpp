#include "http/harness.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <fstream>

#include "base/check.h"
#include "base/hash.h"
#include "base/json.h"
#include "base/text.h"

namespace http::test {
namespace {

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

}  // namespace

const base::Texts& texts() {
    static const base::Texts loaded = [] {
        const TemporaryFolder folder;
        for (const char* language : {"zh-CN", "en", "zh-TW"}) {
            std::filesystem::create_directories(folder.path() / language);
            std::filesystem::copy_file(std::filesystem::path(GUIQIAO_SOURCE_DIR) /
                                           "regions/guangxi/texts" / language / "http.yaml",
                                       folder.path() / language / "http.yaml");
        }
        folder.write("zh-CN/test.yaml",
                     "test:\n  hello: 你好\n  count: 共 {count} 项\n  both: \"{a}与{b}\"\n"
                     "  raw: a < b & c\n  state:\n    open: 开放\n    closed: 关闭\n"
                     "error:\n  other: 出错（{code}）\n  not_signed_in: 请先登录\n");
        folder.write("en/test.yaml",
                     "test:\n  hello: Hello\n  count: \"{count} items\"\n"
                     "error:\n  other: Refused ({code})\n");
        auto result = base::Texts::load(folder.path());
        CHECK_WITH(result.has_value(), result ? "" : base::describe(result.error()));
        return std::move(*result);
    }();
    return loaded;
}

std::string Answer::code() const {
    const auto value = base::parse_json(body);
    return value && value->is_object() ? base::text_at(value->get_object(), "code") : "";
}

RawClient::RawClient(std::uint16_t port) : descriptor_(::socket(AF_INET, SOCK_STREAM, 0)) {
    CHECK(descriptor_ >= 0);
    const sockaddr_in address = loopback(port);
    const int outcome =
        ::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
    CHECK_WITH(outcome == 0, "cannot connect");
}

RawClient::~RawClient() {
    ::close(descriptor_);
}

bool RawClient::send(std::string_view bytes) {
    while (!bytes.empty()) {
        const ssize_t count = ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

bool RawClient::fill(int milliseconds) {
    pollfd wanted{descriptor_, POLLIN, 0};
    if (::poll(&wanted, 1, milliseconds) <= 0) return false;
    char bytes[65536];
    const ssize_t count = ::recv(descriptor_, bytes, sizeof bytes, 0);
    if (count <= 0) return false;
    buffer_.append(bytes, static_cast<std::size_t>(count));
    return true;
}

std::optional<Answer> RawClient::receive(bool no_body) {
    std::size_t end = 0;
    while ((end = buffer_.find("\r\n\r\n")) == std::string::npos) {
        if (!fill(5000)) return {};
    }
    Answer answer;
    const std::string head = buffer_.substr(0, end);
    buffer_.erase(0, end + 4);
    answer.status = std::stoi(head.substr(9, 3));
    for (const std::string& line : base::split(head, '\n')) {
        const std::size_t colon = line.find(": ");
        if (colon == std::string::npos) continue;
        std::string& value = answer.headers[base::to_lower_ascii(line.substr(0, colon))];
        if (!value.empty()) value += '\n';
        value += base::trim(line.substr(colon + 2));
    }
    if (no_body || answer.status == 204 || answer.status == 304 || answer.status == 100) {
        return answer;
    }
    const auto length = answer.headers.find("content-length");
    if (length == answer.headers.end()) return answer;
    const std::size_t bytes = std::stoul(length->second);
    while (buffer_.size() < bytes) {
        if (!fill(5000)) return {};
    }
    answer.body = buffer_.substr(0, bytes);
    buffer_.erase(0, bytes);
    return answer;
}

std::optional<Answer> RawClient::ask(std::string_view bytes, bool no_body) {
    send(bytes);
    return receive(no_body);
}

std::string RawClient::read_until(std::string_view until, int milliseconds) {
    while (buffer_.find(until) == std::string::npos) {
        if (!fill(milliseconds)) return std::exchange(buffer_, {});
    }
    const std::size_t end = buffer_.find(until) + until.size();
    std::string text = buffer_.substr(0, end);
    buffer_.erase(0, end);
    return text;
}

bool RawClient::closes_within(int milliseconds) {
    while (true) {
        pollfd wanted{descriptor_, POLLIN, 0};
        if (::poll(&wanted, 1, milliseconds) <= 0) return false;
        char bytes[4096];
        if (::recv(descriptor_, bytes, sizeof bytes, 0) <= 0) return true;
    }
}

void RawClient::limit_receive_buffer(int bytes) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

void RawClient::close_writing() {
    ::shutdown(descriptor_, SHUT_WR);
}

std::string request(std::string_view method, std::string_view target, std::string_view header_lines,
                    std::string_view body) {
    std::string text(method);
    text += ' ';
    text += target;
    text += " HTTP/1.1\r\nHost: localhost\r\n";
    text += header_lines;
    if (!body.empty() || method == "POST" || method == "PUT") {
        text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
    }
    text += "\r\n";
    text += body;
    return text;
}

Answer fetch(std::uint16_t port, std::string_view bytes) {
    RawClient client(port);
    auto answer = client.ask(bytes, bytes.starts_with("HEAD "));
    CHECK_WITH(answer.has_value(), bytes.substr(0, 200));
    return std::move(*answer);
}

std::uint16_t free_port() {
    const int descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = loopback(0);
    socklen_t length = sizeof address;
    CHECK(::bind(descriptor, reinterpret_cast<sockaddr*>(&address), length) == 0);
    CHECK(::getsockname(descriptor, reinterpret_cast<sockaddr*>(&address), &length) == 0);
    ::close(descriptor);
    return ntohs(address.sin_port);
}

std::string gunzip(std::string_view bytes) {
    z_stream stream{};
    CHECK(inflateInit2(&stream, 15 + 16) == Z_OK);
    std::string out(8 << 20, '\0');
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream.avail_in = static_cast<uInt>(bytes.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int outcome = inflate(&stream, Z_FINISH);
    out.resize(stream.total_out);
    inflateEnd(&stream);
    return outcome == Z_STREAM_END ? out : "not gzip";
}

TemporaryFolder::TemporaryFolder() {
    base::SecureRandom random;
    path_ = std::filesystem::temp_directory_path() / ("http_test_" + base::random_token(random, 9));
    std::filesystem::create_directories(path_);
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

void TemporaryFolder::write(std::string_view name, std::string_view content) const {
    const std::filesystem::path file = path_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << content;
}

ServerOptions quick_options() {
    ServerOptions options;
    options.port = 0;
    options.header_wait = base::milliseconds(400);
    options.body_wait = base::milliseconds(400);
    options.idle_wait = base::seconds(5);
    options.workers = 4;
    return options;
}

std::unique_ptr<Server> start(const Router& router, Hooks hooks, ServerOptions options) {
    auto server = Server::start(std::move(options), router, texts(), std::move(hooks));
    CHECK_WITH(server.has_value(), server ? "" : base::describe(server.error()));
    return std::move(*server);
}

}  // namespace http::test
