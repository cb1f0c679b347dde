#pragma once
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "../sim/fake_kernel.hpp"
#include "dyad/speaker/speaker.hpp"
#include "lab.hpp"
#include "messages.hpp"
#include "reading.hpp"

/// A whole Speaker in virtual time, with neighbours that speak octets and a kernel that speaks netlink:
///
///     Rig rig;
///     rig.a.comes_up();
///     rig.a.sends(rig.a.update().announce("10.1.0.0/16").attribute(kOrigin, kWellKnown, hex("03")));
///     CHECK(rig.a.state() == "Established");
///     CHECK(rig.used("10.1.0.0/16") == "none");
///
/// Whatever is said is worked through before the next line runs; time passes only in run_for().
namespace dyad::conformance {

using namespace std::chrono_literals;

class Rig;
class Neighbour;

/// One TCP connection between a neighbour and the Speaker, at the neighbour's end.
class Call {
public:
    Call(Rig& rig, ConnectionId id) : rig_(rig), id_(id) {}

    /// All in one TCP segment.
    void sends(const Octets& octets);
    /// One octet a segment.
    void trickles(const Octets& octets);
    /// The neighbour closes it (0), or the network breaks it (an errno).
    void ends(int error = 0);

    /// What became of it: "open", "ended" by the neighbour, "closed" by the Speaker without a word, or
    /// "NOTIFICATION 1/2, closed".
    std::string fate() const;
    /// The Data field of the NOTIFICATION it ended with.
    Octets data() const;
    /// Every message the Speaker sent on it.
    const std::vector<Heard>& heard() const;
    std::size_t count(std::uint8_t type) const;
    std::size_t octets_heard() const { return octets_.size(); }
    bool open() const { return !ended_ && !closed_; }
    void may_be_longer(std::size_t most_octets) { most_octets_ = most_octets; }

private:
    friend class Rig;
    friend class Neighbour;
    Rig& rig_;
    ConnectionId id_;
    Octets octets_;
    mutable std::vector<Heard> heard_;  ///< what octets_ holds, as far as it was asked for
    mutable std::size_t framed_ = 0;
    std::size_t most_octets_ = 4096;
    std::size_t unread_ = 0;
    bool ended_ = false, closed_ = false;
};

class Neighbour {
public:
    Neighbour(Rig& rig, std::string name, std::string address, std::string local, std::uint32_t asn, std::string id);

    // Coming up.
    /// It accepts the Speaker's dial, the next one if none is under way.
    Call& picks_up();
    /// It dials.
    Call& calls();
    /// Accepts the dial and goes as far as Established with a sound OPEN, or with this one.
    Call& comes_up();
    Call& comes_up(const OpenMessage& open);
    /// Dials and goes as far as Established.
    Call& calls_up(const OpenMessage& open);
    /// The dial under way is refused, or fails with another errno.
    void refuses(int error = kConnectionRefused, session::ConnectHint hint = session::ConnectHint::None);
    /// It hangs, and the host's kernel counts segments whose MD5 signature is wrong.
    void hints(session::ConnectHint hint);
    static constexpr int kConnectionRefused = 111;
    bool dialled() const { return dial_.has_value(); }
    /// When the Speaker dialled it, each time.
    const std::vector<Instant>& dialled_at() const { return dialled_at_; }
    std::size_t dials() const { return dialled_at_.size(); }

    // What it says, on its latest connection.
    OpenMessage open() const;
    /// With what every route from it needs: ORIGIN, AS_PATH, and NEXT_HOP; LOCAL_PREF too where it is internal.
    UpdateMessage update() const;
    void sends(const Octets& octets) { call().sends(octets); }
    void announces(std::string_view prefix) { sends(update().announce(prefix)); }
    void withdraws(std::string_view prefix) { sends(UpdateMessage{}.withdraw(prefix)); }
    /// No KEEPALIVE from now on while time passes.
    void falls_silent() { alive_ = false; }
    void keeps_alive(Duration every) { alive_ = true, keepalive_every_ = every; }
    /// Octets stay in the Speaker's queue from now on.
    void stops_reading() { reads_ = false; }
    void reads_again();

