#pragma once
#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/config/config.hpp"
#include "dyad/wire/open.hpp"
#include "fib/fib.hpp"
#include "msee/msee.hpp"

namespace dyad::sim {

inline constexpr std::size_t kLinks = 2;
inline constexpr std::uint8_t kOurProtocol = 186;
inline constexpr std::uint32_t kOurMetric = 20, kBackupMetric = 500;
inline constexpr std::uint32_t kInterface[kLinks] = {11, 12};
inline constexpr std::uint32_t kTunnel = 13;

/// Which routes both sessions carry, and over what: IPv4 over IPv6 is RFC 8950, and not of a peering but of two neighbours.
enum class Speaks : std::uint8_t { Ipv4, Ipv4OverIpv6, Ipv6 };
enum class Bfd : std::uint8_t { Off, On, Strict };

/// What a story starts from; drawn from the seed by whoever tells it.
struct Setup {
    std::size_t routes = 60;     ///< announced by both MSEEs
    std::size_t advertised = 8;  ///< listed in our configuration
    std::uint32_t limit = 4000;  ///< of both sides
    bool kernel_lies = false;    ///< it acknowledges what it does not do: to show that a broken invariant is seen
    std::array<msee::Opens, kLinks> opens{msee::Opens::Both, msee::Opens::Both};
    std::optional<wire::GracefulRestart> graceful_restart{};  ///< of both MSEEs
    std::optional<std::chrono::seconds> backup_hold{};        ///< there is a tunnel that stands in for both links
    fib::Nexthops nexthops = fib::Nexthops::Groups;           ///< as configured at first
    Speaks speaks = Speaks::Ipv4;
    config::Prefer prefer = config::Prefer::Both;
    Bfd bfd = Bfd::Off;
    std::optional<std::chrono::seconds> send_hold_time{};  ///< nothing: the RFC's eight minutes

    Family family() const { return speaks == Speaks::Ipv6 ? Family::Ipv6 : Family::Ipv4; }  ///< of the routes
};

Address local_address(Speaks speaks, std::size_t link);
Address peer_address(Speaks speaks, std::size_t link);
/// Ours and the far end's of the tunnel.
Address tunnel_address(Family family);
Address tunnel_gateway(Family family);
/// Of the subnets of both.
std::uint8_t subnet_length(const Address& address);

/// What is listed when so many are.
std::vector<Prefix> listed(Family family, std::size_t count);
config::Config configuration(const Setup& setup);
msee::Options msee_options(std::size_t link, const Setup& setup);

}  // namespace dyad::sim
