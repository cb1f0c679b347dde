#include "dyad/wire/notification.hpp"

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/route_refresh.hpp"

using namespace dyad;

/// Both small messages: what is accepted is read again as it is written.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > wire::kMaxMessageOctets - wire::kHeaderOctets) return 0;
    const Bytes body{data, size};
    if (const auto notification = wire::decode_notification(body)) {
        ensure(!notification->to_string().empty());
        const auto text = wire::shutdown_text(*notification);
        ensure(wire::shutdown_text(wire::cease(wire::subcode::kAdministrativeShutdown, text)) == text);
        const auto message = wire::encode_notification(*notification);
        ensure(wire::decode_notification(Bytes{message}.subspan(wire::kHeaderOctets)) == *notification);
    }
    if (const auto refresh = wire::decode_route_refresh(body)) {
        const auto message = wire::encode_route_refresh(*refresh);
        ensure(wire::decode_route_refresh(Bytes{message}.subspan(wire::kHeaderOctets)) == *refresh);
    }
    return 0;
}