    // What it sees.
    Call& call();
    std::string fate() { return call().fate(); }
    /// Of the session, as `show` has it.
    std::string state() const;
    /// What it holds of the Speaker's routes on its latest connection.
    Table table() { return table_of(call().heard()); }
    bool holds(const std::string& prefix) { return table().contains(prefix); }
    /// The value of one attribute of a route it was told, as hex; "none" without the attribute, "no route" without the route.
    std::string told(const std::string& prefix, std::uint8_t type);
    std::uint8_t flags(const std::string& prefix, std::uint8_t type);
    std::vector<HeardUpdate> updates();
    std::size_t calls_made() const { return calls_.size(); }

    std::string name;                 ///< of its session in the Speaker's words
    std::uint32_t asn = 0;            ///< what its OPEN and its paths say
    std::string id;                   ///< its BGP Identifier
    AsOctets width = AsOctets::Four;  ///< Two: it offers no four-octet AS capability

private:
    friend class Rig;
    friend class Call;
    Rig& rig_;
    std::string address_, local_;
    std::optional<ConnectionId> dial_;
    std::deque<Call> calls_;
    std::vector<Instant> dialled_at_;
    bool alive_ = false, reads_ = true;
    Duration keepalive_every_ = 10s;
    Instant next_keepalive_{};
};

class Rig {
public:
    explicit Rig(const Lab& lab = Lab{});
    explicit Rig(const std::string& toml);
    Rig(const Rig&) = delete;

    void run_for(Duration duration);
    /// Another configuration, as `dyad reload` would.
    void reload(const Lab& lab) { reload(lab.toml()); }
    void reload(const std::string& toml);
    void shut_down(const std::string& text);
    /// The process is killed and started again: connections are gone, the kernel is as it was.
    void restart();
    /// `dyad reset` and `dyad refresh`.
    void reset(const std::string& session);
    void refresh(const std::string& session);
    /// `dyad clear`: what was done.
    std::string clear(const std::string& name);
    void carrier(const std::string& interface, bool up);
    /// BFD's news of the neighbour that it runs with, the first one.
    void bfd(bfd::State before, bfd::State after, bfd::Diagnostic diagnostic = bfd::Diagnostic::None);

    /// The session whose route is best in the Loc-RIB, or "none".
    std::string used(std::string_view prefix) const;
    std::optional<speaker::RouteView> best(std::string_view prefix) const;
    bool in_kernel(std::string_view prefix) const;
    speaker::SessionView session(const std::string& name) const;
    template <class Kind>
    std::vector<Kind> events() const {
        std::vector<Kind> all;
        for (const auto& event : events_)
            if (const auto* kind = std::get_if<Kind>(&event.kind)) all.push_back(*kind);
        return all;
    }
    Instant now() const { return now_; }
    const std::vector<speaker::ListenAddress>& listening() const { return listening_; }
    const speaker::TcpConnect& last_dial() const { return last_dial_; }
    sim::FakeKernel& kernel() { return kernel_; }
    speaker::Speaker& speaker() { return speaker_; }

    /// What the configuration's reader says of a file it refuses; "" where it takes it.
    static std::string refusal(const Lab& lab);

    Neighbour a, b, c, i, j, six;
    Neighbour stranger;  ///< 192.0.2.99, of whom the configuration knows nothing

private:
    friend class Call;
    friend class Neighbour;
    static constexpr std::size_t kNeighbours = 7;

    void give(const speaker::Input& input);
    /// Turns the crank until nothing is left that is due now.
    void settle();
    void carry_out(speaker::Output& output);
    void keep_alive();
    std::array<Neighbour*, kNeighbours> neighbours() { return {&a, &b, &c, &i, &j, &six, &stranger}; }
    Neighbour& by_address(const Address& address);
    Call* find(ConnectionId id);
    Neighbour& owner(const Call& call);

    Instant now_{};
    std::string toml_;
    speaker::Speaker speaker_;
    sim::FakeKernel kernel_;
    std::uint32_t next_accepted_ = 1;
    std::deque<speaker::Input> inputs_;           ///< what the world answers, in order
    std::deque<std::vector<std::uint8_t>> kept_;  ///< the octets those inputs look at
    std::vector<speaker::Event> events_;
    std::vector<speaker::ListenAddress> listening_;
    speaker::TcpConnect last_dial_{};
    std::vector<bfd::Wanted> bfd_;
};

}  // namespace dyad::conformance
