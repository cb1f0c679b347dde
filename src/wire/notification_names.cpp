#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "dyad/wire/notification.hpp"

namespace dyad::wire {
namespace {

/// IANA "BGP Error (Notification) Codes" and the registries of their subcodes, as of RFC 9687.
struct Name {
    std::uint8_t number;
    std::string_view name;
};

constexpr std::array kErrorCodes{Name{1, "Message Header Error"},        Name{2, "OPEN Message Error"},
                                 Name{3, "UPDATE Message Error"},        Name{4, "Hold Timer Expired"},
                                 Name{5, "Finite State Machine Error"},  Name{6, "Cease"},
                                 Name{7, "ROUTE-REFRESH Message Error"}, Name{8, "Send Hold Timer Expired"}};

constexpr std::array kMessageHeader{Name{1, "Connection Not Synchronized"}, Name{2, "Bad Message Length"},
                                    Name{3, "Bad Message Type"}};
constexpr std::array kOpen{Name{1, "Unsupported Version Number"}, Name{2, "Bad Peer AS"},
                           Name{3, "Bad BGP Identifier"},         Name{4, "Unsupported Optional Parameter"},
                           Name{5, "Authentication Failure"},     Name{6, "Unacceptable Hold Time"},
                           Name{7, "Unsupported Capability"},     Name{11, "Role Mismatch"}};
constexpr std::array kUpdate{Name{1, "Malformed Attribute List"},
                             Name{2, "Unrecognized Well-known Attribute"},
                             Name{3, "Missing Well-known Attribute"},
                             Name{4, "Attribute Flags Error"},
                             Name{5, "Attribute Length Error"},
                             Name{6, "Invalid ORIGIN Attribute"},
                             Name{7, "AS Routing Loop"},
                             Name{8, "Invalid NEXT_HOP Attribute"},
                             Name{9, "Optional Attribute Error"},
                             Name{10, "Invalid Network Field"},
                             Name{11, "Malformed AS_PATH"}};
constexpr std::array kStateMachine{Name{1, "Receive Unexpected Message in OpenSent State"},
                                   Name{2, "Receive Unexpected Message in OpenConfirm State"},
                                   Name{3, "Receive Unexpected Message in Established State"}};
constexpr std::array kCease{Name{1, "Maximum Number of Prefixes Reached"},
                            Name{2, "Administrative Shutdown"},
                            Name{3, "Peer De-configured"},
                            Name{4, "Administrative Reset"},
                            Name{5, "Connection Rejected"},
                            Name{6, "Other Configuration Change"},
                            Name{7, "Connection Collision Resolution"},
                            Name{8, "Out of Resources"},
                            Name{9, "Hard Reset"},
                            Name{10, "BFD Down"}};
constexpr std::array kRouteRefresh{Name{1, "Invalid Message Length"}};

std::span<const Name> subcodes_of(ErrorCode code) {
    switch (code) {
        case ErrorCode::MessageHeader:
            return kMessageHeader;
        case ErrorCode::OpenMessage:
            return kOpen;
        case ErrorCode::UpdateMessage:
            return kUpdate;
        case ErrorCode::HoldTimerExpired:
            return {};
        case ErrorCode::FiniteStateMachine:
            return kStateMachine;
        case ErrorCode::Cease:
            return kCease;
        case ErrorCode::RouteRefreshMessage:
            return kRouteRefresh;
    }
    return {};
}

std::string name_in(std::span<const Name> names, std::uint8_t number, const std::string& kind) {
    const auto found = std::ranges::find(names, number, &Name::number);
    return found != names.end() ? std::string{found->name} : kind + " " + std::to_string(number);
}

}  // namespace

std::string Notification::to_string() const {
    const auto error = name_in(kErrorCodes, static_cast<std::uint8_t>(code), "error");
    return subcode == 0 ? error : error + "/" + name_in(subcodes_of(code), subcode, "subcode");
}

}  // namespace dyad::wire
