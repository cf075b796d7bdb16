#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace format {

enum class ZipMethod { store, deflate };

/// Builds a zip archive in memory. The same entries give the same bytes: times come from the
/// caller (shown as Asia/Shanghai), names are UTF-8. Not thread-safe.
class ZipWriter {
  public:
    ZipWriter();
    ~ZipWriter();
    /// `name` is a relative path with "/"; a name that ZipReader would refuse is our own mistake
    /// and aborts. DOS times have steps of two seconds and start in 1980.
    void add(std::string_view name, std::string_view bytes, base::Time modified,
             ZipMethod method = ZipMethod::deflate);
    /// The archive; the writer is spent afterwards.
    std::string finish();

  private:
    struct State;
    std::unique_ptr<State> state_;
};

struct ZipLimits {
    std::size_t entries_max = 10'000;
    std::uint64_t entry_bytes_max = std::uint64_t{256} << 20;  ///< uncompressed
    std::uint64_t total_bytes_max = std::uint64_t{1} << 30;    ///< uncompressed
    /// Uncompressed size over archive size; looked at only beyond `ratio_from_bytes`.
    std::uint64_t ratio_max = 100;
    std::uint64_t ratio_from_bytes = std::uint64_t{4} << 20;
};

struct ZipEntry {
    std::string name;
    std::uint64_t bytes = 0;  ///< uncompressed, as the archive claims
};

/// Reads an archive that we do not trust. Sizes claimed and real are both held to the limits, so
/// that neither nested nor overlapping entries blow up. Not thread-safe.
class ZipReader {
  public:
    /// Errors: `zip_unreadable`, `zip_bomb`, `zip_too_many_entries`, `zip_unsafe_name` (absolute,
    /// "..", backslash, control character, the same name twice), `zip_encrypted`.
    static base::Result<ZipReader> open(std::string bytes, const ZipLimits& limits = {});
    ZipReader(ZipReader&&) noexcept;
    ZipReader& operator=(ZipReader&&) noexcept;
    ~ZipReader();

    const std::vector<ZipEntry>& entries() const;
    bool has(std::string_view name) const;
    /// The entry's bytes, checked by CRC. `zip_entry_missing`, `zip_unreadable`, `zip_bomb`.
    base::Result<std::string> read(std::string_view name);

  private:
    struct State;
    explicit ZipReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// True for a relative path of plain names that stays below its folder.
bool is_safe_zip_name(std::string_view name);

}  // namespace format
