#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/reply.h"
#include "http/request.h"

namespace http {

enum class Persistence { close, keep_alive };

/// An open file; closed with the object.
class OpenFile {
  public:
    OpenFile() = default;
    explicit OpenFile(int descriptor, std::int64_t size) : descriptor_(descriptor), size_(size) {}
    OpenFile(OpenFile&& other) noexcept;
    OpenFile& operator=(OpenFile&& other) noexcept;
    ~OpenFile();
    int descriptor() const { return descriptor_; }
    std::int64_t size() const { return size_; }
    void set_size(std::int64_t size) { size_ = size; }
    explicit operator bool() const { return descriptor_ >= 0; }

  private:
    int descriptor_ = -1;
    std::int64_t size_ = 0;
};

/// A reply as it goes over the wire: the head ends with the blank line.
struct WireReply {
    int status = 200;
    std::string head;
    std::string body;
    OpenFile file;
    std::shared_ptr<EventStream> events;
    Persistence persistence = Persistence::keep_alive;
};

/// Adds everything that every reply carries: length, date, request id, security headers, caching
/// rules, ETag, 304, gzip; drops the body for HEAD. A handler's own header of the same name wins.
/// Runs on a worker thread.
WireReply to_wire(Reply reply, const Request& request, Persistence persistence, base::Time now);

/// "Tue, 24 Nov 2026 07:30:00 GMT" (RFC 9110).
std::string http_date(base::Time moment);

inline constexpr std::size_t gzip_bytes_min = 1024;
/// gzip of `bytes`, made with a compressor that each thread keeps.
std::string gzip(std::string_view bytes);
/// gzip of a whole open file; `key` names this version of it. The results of small files (the
/// site's scripts and styles) are kept, up to 32 MB, so that each is compressed once. Nothing when
/// the file is too small or too large for that, or cannot be read.
std::shared_ptr<const std::string> gzip_file(const OpenFile& file, const std::string& key);
/// Text, JSON, XML, SVG, scripts: what gets smaller.
bool is_compressible(std::string_view content_type);

}  // namespace http
