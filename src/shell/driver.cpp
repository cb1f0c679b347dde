#include "shell/driver.hpp"

#include <boost/json/serialize.hpp>

#include "dyad/base/overloaded.hpp"
#include "shell/clock.hpp"
#include "shell/view_json.hpp"

namespace dyad::shell {

namespace {

/// News after such a silence comes alone, and is acted upon at once. In a burst the turn waits until every socket has been
/// read, so that what is done once a turn is done once for all of them.
constexpr auto kSilence = std::chrono::microseconds{200};
/// How often a shutdown looks whether the last connection has closed.
constexpr auto kLookAgain = std::chrono::milliseconds{5};

}  // namespace

Driver::Driver(Loop& loop, Journal& journal, speaker::Host host)
    : loop_(loop),
      journal_(journal),
      speaker_(now(), std::move(host)),
      connections_(
          loop, journal, [this](const speaker::Input& input) { tell(input); },
          [this](const Address& local) { return listeners_.drops_at(local); }),
      listeners_(
          loop, journal, [this](Call call) { connections_.accepted(std::move(call)); },
          [this](const speaker::Input& input) { tell(input); }),
      kernel_(loop, journal, [this](const speaker::Input& input) { tell(input); }),
      bfd_(loop, journal, [this](const speaker::Input& input) { tell(input); }),
      deadline_(loop),
      patience_(loop) {}

namespace {

WatchedRoutes routes_of(const config::Fib& fib) {
    return {.protocol = fib.protocol, .table = fib.table, .metric = fib.metric};
}

}  // namespace

void Driver::start(const config::Fib& fib) {
    kernel_.open(routes_of(fib));
    turn_soon();
}

std::vector<config::Change> Driver::configure(config::Config config) {
    kernel_.watch_for(routes_of(config.fib));
    auto changes = speaker_.configure(now(), std::move(config));
    turn_soon();
    return changes;
}

void Driver::shut_down(const std::string& text, Duration at_most, Callback done) {
    done_ = std::move(done);
    speaker_.shut_down(now(), text);
    patience_.after(at_most, [this] { finish(); });
    turn_soon();
}

std::string Driver::order(const speaker::Order& order) {
    const auto answer = speaker_.order(now(), order);
    turn_soon();
    return std::visit([](const auto& view) { return boost::json::serialize(to_json(view)); }, answer);
}

speaker::View Driver::answer(const speaker::Query& query) const { return speaker_.answer(now(), query); }

void Driver::tell(const speaker::Input& input) {
    const auto at = now();
    const bool at_once = comes_alone(input, at);
    speaker_.handle(at, input);
    if (!speaker_.has_work()) return;
    if (at_once) return turn();
    turn_soon();
}

/// Octets of a peer only: whoever tells other news may not be done with the connection, and a turn may close it.
bool Driver::comes_alone(const speaker::Input& input, Instant at) const {
    if (turning_ || turn_posted_ || at - turned_ < kSilence) return false;
    return std::holds_alternative<speaker::TcpReceived>(input);
}

void Driver::turn_soon() {
    if (std::exchange(turn_posted_, true)) return;
    loop_.post([this] { turn(); });
}

void Driver::turn() {
    turn_posted_ = false;
    turning_ = true;
    do {
        for (auto& output : speaker_.turn(now())) carry_out(std::move(output));
    } while (speaker_.half_done());
    connections_.flush();
    kernel_.hear();  // behind what the peers wait for
    turning_ = false;
    turned_ = now();
    if (speaker_.has_work()) turn_soon();
    if (const auto deadline = speaker_.deadline()) call_at(*deadline);
    if (!done_ || !speaker_.idle() || turn_posted_) return;
    if (connections_.quiet()) return finish();
    call_at(turned_ + kLookAgain);
}

/// Deadlines mostly move on, with each message that comes: a timer that fires too early once costs less than setting it anew
/// at every turn.
void Driver::call_at(Instant deadline) {
    if (armed_ && *armed_ <= deadline) return;
    armed_ = deadline;
    deadline_.at(deadline, [this] {
        armed_.reset();
        turn_soon();
    });
}

void Driver::carry_out(speaker::Output output) {
    std::visit(Overloaded{
                   [this](const speaker::TcpConnect& dial) { connections_.connect(dial); },
                   [this](speaker::TcpSend& send) { connections_.send(std::move(send)); },
                   [this](const speaker::TcpClose& close) { connections_.close(close.connection); },
                   [this](const speaker::TcpRekey& rekey) { connections_.rekey(rekey); },
                   [this](const speaker::Listen& listen) { listeners_.apply(listen); },
                   [this](const speaker::KernelSend& send) { kernel_.send(send); },
                   [this](const speaker::KernelAsk& ask) { kernel_.ask(ask.octets); },
                   [this](const speaker::BfdSessions& sessions) { bfd_.apply(sessions); },
                   [this](speaker::Event& event) { journal_.record(std::move(event)); },
               },
               output);
}

void Driver::finish() {
    patience_.cancel();
    if (const auto done = std::exchange(done_, nullptr)) done();
}

}  // namespace dyad::shell
