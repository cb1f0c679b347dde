#include "dyad/base/ensure.hpp"
#include "shell/control_request.hpp"

using namespace dyad;

/// A request is understood, or refused with a sentence; the same line always gets the same verdict.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line{reinterpret_cast<const char*>(data), size};
    const auto request = shell::parse_request(line);
    if (!request) ensure(!request.error().empty());
    ensure(shell::parse_request(line).has_value() == request.has_value());
    return 0;
}
