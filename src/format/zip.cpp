#include "format/zip.h"

#include <algorithm>
#include <cstring>
#include <map>

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include "base/check.h"
#include "base/text.h"
#include "format/encoding.h"

namespace format {
namespace {

constexpr std::size_t name_bytes_max = 1000;
constexpr unsigned utf8_name_flag = 0x800;
constexpr unsigned encrypted_flag = 0x1;

/// A file in memory behind minizip's file functions.
struct MemoryFile {
    std::string bytes;
    std::uint64_t at = 0;
};

MemoryFile& file_of(voidpf stream) {
    return *static_cast<MemoryFile*>(stream);
}

voidpf open_file(voidpf opaque, const void*, int) {
    return opaque;
}

uLong read_file(voidpf, voidpf stream, void* buffer, uLong size) {
    MemoryFile& file = file_of(stream);
    if (file.at >= file.bytes.size()) return 0;
    auto count = std::min<std::uint64_t>(size, file.bytes.size() - file.at);
    std::memcpy(buffer, file.bytes.data() + file.at, count);
    file.at += count;
    return count;
}

uLong write_file(voidpf, voidpf stream, const void* buffer, uLong size) {
    MemoryFile& file = file_of(stream);
    if (file.at + size > file.bytes.size()) file.bytes.resize(file.at + size);
    std::memcpy(file.bytes.data() + file.at, buffer, size);
    file.at += size;
    return size;
}

ZPOS64_T tell_file(voidpf, voidpf stream) {
    return file_of(stream).at;
}

long seek_file(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
    MemoryFile& file = file_of(stream);
    std::uint64_t start = origin == ZLIB_FILEFUNC_SEEK_CUR   ? file.at
                          : origin == ZLIB_FILEFUNC_SEEK_END ? file.bytes.size()
                                                             : 0;
    if (offset > file.bytes.size() || start + offset > file.bytes.size()) return -1;
    file.at = start + offset;
    return 0;
}

int close_file(voidpf, voidpf) {
    return 0;
}
int error_of_file(voidpf, voidpf) {
    return 0;
}

zlib_filefunc64_def functions_for(MemoryFile& file) {
    zlib_filefunc64_def functions{};
    functions.zopen64_file = open_file;
    functions.zread_file = read_file;
    functions.zwrite_file = write_file;
    functions.ztell64_file = tell_file;
    functions.zseek64_file = seek_file;
    functions.zclose_file = close_file;
    functions.zerror_file = error_of_file;
    functions.opaque = &file;
    return functions;
}

zip_fileinfo file_info(base::Time modified) {
    base::LocalTime local = base::local_time(modified);
    zip_fileinfo info{};
    info.tmz_date.tm_year = std::clamp(local.date.year, 1980, 2107);
    info.tmz_date.tm_mon = local.date.month - 1;
    info.tmz_date.tm_mday = local.date.day;
    info.tmz_date.tm_hour = local.hour;
    info.tmz_date.tm_min = local.minute;
    info.tmz_date.tm_sec = local.second;
    return info;
}

base::Error unreadable(std::string_view words) {
    return base::malformed("zip_unreadable").saying(words);
}

/// minizip also accepts a directory that is cut off; an end record must be there in full.
bool has_end_record(std::string_view bytes) {
    constexpr std::size_t record_bytes = 22;
    std::size_t at = bytes.rfind("PK\x05\x06");
    if (at == bytes.npos || bytes.size() - at < record_bytes) return false;
    auto low = static_cast<unsigned char>(bytes[at + 20]);
    auto high = static_cast<unsigned char>(bytes[at + 21]);
    return bytes.size() - at - record_bytes >= low + 256U * high;
}

base::Error bomb() {
    return base::error(base::ErrorKind::too_large, "zip_bomb");
}

}  // namespace

bool is_safe_zip_name(std::string_view name) {
    if (name.empty() || name.size() > name_bytes_max || name.front() == '/') return false;
    if (!base::is_valid_utf8(name) || base::has_control_characters(name)) return false;
    if (name.find_first_of("\\:\t\r\n") != name.npos) return false;
    std::vector<std::string> parts = base::split(name, '/');
    if (parts.back().empty()) parts.pop_back();  // a folder entry ends in "/"
    return std::none_of(parts.begin(), parts.end(), [](const std::string& part) {
        return part.empty() || part == "." || part == "..";
    });
}

struct ZipWriter::State {
    MemoryFile file;
    zipFile archive = nullptr;
};

ZipWriter::ZipWriter() : state_(std::make_unique<State>()) {
    zlib_filefunc64_def functions = functions_for(state_->file);
    state_->archive = zipOpen2_64("memory", APPEND_STATUS_CREATE, nullptr, &functions);
    CHECK(state_->archive != nullptr);
}

ZipWriter::~ZipWriter() {
    if (state_->archive != nullptr) zipClose(state_->archive, nullptr);
}

void ZipWriter::add(std::string_view name, std::string_view bytes, base::Time modified,
                    ZipMethod method) {
    CHECK_WITH(is_safe_zip_name(name), name);
    zip_fileinfo info = file_info(modified);
    int zip64 = bytes.size() >= 0xFFFFFFFF ? 1 : 0;
    int kind = method == ZipMethod::deflate ? Z_DEFLATED : 0;
    int status = zipOpenNewFileInZip4_64(
        state_->archive, std::string(name).c_str(), &info, nullptr, 0, nullptr, 0, nullptr, kind,
        kind == 0 ? 0 : Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL, Z_DEFAULT_STRATEGY,
        nullptr, 0, 0, utf8_name_flag, zip64);
    CHECK(status == ZIP_OK);
    for (std::size_t at = 0; at < bytes.size();) {
        auto count = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - at, 1U << 30));
        CHECK(zipWriteInFileInZip(state_->archive, bytes.data() + at, count) == ZIP_OK);
        at += count;
    }
    CHECK(zipCloseFileInZip(state_->archive) == ZIP_OK);
}

