#include "base/result.h"

#include <cstdio>
#include <cstdlib>

#include "base/check.h"

namespace base {

std::string describe(const Error& error) {
    std::string line = error.code;
    if (!error.field.empty()) line += " at " + error.field;
    if (!error.detail.empty()) line += ": " + error.detail;
    for (const auto& [key, value] : error.parameters)
        line += " " + key + "=" + value;
    for (const Error& cause : error.causes)
        line += "; " + describe(cause);
    return line;
}

void check_failed(const char* condition, const char* file, int line, std::string_view detail) {
    std::fprintf(stderr, "%s:%d: CHECK(%s) failed %.*s\n", file, line, condition,
                 static_cast<int>(detail.size()), detail.data());
    std::abort();
}

}  // namespace base
