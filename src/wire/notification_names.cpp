#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "dyad/wire/notification.hpp"

namespace dyad::wire {
namespace {

/// IANA "BGP Error (Notification) Codes" and the registries of their subcodes, as of RFC 9687.
struct SubcodeName {
    std::uint8_t number;
    std::string_view name;
};

constexpr std::array kErrorCodes{
    SubcodeName{1, "Message Header Error"},        SubcodeName{2, "OPEN Message Error"},
    SubcodeName{3, "UPDATE Message Error"},        SubcodeName{4, "Hold Timer Expired"},
    SubcodeName{5, "Finite State Machine Error"},  SubcodeName{6, "Cease"},
    SubcodeName{7, "ROUTE-REFRESH Message Error"}, SubcodeName{8, "Send Hold Timer Expired"}};

constexpr std::array kMessageHeader{SubcodeName{1, "Connection Not Synchronized"}, SubcodeName{2, "Bad Message Length"},
                                    SubcodeName{3, "Bad Message Type"}};
constexpr std::array kOpen{
    SubcodeName{1, "Unsupported Version Number"}, SubcodeName{2, "Bad Peer AS"},
    SubcodeName{3, "Bad BGP Identifier"},         SubcodeName{4, "Unsupported Optional Parameter"},
    SubcodeName{5, "Authentication Failure"},     SubcodeName{6, "Unacceptable Hold Time"},
    SubcodeName{7, "Unsupported Capability"},     SubcodeName{11, "Role Mismatch"}};
constexpr std::array kUpdate{SubcodeName{1, "Malformed Attribute List"},
                             SubcodeName{2, "Unrecognized Well-known Attribute"},
                             SubcodeName{3, "Missing Well-known Attribute"},
                             SubcodeName{4, "Attribute Flags Error"},
                             SubcodeName{5, "Attribute Length Error"},
                             SubcodeName{6, "Invalid ORIGIN Attribute"},
                             SubcodeName{7, "AS Routing Loop"},
                             SubcodeName{8, "Invalid NEXT_HOP Attribute"},
                             SubcodeName{9, "Optional Attribute Error"},
                             SubcodeName{10, "Invalid Network Field"},
                             SubcodeName{11, "Malformed AS_PATH"}};
constexpr std::array kStateMachine{SubcodeName{1, "Receive Unexpected Message in OpenSent State"},
                                   SubcodeName{2, "Receive Unexpected Message in OpenConfirm State"},
                                   SubcodeName{3, "Receive Unexpected Message in Established State"}};
constexpr std::array kCease{SubcodeName{1, "Maximum Number of Prefixes Reached"},
                            SubcodeName{2, "Administrative Shutdown"},
                            SubcodeName{3, "Peer De-configured"},
                            SubcodeName{4, "Administrative Reset"},
                            SubcodeName{5, "Connection Rejected"},
                            SubcodeName{6, "Other Configuration Change"},
                            SubcodeName{7, "Connection Collision Resolution"},
                            SubcodeName{8, "Out of Resources"},
                            SubcodeName{9, "Hard Reset"},
                            SubcodeName{10, "BFD Down"}};
constexpr std::array kRouteRefreshNames{SubcodeName{1, "Invalid Message Length"}};

std::span<const SubcodeName> subcodes_of(ErrorCode code) {
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
            return kRouteRefreshNames;
        case ErrorCode::SendHoldTimerExpired:
            return {};
    }
    return {};
}

std::string name_in(std::span<const SubcodeName> names, std::uint8_t number, const std::string& kind) {
    const auto found = std::ranges::find(names, number, &SubcodeName::number);
    return found != names.end() ? std::string{found->name} : kind + " " + std::to_string(number);
}

}  // namespace

std::string Notification::to_string() const {
    const auto error = name_in(kErrorCodes, static_cast<std::uint8_t>(code), "error");
    return subcode == 0 ? error : error + "/" + name_in(subcodes_of(code), subcode, "subcode");
}

}  // namespace dyad::wire