std::string ZipWriter::finish() {
    CHECK(state_->archive != nullptr);
    CHECK(zipClose(state_->archive, nullptr) == ZIP_OK);
    state_->archive = nullptr;
    return std::move(state_->file.bytes);
}

struct ZipReader::State {
    MemoryFile file;
    ZipLimits limits;
    unzFile archive = nullptr;
    std::vector<ZipEntry> entries;
    struct Place {
        unz64_file_pos position{};
        std::uint64_t bytes = 0;  ///< uncompressed, as claimed
    };
    std::map<std::string, Place, std::less<>> places;
    std::uint64_t claimed = 0;
    std::uint64_t bytes_read = 0;

    ~State() {
        if (archive != nullptr) unzClose(archive);
    }
    base::Status read_directory();
    base::Status add_entry();
    base::Status check_sizes(std::uint64_t total) const;
};

base::Status ZipReader::State::add_entry() {
    unz_file_info64 info{};
    std::string name(name_bytes_max + 1, '\0');
    int status =
        unzGetCurrentFileInfo64(archive, &info, name.data(), name.size(), nullptr, 0, nullptr, 0);
    if (status != UNZ_OK) return base::refuse(unreadable("directory"));
    if (info.size_filename > name_bytes_max) return base::refuse(base::invalid("zip_unsafe_name"));
    name.resize(info.size_filename);
    if (!base::is_valid_utf8(name)) {  // written by a Chinese Windows
        auto decoded = decode_text(name);
        if (decoded) name = std::move(decoded->text);
    }
    if (!is_safe_zip_name(name) || places.contains(name)) {
        std::string shown = base::is_valid_utf8(name) ? base::shorten(name, 80) : "?";
        return base::refuse(base::invalid("zip_unsafe_name").with("name", shown));
    }
    if ((info.flag & encrypted_flag) != 0) return base::refuse(base::invalid("zip_encrypted"));
    if (info.uncompressed_size > limits.entry_bytes_max) return base::refuse(bomb());
    claimed += info.uncompressed_size;
    Place place{.bytes = info.uncompressed_size};
    if (unzGetFilePos64(archive, &place.position) != UNZ_OK)
        return base::refuse(unreadable("directory"));
    places.emplace(name, place);
    if (!name.ends_with('/')) entries.push_back({std::move(name), info.uncompressed_size});
    return {};
}

