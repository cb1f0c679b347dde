#pragma once
#include <array>
#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

#include "shell/lab.hpp"

namespace dyad::shell {

/// Packets from the LAN to Azure and back, a thousand a second, each with a number: what was lost is known to the
/// packet. Works on a thread of its own, so that nothing the story waits for holds it up.
class Prober {
public:
    explicit Prober(const Lab& lab);
    ~Prober();
    Prober(const Prober&) = delete;
    Prober& operator=(const Prober&) = delete;

    void start();
    bool running() const { return thread_.joinable(); }
    /// The number the next packet will have: a chapter is what lies between two of these.
    std::uint64_t mark() const { return sent_.load(); }

    struct Result {
        std::uint64_t sent = 0;
        std::uint64_t lost = 0;
        std::uint64_t longest_gap = 0;           ///< lost in a row; as many milliseconds
        std::array<std::uint64_t, 3> by_link{};  ///< answers that came back by primary, by secondary, by the VPN
    };
    /// Of the packets from one mark up to another. Answers on their way count as lost: wait kTrip before asking.
    Result result(std::uint64_t from, std::uint64_t to) const;
    static constexpr auto kTrip = std::chrono::milliseconds{200};

private:
    void run(const std::stop_token& stop);
    void send_due(std::chrono::steady_clock::time_point start);
    void echo();
    void collect();

    /// A little over a quarter of an hour of packets; then the numbers come round.
    static constexpr std::size_t kMemory = 1 << 20;
    enum Fate : std::uint8_t { kLost, kByPrimary, kBySecondary, kByVpn };

    std::array<Fd, 8> sources_;  ///< on the LAN host: as many flows a destination
    Fd mirror_;                  ///< on the Azure host
    std::array<unsigned, 3> mirror_interfaces_{};
    std::atomic<std::uint64_t> sent_{0};
    std::unique_ptr<std::atomic<std::uint8_t>[]> fates_;
    std::jthread thread_;
};

}  // namespace dyad::shell
