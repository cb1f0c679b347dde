#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "dyad/base/random.hpp"
#include "dyad/speaker/speaker.hpp"
#include "fake_kernel.hpp"
#include "msee/msee.hpp"
#include "setup.hpp"

namespace dyad::sim {

/// One edge router, its kernel and the two MSEEs of a private peering, in one thread and one virtual time. The
/// Speaker and the MSEEs exchange real BGP octets, cut anywhere and delivered late; the kernel takes and gives real
/// netlink octets. Everything that happens is drawn from the seed.
class World {
public:
    World(std::uint64_t seed, Setup setup);

    Instant now() const { return now_; }
    Random& random() { return random_; }
    /// Lets that much virtual time pass; stops early only at a broken invariant.
    void run_for(Duration duration);

    // Acts of a story.
    void set_carrier(std::size_t link, bool carrier);
    void set_tunnel(bool carrier);
    void set_up(std::size_t link, bool up);
    void set_address(std::size_t link, bool there);
    /// The carrier lies: it stays, and nothing passes.
    void set_deaf(std::size_t link, bool deaf);
    /// The MSEE does not read: what we send stays under way, and what it says comes (RFC 9687).
    void set_hung(std::size_t link, bool hung) { hung_[link] = hung; }
    /// BFD alone does not get through.
    void set_bfd_cut(std::size_t link, bool cut);
    /// The answers to the next batch are lost, and the speaker hears of that (ENOBUFS).
    void lose_answers() { answers_are_lost_ = true; }
    void reconfigure(fib::Nexthops nexthops);
    void reconfigure(config::Prefer prefer);
    /// Somebody else does something to the kernel's routes or nexthops; heard says whether the speaker's socket had room.
    enum class Heard : std::uint8_t { Yes, Lost };
    void others(const std::function<void(FakeKernel&)>& act, Heard heard);
    void kill_speaker();
    void start_speaker();
    void reconfigure(std::size_t advertised);
    void reconfigure();
    void order(const speaker::Order& order);
    msee::Msee& msee(std::size_t link) { return *msees_[link]; }
    /// The MSEE did something outside its inputs (announced, reset): see what it wants to say.
    void poke(std::size_t link);

    // What is to be looked at.
    bool carrier(std::size_t link) const { return carrier_[link]; }
    bool tunnel() const { return tunnel_; }
    Address tunnel_gateway() const { return sim::tunnel_gateway(setup_.family()); }
    bool up(std::size_t link) const { return up_[link]; }
    bool has_address(std::size_t link) const { return addressed_[link]; }
    bool deaf(std::size_t link) const { return deaf_[link]; }
    bool hung(std::size_t link) const { return hung_[link]; }
    bool bfd_cut(std::size_t link) const { return bfd_cut_[link]; }
    fib::Nexthops nexthops() const { return setup_.nexthops; }
    /// As far as our side of it can tell.
    bool usable(std::size_t link) const { return carrier_[link] && up_[link] && addressed_[link]; }
    const speaker::Speaker* speaker() const { return speaker_.get(); }
    FakeKernel& kernel() { return kernel_; }
    const Setup& setup() const { return setup_; }
    std::vector<Prefix> advertised() const { return listed(setup_.family(), setup_.advertised); }
    Address gateway(std::size_t link) const { return peer_address(setup_.speaks, link); }
    std::uint64_t digest() const { return digest_; }
    std::size_t turns() const { return turns_; }
    const std::vector<speaker::Event>& events() const { return events_; }

private:
    /// One TCP connection, seen from both ends; an end that closed hears nothing more.
    struct Wire {
        std::size_t link = 0;
        ConnectionId ours, theirs;
        bool open_here = false, open_there = false;
        std::deque<std::vector<std::uint8_t>> to_us, to_them;
        Instant last_to_us{}, last_to_them{};
    };
    /// A BFD session between the two of a link, as our side knows it.
    struct BfdLife {
        bfd::Wanted wanted;
        std::size_t link = 0;
        bool up = false;
    };
    using Act = std::function<void()>;

    void at(Instant when, Act act);
    Duration delay();

    void give(const speaker::Input& input);
    void turn_speaker();
    void carry_out(speaker::Output& output);
    void turn_msee(std::size_t link);
    void carry_out(std::size_t link, msee::Output& output);
    void note_deadlines();
    void forget_a_route();
    void tell_links();
    void tell_touches(Heard heard);
    Address local(std::size_t link) const { return local_address(setup_.speaks, link); }
    void run_bfd(const std::vector<bfd::Wanted>& wanted);
    void watch_bfd();
    void look_at_bfd(BfdSessionId id);
    /// Packets get through.
    bool passes(std::size_t link) const { return usable(link) && !deaf_[link]; }

    void dial_from_us(const speaker::TcpConnect& dial);
    void dial_from_them(std::size_t link, const msee::Dial& dial);
    void send(Wire& wire, bool to_us, std::vector<std::uint8_t> octets);
    void deliver(std::size_t wire, bool to_us);
    void reset_there(Wire& wire);
    void close_here(ConnectionId ours);
    void close_there(std::size_t link, ConnectionId theirs);
    Wire* find_ours(ConnectionId ours);
    Wire* find_theirs(std::size_t link, ConnectionId theirs);
    std::optional<std::size_t> link_of(const Address& msee) const;

    Setup setup_;
    Random random_;
    Instant now_{};
    std::uint64_t order_ = 0;
    std::map<std::pair<Instant, std::uint64_t>, Act> agenda_;

    std::unique_ptr<speaker::Speaker> speaker_;
    std::uint64_t life_ = 0;  ///< counts speakers: what was meant for a dead one does not reach the next
    bool listening_ = false;
    FakeKernel kernel_;
    std::array<std::unique_ptr<msee::Msee>, kLinks> msees_;
    std::array<bool, kLinks> carrier_{true, true};
    bool tunnel_ = true;
    std::array<bool, kLinks> up_{true, true};
    std::array<bool, kLinks> addressed_{true, true};
    std::array<bool, kLinks> deaf_{}, hung_{}, bfd_cut_{};
    std::vector<BfdLife> bfd_;
    bool answers_are_lost_ = false;
    Instant last_touch_{};  ///< news of others arrives in the order of their doings
    std::deque<Wire> wires_;
    std::uint32_t next_accepted_ = 1;
    std::uint64_t digest_ = 0;
    std::size_t turns_ = 0;
    std::vector<speaker::Event> events_;
    std::optional<Instant> speaker_alarm_;
    std::array<std::optional<Instant>, kLinks> msee_alarm_;
};

}  // namespace dyad::sim
