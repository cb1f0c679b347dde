#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/net/asn.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::wire {

inline constexpr std::uint8_t kSafiUnicast = 1;

/// RFC 4760 section 8. Families we do not know keep their numbers.
struct Multiprotocol {
    std::uint16_t afi = 0;
    std::uint8_t safi = 0;
    friend bool operator==(const Multiprotocol&, const Multiprotocol&) = default;
};
/// RFC 2918.
struct RouteRefreshCapability {
    friend bool operator==(const RouteRefreshCapability&, const RouteRefreshCapability&) = default;
};
/// RFC 6793.
struct FourOctetAs {
    Asn asn;
    friend bool operator==(const FourOctetAs&, const FourOctetAs&) = default;
};
/// RFC 8654: the sender takes messages of up to 65,535 octets.
struct ExtendedMessage {
    friend bool operator==(const ExtendedMessage&, const ExtendedMessage&) = default;
};
/// RFC 7313: the sender marks where a refreshed table begins and ends.
struct EnhancedRouteRefresh {
    friend bool operator==(const EnhancedRouteRefresh&, const EnhancedRouteRefresh&) = default;
};
/// RFC 4724 section 3.
struct GracefulRestart {
    struct PerFamily {
        std::uint16_t afi = 0;
        std::uint8_t safi = 0;
        bool forwarding_preserved = false;  ///< F: through the sender's last restart
        friend bool operator==(const PerFamily&, const PerFamily&) = default;
    };
    bool restarting = false;              ///< R: do not wait for the sender's End-of-RIB
    bool notification = false;            ///< N (RFC 8538): a NOTIFICATION does not end it, a hard reset does
    std::chrono::seconds restart_time{};  ///< at most 4,095
    std::vector<PerFamily> families;      ///< none: the sender only helps others
    friend bool operator==(const GracefulRestart&, const GracefulRestart&) = default;
};
/// RFC 7911 section 4: of whoever sends the capability.
enum class AddPathMode : std::uint8_t { Receive = 1, Send = 2, Both = 3 };
struct AddPath {
    struct PerFamily {
        std::uint16_t afi = 0;
        std::uint8_t safi = 0;
        AddPathMode mode = AddPathMode::Receive;
        friend bool operator==(const PerFamily&, const PerFamily&) = default;
    };
    std::vector<PerFamily> families;
    friend bool operator==(const AddPath&, const AddPath&) = default;
};
/// RFC 9234 section 4: what the sender is to the receiver. Other values than these are kept: they match nobody.
enum class Role : std::uint8_t { Provider = 0, RouteServer = 1, RouteServerClient = 2, Customer = 3, Peer = 4 };
struct RoleCapability {
    Role role = Role::Peer;
    friend bool operator==(const RoleCapability&, const RoleCapability&) = default;
};
/// RFC 8950 section 4: routes of this family may have a next hop of another.
struct ExtendedNextHop {
    struct Encoding {
        std::uint16_t afi = 0;
        std::uint16_t safi = 0;  ///< two octets here
        std::uint16_t next_hop_afi = 0;
        friend bool operator==(const Encoding&, const Encoding&) = default;
    };
    std::vector<Encoding> encodings;
    friend bool operator==(const ExtendedNextHop&, const ExtendedNextHop&) = default;
};
/// One whose meaning we do not know (or need): kept as it stood, for `show session`.
struct UnknownCapability {
    std::uint8_t code = 0;
    std::vector<std::uint8_t> value;
    friend bool operator==(const UnknownCapability&, const UnknownCapability&) = default;
};
using Capability = std::variant<Multiprotocol, RouteRefreshCapability, FourOctetAs, ExtendedMessage, EnhancedRouteRefresh,
                                GracefulRestart, AddPath, RoleCapability, ExtendedNextHop, UnknownCapability>;

/// OPEN (RFC 4271 4.2), version 4, its optional parameters read as capabilities (RFC 5492).
struct Open {
    Asn asn;                      ///< the two-octet My Autonomous System field as sent; see asn_of()
    std::chrono::seconds hold_time{};
    RouterId router_id;
    std::vector<Capability> capabilities;

    friend bool operator==(const Open&, const Open&) = default;
};

/// The sender's AS: from the four-octet capability if there is one (RFC 6793 4.1), else the fixed field.
Asn asn_of(const Open& open);

/// Checks what needs no configuration: version, optional parameters, hold time 1 or 2, AS 0, identifier 0.
std::expected<Open, Notification> decode_open(Bytes body);
/// The whole message, of at most 4,096 octets (RFC 8654 section 4). The fixed AS field is written as AS_TRANS where open.asn does not fit.
std::vector<std::uint8_t> encode_open(const Open& open);

/// IANA's code of it.
std::uint8_t capability_code(const Capability& capability);
/// "provider", "rs", "rs-client", "customer", "peer", as the configuration has them; "role 9" for values without a name.
std::string to_string(Role role);
/// For the operator: the name, and what is in it: "ADD-PATH 1/1 receive".
std::string to_string(const Capability& capability);
/// Capability codes as IANA names them, "capability 200" for unknown ones.
std::string capability_name(std::uint8_t code);

}  // namespace dyad::wire
