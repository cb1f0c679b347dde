#include "dyad/wire/framer.hpp"

#include "dyad/base/ensure.hpp"

using namespace dyad;

/// A stream is framed message by message, and a part of it never says more than the whole.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Bytes stream{data, size};
    while (true) {
        const auto message = wire::next_message(stream);
        const auto part = wire::next_message(stream.first(stream.size() / 2));
        if (part && *part) ensure(message && *message && (*message)->whole.size() == (*part)->whole.size());
        if (!part) ensure(!message && part.error() == message.error());
        if (!message || !*message) return 0;
        ensure((*message)->whole.size() >= wire::kHeaderOctets);
        stream = stream.subspan((*message)->whole.size());
    }
}
