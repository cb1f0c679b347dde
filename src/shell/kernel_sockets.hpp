#pragma once
#include <functional>
#include <optional>
#include <vector>

#include "dyad/speaker/input.hpp"
#include "shell/journal.hpp"
#include "shell/kernel_writer.hpp"
#include "shell/loop.hpp"

namespace dyad::shell {

/// The two netlink sockets: one for requests and their answers, one for news of links and addresses. Routes are not
/// listened to: every change of our own would come back (kernel.md: 2.5 us and 1,280 octets of buffer each). Requests are
/// written by a thread, answers are read by the loop.
class KernelSockets {
public:
    KernelSockets(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell);

    void open();
    /// Requests to the command socket.
    void send(Bytes octets);
    /// Requests (first dumps) to the monitor socket.
    void ask(Bytes octets);

private:
    enum class Which : std::uint8_t { Command, Monitor };
    Watched open_one(Which which);
    void read(Which which);
    void write_failed(int error);
    Watched& socket(Which which) { return which == Which::Command ? command_ : monitor_; }

    Loop& loop_;
    Journal& journal_;
    std::function<void(const speaker::Input&)> tell_;
    Watched command_, monitor_;
    std::vector<std::uint8_t> buffer_;
    std::optional<KernelWriter> writer_;  ///< goes before the socket it writes to
};

}  // namespace dyad::shell
