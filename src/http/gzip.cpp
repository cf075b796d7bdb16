#include <unistd.h>
#include <zlib.h>

#include <map>
#include <mutex>

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

constexpr std::int64_t kept_file_bytes_max = 4 << 20;
constexpr std::size_t kept_bytes_max = 32 << 20;

/// Compressed files by version. When full it starts anew: the files of one site fit many times
/// over.
class KeptFiles {
  public:
    std::shared_ptr<const std::string> find(const std::string& key) const {
        const std::scoped_lock lock(mutex_);
        const auto found = files_.find(key);
        return found == files_.end() ? nullptr : found->second;
    }
    void keep(const std::string& key, std::shared_ptr<const std::string> bytes) {
        const std::scoped_lock lock(mutex_);
        if (bytes_ + bytes->size() > kept_bytes_max) {
            files_.clear();
            bytes_ = 0;
        }
        const std::size_t size = bytes->size();
        if (files_.emplace(key, std::move(bytes)).second) bytes_ += size;
    }

  private:
    mutable std::mutex mutex_;
    std::map<std::string, std::shared_ptr<const std::string>> files_;
    std::size_t bytes_ = 0;
};

}  // namespace

std::shared_ptr<const std::string> gzip_file(const OpenFile& file, const std::string& key) {
    static KeptFiles kept;
    const bool fits = file.size() > static_cast<std::int64_t>(gzip_bytes_min) &&
                      file.size() <= kept_file_bytes_max;
    if (!fits) return nullptr;
    if (auto known = kept.find(key)) return known;
    std::string bytes(static_cast<std::size_t>(file.size()), '\0');
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::pread(file.descriptor(), bytes.data() + done, bytes.size() - done,
                                      static_cast<off_t>(done));
        if (count <= 0) return nullptr;
        done += static_cast<std::size_t>(count);
    }
    auto packed = std::make_shared<const std::string>(gzip(bytes));
    kept.keep(key, packed);
    return packed;
}

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
