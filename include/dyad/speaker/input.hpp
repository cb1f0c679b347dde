#pragma once
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/strong_id.hpp"
#include "dyad/bfd/bfd.hpp"
#include "dyad/config/config.hpp"
#include "dyad/session/reason.hpp"

/// What a driver tells the Speaker. Octets stay the driver's: the Speaker is done with them when handle() returns.
namespace dyad::speaker {

/// The dial that TcpConnect asked for succeeded.
struct TcpConnected { ConnectionId connection; };
/// A neighbour called. The driver numbers it: odd, never used before.
struct TcpAccepted { ConnectionId connection; Address local; Address peer; };
struct TcpReceived { ConnectionId connection; Bytes octets; };
/// This many octets of TcpSend have left the driver's queue.
struct TcpSent { ConnectionId connection; std::size_t octets = 0; };
/// The dial failed, or the connection ended: errno, 0 for an orderly close by the peer. The id is dead from now on.
struct TcpClosed { ConnectionId connection; int error = 0; session::ConnectHint hint = session::ConnectHint::None; };
/// A dial is still under way, and meanwhile segments were dropped here over their MD5 signature. The counters are the
/// host's: with several dials under way it is a guess whose they were.
struct TcpHint { ConnectionId connection; session::ConnectHint hint = session::ConnectHint::None; };
/// The kernel refuses TcpRekey's key: errno.
struct TcpRekeyFailed { ConnectionId connection; int error = 0; };
/// A listener could not be opened, the driver tries again; with error 0: now it could.
struct ListenFailed { Address local; std::uint16_t port = 0; int error = 0; };

/// Octets from the netlink command socket: answers and dumps.
struct KernelReplied { Bytes octets; };
/// Octets from the netlink monitor socket: links and addresses.
struct KernelNews { Bytes octets; };
/// ENOBUFS or a reopened socket: something was lost, which is not known.
struct KernelOverrun {};
/// Octets from the netlink watch socket: what others did to routes and nexthops. Our own changes are left out; of others'
/// routes only those matter that replace one.
struct KernelTouched { Bytes octets; };
/// Some of that was lost.
struct KernelTouchesLost {};

/// A BFD session of BfdSessions changed its state.
struct BfdChanged { BfdSessionId session; bfd::Change change; };
/// How it stands: now and then, and behind each change.
struct BfdFacts { BfdSessionId session; bfd::Facts facts; };

using Input = std::variant<TcpConnected, TcpAccepted, TcpReceived, TcpSent, TcpClosed, TcpHint, TcpRekeyFailed, ListenFailed, KernelReplied,
                           KernelNews, KernelOverrun, KernelTouched, KernelTouchesLost, BfdChanged, BfdFacts>;

}  // namespace dyad::speaker
