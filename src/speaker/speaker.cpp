#include "dyad/speaker/speaker.hpp"

#include <algorithm>
#include <utility>

#include "dyad/base/overloaded.hpp"
#include "speaker/advertise.hpp"
#include "speaker/apply.hpp"
#include "speaker/backup.hpp"
#include "speaker/bfd.hpp"
#include "speaker/conditions.hpp"
#include "speaker/connections.hpp"
#include "speaker/digest.hpp"
#include "speaker/doctor.hpp"
#include "speaker/drain.hpp"
#include "speaker/drill.hpp"
#include "speaker/kernel.hpp"
#include "speaker/limits.hpp"
#include "speaker/orders.hpp"
#include "speaker/pairs.hpp"
#include "speaker/query.hpp"
#include "speaker/receive.hpp"
#include "speaker/recovery.hpp"
#include "speaker/refresh.hpp"
#include "speaker/restart.hpp"
#include "speaker/settle.hpp"
#include "speaker/watch_links.hpp"

// One turn of the crank. Forward only: octets become routes (receive), routes become choices (settle), choices become
// kernel requests (recovery, kernel) and UPDATEs (advertise). Each file beside this one is one of these steps.
namespace dyad::speaker {

struct Speaker::Parts {
    Parts(Instant now, Host host) : state(now, std::move(host)) {}
    State state;
    bool more = false;    ///< the last turn left work that waits for nobody
    bool unsaid = false;  ///< the kernel has its part of this turn, the peers have not
    bool unseen = false;  ///< the last turn changed something, and watch() has not looked at it

    /// What has come becomes choices, and choices requests to the kernel.
    void decide(Instant now) {
        if (state.kernel_known_by && now >= *state.kernel_known_by) release_sessions(state, now);
        tick_sessions(state, now);
        expire_retained(state, now);
        expire_refreshes(state, now);
        more = false;
        if (state.fib.in_a_hurry()) {
            drive_fib(state, now);  // a path that died leaves its groups before any route is decided
            more = state.fib.take_urgency();
            if (more) return;  // and the kernel hears of it before that takes its millisecond
        }
        const bool learning = learn_more(state);
        const bool deciding = settle(state, now);
        notice_tables(state, now);
        watch_conditions(state);
        release_links(state, now);
        const bool recovering = !state.shutting_down && progress_recovery(state, now);
        const bool settled = !deciding && !learning && std::ranges::all_of(state.ribs, &rib::Rib::settled);
        if (settled && state.recovery == Recovery::Done) state.fib.settled(now);
        state.fib.tick(now);
        drive_fib(state, now);
        more = !settled || recovering;
        unsaid = true;
    }

    /// What was chosen becomes UPDATEs.
    void say(Instant now) {
        unsaid = false;
        more = advertise(state, now) || more;
        // The kernel and the peers first: once, so that under a load that never ends somebody still looks.
        if (std::exchange(unseen, !state.outputs.empty()) || state.outputs.empty()) watch(now);
    }

    /// What no packet waits for.
    void watch(Instant now) {
        unseen = false;
        tell_damage(state, now);
        follow_bfd(state);
        more = watch_pairs(state, now) || more;
        more = watch_links(state, now) || more;
        watch_rejections(state, now);
        watch_watermarks(state, now);
        watch_drains(state, now);
        watch_bfd(state, now);
        more = watch_drill(state, now) || more;
        watch_ways_round(state, now);
    }

