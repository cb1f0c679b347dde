#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "../sim/fake_kernel.hpp"
#include "dyad/base/random.hpp"
#include "dyad/speaker/speaker.hpp"

/// Several whole Speakers, each with its kernel, and the cables between them, in virtual time. What one says, another hears, in
/// pieces of any size; cables and connections break, routers die and come back.
namespace dyad::requirements {

using NodeId = std::size_t;
using CableId = std::size_t;

struct Port {
    NodeId node = 0;
    std::string interface;
    Address address;
    std::uint8_t length = 30;
};

class Network {
public:
    explicit Network(std::uint64_t seed) : random_(seed), seed_(seed) {}
    Network(const Network&) = delete;

    NodeId add(std::string name);
    CableId cable(Port one, Port other);
    /// Starts the router, or what runs gets another file.
    void configure(NodeId node, const std::string& toml);

    void run_for(Duration duration);
    Instant now() const { return now_; }

    /// Both ends lose the carrier, or have it back.
    void set_cable(CableId cable, bool up);
    bool is_up(CableId cable) const { return cables_[cable].up; }
    /// The router is without power: nobody hears a word of it; and back, with an empty kernel.
    void power_off(NodeId node);
    void power_on(NodeId node);
    bool is_on(NodeId node) const { return nodes_[node]->speaker != nullptr; }
    /// Some TCP connection is reset.
    void break_a_connection();

    const speaker::Speaker& speaker(NodeId node) const { return *nodes_[node]->speaker; }
    speaker::OrderAnswer order(NodeId node, const speaker::Order& order);
    const sim::FakeKernel& kernel(NodeId node) const { return nodes_[node]->kernel; }
    speaker::PeeringView peering(NodeId node, const std::string& name) const;
    speaker::SessionRow session(NodeId node, const std::string& name) const;
    /// Gateways of the prefix in the kernel's best route; empty: none.
    std::vector<std::string> gateways(NodeId node, std::string_view prefix) const;
    template <class Kind>
    std::vector<Kind> events(NodeId node) const {
        std::vector<Kind> all;
        for (const auto& event : nodes_[node]->events)
            if (const auto* kind = std::get_if<Kind>(&event.kind)) all.push_back(*kind);
        return all;
    }
    /// Called with each whole message that a router puts on a wire.
    std::function<void(NodeId from, NodeId to, Bytes message)> overhear;

private:
    struct Node {
        std::string name, toml;
        std::unique_ptr<speaker::Speaker> speaker;
        sim::FakeKernel kernel;
        std::vector<speaker::Event> events;
        std::uint32_t next_index = 11;
        std::uint32_t next_accepted = 1;
    };
    struct Cable {
        std::array<Port, 2> ports;
        std::array<std::uint32_t, 2> index{};
        bool up = true;
    };
    /// One TCP connection; end 0 has dialled.
    struct Wire {
        CableId cable = 0;
        std::array<NodeId, 2> nodes{};
        std::array<Address, 2> addresses{};
        std::array<std::optional<ConnectionId>, 2> ids{};
        std::array<std::deque<std::uint8_t>, 2> towards{};
        std::array<std::vector<std::uint8_t>, 2> overheard{};
        std::array<bool, 2> ending{};
        bool dialling = true;
    };

    void give(NodeId node, const speaker::Input& input);
    void turn(NodeId node);
    void carry_out(NodeId node, speaker::Output& output);
    void dial(NodeId node, const speaker::TcpConnect& connect);
    void send(NodeId node, const speaker::TcpSend& send);
    void listen_in(Wire& wire, std::size_t towards, Bytes octets);
    std::pair<Wire*, std::size_t> find(NodeId node, ConnectionId id);
    void move();
    void answer(Wire& wire);
    void deliver(Wire& wire, std::size_t end);
    void end_at(Wire& wire, std::size_t end, int error);
    void tell_kernel_news(NodeId node);
    const Cable* route(NodeId from, const Address& to, std::size_t& far) const;
    bool alive(const Wire& wire) const;
    Instant next() const;

    Random random_;
    std::uint64_t seed_;
    Instant now_{};
    std::vector<std::unique_ptr<Node>> nodes_;
    std::vector<Cable> cables_;
    std::deque<Wire> wires_;
};

}  // namespace dyad::requirements
