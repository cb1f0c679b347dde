#include <algorithm>
#include <array>
#include <string_view>

#include "dyad/base/text.hpp"
#include "dyad/wire/attributes.hpp"

namespace dyad::wire {
namespace {

struct CommunityName {
    std::uint32_t community;
    std::string_view name;
};

/// IANA "BGP Well-known Communities": RFC 1997, 3765, 7999, 8326, 9494 and drafts.
constexpr std::array kWellKnown{CommunityName{0xffff0000, "graceful-shutdown"},
                                CommunityName{0xffff0001, "accept-own"},
                                CommunityName{0xffff0006, "llgr-stale"},
                                CommunityName{0xffff0007, "no-llgr"},
                                CommunityName{0xffff0008, "accept-own-nexthop"},
                                CommunityName{0xffff0009, "standby-pe"},
                                CommunityName{0xffff029a, "blackhole"},
                                CommunityName{0xffffff01, "no-export"},
                                CommunityName{0xffffff02, "no-advertise"},
                                CommunityName{0xffffff03, "no-export-subconfed"},
                                CommunityName{0xffffff04, "no-peer"}};

}  // namespace

std::string community_to_string(std::uint32_t community) {
    const auto found = std::ranges::find(kWellKnown, community, &CommunityName::community);
    if (found != kWellKnown.end()) return std::string{found->name};
    return std::to_string(community >> 16) + ":" + std::to_string(community & 0xffff);
}

std::optional<std::uint32_t> parse_community(std::string_view text) {
    const auto found = std::ranges::find(kWellKnown, text, &CommunityName::name);
    if (found != kWellKnown.end()) return found->community;
    const auto halves = split(text, ':');
    if (halves.size() != 2) return std::nullopt;
    const auto high = whole_number(halves[0], 0xffff), low = whole_number(halves[1], 0xffff);
    if (!high || !low) return std::nullopt;
    return *high << 16 | *low;
}

std::string to_string(const LargeCommunity& community) {
    return std::to_string(community.global) + ":" + std::to_string(community.local1) + ":" +
           std::to_string(community.local2);
}

std::string to_string(Origin origin) {
    switch (origin) {
        case Origin::Igp:
            return "igp";
        case Origin::Egp:
            return "egp";
        case Origin::Incomplete:
            return "incomplete";
    }
    return "origin " + std::to_string(static_cast<int>(origin));
}

}  // namespace dyad::wire
