#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/open.hpp"

using namespace dyad;

/// The input as the one parameter of an OPEN that is sound otherwise, in RFC 9072's format.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMost = 4000;
    if (size > kMost) return 0;
    const auto high = [](std::size_t value) { return static_cast<std::uint8_t>(value >> 8); };
    const auto low = [](std::size_t value) { return static_cast<std::uint8_t>(value); };
    std::vector<std::uint8_t> body{4,   0xfd,           0xe8,          0, 90,         192,      0, 2, 1, 255,
                                   255, high(size + 3), low(size + 3), 2, high(size), low(size)};
    body.insert(body.end(), data, data + size);
    const auto open = wire::decode_open(body);
    if (!open) return 0;
    const auto message = wire::encode_open(*open);
    ensure(wire::decode_open(Bytes{message}.subspan(wire::kHeaderOctets)) == *open);
    for (std::size_t code = 0; code < 256; ++code) ensure(!wire::capability_name(low(code)).empty());
    return 0;
}
