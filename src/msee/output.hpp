#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/net/address.hpp"
#include "dyad/session/negotiated.hpp"
#include "dyad/session/reason.hpp"
#include "msee/allowance.hpp"

/// What the MSEE wants of the world, in the order to do it.
namespace dyad::msee {

/// Dial; answer with connected or closed.
struct Dial {
    ConnectionId connection;
    Address local;
    Address peer;
};
/// Queue octets; answer with sent as they leave.
struct Send {
    ConnectionId connection;
    std::vector<std::uint8_t> octets;
};
/// Close after what is queued has left, also a dial under way. No answer; the id is dead at once.
struct Close {
    ConnectionId connection;
};

/// How a customer that is turned away finds us: Microsoft documents none of it.
enum class TurnAway : std::uint8_t {
    Closes,   ///< calls are accepted, and ended without an octet
    Refuses,  ///< nobody listens
    Ignores,  ///< nothing answers, as behind a packet filter
};
/// From now on this customer's calls are met so; nothing: it is welcome. No output where they are closed all the time:
/// accepted() says so, call by call.
struct Door {
    std::size_t customer = 0;
    std::optional<TurnAway> shut;
};

/// What happened with a neighbour, for whoever watches.
struct CameUp {
    session::Negotiated negotiated;
};
struct WentDown {
    session::Reason reason;
};
/// An attempt ended before Established. Told when the reason differs from the attempt's before.
struct StayedDown {
    session::Reason reason;
};
/// All we have was announced, and the End-of-RIB behind it.
struct TableSent {
    std::size_t routes = 0;
};
/// Its End-of-RIB came (RFC 4724 section 2).
struct TableReceived {
    std::size_t routes = 0;
};
/// It announced one prefix too many; the session ends with Cease/1.
struct LimitTripped {
    Allowance allowance;
    std::size_t held = 0;
    std::size_t incoming = 0;  ///< counted with it, where that is how one counts
};
/// An UPDATE that RFC 7606 treats as a withdrawal. Told once a session: where one is, more are.
struct Damaged {
    std::string what;
};
struct Happened {
    std::size_t customer = 0;  ///< in the order of the options
    std::variant<CameUp, WentDown, StayedDown, TableSent, TableReceived, LimitTripped, Damaged> what;
};

using Output = std::variant<Dial, Send, Close, Door, Happened>;

}  // namespace dyad::msee
