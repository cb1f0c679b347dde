#pragma once
#include "msee/script_player.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"
#include "shell/msee_arguments.hpp"
#include "shell/tcp_connections.hpp"
#include "shell/tcp_listeners.hpp"

namespace dyad::shell {

/// Plays a script over TCP and prints what became of each step.
class ScriptRunner {
public:
    ScriptRunner(Loop& loop, Journal& journal, const MseeSettings& settings, msee::Script script);

    /// done(held) when it has been played and everything said has left.
    void start(std::function<void(msee::Verdict)> done);

private:
    void tell(const speaker::Input& input);
    void turn();
    void carry_out(msee::PlayOutput output);
    void end_when_quiet();
    speaker::TcpOptions tcp_options() const;

    Loop& loop_;
    const MseeSettings& settings_;
    bool listens_;
    msee::ScriptPlayer player_;
    TcpConnections connections_;
    TcpListeners listeners_;
    Timer deadline_;
    bool turn_posted_ = false;
    std::optional<msee::Verdict> verdict_;
    std::function<void(msee::Verdict)> done_;
};

/// `dyad msee --script FILE`: the exit status. 0: every expectation held; 1: one did not; 2: the script has errors.
int play_script(const MseeSettings& settings);

}  // namespace dyad::shell
