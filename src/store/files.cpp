#include "store/files.h"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/hash.h"

namespace store {
namespace {

namespace fs = std::filesystem;

base::Error unavailable(const fs::path& path, std::string_view what, int reason) {
    return base::error(base::ErrorKind::unavailable, "storage_unavailable")
        .saying(std::string(what) + " " + path.string() + ": " + std::strerror(reason));
}

/// A file descriptor that closes itself.
class Descriptor {
  public:
    explicit Descriptor(int number) : number_(number) {}
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number() const { return number_; }
    bool is_open() const { return number_ >= 0; }

  private:
    int number_;
};

/// A name beside `to` that no other thread or process uses.
fs::path temporary_beside(const fs::path& to) {
    static std::atomic<std::uint64_t> count = 0;
    return to.parent_path() / (".part-" + std::to_string(::getpid()) + "-" +
                               std::to_string(++count) + "-" + to.filename().string());
}

base::Status write_all(int descriptor, const fs::path& path, std::string_view bytes) {
    while (!bytes.empty()) {
        ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return base::refuse(unavailable(path, "write", errno));
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return {};
}

/// Fills a temporary file with `fill(descriptor, path)` and gives it its name when all is on disk.
template <class Fill>
base::Status appear(const fs::path& to, Fill fill) {
    fs::path temporary = temporary_beside(to);
    base::Status filled = [&]() -> base::Status {
        Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640));
        if (!file.is_open()) return base::refuse(unavailable(temporary, "create", errno));
        TRY(fill(file.number(), temporary));
        if (::fsync(file.number()) != 0) {
            return base::refuse(unavailable(temporary, "sync", errno));
        }
        return {};
    }();
    if (filled && ::rename(temporary.c_str(), to.c_str()) != 0) {
        filled = base::refuse(unavailable(to, "rename", errno));
    }
    if (!filled) {
        ::unlink(temporary.c_str());
        return filled;
    }
    return sync_path(to.parent_path());
}

}  // namespace

base::Status sync_path(const fs::path& path) {
    Descriptor opened(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!opened.is_open()) return base::refuse(unavailable(path, "open", errno));
    if (::fsync(opened.number()) != 0) return base::refuse(unavailable(path, "sync", errno));
    return {};
}

base::Status make_folder_durably(const fs::path& folder) {
    std::error_code fault;
    if (folder.empty() || fs::is_directory(folder, fault)) return {};
    TRY(make_folder_durably(folder.parent_path()));
    if (::mkdir(folder.c_str(), 0750) != 0 && errno != EEXIST) {
        return base::refuse(unavailable(folder, "make", errno));
    }
    return sync_path(folder.has_parent_path() ? folder.parent_path() : fs::path("."));
}

base::Status write_durably(const fs::path& to, std::string_view bytes) {
    return appear(to, [&](int descriptor, const fs::path& path) {
        return write_all(descriptor, path, bytes);
    });
}

base::Status copy_durably(const fs::path& from, const fs::path& to) {
    return appear(to, [&](int descriptor, const fs::path& path) -> base::Status {
        Descriptor source(::open(from.c_str(), O_RDONLY | O_CLOEXEC));
        if (!source.is_open()) return base::refuse(unavailable(from, "open", errno));
        std::string buffer(1 << 18, '\0');
        while (true) {
            ssize_t count = ::read(source.number(), buffer.data(), buffer.size());
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return base::refuse(unavailable(from, "read", errno));
            if (count == 0) return {};
            TRY(write_all(descriptor, path,
                          std::string_view(buffer).substr(0, static_cast<std::size_t>(count))));
        }
    });
}

bool Files::is_address(std::string_view text) {
    return text.size() == 64 && std::all_of(text.begin(), text.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

fs::path Files::path_of(std::string_view address) const {
    if (!is_address(address)) return {};
    return root_ / address.substr(0, 2) / address.substr(2, 2) / address;
}

bool Files::exists(std::string_view address) const {
    std::error_code fault;
    return is_address(address) && fs::is_regular_file(path_of(address), fault);
}

base::Result<std::string> Files::put(std::string_view bytes, std::size_t bytes_max) const {
    if (bytes.size() > bytes_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "stored_file_too_large")
                                .with("size", std::to_string(bytes.size()))
                                .with("max", std::to_string(bytes_max)));
    }
    std::string address = base::to_hex(base::sha256(bytes));
    fs::path path = path_of(address);
    std::error_code fault;
    if (fs::file_size(path, fault) == bytes.size() && !fault) return address;
    TRY(make_folder_durably(path.parent_path()));
    TRY(write_durably(path, bytes));
    return address;
}

base::Result<std::string> Files::read(std::string_view address) const {
    if (!exists(address)) {
        return base::refuse(base::not_found("stored_file_missing").with("address", address));
    }
    fs::path path = path_of(address);
    std::ifstream in(path, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
    if (in.bad()) return base::refuse(unavailable(path, "read", EIO));
    if (base::to_hex(base::sha256(bytes)) != address) {
        return base::refuse(base::error(base::ErrorKind::internal, "stored_file_damaged")
                                .with("address", address)
                                .saying(path.string()));
    }
    return bytes;
}

}  // namespace store
