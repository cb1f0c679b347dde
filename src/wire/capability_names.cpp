#include <algorithm>
#include <array>
#include <string_view>

#include "dyad/wire/open.hpp"

namespace dyad::wire {
namespace {

struct CapabilityName {
    std::uint8_t code;
    std::string_view name;
};

/// IANA "Capability Codes", in its words but for long ones.
constexpr std::array kCapabilityNames{CapabilityName{1, "Multiprotocol Extensions"},
                                      CapabilityName{2, "Route Refresh"},
                                      CapabilityName{3, "Outbound Route Filtering"},
                                      CapabilityName{5, "Extended Next Hop Encoding"},
                                      CapabilityName{6, "BGP Extended Message"},
                                      CapabilityName{7, "BGPsec"},
                                      CapabilityName{8, "Multiple Labels"},
                                      CapabilityName{9, "BGP Role"},
                                      CapabilityName{64, "Graceful Restart"},
                                      CapabilityName{65, "4-octet AS number"},
                                      CapabilityName{67, "Dynamic Capability"},
                                      CapabilityName{68, "Multisession BGP"},
                                      CapabilityName{69, "ADD-PATH"},
                                      CapabilityName{70, "Enhanced Route Refresh"},
                                      CapabilityName{71, "Long-Lived Graceful Restart"},
                                      CapabilityName{72, "Routing Policy Distribution"},
                                      CapabilityName{73, "FQDN"},
                                      CapabilityName{74, "BFD"},
                                      CapabilityName{75, "Software Version"},
                                      CapabilityName{76, "PATHS-LIMIT"},
                                      CapabilityName{128, "Prestandard Route Refresh"}};

}  // namespace

std::string capability_name(std::uint8_t code) {
    const auto found = std::ranges::find(kCapabilityNames, code, &CapabilityName::code);
    return found != kCapabilityNames.end() ? std::string{found->name} : "capability " + std::to_string(code);
}

std::string to_string(Role role) {
    switch (role) {
        case Role::Provider:
            return "provider";
        case Role::RouteServer:
            return "rs";
        case Role::RouteServerClient:
            return "rs-client";
        case Role::Customer:
            return "customer";
        case Role::Peer:
            return "peer";
    }
    return "role " + std::to_string(static_cast<int>(role));
}

}  // namespace dyad::wire
