#include <memory>

#include "dyad/wire/open.hpp"

using namespace dyad;

/// Must fail: reads behind its memory as soon as an OPEN is accepted. If it does not, the fuzzer does not see
/// the core's branches, or the sanitizer does not look, and the other targets prove nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (!wire::decode_open({data, size})) return 0;
    const auto copy = std::make_unique<std::uint8_t[]>(size);
    volatile const std::uint8_t* octets = copy.get();
    return octets[size] == 0 ? 0 : -1;
}
