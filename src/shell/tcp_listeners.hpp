#pragma once
#include <functional>
#include <string>
#include <vector>

#include "dyad/speaker/input.hpp"
#include "dyad/speaker/output.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"
#include "shell/socket_options.hpp"

namespace dyad::shell {

/// A call from a configured neighbour.
struct Call {
    Fd socket;
    Address local;
    Address peer;
    speaker::TcpOptions options;
};

/// The sockets neighbours call. What the Speaker last asked for is what there is: kept listeners stay open while their
/// keys change, those that cannot be opened are tried again every few seconds.
class TcpListeners {
public:
    TcpListeners(Loop& loop, Journal& journal, std::function<void(Call)> on_call,
                 std::function<void(const speaker::Input&)> tell);

    void apply(const speaker::Listen& wanted);
    /// Of the listeners at this address.
    void set_ear(const Address& local, Ear ear);
    std::size_t open_count() const;
    /// Segments dropped by the listeners of this address since they were opened.
    std::uint64_t drops_at(const Address& local) const;

private:
    struct Listener {
        speaker::ListenAddress wanted;
        Watched socket;
        std::vector<speaker::ListenPeer> allowed;  ///< those whose key the kernel took
        int told_error = 0;
    };
    using Key = std::pair<Address, std::uint16_t>;

    void open(Listener& listener);
    int try_open(Listener& listener);
    void set_peers(Listener& listener, const std::vector<speaker::ListenPeer>& before);
    void accept_all(const Key& key);
    void retry_later();
    Listener* find(const Key& key);

    Loop& loop_;
    Journal& journal_;
    std::function<void(Call)> on_call_;
    std::function<void(const speaker::Input&)> tell_;
    std::vector<Listener> listeners_;
    Timer retry_;
    Timer breath_;
};

}  // namespace dyad::shell
