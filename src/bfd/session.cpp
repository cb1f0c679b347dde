#include "bfd/session.hpp"

#include <algorithm>

#include "bfd/authentication.hpp"

namespace dyad::bfd {
namespace {

using std::chrono::microseconds;

/// 6.8.3: while the session is not Up no faster than this, since nobody may be listening.
constexpr Duration kSlow = std::chrono::seconds{1};
/// 6.8.1: bfd.RemoteMinRxInterval before anything is known.
constexpr Duration kAnyInterval = microseconds{1};
/// 6.8.7: up to 25 % off each interval; with a multiplier of 1 at least 10 %, or the peer's detection time could pass
/// between two packets.
constexpr std::uint32_t kMostJitter = 250'000, kLeastJitterAlone = 100'000, kWhole = 1'000'000;
/// 6.7.4: how far ahead of the last a sequence number may be, in multipliers.
constexpr std::uint32_t kSequenceWindow = 3;

microseconds in_microseconds(Duration duration) { return std::chrono::duration_cast<microseconds>(duration); }

}  // namespace

Session::Session(Instant now, std::uint32_t discriminator, Parameters parameters, std::uint64_t seed)
    : parameters_(std::move(parameters)),
      random_(seed),
      created_(now),
      local_discriminator_(discriminator),
      desired_min_tx_(std::max<Duration>(parameters_.transmit, kSlow)),
      required_min_rx_(parameters_.receive),
      used_min_tx_(desired_min_tx_),
      used_min_rx_(required_min_rx_),
      transmit_sequence_(static_cast<std::uint32_t>(random_.next())) {}

/// 6.8.6, from where the session is known.
std::expected<void, Discard> Session::received(Instant now, const Packet& packet, Bytes octets) {
    if (const auto accepted = authenticate(now, packet, octets); !accepted) {
        ++discarded_;
        return accepted;
    }
    learn(packet);
    if (state_ == State::AdminDown) {
        ++discarded_;
        return std::unexpected(Discard::WeAreAdminDown);
    }
    ++received_;
    last_heard_ = now;
    sequence_good_until_ = now + 2 * detection_time();
    follow(now, packet);
    if (packet.poll) send(now, true);
    say_news(now);
    return {};
}

/// 6.7.4. The digest is looked at before the number, which the RFC's text has the other way round: a forged packet must
/// not decide which numbers come next.
std::expected<void, Discard> Session::authenticate(Instant now, const Packet& packet, Bytes octets) {
    if (!parameters_.key) {
        if (packet.authentication_present) return std::unexpected(Discard::UnexpectedAuthentication);
        return {};
    }
    if (!packet.authentication_present) return std::unexpected(Discard::MissingAuthentication);
    const auto sequence = verify(octets, *parameters_.key);
    if (!sequence) return std::unexpected(sequence.error());
    if (sequence_known_ && now < sequence_good_until_) {
        const std::uint32_t ahead = *sequence - received_sequence_;
        const std::uint32_t least = parameters_.key->type == KeyType::MeticulousKeyedSha1 ? 1 : 0;
        if (ahead < least || ahead > kSequenceWindow * packet.detect_multiplier)
            return std::unexpected(Discard::Replayed);
    }
    sequence_known_ = true;
    received_sequence_ = *sequence;
    sequence_good_until_ = now + 2 * detection_time();
    return {};
}

void Session::learn(const Packet& packet) {
    remote_discriminator_ = packet.my_discriminator;
    remote_state_ = packet.state;
    remote_diagnostic_ = packet.diagnostic;
    remote_demand_ = packet.demand;
    remote_min_rx_ = packet.required_min_rx;
    remote_desired_min_tx_ = packet.desired_min_tx;
    remote_multiplier_ = packet.detect_multiplier;
    if (packet.final && polling()) return end_poll();
    if (!packet.final && poll_ == Poll::AwaitingClear) {
        poll_ = Poll::None;
        begin_poll();
    }
}

void Session::follow(Instant now, const Packet& packet) {
    if (packet.state == State::AdminDown) {
        if (state_ != State::Down) change_state(now, State::Down, Diagnostic::NeighborSignaledDown);
        return;
    }
    switch (state_) {
        case State::AdminDown:
            return;
        case State::Down:
            if (packet.state == State::Down) change_state(now, State::Init, diagnostic_);
            if (packet.state == State::Init) change_state(now, State::Up, Diagnostic::None);
            return;
        case State::Init:
            if (packet.state != State::Down) change_state(now, State::Up, Diagnostic::None);
            return;
        case State::Up:
            if (packet.state == State::Down) change_state(now, State::Down, Diagnostic::NeighborSignaledDown);
            return;
    }
}

void Session::configure(Instant now, const Parameters& parameters) {
    const bool other_key = parameters.key != parameters_.key;
    const bool other_multiplier = parameters.multiplier != parameters_.multiplier;
    parameters_ = parameters;
    if (other_key) sequence_known_ = false;
    set_intervals();
    // 6.6: nothing periodic would carry it.
    if (other_multiplier && remote_demand_active()) begin_poll();
    say_news(now);
}

void Session::disable(Instant now, Diagnostic why) {
    if (state_ == State::AdminDown) return;
    change_state(now, State::AdminDown, why);
    say_news(now);
}

void Session::enable(Instant now) {
    if (state_ != State::AdminDown) return;
    // Heard while nothing was listened to: the peer says it again.
    remote_discriminator_ = 0;
    last_heard_.reset();
    change_state(now, State::Down, Diagnostic::None);
    say_news(now);
}

std::optional<Instant> Session::deadline() const { return earlier(next_transmission(), detection_expires()); }

void Session::tick(Instant now) {
    if (const auto expires = detection_expires(); expires && *expires <= now) {
        last_heard_.reset();
        remote_discriminator_ = 0;
        remote_min_rx_ = kAnyInterval;  // 6.8.18
        if (state_ == State::Init || state_ == State::Up)
            change_state(now, State::Down, Diagnostic::DetectionTimeExpired);
    }
    if (const auto next = next_transmission(); next && *next <= now) send(now, false);
    say_news(now);
}

void Session::change_state(Instant now, State state, Diagnostic diagnostic) {
    const auto before = std::exchange(state_, state);
    diagnostic_ = diagnostic;
    since_ = now;
    if (state == State::Up) ++times_up_;
    set_intervals();
    actions_.emplace_back(Change{before, state, diagnostic, remote_state_, remote_diagnostic_});
}

/// 6.8.3. In force at once, but for what would make the peer or us expect packets that are not sent yet.
void Session::set_intervals() {
    const bool up = state_ == State::Up;
    const auto transmit = up ? Duration{parameters_.transmit} : std::max<Duration>(parameters_.transmit, kSlow);
    const Duration receive = parameters_.receive;
    const bool changed = transmit != desired_min_tx_ || receive != required_min_rx_;
    desired_min_tx_ = transmit;
    required_min_rx_ = receive;
    used_min_tx_ = up ? std::min(used_min_tx_, transmit) : transmit;
    used_min_rx_ = up ? std::max(used_min_rx_, receive) : receive;
    if (changed) begin_poll();
}

void Session::begin_poll() {
    switch (poll_) {
        case Poll::None:
            poll_ = Poll::Active;
            poll_sent_ = false;
            return;
        case Poll::Active:
            if (poll_sent_) poll_ = Poll::ActiveAndAgain;
            return;
        case Poll::ActiveAndAgain:
        case Poll::AwaitingClear:
            return;
    }
}

/// A Final has come. One that answers no packet of ours is a straggler of an earlier poll.
void Session::end_poll() {
    if (!poll_sent_) return;
    if (poll_ == Poll::ActiveAndAgain) {
        poll_ = Poll::AwaitingClear;
        return;
    }
    poll_ = Poll::None;
    used_min_tx_ = desired_min_tx_;
    used_min_rx_ = required_min_rx_;
}

bool Session::remote_demand_active() const {
    return remote_demand_ && state_ == State::Up && remote_state_ == State::Up;
}

/// 6.8.7: the conditions under which periodic packets are sent.
bool Session::transmits_periodically() const {
    if (parameters_.role == Role::Passive && remote_discriminator_ == 0) return false;
    if (remote_min_rx_ == Duration::zero()) return false;
    return !remote_demand_active() || polling();
}

Duration Session::transmit_interval() const { return std::max(used_min_tx_, remote_min_rx_); }

Duration Session::detection_time() const { return remote_multiplier_ * std::max(used_min_rx_, remote_desired_min_tx_); }

Duration Session::remote_detection_time() const { return parameters_.multiplier * transmit_interval(); }

/// Counted from the last one, so that an interval that becomes shorter holds for the packet that is waited for too.
std::optional<Instant> Session::next_transmission() const {
    if (!transmits_periodically()) return std::nullopt;
    if (!last_transmission_) return created_;
    const auto interval = transmit_interval();
    return *last_transmission_ + interval - interval * jitter_per_million_ / kWhole;
}

std::optional<Instant> Session::detection_expires() const {
    if (!last_heard_) return std::nullopt;
    return *last_heard_ + detection_time();
}

/// A change of state does not wait for the next interval (6.8.7). A Your Discriminator that becomes zero is no news to
/// anybody: nobody was heard.
void Session::say_news(Instant now) {
    if (parameters_.role == Role::Passive && remote_discriminator_ == 0) return;
    if (remote_min_rx_ == Duration::zero()) return;
    if (!said_ && !last_heard_ && state_ == State::Down) return;  // the first packet is due anyway
    const Said news{state_, diagnostic_, remote_discriminator_};
    auto known = said_;
    if (known && news.your_discriminator == 0) known->your_discriminator = 0;
    if (known == news) return;
    if (remote_demand_active()) begin_poll();
    send(now, false);
}

void Session::send(Instant now, bool final) {
    actions_.emplace_back(Send{next_packet(final)});
    ++sent_;
    said_ = Said{state_, diagnostic_, remote_discriminator_};
    if (final) return;
    if (polling()) poll_sent_ = true;
    last_transmission_ = now;
    const bool alone = parameters_.multiplier == 1;
    const auto least = alone ? kLeastJitterAlone : 0;
    jitter_per_million_ = least + static_cast<std::uint32_t>(random_.below(kMostJitter - least + 1));
}

std::vector<std::uint8_t> Session::next_packet(bool final) {
    Packet packet;
    packet.diagnostic = diagnostic_;
    packet.state = state_;
    packet.poll = polling() && !final;
    packet.final = final;
    packet.authentication_present = parameters_.key.has_value();
    packet.detect_multiplier = parameters_.multiplier;
    packet.my_discriminator = local_discriminator_;
    packet.your_discriminator = remote_discriminator_;
    packet.desired_min_tx = in_microseconds(desired_min_tx_);
    packet.required_min_rx = in_microseconds(required_min_rx_);
    auto octets = encode(packet);
    if (parameters_.key) {
        const bool meticulous = parameters_.key->type == KeyType::MeticulousKeyedSha1;
        if (meticulous || (last_packet_ && *last_packet_ != packet)) ++transmit_sequence_;
        sign(octets, *parameters_.key, transmit_sequence_);
        last_packet_ = packet;
    }
    return octets;
}

Facts Session::facts() const {
    return {.state = state_,
            .remote_state = remote_state_,
            .diagnostic = diagnostic_,
            .remote_diagnostic = remote_diagnostic_,
            .local_discriminator = local_discriminator_,
            .remote_discriminator = remote_discriminator_,
            .transmit_interval = in_microseconds(transmit_interval()),
            .receive_interval =
                last_heard_ ? in_microseconds(std::max(used_min_rx_, remote_desired_min_tx_)) : microseconds{},
            .detection_time = last_heard_ ? in_microseconds(detection_time()) : microseconds{},
            .remote_multiplier = remote_multiplier_,
            .since = since_,
            .sent = sent_,
            .received = received_,
            .discarded = discarded_,
            .times_up = times_up_};
}

}  // namespace dyad::bfd
