#include "ctl/request.hpp"

#include <fmt/format.h>

#include <array>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <charconv>

namespace dyad::ctl {

namespace {

using boost::json::object;
using Request = std::expected<object, std::string>;

object ask(std::string_view what) {
    object out;
    out["ask"] = what;
    return out;
}

Request named(std::string_view what, const Invocation& invocation) {
    auto out = ask(what);
    if (!invocation.arguments.empty()) out["name"] = invocation.arguments.front();
    return out;
}

Request routes(const Invocation& invocation) {
    auto out = ask("routes");
    for (const std::string_view filter : {"received", "accepted", "rejected", "sent", "withheld"}) {
        const auto option = fmt::format("--{}", filter);
        if (!invocation.has(option)) continue;
        if (out.contains("filter"))
            return std::unexpected("one of --received, --accepted, --rejected, --sent, --withheld");
        out["filter"] = filter;
        out["session"] = invocation.value(option);
    }
    if (!invocation.arguments.empty()) out["prefix"] = invocation.arguments.front();
    if (invocation.has("--longer")) {
        if (invocation.arguments.empty()) return std::unexpected("--longer wants a prefix before it");
        out["longer"] = true;
    }
    if (invocation.has("--community")) out["community"] = invocation.value("--community");
    return out;
}

Request route_table(const Invocation& invocation) {
    auto out = ask("routes");
    if (invocation.arguments.empty()) return out;
    out["filter"] = "accepted";
    out["session"] = invocation.arguments.front();
    return out;
}

Request events(const Invocation& invocation) {
    auto out = ask("events");
    if (invocation.has("--follow")) out["follow"] = true;
    if (invocation.has("--since")) {
        const auto span = parse_span(invocation.value("--since"));
        if (!span) return std::unexpected("--since wants a span such as 90s, 15m, 1h or 2d");
        out["since_seconds"] = *span;
    }
    return out;
}

Request why(const Invocation& invocation) {
    auto out = ask("why");
    out["subject"] = invocation.arguments.front();
    if (invocation.has("--sent")) out["sent_to"] = invocation.value("--sent");
    return out;
}

Request reset(const Invocation& invocation) {
    auto out = named("reset", invocation);
    if (invocation.has("--message")) (*out)["text"] = invocation.value("--message");
    return out;
}

Request drain(const Invocation& invocation) {
    auto out = named("drain", invocation);
    if (invocation.has("--force")) (*out)["force"] = true;
    return out;
}

Request diff(const Invocation& invocation) {
    constexpr std::uint64_t kHour = 3600;
    auto out = named("diff", invocation);
    const auto span = invocation.has("--since") ? parse_span(invocation.value("--since")) : std::optional{kHour};
    if (!span) return std::unexpected("--since wants a span such as 90s, 15m, 1h or 2d");
    (*out)["since_seconds"] = *span;
    return out;
}

Request drill(const Invocation& invocation) {
    if (invocation.has("--end")) return ask("drill_end");
    if (invocation.arguments.empty()) return ask("drills");
    auto out = named("drill", invocation);
    if (invocation.has("--for")) {
        const auto span = parse_span(invocation.value("--for"));
        if (!span) return std::unexpected("--for wants a span such as 30s, 5m or 1h");
        (*out)["seconds"] = *span;
    }
    if (invocation.has("--force")) (*out)["force"] = true;
    if (invocation.has("--message")) (*out)["text"] = invocation.value("--message");
    return out;
}

Request object_for(const Invocation& invocation) {
    switch (invocation.verb) {
        case VerbId::Reload:
            return ask("reload");
        case VerbId::Reset:
            return reset(invocation);
        case VerbId::Refresh:
            return named("refresh", invocation);
        case VerbId::Drain:
            return drain(invocation);
        case VerbId::Undrain:
            return named("undrain", invocation);
        case VerbId::Drill:
            return drill(invocation);
        case VerbId::Clear:
            return named("clear", invocation);
        case VerbId::ShowSummary:
            return ask("summary");
        case VerbId::ShowPeering:
            return named("peering", invocation);
        case VerbId::ShowSession:
            return named("session", invocation);
        case VerbId::ShowRoutes:
            return routes(invocation);
        case VerbId::ShowRouteTable:
            return route_table(invocation);
        case VerbId::ShowRoutesSummary:
            return ask("summary");
        case VerbId::ShowFib:
            return ask("fib");
        case VerbId::ShowArp:
            return ask("arp");
        case VerbId::Doctor:
            return named("doctor", invocation);
        case VerbId::ShowBfd:
            return ask("bfd");
        case VerbId::ShowLimits:
            return ask("limits");
        case VerbId::ShowConfig:
            return ask("config");
        case VerbId::Diff:
            return diff(invocation);
        case VerbId::Why:
            return why(invocation);
        case VerbId::Events:
            return events(invocation);
        case VerbId::Run:
        case VerbId::Check:
        case VerbId::Demo:
        case VerbId::Msee:
        case VerbId::Decode:
        case VerbId::Health:
        case VerbId::Version:
        case VerbId::Help:
            break;
    }
    return std::unexpected("no daemon is asked for that");
}

}  // namespace

std::expected<std::string, std::string> request_for(const Invocation& invocation) {
    auto request = object_for(invocation);
    if (!request) return std::unexpected(request.error());
    return boost::json::serialize(*request);
}

std::optional<std::uint64_t> parse_span(std::string_view text) {
    std::uint64_t count = 0;
    const auto* end = text.data() + text.size();
    const auto [behind, error] = std::from_chars(text.data(), end, count);
    // A thousand years keep every product within 64 bits.
    if (error != std::errc{} || count > 365'000) return std::nullopt;
    const std::string_view unit{behind, static_cast<std::size_t>(end - behind)};
    if (unit.empty() || unit == "s") return count;
    if (unit == "m" || unit == "min") return count * 60;
    if (unit == "h") return count * 3600;
    if (unit == "d") return count * 86400;
    return std::nullopt;
}

}  // namespace dyad::ctl
