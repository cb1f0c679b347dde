#pragma once
#include <cstdint>
#include <expected>
#include <optional>
#include <utility>
#include <variant>
#include <vector>

#include "bfd/packet.hpp"
#include "dyad/base/random.hpp"
#include "dyad/base/time.hpp"
#include "dyad/bfd/bfd.hpp"

namespace dyad::bfd {

struct Send {
    std::vector<std::uint8_t> octets;
};
using Action = std::variant<Send, Change>;

/// One BFD session: the state machine and timers of RFC 5880 section 6.8 in asynchronous mode, both roles. Pure: packets
/// that belong to it, orders and the time go in; packets and changes of state come out. It obeys a peer that is in
/// demand mode, and asks for neither demand nor echo.
///
///             Down -> Init -> Up        packet's state: Down, then Init or Up
///               ^-------+-----'         Down, AdminDown, or silence for a detection time
class Session {
public:
    /// discriminator: not zero, and no other session's. The first packet is due at once; seed decides jitter and the
    /// first sequence number.
    Session(Instant now, std::uint32_t discriminator, Parameters parameters, std::uint64_t seed);

    /// A packet demultiplexed to this session, and the octets it was decoded from.
    std::expected<void, Discard> received(Instant now, const Packet& packet, Bytes octets);
    /// What 6.8.10 to 6.8.12 allow at any time: intervals and the multiplier; also the key, which the peer must change
    /// within a detection time.
    void configure(Instant now, const Parameters& parameters);
    /// AdminDown, by order (AdministrativelyDown) or because the path is known to have failed (PathDown). 6.8.16.
    void disable(Instant now, Diagnostic why);
    void enable(Instant now);

    /// When tick() must be called, if ever. What has arrived by then must have been handed over before.
    std::optional<Instant> deadline() const;
    void tick(Instant now);
    std::vector<Action> take_actions() { return std::exchange(actions_, {}); }

    State state() const { return state_; }
    std::uint32_t discriminator() const { return local_discriminator_; }
    /// How long the peer waits for us at most: for how long it makes sense to tell it AdminDown.
    Duration remote_detection_time() const;
    Facts facts() const;

private:
    /// 6.5. Changes made while a poll is under way need another one, which must not begin before a packet without F has
    /// come (6.8.3, third choice): else an answer to the first could be taken for one to the second.
    enum class Poll : std::uint8_t { None, Active, ActiveAndAgain, AwaitingClear };
    /// What makes a packet worth sending between the periodic ones (6.8.7).
    struct Said {
        State state = State::Down;
        Diagnostic diagnostic = Diagnostic::None;
        std::uint32_t your_discriminator = 0;
        friend bool operator==(const Said&, const Said&) = default;
    };

    std::expected<void, Discard> authenticate(Instant now, const Packet& packet, Bytes octets);
    void learn(const Packet& packet);
    void follow(Instant now, const Packet& packet);
    void change_state(Instant now, State state, Diagnostic diagnostic);
    void set_intervals();
    void begin_poll();
    void end_poll();
    bool polling() const { return poll_ == Poll::Active || poll_ == Poll::ActiveAndAgain; }
    bool remote_demand_active() const;
    bool transmits_periodically() const;
    std::optional<Instant> next_transmission() const;
    std::optional<Instant> detection_expires() const;
    Duration transmit_interval() const;
    Duration detection_time() const;
    void say_news(Instant now);
    void send(Instant now, bool final);
    std::vector<std::uint8_t> next_packet(bool final);

    Parameters parameters_;
    Random random_;
    Instant created_;

    State state_ = State::Down;                 ///< bfd.SessionState
    Diagnostic diagnostic_ = Diagnostic::None;  ///< bfd.LocalDiag
    std::uint32_t local_discriminator_;         ///< bfd.LocalDiscr
    Duration desired_min_tx_;                   ///< bfd.DesiredMinTxInterval, as sent
    Duration required_min_rx_;                  ///< bfd.RequiredMinRxInterval, as sent
    Duration used_min_tx_;                      ///< as used: lags behind an increase until the peer has answered a poll
    Duration used_min_rx_;                      ///< as used: lags behind a decrease
    Poll poll_ = Poll::None;
    bool poll_sent_ = false;  ///< a packet with P has left since the poll began

    // Of the peer, as last heard. 6.8.1 gives the initial values.
    State remote_state_ = State::Down;
    Diagnostic remote_diagnostic_ = Diagnostic::None;
    std::uint32_t remote_discriminator_ = 0;
    Duration remote_min_rx_ = std::chrono::microseconds{1};
    Duration remote_desired_min_tx_{};
    std::uint8_t remote_multiplier_ = 0;
    bool remote_demand_ = false;
    std::optional<Instant> last_heard_;  ///< nothing: not within a detection time

    std::uint32_t transmit_sequence_;      ///< bfd.XmitAuthSeq
    std::uint32_t received_sequence_ = 0;  ///< bfd.RcvAuthSeq
    bool sequence_known_ = false;          ///< bfd.AuthSeqKnown
    Instant sequence_good_until_{};
    std::optional<Packet> last_packet_;  ///< sent

    std::optional<Said> said_;
    std::optional<Instant> last_transmission_;  ///< periodic ones and news; a Final does not count
    std::uint32_t jitter_per_million_ = 0;      ///< taken off the interval that follows it
    std::optional<Instant> since_;
    std::uint64_t sent_ = 0, received_ = 0, discarded_ = 0, times_up_ = 0;
    std::vector<Action> actions_;
};

}  // namespace dyad::bfd
