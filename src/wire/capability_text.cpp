#include "dyad/base/overloaded.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::wire {
namespace {

std::string family_text(unsigned afi, unsigned safi) { return " " + std::to_string(afi) + "/" + std::to_string(safi); }

std::string mode_text(AddPathMode mode) {
    switch (mode) {
        case AddPathMode::Receive:
            return " receive";
        case AddPathMode::Send:
            return " send";
        case AddPathMode::Both:
            return " both";
    }
    return "";
}

std::string details(const GracefulRestart& restart) {
    std::string text = " " + std::to_string(restart.restart_time.count()) + " s";
    if (restart.restarting) text += ", restarting";
    if (restart.notification) text += ", notification";
    for (const auto& one : restart.families)
        text += "," + family_text(one.afi, one.safi) + (one.forwarding_preserved ? " preserved" : "");
    return text;
}

std::string details(const AddPath& add_path) {
    std::string text;
    for (const auto& one : add_path.families)
        text += (text.empty() ? "" : ",") + family_text(one.afi, one.safi) + mode_text(one.mode);
    return text;
}

std::string details(const ExtendedNextHop& next_hops) {
    std::string text;
    for (const auto& one : next_hops.encodings)
        text += (text.empty() ? "" : ",") + family_text(one.afi, one.safi) + " by " + std::to_string(one.next_hop_afi);
    return text;
}

}  // namespace

std::string to_string(const Capability& capability) {
    const auto more = std::visit(Overloaded{
                                     [](const Multiprotocol& mp) { return family_text(mp.afi, mp.safi); },
                                     [](const RouteRefreshCapability&) { return std::string{}; },
                                     [](const FourOctetAs& as) { return " " + as.asn.to_string(); },
                                     [](const ExtendedMessage&) { return std::string{}; },
                                     [](const EnhancedRouteRefresh&) { return std::string{}; },
                                     [](const GracefulRestart& restart) { return details(restart); },
                                     [](const AddPath& add_path) { return details(add_path); },
                                     [](const RoleCapability& role) { return " " + to_string(role.role); },
                                     [](const ExtendedNextHop& next_hops) { return details(next_hops); },
                                     [](const UnknownCapability&) { return std::string{}; },
                                 },
                                 capability);
    return capability_name(capability_code(capability)) + more;
}

}  // namespace dyad::wire
