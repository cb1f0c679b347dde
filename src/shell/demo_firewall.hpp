#pragma once
#include <atomic>
#include <compare>
#include <cstdint>
#include <set>
#include <span>
#include <thread>

#include "shell/fd.hpp"
#include "shell/lab_namespace.hpp"

namespace dyad::shell {

/// A stateful firewall in the middle of a link, as a box that nobody sees: frames go through it unchanged, but what
/// comes to port 7's callers from outside passes only where this very box has seen them ask. Routing and BFD pass.
class DemoFirewall {
public:
    /// Between the interfaces "inside" and "outside" of the namespace. Works from now on.
    explicit DemoFirewall(const NetNamespace& where);
    DemoFirewall(const DemoFirewall&) = delete;
    DemoFirewall& operator=(const DemoFirewall&) = delete;
    ~DemoFirewall() = default;

    /// Answers it threw away since the last call.
    std::uint64_t take_dropped() { return dropped_.exchange(0); }
    /// Forgets every flow.
    void forget() { forget_.store(true); }

private:
    void run(const std::stop_token& stop);
    enum class Way : std::uint8_t { Out, In };
    void carry(int from, int to, Way way);

    /// A caller's address and port, and whom it asked.
    struct Flow {
        std::uint32_t caller = 0;
        std::uint32_t asked = 0;
        std::uint16_t port = 0;
        friend auto operator<=>(const Flow&, const Flow&) = default;
    };
    bool passes(std::span<const std::uint8_t> frame, Way way);

    Fd inside_, outside_;
    std::set<Flow> flows_;
    std::atomic<std::uint64_t> dropped_{0};
    std::atomic<bool> forget_{false};
    std::jthread thread_;
};

}  // namespace dyad::shell
