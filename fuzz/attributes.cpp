#include "dyad/wire/attributes.hpp"

#include <algorithm>

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"

using namespace dyad;

/// The first octet is the session's context, the rest a block. What is accepted is written in one form only,
/// but for a confederation's segments that RFC 6793 loses between two-octet speakers.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > wire::kMaxMessageOctets) return 0;
    const wire::AttributeContext context{.four_octet_as = (data[0] & 1) != 0, .external = (data[0] & 2) != 0};
    const auto first = wire::decode_attributes({data + 1, size - 1}, context);
    if (!first || !(context.four_octet_as || context.external)) return 0;
    std::uint8_t buffers[2][16 * wire::kMaxMessageOctets];
    Writer out{buffers[0]}, again{buffers[1]};
    wire::encode_attributes(first->attributes, context, out);
    ensure(!out.failed());
    const auto second = wire::decode_attributes(out.written(), context);
    ensure(second && second->discarded.empty());
    wire::encode_attributes(second->attributes, context, again);
    ensure(std::ranges::equal(out.written(), again.written()));
    return 0;
}