    std::vector<Output> hand_over() {
        auto outputs = std::exchange(state.outputs, {});
        state.digest = fold(state.digest, outputs);
        return outputs;
    }
};

namespace {

/// Where the kernel goes on forwarding, a peer that has agreed to it goes on too: nothing is said, as if we had died (a
/// NOTIFICATION would end it, RFC 4724 section 4), and we are back within the restart time or are not.
void end_for_shutdown(State& state, Instant now, SessionId id, const std::string& text) {
    auto& session = state.peer(id).session;
    const auto cease = wire::cease(wire::subcode::kAdministrativeShutdown, text);
    if (leaves_routes_behind(state) && session.leave(now, cease, {.cause = session::Cause::Restarting, .detail = text}))
        return;
    session.stop(now, cease, {.cause = session::Cause::AdministrativelyDown, .detail = text});
    if (!leaves_routes_behind(state)) let_go(state, now, id, "we are shutting down");
}

/// Octets that left a connection are work only if something waits for their room; the kernel's answer is, unless it was the
/// last one awaited.
bool is_work(const State& state, const Input& input) {
    if (const auto* sent = std::get_if<TcpSent>(&input)) return awaits_room(state, sent->connection);
    if (std::holds_alternative<KernelReplied>(input))
        return state.recovery != Recovery::Done || !state.fib.at_rest() || state.drill;
    return true;
}

bool asks_kernel(const std::vector<Output>& outputs) {
    return std::ranges::any_of(outputs,
                               [](const Output& output) { return std::holds_alternative<KernelSend>(output); });
}

bool flushing(const State& state) { return state.shutting_down && state.config.fib.flush_on_exit; }

}  // namespace

Speaker::Speaker(Instant now, Host host) : parts_(std::make_unique<Parts>(now, std::move(host))) {
    parts_->state.emit(Started{parts_->state.host.version});
}
Speaker::~Speaker() = default;
Speaker::Speaker(Speaker&&) noexcept = default;
Speaker& Speaker::operator=(Speaker&&) noexcept = default;

std::vector<config::Change> Speaker::configure(Instant now, config::Config config) {
    parts_->more = true;
    return apply(parts_->state, now, std::move(config));
}

void Speaker::shut_down(Instant now, const std::string& text) {
    auto& state = parts_->state;
    state.shutting_down = true;
    if (leaves_routes_behind(state))
        state.recovery = Recovery::Frozen;
    else
        forget_learned(state);
    state.emit(Stopping{text});
    for (std::uint32_t i = 0; i < state.peers.size(); ++i) {
        end_for_shutdown(state, now, SessionId{i}, text);
        carry_out(state, now, SessionId{i});
    }
    parts_->more = true;
}

OrderAnswer Speaker::order(Instant now, const Order& order) {
    parts_->more = true;
    return carry_out_order(parts_->state, now, order);
}

void Speaker::handle(Instant now, const Input& input) {
    auto& state = parts_->state;
    std::visit(Overloaded{
                   [&](const TcpConnected& news) { tcp_connected(state, now, news); },
                   [&](const TcpAccepted& news) { tcp_accepted(state, now, news); },
                   [&](const TcpReceived& news) { tcp_received(state, now, news); },
                   [&](const TcpSent& news) { tcp_sent(state, now, news); },
                   [&](const TcpClosed& news) { tcp_closed(state, now, news); },
                   [&](const TcpHint& news) { tcp_hint(state, news); },
                   [&](const TcpRekeyFailed& news) { tcp_rekey_failed(state, now, news); },
                   [&](const ListenFailed& news) { listen_failed(state, news); },
                   [&](const KernelReplied& reply) { kernel_replied(state, now, reply); },
                   [&](const KernelNews& news) { kernel_news(state, now, news); },
                   [&](const KernelOverrun&) { kernel_overrun(state, now); },
                   [&](const KernelTouched& news) { kernel_touched(state, now, news); },
                   [&](const KernelTouchesLost&) { kernel_touches_lost(state, now); },
                   [&](const BfdChanged& news) { bfd_changed(state, now, news); },
                   [&](const BfdFacts& news) { bfd_facts(state, now, news); },
               },
               input);
    parts_->more = parts_->more || is_work(state, input);
}

std::vector<Output> Speaker::turn(Instant now) {
    auto& parts = *parts_;
    const bool nothing_else = !parts.more && !parts.unsaid;
    if (nothing_else && parts.unseen) {
        parts.watch(now);
        return parts.hand_over();
    }
    if (!parts.unsaid) parts.decide(now);
    // Packing UPDATEs takes as long as deciding did: the kernel has its requests meanwhile.
    if (parts.unsaid && !asks_kernel(parts.state.outputs)) parts.say(now);
    return parts.hand_over();
}

bool Speaker::half_done() const { return parts_->unsaid; }

bool Speaker::has_work() const {
    return parts_->more || parts_->unsaid || parts_->unseen || !parts_->state.outputs.empty();
}

std::optional<Instant> Speaker::deadline() const {
    const auto& state = parts_->state;
    auto deadline = earlier(earlier(state.fib.deadline(), table_deadline(state)), drain_deadline(state));
    if (!state.shutting_down) deadline = earlier(deadline, state.recovery_ends);
    deadline =
        earlier(earlier(deadline, state.kernel_known_by), earlier(retained_deadline(state), refresh_deadline(state)));
    deadline = earlier(earlier(deadline, release_deadline(state)), limits_deadline(state));
    deadline = earlier(deadline, watch_links_deadline(state));
    deadline = earlier(earlier(deadline, drill_deadline(state)), rejections_deadline(state));
    deadline = earlier(earlier(deadline, watermark_deadline(state)), bfd_deadline(state));
    for (const auto& peer : state.peers)
        deadline = earlier(deadline, earlier(peer.session.deadline(), peer.damage.deadline()));
    return deadline;
}

bool Speaker::idle() const {
    const auto& state = parts_->state;
    const bool sessions_ended =
        std::ranges::all_of(state.peers, [](const Peer& peer) { return peer.session.state() == session::State::Idle; });
    return state.shutting_down && sessions_ended && !has_work() && (!flushing(state) || state.fib.quiet());
}

View Speaker::answer(Instant now, const Query& query) const {
    const auto& state = parts_->state;
    return std::visit(Overloaded{
                          [&](const AskSummary&) -> View { return summary(state, now); },
                          [&](const AskPeering& ask) -> View { return peering(state, now, ask); },
                          [&](const AskSession& ask) -> View { return session_view(state, now, ask); },
                          [&](const AskFib&) -> View { return fib_view(state, now); },
                          [&](const AskBfd&) -> View { return bfd_view(state, now); },
                          [&](const AskLimits&) -> View { return limits_view(state, now); },
                          [&](const AskDiff& ask) -> View { return diff_view(state, now, ask); },
                          [&](const AskDoctor& ask) -> View { return doctor_view(state, now, ask); },
                          [&](const AskArp& ask) -> View { return arp_view(state, ask); },
                          [&](const AskDrills&) -> View { return drills_view(state, now); },
                          [&](const AskRoutes& ask) -> View { return routes(state, ask); },
                          [&](const AskWhy& ask) -> View { return why(state, now, ask); },
                      },
                      query);
}

const config::Config& Speaker::configuration() const { return parts_->state.config; }

std::uint64_t Speaker::digest() const { return parts_->state.digest; }

}  // namespace dyad::speaker
