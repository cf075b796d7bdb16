#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace http {

/// What Beast's parser found in the bytes of a message. Beast stays behind this interface.
struct ParsedHead {
    std::string method;                          ///< requests
    std::string target;                          ///< requests
    int status = 0;                              ///< responses
    std::map<std::string, std::string> headers;  ///< names in lower case; repeated ones joined
    std::optional<std::uint64_t> content_length;
    bool chunked = false;
    bool keep_alive = false;
    bool expects_continue = false;
    bool is_http_1_1 = true;
};

/// Reads one HTTP/1.x message from pieces of bytes. First the head, then (after `take_body`) the
/// body, which is appended straight to the string that `body` returns.
/// Errors: `request_malformed` (400), `header_too_large` (431), `body_too_large` (413).
class WireParser {
  public:
    enum class Kind { request, response };
    enum class State { head, body, done };

    WireParser(Kind kind, std::size_t header_bytes_max);
    ~WireParser();

    /// Takes what it can from the front of `bytes` and returns how much; stops after the head.
    /// What it leaves must be offered again with more behind it.
    base::Result<std::size_t> feed(std::string_view bytes);
    /// End of input: completes a response without a length.
    base::Status finish();
    State state() const;
    ParsedHead& head();
    /// After the head: read a body of at most that many bytes. Refuses one that announces more.
    base::Status take_body(std::uint64_t bytes_max);
    std::string& body();

  private:
    class Parser;
    template <bool is_request>
    class Reader;
    std::unique_ptr<Parser> parser_;
};

}  // namespace http
