#pragma once
#include <functional>
#include <memory>
#include <optional>

#include "dyad/speaker/input.hpp"
#include "shell/journal.hpp"
#include "shell/kernel_writer.hpp"
#include "shell/loop.hpp"
#include "shell/watch_filter.hpp"

namespace dyad::shell {

/// The three netlink sockets: one for requests and their answers, one for news of links and addresses, one that watches
/// what others do to routes and nexthops. To be told of each change costs 2.5 us and 1,280 octets of buffer, so the
/// kernel drops what we did ourselves, and others' routes, before they get there (shell/watch_filter). Requests
/// are written by a thread, answers are read by the loop.
class KernelSockets {
public:
    KernelSockets(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell);

    void open(const WatchedRoutes& ours);
    /// The configuration has changed.
    void watch_for(const WatchedRoutes& ours);
    /// Requests to the command socket.
    void send(const speaker::KernelSend& batch);
    /// Reads the answers that are there since a few requests were written at once.
    void hear();
    /// Requests (first dumps) to the monitor socket.
    void ask(Bytes octets);

private:
    enum class Which : std::uint8_t { Command, Monitor, Watch };
    Watched open_one(Which which);
    void read(Which which);
    void write_failed(int error);
    void watch();
    bool filter();
    Watched& socket(Which which);
    void tell_octets(Which which, Bytes octets);
    void tell_lost(Which which);

    Loop& loop_;
    Journal& journal_;
    std::function<void(const speaker::Input&)> tell_;
    WatchedRoutes ours_;
    Watched command_, monitor_, watch_;
    std::unique_ptr<std::uint8_t[]> buffer_;  ///< not a vector: what no answer needs is not even touched
    bool answered_ = false;
    std::optional<KernelWriter> writer_;  ///< goes before the socket it writes to
};

}  // namespace dyad::shell
