#pragma once

#include <string_view>

namespace base {

/// Prints the failed condition with its place and aborts. Never returns.
[[noreturn]] void check_failed(const char* condition, const char* file, int line,
                               std::string_view detail);

}  // namespace base

/// A condition that only our own mistake can break. Stays on in release builds: a wrong answer is
/// worse than no answer. What a user, a file or a peer can cause is a Result instead (result.h).
#define CHECK(condition) \
    ((condition) ? void() : ::base::check_failed(#condition, __FILE__, __LINE__, {}))

/// As CHECK, with words that help whoever reads the crash.
#define CHECK_WITH(condition, detail) \
    ((condition) ? void() : ::base::check_failed(#condition, __FILE__, __LINE__, (detail)))
