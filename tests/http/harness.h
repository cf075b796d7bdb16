#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "http/server.h"

namespace http::test {

/// The texts of this module alone, so that another module's file cannot break these tests.
const base::Texts& texts();

/// A reply as it came over the socket.
struct Answer {
    int status = 0;
    std::map<std::string, std::string> headers;  ///< lower case; Set-Cookie joined by newlines
    std::string body;
    std::string code() const;  ///< of a problem document, or empty
};

/// A blocking socket that sends exactly what it is told: for everything a polite client would not.
class RawClient {
  public:
    explicit RawClient(std::uint16_t port);
    ~RawClient();
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    bool send(std::string_view bytes);
    /// One reply, `no_body` after HEAD. Nothing if the connection ends or 5 s pass before it.
    std::optional<Answer> receive(bool no_body = false);
    /// Sends and receives.
    std::optional<Answer> ask(std::string_view bytes, bool no_body = false);
    /// Bytes until `until` was seen (inclusive), the end of the connection, or `milliseconds`.
    std::string read_until(std::string_view until, int milliseconds = 5000);
    /// True if the peer closes within so long.
    bool closes_within(int milliseconds);
    void limit_receive_buffer(int bytes);
    void close_writing();

  private:
    bool fill(int milliseconds);
    int descriptor_;
    std::string buffer_;
};

/// "METHOD target HTTP/1.1" with Host, extra header lines and Content-Length for the body.
std::string request(std::string_view method, std::string_view target,
                    std::string_view header_lines = {}, std::string_view body = {});

/// One request on a connection of its own.
Answer fetch(std::uint16_t port, std::string_view bytes);

std::uint16_t free_port();
std::string gunzip(std::string_view bytes);

/// A folder of its own that goes away with the object.
class TemporaryFolder {
  public:
    TemporaryFolder();
    ~TemporaryFolder();
    const std::filesystem::path& path() const { return path_; }
    void write(std::string_view name, std::string_view content) const;

  private:
    std::filesystem::path path_;
};

/// Options with a free port and short waits.
ServerOptions quick_options();
std::unique_ptr<Server> start(const Router& router, Hooks hooks = {},
                              ServerOptions options = quick_options());

}  // namespace http::test
