#pragma once
#include <string>

#include "ctl/answer.hpp"
#include "ctl/table.hpp"

/// Azure's own tables from the other end of the circuit, with its column names, so that the two can be laid side by side:
/// `az network express-route list-route-tables-summary`, `list-route-tables` and `list-arp-tables`.
namespace dyad::ctl {

/// Of the summary: an array of {neighbor, v, as, upDown, statePfxRcd}, with the session's name behind.
Json azure_routes_summary(const Json& summary);
/// Of one route: {network, nextHop, locPrf, weight, path}.
Json azure_route(const Json& route);

/// Of the ARP view: an array of {age, interfaceProperty, ipAddress, macAddress}, with the session's name behind.
Json azure_arp(const Json& arp);

std::string render_azure_arp(const Json& arp, Colours colours);
std::string render_azure_routes_summary(const Json& summary, Colours colours);
std::string render_azure_route_titles(Colours colours);
std::string render_azure_route(const Json& route, Colours colours);

/// As Cisco's routers write it: "00:41:07", "1d02h", "8w4d".
std::string cisco_duration(std::uint64_t seconds);
/// "0200.5e10.0001" of "02:00:5e:10:00:01"; "Incomplete" of nothing.
std::string cisco_mac(std::string_view mac);

}  // namespace dyad::ctl