base::Status ZipReader::State::check_sizes(std::uint64_t total) const {
    if (total > limits.total_bytes_max) return base::refuse(bomb());
    bool swollen = total > limits.ratio_from_bytes && total / limits.ratio_max > file.bytes.size();
    if (swollen) return base::refuse(bomb());
    return {};
}

base::Status ZipReader::State::read_directory() {
    unz_global_info64 global{};
    if (unzGetGlobalInfo64(archive, &global) != UNZ_OK)
        return base::refuse(unreadable("directory"));
    if (global.number_entry > limits.entries_max) {
        return base::refuse(base::error(base::ErrorKind::too_large, "zip_too_many_entries")
                                .with("max", std::to_string(limits.entries_max)));
    }
    for (std::uint64_t i = 0; i < global.number_entry; ++i) {
        int status = i == 0 ? unzGoToFirstFile(archive) : unzGoToNextFile(archive);
        if (status != UNZ_OK) return base::refuse(unreadable("directory"));
        TRY(add_entry());
        TRY(check_sizes(claimed));
    }
    return {};
}

ZipReader::ZipReader(std::unique_ptr<State> state) : state_(std::move(state)) {
}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

base::Result<ZipReader> ZipReader::open(std::string bytes, const ZipLimits& limits) {
    if (!has_end_record(bytes)) return base::refuse(unreadable("no zip archive"));
    auto state = std::make_unique<State>();
    state->file.bytes = std::move(bytes);
    state->limits = limits;
    zlib_filefunc64_def functions = functions_for(state->file);
    state->archive = unzOpen2_64("memory", &functions);
    if (state->archive == nullptr) return base::refuse(unreadable("no zip archive"));
    TRY(state->read_directory());
    return ZipReader(std::move(state));
}

const std::vector<ZipEntry>& ZipReader::entries() const {
    return state_->entries;
}

bool ZipReader::has(std::string_view name) const {
    return state_->places.contains(name);
}

base::Result<std::string> ZipReader::read(std::string_view name) {
    auto place = state_->places.find(name);
    if (place == state_->places.end()) {
        return base::refuse(base::not_found("zip_entry_missing").with("name", name));
    }
    unzFile archive = state_->archive;
    bool opened = unzGoToFilePos64(archive, &place->second.position) == UNZ_OK &&
                  unzOpenCurrentFile(archive) == UNZ_OK;
    if (!opened) return base::refuse(unreadable("entry cannot be opened"));
    std::string bytes;
    std::string buffer(1 << 16, '\0');
    while (true) {
        int count =
            unzReadCurrentFile(archive, buffer.data(), static_cast<unsigned>(buffer.size()));
        if (count == 0) break;
        if (count < 0) {
            unzCloseCurrentFile(archive);
            return base::refuse(unreadable("entry is damaged"));
        }
        bytes.append(buffer, 0, static_cast<std::size_t>(count));
        state_->bytes_read += static_cast<std::uint64_t>(count);
        bool over = bytes.size() > state_->limits.entry_bytes_max ||
                    !state_->check_sizes(state_->bytes_read);
        if (over) {
            unzCloseCurrentFile(archive);
            return base::refuse(bomb());
        }
    }
    // minizip compares the checksum only when it has seen the whole entry.
    bool whole = unzCloseCurrentFile(archive) == UNZ_OK && bytes.size() == place->second.bytes;
    if (!whole) return base::refuse(unreadable("checksum or size differs"));
    return bytes;
}

}  // namespace format
