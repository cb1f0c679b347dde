#pragma once
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "dyad/speaker/input.hpp"
#include "dyad/speaker/output.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"
#include "shell/md5_counters.hpp"
#include "shell/tcp_listeners.hpp"

namespace dyad::shell {

/// All TCP connections, by the Speaker's ids: dials, octets in and out, closing in peace.
class TcpConnections {
public:
    /// drops_at: segments the listener of a local address has dropped so far, see give_hints().
    TcpConnections(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell,
                   std::function<std::uint64_t(const Address&)> drops_at = {});

    void connect(const speaker::TcpConnect& dial);
    void accepted(Call call);
    void send(speaker::TcpSend send);
    void close(ConnectionId id);
    /// With a RST, at once. No answer; the id is dead.
    void reset(ConnectionId id);
    /// Stopped: nothing is read any more, and the kernel's window closes before long. For scripts that play a bad peer.
    enum class Reading : std::uint8_t { On, Stopped };
    void reading(ConnectionId id, Reading reading);
    void rekey(const speaker::TcpRekey& rekey);
    /// Writes what a turn has queued: one system call a connection where the kernel has room.
    void flush();
    /// Nothing is left that a closing connection still has to say.
    bool quiet() const;

private:
    enum class Stage : std::uint8_t { Dialing, Open, Closing };
    struct Connection {
        Watched socket;
        Stage stage = Stage::Dialing;
        HasKey key = HasKey::No;
        std::optional<Address> local{};
        std::optional<Address> peer{};
        std::uint64_t drops = 0;  ///< of the listener at local, when last looked at
        session::ConnectHint hint = session::ConnectHint::None;
        bool blocked = false;       ///< waiting for room to write
        bool said_goodbye = false;  ///< our side is shut, the peer's not yet
        std::deque<std::vector<std::uint8_t>> queue{};
        std::size_t sent_of_front = 0;
        std::size_t queued_octets = 0;
    };
    using Connections = std::map<ConnectionId, Connection>;

    int start_dial(const speaker::TcpConnect& dial, Connection& connection);
    void dial_ended(ConnectionId id);
    void read(ConnectionId id);
    void hear_out(const Address& peer);
    void write(ConnectionId id);
    std::size_t write_once(Connection& connection, int& error);
    void fail(ConnectionId id, int error);
    std::ptrdiff_t closing_with(const std::optional<Address>& peer) const;
    void farewell(Connections::iterator at);
    void watch_dials();
    void give_hints();
    bool dropped_here(Connection& connection) const;

    Loop& loop_;
    Journal& journal_;
    std::function<void(const speaker::Input&)> tell_;
    std::function<std::uint64_t(const Address&)> drops_at_;
    Connections connections_;
    std::set<ConnectionId> to_flush_;
    std::vector<std::uint8_t> buffer_;  ///< of every read: the Speaker is done with it when told
    std::uint32_t next_accepted_ = 1;
    Md5Counters counters_;  ///< as they were when the oldest dial now under way began
    Timer hints_;
    std::map<ConnectionId, Timer> patience_;
};

}  // namespace dyad::shell
