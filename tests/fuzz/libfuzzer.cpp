// The entry point that clang's libFuzzer calls; built once per target (FUZZ_TARGET) where the
// compiler is clang: see CONTRIBUTING.md.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "fuzz/targets.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const fuzz::Target* target = fuzz::find_target(FUZZ_TARGET);
    if (target == nullptr) std::abort();
    target->run({reinterpret_cast<const char*>(data), size});
    return 0;
}
