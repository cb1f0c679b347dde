#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

std::string table_name(std::uint64_t table) { return table == 254 ? "main" : std::to_string(table); }
std::string protocol_name(std::uint64_t protocol) { return protocol == 186 ? "bgp" : std::to_string(protocol); }

std::string hop_words(const Json& group, std::string_view which) {
    std::string out;
    for (const auto& hop : list(group, which)) {
        out += fmt::format("{}{} {}", out.empty() ? "" : ", ", text(hop, "address"), text(hop, "interface"));
    }
    return out;
}

std::string member_words(const Json& group) {
    const auto next = hop_words(group, "next");
    return hop_words(group, "members") + (next.empty() ? "" : "; when lost " + next) +
           (truth(group, "backup") ? "  (backup)" : "");
}

}  // namespace

std::string render_fib(const Json& fib, Colours colours) {
    if (!truth(fib, "enabled")) return "the kernel's routes are left alone: [fib] enabled = false\n";
    const bool plain = text(fib, "nexthop_mode") == "plain";
    auto out =
        fmt::format("table {}, metric {}, protocol {}{}\n", table_name(number(fib, "table")), number(fib, "metric"),
                    protocol_name(number(fib, "protocol")), plain ? ", plain routes: each carries its gateways" : "");
    out += fmt::format("{} routes, {} nexthops, {} groups, {} pending, {} failed, {} requests\n", number(fib, "routes"),
                       number(fib, "nexthops"), number(fib, "groups"), number(fib, "pending"), number(fib, "failed"),
                       number(fib, "operations"));
    if (const auto routes = number(fib, "backup_routes"); routes > 0) {
        out += fmt::format("{} backup route{} behind them, metric {}\n", routes, routes == 1 ? "" : "s",
                           number(fib, "backup_metric"));
    }
    Table table{{{"Group", Align::Right}, {"Routes", Align::Right}, {"Leaves through"}}};
    for (const auto& group : list(fib, "nexthop_groups")) {
        table.row({{plain ? "-" : std::to_string(number(group, "id"))},
                   {std::to_string(number(group, "routes"))},
                   {member_words(group)}});
    }
    if (!list(fib, "nexthop_groups").empty()) out += "\n" + table.render(colours);
    Table refused{{{"Not as it should be"}, {"Why"}}};
    for (const auto& route : list(fib, "refused")) refused.row({{text(route, "prefix")}, {text(route, "reason")}});
    if (!list(fib, "refused").empty()) out += "\n" + refused.render(colours);
    return out;
}

}  // namespace dyad::ctl
