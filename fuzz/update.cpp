#include "dyad/wire/update.hpp"

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"

using namespace dyad;

namespace {

std::size_t walk(const wire::NlriField& field) {
    std::size_t count = 0;
    for (wire::NlriCursor cursor{field}; cursor.next();) ++count;
    return count;
}

}  // namespace

/// Every prefix of a parsed UPDATE can be walked, with path identifiers and without, and its value agrees with its view.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > wire::kMaxExtendedMessageOctets) return 0;
    const wire::AttributeContext context{.four_octet_as = (data[0] & 1) != 0, .external = (data[0] & 2) != 0};
    const wire::NlriFormat format{.ipv4_path_ids = (data[0] & 4) != 0,
                                  .ipv6_path_ids = (data[0] & 8) != 0,
                                  .ipv6_next_hop_of_ipv4 = (data[0] & 16) != 0};
    const Bytes body{data + 1, size - 1};
    const auto view = wire::parse_update(body, format);
    const auto update = wire::decode_update(body, context, format);
    if (!view) ensure(!update && update.error() == view.error());
    if (!view) return 0;
    for (const auto& error : view->disabled) ensure(error.family && !update);
    const auto announced = walk(view->announced) + (view->mp_announced ? walk(*view->mp_announced) : 0);
    const auto withdrawn = walk(view->withdrawn) + (view->mp_withdrawn ? walk(*view->mp_withdrawn) : 0);
    if (!update) return 0;
    ensure(announced == update->announced.size());
    ensure(withdrawn == update->withdrawn.size());
    ensure(view->announces() == update->attributes.has_value());
    return 0;
}
