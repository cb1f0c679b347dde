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
        std::uint64_t longest_gap = 0;  ///< lost in a row; as many milliseconds
        /// Answers by the link by which their probe had come; behind the links the VPN.
        using ByLink = std::array<std::uint64_t, Lab::kMostLinks + 1>;
        ByLink by_link{};
        std::array<ByLink, 2> by_network{};  ///< the same for each of Azure's two networks
    };
    static constexpr std::size_t kVpn = Lab::kMostLinks;
    /// Of the packets from one mark up to another. Answers on their way count as lost: wait kTrip before asking.
    Result result(std::uint64_t from, std::uint64_t to) const;
    static constexpr auto kTrip = std::chrono::milliseconds{200};

    /// By which link Azure answers: the one by which it was asked, or one that it chooses itself, flow by flow.
    enum class Answers : std::uint8_t { AsAsked, ByBoth, ByPrimary, BySecondary };
    void answer(Answers how) { answers_.store(how); }

private:
    void run(const std::stop_token& stop);
    void send_due(std::chrono::steady_clock::time_point start);
    void echo();
    void collect();

    /// A little over a quarter of an hour of packets; then the numbers come round.
    static constexpr std::size_t kMemory = 1 << 20;
    static constexpr std::uint8_t kLost = 0;  ///< else 1 and the way it took
    unsigned answer_interface(std::uint64_t number, unsigned came_by) const;

    const Lab& lab_;
    std::atomic<Answers> answers_{Answers::AsAsked};
    std::array<Fd, 8> sources_;                ///< on the LAN host: as many flows a destination
    Fd mirror_;                                ///< on the Azure host
    std::vector<unsigned> mirror_interfaces_;  ///< of the links, and of the VPN
    std::atomic<std::uint64_t> sent_{0};
    std::unique_ptr<std::atomic<std::uint8_t>[]> fates_;
    std::jthread thread_;
};

}  // namespace dyad::shell
