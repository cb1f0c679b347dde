#pragma once
#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "../sim/fake_kernel.hpp"
#include "dyad/speaker/speaker.hpp"

/// A whole Speaker in virtual time, with the two MSEEs of a peering and a neighbour inside (`fw`, to whom the MSEEs' routes are passed on)
/// behind it. Each of the three counts, prefix by prefix, what it is told.
namespace dyad::requirements {

inline constexpr std::size_t kMsees = 2, kInside = 2, kPeers = 3;

class LimitWorld {
public:
    /// What stands behind a session.
    struct Peer {
        std::map<Prefix, std::uint32_t> holds;  ///< with the first community of each
        /// It may hold so many now: the limit, or what it held when that was lowered.
        std::size_t most = 0;
        bool up = false;  ///< its session is Established
        bool cable = true;
        bool reads = true;         ///< else octets stay in the Speaker's queue
        bool answers = true;       ///< else it refuses to be called
        std::size_t at_limit = 0;  ///< announcements after which it held just as many as it may
    };

    explicit LimitWorld(std::uint64_t seed);

    /// The limits count from now on.
    void configure(const config::Config& config);
    const config::Config& config() const { return config_; }

    void announce(std::size_t msee, const std::vector<Prefix>& prefixes);
    void withdraw(std::size_t msee, const std::vector<Prefix>& prefixes);
    void ask_for_refresh(std::size_t peer);
    // What an operator orders.
    void reset(std::size_t peer);
    void refresh(std::size_t peer);
    void clear();
    void set_cable(std::size_t peer, bool up);
    enum class Ending : std::uint8_t { Reset, Notification };
    void end_session(std::size_t peer, Ending how);
    void set_answers(std::size_t peer, bool answers) { peers_[peer].answers = answers; }
    void set_reads(std::size_t peer, bool reads);

    /// All that is to be done now is done.
    void settle();
    /// Time passes. Stops early, and says of whom, when a session has come up: its first octets have yet to be told.
    std::optional<std::size_t> run_for(Duration duration);

    const Peer& peer(std::size_t number) const { return peers_[number]; }
    const std::string& broken() const { return broken_; }

    static std::string session_name(std::size_t peer);

private:
    void give(const speaker::Input& input);
    void carry_out(speaker::Output& output);
    /// Of whom the session has come up.
    std::optional<std::size_t> dial(const speaker::TcpConnect& connect);
    void gone(std::size_t peer);
    void read(std::size_t peer, Bytes octets);
    void count(std::size_t peer, Bytes body);
    void take_limits();
    std::size_t limit_of(std::size_t peer) const;
    void breaks(std::size_t peer, const std::string& what);

    Instant now_{};
    speaker::Speaker speaker_;
    sim::FakeKernel kernel_;
    config::Config config_;
    std::array<Peer, kPeers> peers_{};
    std::array<std::optional<ConnectionId>, kPeers> calls_{};
    std::array<std::size_t, kPeers> unread_{};
    std::vector<speaker::TcpConnect> dials_;
    std::string broken_;
};

}  // namespace dyad::requirements
