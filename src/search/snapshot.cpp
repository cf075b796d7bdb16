#include "search/snapshot.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "search/checksum.h"

namespace search {
namespace {

constexpr char snapshot_magic[8] = {'G', 'Q', 'S', 'N', 'A', 'P', '\r', '\n'};
constexpr std::uint32_t snapshot_version = 1;

struct Header {
    char magic[8];
    std::uint32_t version;
    std::uint32_t part_count;
    std::uint64_t sequence;
    std::uint64_t schema_checksum;
    std::uint64_t file_size;
};
static_assert(sizeof(Header) == 40);

struct PartHeader {
    std::uint64_t segment_size;
    std::uint64_t deletion_size;  ///< bytes of the bitmap; 0 when nothing is deleted
};

base::Error trouble(std::string_view code, std::string_view detail) {
    return base::error(base::ErrorKind::unavailable, code).saying(detail);
}

std::size_t padded(std::size_t size) {
    return (size + 7) / 8 * 8;
}

/// A file descriptor that closes itself.
class File {
  public:
    File(const std::filesystem::path& path, int flags)
        : descriptor_(::open(path.c_str(), flags | O_CLOEXEC, 0640)) {}
    ~File() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    File(const File&) = delete;
    File& operator=(const File&) = delete;
    int get() const { return descriptor_; }
    bool is_open() const { return descriptor_ >= 0; }
    bool write(std::string_view bytes) const {
        while (!bytes.empty()) {
            ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
            if (count < 0 && errno == EINTR) continue;
            if (count <= 0) return false;
            bytes.remove_prefix(static_cast<std::size_t>(count));
        }
        return true;
    }

