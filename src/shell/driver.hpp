#pragma once
#include <functional>
#include <optional>
#include <string>

#include "dyad/speaker/speaker.hpp"
#include "shell/bfd_thread.hpp"
#include "shell/journal.hpp"
#include "shell/kernel_sockets.hpp"
#include "shell/loop.hpp"
#include "shell/tcp_connections.hpp"
#include "shell/tcp_listeners.hpp"

namespace dyad::shell {

/// Turns the Speaker's crank: the world's news in, one bounded turn, its outputs into the world, and one timer for its
/// next deadline. After every turn the loop looks at its descriptors again, so keepalives, calls and operators'
/// questions come in between however much is left to do.
class Driver {
public:
    Driver(Loop& loop, Journal& journal, speaker::Host host);

    /// Opens the kernel's sockets; our routes look like this. Before the first configure().
    void start(const config::Fib& fib);
    std::vector<config::Change> configure(config::Config config);
    /// Ends all sessions; done() is called when everything has been said, or after at most this long.
    void shut_down(const std::string& text, Duration at_most, Callback done);

    const speaker::Speaker& speaker() const { return speaker_; }
    /// What became of it, as a line of JSON.
    std::string order(const speaker::Order& order);
    speaker::View answer(const speaker::Query& query) const;

private:
    void tell(const speaker::Input& input);
    bool comes_alone(const speaker::Input& input, Instant at) const;
    void turn_soon();
    void turn();
    void call_at(Instant deadline);
    void carry_out(speaker::Output output);
    void finish();

    Loop& loop_;
    Journal& journal_;
    speaker::Speaker speaker_;
    TcpConnections connections_;
    TcpListeners listeners_;
    KernelSockets kernel_;
    BfdThread bfd_;
    Timer deadline_;
    std::optional<Instant> armed_;  ///< when it fires
    Timer patience_;
    bool turn_posted_ = false;
    bool turning_ = false;
    Instant turned_{};  ///< when the last turn ended
    Callback done_;
};

}  // namespace dyad::shell
