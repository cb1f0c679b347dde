#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

namespace {

/// From here the limit is shown with a mark.
constexpr std::uint64_t kNearPercent = 90;

Cell sent_cell(const Json& row, std::uint64_t limit) {
    const auto sent = number(row, "advertised");
    const bool up = text(row, "state") == "Established";
    auto words = up ? fmt::format("{}", sent) : "-";
    if (limit > 0) words += fmt::format("/{}", limit);
    const bool near = up && limit > 0 && (sent * 100 >= limit * kNearPercent || number(row, "withheld") > 0);
    if (near) words += '!';
    return {words, near ? Colour::Bad : Colour::None};
}

std::string drain_remark(const Json& row) {
    const auto session = text(row, "session");
    return fmt::format("{}, traffic goes by the other link: dyad undrain {}", text(row, "drain"), session);
}

/// "; down for 2m10s, next attempt in 3.4 s"; "; down for 5s, next attempt when the link is up".
std::string waiting_words(const Json& row) {
    std::string words;
    if (const auto down = number(row, "down_seconds"); down > 0) words += "; down for " + short_duration(down);
    if (!is_null(row, "next_attempt_milliseconds"))
        words += fmt::format("{}next attempt in {:.1f} s", words.empty() ? "; " : ", ",
                             static_cast<double>(number(row, "next_attempt_milliseconds")) / 1000);
    if (const auto next = text(row, "next_try"); !next.empty())
        words += fmt::format("{}next attempt {}", words.empty() ? "; " : ", ", next);
    return words;
}

/// Why it is not Established, or what is kept back, on a line of its own that cannot be overlooked.
std::string remark(const Json& row) {
    if (text(row, "state") != "Established") {
        const auto reason = text(row, "reason");
        const auto where = is_null(row, "on") ? text(row, "peer") : "on " + text(row, "on");
        return fmt::format("{}{}{}{}", where, reason.empty() ? "" : ": " + reason, waiting_words(row),
                           is_null(row, "drain") ? "" : " (drained)");
    }
    if (!is_null(row, "maintenance_seconds"))
        return fmt::format("maintenance suspected for {}: {} of {} prefixes have a prolonged path{}",
                           short_duration(number(row, "maintenance_seconds")), number(row, "prolonged"),
                           number(row, "accepted"), is_null(row, "unhealthy") ? "" : "; " + text(row, "unhealthy"));
    if (!is_null(row, "unhealthy")) return fmt::format("not healthy: {}", text(row, "unhealthy"));
    if (!is_null(row, "drain")) return drain_remark(row);
    if (const auto alarm = text(row, "alarm"); !alarm.empty()) return alarm;
    const auto withheld = number(row, "withheld");
    if (withheld == 0) return {};
    return fmt::format("{} withheld by the limit: dyad show routes --withheld {}", withheld, text(row, "session"));
}

void add_session(Table& table, const Json& row, std::uint64_t limit, Colours colours) {
    const auto state = text(row, "state");
    const bool up = state == "Established";
    table.row({{text(row, "session")},
               {state, state_colour(state)},
               {up ? short_duration(number(row, "uptime_seconds")) : "-"},
               {up ? fmt::format("{}", number(row, "received")) : "-"},
               sent_cell(row, limit),
               {text_or_dash(row, "bfd"), text(row, "bfd") == "Down" ? Colour::Bad : Colour::None}});
    if (const auto words = remark(row); !words.empty()) {
        table.note(paint("  └ " + wrap(words, 4, 4), up ? Colour::None : Colour::Bad, colours));
    }
}

std::string verdicts(const Json& summary, Colours colours) {
    std::string out;
    for (const auto& circuit : list(summary, "circuits")) {
        for (const auto& peering : list(circuit, "peerings")) {
            const auto redundancy = text(peering, "redundancy");
            out += fmt::format(
                "{} ({}): {}\n", text(peering, "name"), text(circuit, "sku"),
                paint(redundancy_words(redundancy), redundancy == "full" ? Colour::Good : Colour::Bad, colours));
            for (const auto& backup : list(peering, "backups")) {
                const auto good = text(backup, "state") == "ready";
                out += "  └ " + paint(backup_words(backup), good ? Colour::None : Colour::Bad, colours) + "\n";
            }
        }
    }
    return out;
}

std::string kernel_line(const Json& fib) {
    if (!truth(fib, "enabled")) return "kernel: left alone ([fib] enabled = false)\n";
    return fmt::format("kernel: {} route{}, {} group{}, {} pending, {} failed{}\n", number(fib, "routes"),
                       number(fib, "routes") == 1 ? "" : "s", number(fib, "groups"),
                       number(fib, "groups") == 1 ? "" : "s", number(fib, "pending"), number(fib, "failed"),
                       number(fib, "failed") > 0 ? " !" : "");
}

}  // namespace

Colour state_colour(std::string_view state) { return state == "Established" ? Colour::Good : Colour::Bad; }

std::string redundancy_words(const std::string& redundancy) {
    if (redundancy == "full") return "redundancy full, both links carry routes";
    if (redundancy == "degraded") return "redundancy degraded, one link carries routes !";
    if (redundancy == "down") return "down, no link carries routes !";
    return redundancy;
}

std::string backup_words(const Json& backup) {
    const auto by = fmt::format("{} ({}{}{})", text(backup, "name"), text(backup, "gateway"),
                                text(backup, "interface").empty() ? "" : " ", text(backup, "interface"));
    const auto carried = number(backup, "carried");
    if (text(backup, "state") == "active") {
        const auto returning = is_null(backup, "returning") ? "" : "; " + text(backup, "returning");
        return fmt::format("on backup (VPN) for {}: {} prefix{} by {} !{}",
                           short_duration(number(backup, "active_seconds")), carried, carried == 1 ? "" : "es", by,
                           returning);
    }
    if (text(backup, "state") == "down") return fmt::format("backup {} is down !", by);
    const auto now = carried == 0 ? "" : fmt::format(", {} by it now", carried);
    return fmt::format("backup {} stands by for {} prefixes{}", by, number(backup, "prefixes"), now);
}

std::string render_summary(const Json& summary, Colours colours) {
    auto out = fmt::format("{}  AS {}  router id {}  up {}  dyad {}\n\n", text(summary, "hostname"),
                           number(summary, "asn"), text(summary, "router_id"),
                           short_duration(number(summary, "uptime_seconds")), text(summary, "version"));
    Table table{{{"Session"},
                 {"State"},
                 {"Up for", Align::Right},
                 {"Received", Align::Right},
                 {"Sent/limit", Align::Right},
                 {"BFD"}}};
    for (const auto& circuit : list(summary, "circuits")) {
        for (const auto& peering : list(circuit, "peerings")) {
            for (const auto& link : list(peering, "links")) {
                add_session(table, link, number(peering, "advertised_limit"), colours);
            }
        }
    }
    for (const auto& neighbor : list(summary, "neighbors")) add_session(table, neighbor, 0, colours);
    out += table.render(colours) + "\n" + verdicts(summary, colours) + kernel_line(member(summary, "fib"));
    return out;
}

}  // namespace dyad::ctl
