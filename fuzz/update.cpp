#include "dyad/wire/update.hpp"

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"

using namespace dyad;

/// Every prefix of a parsed UPDATE can be walked, and its value agrees with its view.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0 || size > wire::kMaxMessageOctets) return 0;
    const wire::AttributeContext context{.four_octet_as = (data[0] & 1) != 0, .external = (data[0] & 2) != 0};
    const Bytes body{data + 1, size - 1};
    const auto view = wire::parse_update(body);
    const auto update = wire::decode_update(body, context);
    if (!view) ensure(!update && update.error() == view.error());
    if (!view || !update) return 0;
    std::size_t announced = 0;
    for (wire::NlriCursor cursor{view->announced}; cursor.next();) ++announced;
    if (view->mp_announced)
        for (wire::NlriCursor cursor{*view->mp_announced}; cursor.next();) ++announced;
    ensure(announced == update->announced.size());
    ensure(view->announces() == update->attributes.has_value());
    return 0;
}
