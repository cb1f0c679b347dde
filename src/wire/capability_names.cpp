#include <algorithm>
#include <array>
#include <string_view>

#include "dyad/wire/open.hpp"

namespace dyad::wire {
namespace {

struct Name {
    std::uint8_t code;
    std::string_view name;
};

/// IANA "Capability Codes", in its words but for long ones.
constexpr std::array kNames{Name{1, "Multiprotocol Extensions"},
                            Name{2, "Route Refresh"},
                            Name{3, "Outbound Route Filtering"},
                            Name{5, "Extended Next Hop Encoding"},
                            Name{6, "BGP Extended Message"},
                            Name{7, "BGPsec"},
                            Name{8, "Multiple Labels"},
                            Name{9, "BGP Role"},
                            Name{64, "Graceful Restart"},
                            Name{65, "4-octet AS number"},
                            Name{67, "Dynamic Capability"},
                            Name{68, "Multisession BGP"},
                            Name{69, "ADD-PATH"},
                            Name{70, "Enhanced Route Refresh"},
                            Name{71, "Long-Lived Graceful Restart"},
                            Name{72, "Routing Policy Distribution"},
                            Name{73, "FQDN"},
                            Name{74, "BFD"},
                            Name{75, "Software Version"},
                            Name{76, "PATHS-LIMIT"},
                            Name{128, "Prestandard Route Refresh"}};

}  // namespace

std::string capability_name(std::uint8_t code) {
    const auto found = std::ranges::find(kNames, code, &Name::code);
    return found != kNames.end() ? std::string{found->name} : "capability " + std::to_string(code);
}

}  // namespace dyad::wire
