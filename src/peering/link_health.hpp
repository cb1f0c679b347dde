#pragma once
#include <cstdint>
#include <string_view>

namespace dyad::peering {

/// What BFD says of a link. Silent: it is off, was never up, or one side has given it up by order: then it has found nothing.
enum class BfdSign : std::uint8_t { Silent, Up, Down };

/// What makes a link healthy, each asked for itself: a session that is Established with nothing behind it carries nothing
/// (ExpressRoute fact F5.7), nor does one whose path BFD finds dead.
struct LinkHealth {
    bool established = false;
    bool carrying = false;  ///< as many accepted routes as are expected, at least
    BfdSign bfd = BfdSign::Silent;

    bool healthy() const { return established && carrying && bfd != BfdSign::Down; }
    friend bool operator==(const LinkHealth&, const LinkHealth&) = default;
};

/// Why a link that is Established is not healthy; "" where it is, or where its session's reason says it.
std::string_view fault_of(const LinkHealth& health);

}  // namespace dyad::peering
