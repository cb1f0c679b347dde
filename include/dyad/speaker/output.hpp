#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/bfd/bfd.hpp"
#include "dyad/config/config.hpp"
#include "dyad/speaker/event.hpp"

/// What the Speaker wants of the world, in the order to do it.
namespace dyad::speaker {

/// How one neighbour's TCP is to be made.
struct TcpOptions {
    std::string interface;             ///< SO_BINDTODEVICE; "" for none
    std::uint8_t ttl = 1;
    bool gtsm = false;                 ///< TTL 255 sent and demanded (RFC 5082)
    std::string md5_key;               ///< "" for none (RFC 2385)
    friend bool operator==(const TcpOptions&, const TcpOptions&) = default;
};
/// Dial; answer with TcpConnected or TcpClosed.
struct TcpConnect { ConnectionId connection; std::optional<Address> local; Address peer; std::uint16_t port = 179; TcpOptions options; };
/// Queue octets; answer with TcpSent as they leave.
struct TcpSend { ConnectionId connection; std::vector<std::uint8_t> octets; };
/// Close after what is queued has left (at most a second), also a dial that is under way. No answer; the id is dead at once.
struct TcpClose { ConnectionId connection; };

/// Another MD5 key for a connection that runs, or is being made; nothing is answered unless it fails: TcpRekeyFailed.
struct TcpRekey { ConnectionId connection; Address peer; TcpOptions options; };

struct ListenPeer {
    Address peer;
    TcpOptions options;
    friend bool operator==(const ListenPeer&, const ListenPeer&) = default;
};
struct ListenAddress {
    Address local;                     ///< bound with FREEBIND: it may come later
    std::uint16_t port = 179;
    std::vector<ListenPeer> peers;     ///< others are refused by the driver at accept
    friend bool operator==(const ListenAddress&, const ListenAddress&) = default;
};
/// All listeners there are to be from now on: open the new, change keys of the kept, close the others.
struct Listen { std::vector<ListenAddress> addresses; };

/// Whether a request waits for those before it to be written. `Ahead` is what moves traffic off a dead path.
enum class KernelTurn : std::uint8_t { Behind, Ahead };
/// Octets for the netlink command socket.
struct KernelSend {
    std::vector<std::uint8_t> octets;
    KernelTurn turn = KernelTurn::Behind;
};
/// Octets for the netlink monitor socket (its first dumps).
struct KernelAsk { std::vector<std::uint8_t> octets; };

/// All BFD sessions there are to be from now on; answer with BfdChanged and BfdFacts. Those that are left out end with
/// AdminDown, which no peer takes for a failure.
struct BfdSessions { std::vector<bfd::Wanted> sessions; };

using Output = std::variant<TcpConnect, TcpSend, TcpClose, TcpRekey, Listen, KernelSend, KernelAsk, BfdSessions, Event>;

}  // namespace dyad::speaker
