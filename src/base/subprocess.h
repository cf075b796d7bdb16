#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace base {

/// What a helper program may use. What goes beyond is killed, with all that it started.
struct SubprocessLimits {
    Duration wall_time = seconds(20);
    int cpu_seconds = 20;
    std::size_t memory_bytes = std::size_t{1} << 30;   ///< address space
    std::size_t file_bytes = std::size_t{256} << 20;   ///< size of a file it writes
    std::size_t output_bytes = std::size_t{16} << 20;  ///< standard output kept
};

struct SubprocessResult {
    int exit_code = 0;
    std::string output;        ///< standard output
    std::string error_output;  ///< standard error, its first 64 KB
};

/// Runs another program on a file that we do not trust (pdftotext, qpdf), without a shell: the
/// arguments arrive as they are. `command[0]` is looked up in PATH. The program gets no input, no
/// open files, an almost empty environment and `folder` as its working directory. Blocks: call it
/// from a worker, never from an I/O thread. Thread-safe.
///
/// A program that ends by itself is a success, whatever its exit code. Errors:
/// `program_missing`, `program_timed_out`, `program_killed` (a limit or a crash),
/// `program_output_too_large`.
Result<SubprocessResult> run_subprocess(const std::vector<std::string>& command,
                                        const std::filesystem::path& folder,
                                        const SubprocessLimits& limits = {});

}  // namespace base
