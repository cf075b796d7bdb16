#include <zlib.h>

#include "base/check.h"
#include "http/decode.h"
#include "http/wire_reply.h"

namespace http {
namespace {

/// A compressor costs 260 KB to set up; each worker keeps one and resets it.
class Compressor {
  public:
    Compressor() {
        static constexpr int level = 5;
        static constexpr int window_with_gzip_header = 15 + 16;
        static constexpr int memory_level = 8;
        const int outcome = deflateInit2(&stream_, level, Z_DEFLATED, window_with_gzip_header,
                                         memory_level, Z_DEFAULT_STRATEGY);
        CHECK(outcome == Z_OK);
    }
    ~Compressor() { deflateEnd(&stream_); }
    Compressor(const Compressor&) = delete;
    Compressor& operator=(const Compressor&) = delete;

    std::string run(std::string_view bytes) {
        CHECK(bytes.size() < UINT32_MAX);
        deflateReset(&stream_);
        std::string out(deflateBound(&stream_, bytes.size()), '\0');
        stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
        stream_.avail_in = static_cast<uInt>(bytes.size());
        stream_.next_out = reinterpret_cast<Bytef*>(out.data());
        stream_.avail_out = static_cast<uInt>(out.size());
        const int outcome = deflate(&stream_, Z_FINISH);
        CHECK(outcome == Z_STREAM_END);
        out.resize(stream_.total_out);
        return out;
    }

  private:
    z_stream stream_{};
};

}  // namespace

std::string gzip(std::string_view bytes) {
    thread_local Compressor compressor;
    return compressor.run(bytes);
}

bool is_compressible(std::string_view content_type) {
    const std::string type = media_type(content_type);
    return (type.starts_with("text/") && type != "text/event-stream") ||
           type == "application/json" || type == "application/javascript" ||
           type == "application/xml" || type == "image/svg+xml" || type.ends_with("+json") ||
           type.ends_with("+xml");
}

}  // namespace http