  private:
    int descriptor_;
};

std::string pack_deletions(const Deletions* deleted) {
    std::string bytes;
    if (deleted == nullptr) return bytes;
    bytes.assign((deleted->size() + 7) / 8, '\0');
    for (std::size_t i = 0; i < deleted->size(); ++i) {
        if ((*deleted)[i]) bytes[i / 8] = static_cast<char>(bytes[i / 8] | (1 << (i % 8)));
    }
    return bytes;
}

void append_padded(std::string& to, std::string_view bytes) {
    to += bytes;
    to.resize(padded(to.size()), '\0');
}

}  // namespace

base::Status write_snapshot(const std::filesystem::path& path, const View& view,
                            const Schema& schema, std::uint64_t sequence) {
    auto failed = [&](std::string_view step) {
        return base::refuse(
            trouble("snapshot_not_written", std::string(step) + ": " + std::strerror(errno)));
    };
    std::string body;
    for (const MergeInput& part : view.parts) {
        std::string deletions = pack_deletions(part.deleted.get());
        PartHeader header{part.segment->bytes().size(), deletions.size()};
        append_padded(body, {reinterpret_cast<const char*>(&header), sizeof header});
        append_padded(body, deletions);
        append_padded(body, part.segment->bytes());
    }
    Header header{};
    std::memcpy(header.magic, snapshot_magic, sizeof header.magic);
    header.version = snapshot_version;
    header.part_count = static_cast<std::uint32_t>(view.parts.size());
    header.sequence = sequence;
    header.schema_checksum = checksum(schema.fingerprint());
    header.file_size = sizeof header + body.size() + 2 * sizeof(std::uint64_t);
    std::string_view head(reinterpret_cast<const char*>(&header), sizeof header);
    std::uint64_t sums[2] = {checksum(head), checksum(body)};

    std::filesystem::path temporary = path;
    temporary += ".new";
    {
        File file(temporary, O_WRONLY | O_CREAT | O_TRUNC);
        if (!file.is_open()) return failed("open");
        bool written = file.write(head) && file.write(body) &&
                       file.write({reinterpret_cast<const char*>(sums), sizeof sums});
        if (!written) return failed("write");
        if (::fsync(file.get()) != 0) return failed("fsync");
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("rename");
    File folder(path.has_parent_path() ? path.parent_path() : ".", O_RDONLY | O_DIRECTORY);
    if (!folder.is_open() || ::fsync(folder.get()) != 0) return failed("fsync of the folder");
    return {};
}

namespace {

/// A whole file, mapped read-only.
struct Mapping {
    void* address = MAP_FAILED;
    std::size_t size = 0;

    ~Mapping() {
        if (address != MAP_FAILED) ::munmap(address, size);
    }
    std::string_view bytes() const { return {static_cast<const char*>(address), size}; }
};

base::Result<std::shared_ptr<Mapping>> map_file(const std::filesystem::path& path) {
    File file(path, O_RDONLY);
    if (!file.is_open()) return base::refuse(trouble("snapshot_missing", std::strerror(errno)));
    struct stat status{};
    if (::fstat(file.get(), &status) != 0)
        return base::refuse(trouble("snapshot_missing", std::strerror(errno)));
    auto mapping = std::make_shared<Mapping>();
    mapping->size = static_cast<std::size_t>(status.st_size);
    if (mapping->size < sizeof(Header) + 16)
        return base::refuse(trouble("snapshot_damaged", "cut off"));
    mapping->address =
        ::mmap(nullptr, mapping->size, PROT_READ, MAP_PRIVATE | MAP_POPULATE, file.get(), 0);
    if (mapping->address == MAP_FAILED)
        return base::refuse(trouble("snapshot_missing", std::strerror(errno)));
    return mapping;
}

base::Result<std::shared_ptr<const Deletions>> unpack_deletions(std::string_view bytes,
                                                                std::size_t count) {
    if (bytes.empty()) return std::shared_ptr<const Deletions>();
    if (bytes.size() != (count + 7) / 8)
        return base::refuse(trouble("snapshot_damaged", "deletions"));
    auto deleted = std::make_shared<Deletions>(count);
    for (std::size_t i = 0; i < count; ++i)
        (*deleted)[i] = (bytes[i / 8] >> (i % 8)) & 1;
    return deleted;
}

}  // namespace

base::Result<Snapshot> read_snapshot(const std::filesystem::path& path, const Schema& schema) {
    std::shared_ptr<Mapping> mapping = TRY(map_file(path));
    std::string_view bytes = mapping->bytes();
    auto damaged = [](std::string_view what) {
        return base::refuse(trouble("snapshot_damaged", what));
    };
    Header header;
    std::memcpy(&header, bytes.data(), sizeof header);
    if (std::memcmp(header.magic, snapshot_magic, sizeof header.magic) != 0)
        return damaged("not a snapshot");
    std::uint64_t sums[2];
    std::memcpy(sums, bytes.data() + bytes.size() - sizeof sums, sizeof sums);
    if (header.version != snapshot_version) {
        return base::refuse(trouble("snapshot_other_version", std::to_string(header.version)));
    }
    std::string_view body = bytes.substr(sizeof header, bytes.size() - sizeof header - sizeof sums);
    if (header.file_size != bytes.size()) return damaged("size");
    if (checksum(bytes.substr(0, sizeof header)) != sums[0])
        return damaged("checksum of the header");
    if (checksum(body) != sums[1]) return damaged("checksum of the body");
    if (header.schema_checksum != checksum(schema.fingerprint())) {
        return base::refuse(trouble("snapshot_other_schema", "made with other fields or words"));
    }
    Snapshot snapshot;
    snapshot.sequence = header.sequence;
    std::size_t at = 0;
    auto take = [&](std::size_t size) -> std::optional<std::string_view> {
        if (size > body.size() - at || padded(size) > body.size() - at) return std::nullopt;
        std::string_view piece = body.substr(at, size);
        at += padded(size);
        return piece;
    };
    for (std::uint32_t i = 0; i < header.part_count; ++i) {
        auto head = take(sizeof(PartHeader));
        if (!head) return damaged("part header");
        PartHeader part;
        std::memcpy(&part, head->data(), sizeof part);
        auto deletions = take(part.deletion_size);
        auto segment_bytes = deletions ? take(part.segment_size) : std::nullopt;
        if (!segment_bytes) return damaged("part cut off");
        MergeInput input;
        input.segment = TRY(Segment::open(*segment_bytes, mapping, schema));
        input.deleted = TRY(unpack_deletions(*deletions, input.segment->document_count()));
        snapshot.view.parts.push_back(std::move(input));
    }
    if (at != body.size()) return damaged("bytes left over");
    snapshot.view.recount();
    return snapshot;
}

}  // namespace search
