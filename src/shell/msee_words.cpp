#include "shell/msee_words.hpp"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include <cstdio>

#include "dyad/base/overloaded.hpp"
#include "shell/plain_text.hpp"

namespace dyad::shell {

namespace {

std::string trip_words(const msee::LimitTripped& trip) {
    const auto limit = trip.allowance.limit;
    if (trip.incoming > 0)
        return fmt::format("holds {} prefixes and heard {} in one UPDATE, together more than {}", trip.held,
                           trip.incoming, trip.allowance.most());
    if (trip.allowance.boundary == msee::Boundary::At)
        return fmt::format("announced {} prefixes, where fewer are allowed", limit);
    return fmt::format("announced more than {} prefixes", limit);
}

}  // namespace

std::string msee_sentence(const msee::Happened& happened, const msee::Msee& msee) {
    const auto what = std::visit(
        Overloaded{
            [](const msee::CameUp& up) {
                return fmt::format("up: AS {}, router id {}, hold time {} s", up.negotiated.peer_as.value,
                                   up.negotiated.peer_router_id.to_string(), up.negotiated.hold_time.count());
            },
            [](const msee::WentDown& down) { return "down: " + session::describe(down.reason); },
            [](const msee::StayedDown& down) { return "no session: " + session::describe(down.reason); },
            [](const msee::TableSent& sent) { return fmt::format("told {} routes, End-of-RIB", sent.routes); },
            [](const msee::TableReceived& got) { return fmt::format("told us {} routes, End-of-RIB", got.routes); },
            [](const msee::Damaged& damaged) { return "an UPDATE taken as a withdrawal: " + damaged.what; },
            [](const msee::LimitTripped& trip) { return trip_words(trip) + ": the session ends with Cease/1"; },
        },
        happened.what);
    return plain_text(msee.customer(happened.customer).peer.to_string() + "  " + what);
}

void print_msee_line(const std::string& name, const std::string& line) {
    const auto time = std::chrono::system_clock::now();
    const auto milliseconds =
        std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count() % 1000;
    fmt::print(stderr, "{:%H:%M:%S}.{:03} {}  {}\n", fmt::localtime(std::chrono::system_clock::to_time_t(time)),
               milliseconds, name, line);
}

}  // namespace dyad::shell
