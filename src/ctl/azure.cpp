#include "ctl/azure.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace dyad::ctl {

namespace {

using boost::json::array;
using boost::json::object;

constexpr std::uint64_t kBgpVersion = 4;
constexpr std::string_view kIncomplete = "Incomplete";
// Fixed, since rows are printed as they come.
constexpr std::size_t kNetworkColumns = 18, kNextHopColumns = 17, kPreferenceColumns = 6, kWeightColumns = 6;

object row_of(const Json& session) {
    const bool up = text(session, "state") == "Established";
    object row;
    row["neighbor"] = text(session, "peer");
    row["v"] = kBgpVersion;
    row["as"] = number(session, "peer_asn");
    row["upDown"] = up ? cisco_duration(number(session, "uptime_seconds")) : text(session, "state");
    row["statePfxRcd"] = up ? std::to_string(number(session, "received")) : text(session, "state");
    row["session"] = text(session, "session");
    return row;
}

std::string line(const std::string& network, const std::string& next_hop, const std::string& preference,
                 const std::string& weight, const std::string& path) {
    return trim_right(fmt::format("{} {} {} {}  {}", pad_right(network, kNetworkColumns),
                                  pad_right(next_hop, kNextHopColumns), pad_left(preference, kPreferenceColumns),
                                  pad_left(weight, kWeightColumns), path)) +
           "\n";
}

}  // namespace

std::string cisco_duration(std::uint64_t seconds) {
    constexpr std::uint64_t kMinute = 60, kHour = 60 * kMinute, kDay = 24 * kHour, kWeek = 7 * kDay;
    if (seconds < kDay)
        return fmt::format("{:02}:{:02}:{:02}", seconds / kHour, seconds % kHour / kMinute, seconds % kMinute);
    if (seconds < kWeek) return fmt::format("{}d{:02}h", seconds / kDay, seconds % kDay / kHour);
    return fmt::format("{}w{}d", seconds / kWeek, seconds % kWeek / kDay);
}

std::string cisco_mac(std::string_view mac) {
    std::string out;
    std::size_t digits = 0;
    for (const char c : mac) {
        if (c == ':') continue;
        if (digits > 0 && digits % 4 == 0) out += '.';
        out += c;
        ++digits;
    }
    return out.empty() ? std::string{kIncomplete} : out;
}

Json azure_routes_summary(const Json& summary) {
    array rows;
    for (const auto& circuit : list(summary, "circuits"))
        for (const auto& peering : list(circuit, "peerings"))
            for (const auto& link : list(peering, "links")) rows.push_back(row_of(link));
    for (const auto& neighbor : list(summary, "neighbors")) rows.push_back(row_of(neighbor));
    return rows;
}

Json azure_arp(const Json& arp) {
    array rows;
    for (const auto& row : list(arp, "rows")) {
        object out;
        out["age"] = number(row, "age_minutes");
        out["interfaceProperty"] = text(row, "property");
        out["ipAddress"] = text(row, "address");
        out["macAddress"] = cisco_mac(text(row, "mac"));
        out["session"] = text(row, "session");
        rows.push_back(std::move(out));
    }
    return rows;
}

Json azure_route(const Json& route) {
    const auto& next_hops = list(route, "next_hops");
    object row;
    row["network"] = text(route, "prefix");
    row["nextHop"] = next_hops.empty() ? "" : text(next_hops.front(), "address");
    row["locPrf"] = std::to_string(number(route, "local_pref"));
    row["weight"] = 0;
    row["path"] = text(route, "as_path");
    return row;
}

std::string render_azure_arp(const Json& arp, Colours colours) {
    Table table{{{"Age", Align::Right}, {"InterfaceProperty"}, {"IpAddress"}, {"MacAddress"}, {"Session"}}};
    const auto rows = azure_arp(arp);
    for (const auto& row : rows.as_array()) {
        const auto mac = text(row, "macAddress");
        table.row({{fmt::format("{}", number(row, "age"))},
                   {text(row, "interfaceProperty")},
                   {text(row, "ipAddress")},
                   {mac, mac == kIncomplete ? Colour::Bad : Colour::None},
                   {text(row, "session")}});
    }
    return table.render(colours);
}

std::string render_azure_routes_summary(const Json& summary, Colours colours) {
    Table table{{{"Neighbor"}, {"V"}, {"AS", Align::Right}, {"UpDown"}, {"StatePfxRcd"}, {"Session"}}};
    const auto rows = azure_routes_summary(summary);
    for (const auto& row : rows.as_array()) {
        const auto state = text(row, "statePfxRcd");
        const bool up = text(row, "upDown") != state;
        table.row({{text(row, "neighbor")},
                   {fmt::format("{}", number(row, "v"))},
                   {fmt::format("{}", number(row, "as"))},
                   {text(row, "upDown")},
                   {state, up ? Colour::None : Colour::Bad},
                   {text(row, "session")}});
    }
    return table.render(colours);
}

std::string render_azure_route_titles(Colours colours) {
    auto titles = line("Network", "NextHop", "LocPrf", "Weight", "Path");
    titles.pop_back();
    return paint(titles, Colour::Dim, colours) + "\n";
}

std::string render_azure_route(const Json& route, Colours) {
    const auto row = azure_route(route);
    return line(text(row, "network"), text(row, "nextHop"), text(row, "locPrf"), "0", text(row, "path"));
}

}  // namespace dyad::ctl
