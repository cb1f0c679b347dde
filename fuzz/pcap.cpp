#include "decode/decode.hpp"
#include "dyad/base/ensure.hpp"

using namespace dyad;

/// Whatever `dyad decode` may be given - hex, octets, captures -: messages are numbered, none is longer than a message can
/// be unless it is what lies between two, and there are no more octets in them than came.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    std::size_t messages = 0, octets = 0;
    const auto trouble = decode::decode({data, size}, {}, [&](const decode::Item& item) {
        if (const auto* note = std::get_if<decode::Note>(&item)) return ensure(!note->text.empty());
        const auto& message = std::get<decode::Message>(item);
        ensure(message.number == ++messages);
        ensure(message.field.octets > 0);
        octets += message.field.octets;
    });
    ensure(octets <= size);
    ensure(trouble.empty() || messages == 0);
    return 0;
}
