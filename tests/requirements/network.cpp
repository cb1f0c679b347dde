#include "network.hpp"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

#include "../sim/forwarding.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/config/parse.hpp"
#include "dyad/wire/framer.hpp"

namespace dyad::requirements {

using namespace std::chrono_literals;

namespace {

constexpr int kConnectionRefused = 111, kConnectionReset = 104, kNoRoute = 113;
/// Time between two looks at the wires: short beside every timer.
constexpr Duration kStep = 50ms;
constexpr std::uint8_t kProtocol = 186;

[[noreturn]] void fail(const std::string& what) {
    std::fprintf(stderr, "%s\n", what.c_str());
    std::abort();
}

}  // namespace

NodeId Network::add(std::string name) {
    nodes_.push_back(std::make_unique<Node>());
    nodes_.back()->name = std::move(name);
    return nodes_.size() - 1;
}

CableId Network::cable(Port one, Port other) {
    Cable made{.ports = {std::move(one), std::move(other)}};
    for (std::size_t end = 0; end < 2; ++end) {
        auto& node = *nodes_[made.ports[end].node];
        made.index[end] = node.next_index++;
        node.kernel.add_link(made.index[end], made.ports[end].interface);
        node.kernel.add_address(made.index[end], made.ports[end].address, made.ports[end].length);
        node.kernel.take_news();
    }
    cables_.push_back(std::move(made));
    return cables_.size() - 1;
}

void Network::configure(NodeId id, const std::string& toml) {
    auto& node = *nodes_[id];
    node.toml = toml;
    if (!node.speaker)
        node.speaker = std::make_unique<speaker::Speaker>(now_, speaker::Host{node.name, "network", seed_ * 16 + id});
    auto read = config::parse(toml);
    if (!read.ok()) fail(node.name + " has a file that is refused");
    node.speaker->configure(now_, read.config);
    turn(id);
}

void Network::power_off(NodeId id) {
    nodes_[id]->speaker.reset();
    for (auto& wire : wires_)
        for (std::size_t end = 0; end < 2; ++end)
            if (wire.nodes[end] == id) {
                wire.ids[end].reset();
                wire.towards = {};
            }
}

void Network::power_on(NodeId id) {
    auto& node = *nodes_[id];
    node.kernel = {};
    for (const auto& cable : cables_)
        for (std::size_t end = 0; end < 2; ++end) {
            if (cable.ports[end].node != id) continue;
            node.kernel.add_link(cable.index[end], cable.ports[end].interface);
            node.kernel.add_address(cable.index[end], cable.ports[end].address, cable.ports[end].length);
            if (!cable.up) node.kernel.set_carrier(cable.index[end], false);
        }
    node.kernel.take_news();
    configure(id, node.toml);
}

void Network::set_cable(CableId id, bool up) {
    auto& cable = cables_[id];
    cable.up = up;
    for (std::size_t end = 0; end < 2; ++end) {
        const auto node = cable.ports[end].node;
        nodes_[node]->kernel.set_carrier(cable.index[end], up);
        if (is_on(node))
            tell_kernel_news(node);
        else
            nodes_[node]->kernel.take_news();
    }
}

void Network::tell_kernel_news(NodeId node) {
    const auto news = nodes_[node]->kernel.take_news();
    if (!news.empty()) give(node, speaker::KernelNews{news});
}

void Network::break_a_connection() {
    if (wires_.empty()) return;
    auto& wire = wires_[random_.below(wires_.size())];
    for (std::size_t end = 0; end < 2; ++end)
        if (wire.ids[end]) end_at(wire, end, kConnectionReset);
}

speaker::OrderAnswer Network::order(NodeId node, const speaker::Order& order) {
    auto answer = nodes_[node]->speaker->order(now_, order);
    turn(node);
    return answer;
}

void Network::run_for(Duration duration) {
    for (const auto until = now_ + duration; now_ < until; now_ = std::min(until, next())) {
        move();
        for (NodeId node = 0; node < nodes_.size(); ++node)
            if (is_on(node)) turn(node);
    }
}

/// Nothing happens on a quiet network until somebody's timer runs out.
Instant Network::next() const {
    const auto soon = now_ + kStep;
    const auto busy = [&](const Wire& wire) {
        const bool waiting =
            wire.dialling || !wire.towards[0].empty() || !wire.towards[1].empty() || wire.ending[0] || wire.ending[1];
        return waiting && cables_[wire.cable].up;
    };
    if (std::ranges::any_of(wires_, busy)) return soon;
    std::optional<Instant> due;
    for (const auto& node : nodes_)
        if (node->speaker) due = earlier(due, node->speaker->deadline());
    return std::max(soon, due.value_or(soon + 1h));
}

void Network::give(NodeId node, const speaker::Input& input) {
    nodes_[node]->speaker->handle(now_, input);
    turn(node);
}

void Network::turn(NodeId id) {
    auto& speaker = *nodes_[id]->speaker;
    for (int turns = 0; turns < 1000; ++turns) {
        for (auto& output : speaker.turn(now_)) carry_out(id, output);
        const auto due = speaker.deadline();
        if (!speaker.has_work() && !(due && *due <= now_)) return;
    }
    fail(nodes_[id]->name + " spins");
}

void Network::carry_out(NodeId id, speaker::Output& output) {
    auto& node = *nodes_[id];
    std::visit(Overloaded{
                   [&](const speaker::TcpConnect& connect) { dial(id, connect); },
                   [&](const speaker::TcpSend& octets) { send(id, octets); },
                   [&](const speaker::TcpRekey&) {},
                   [&](const speaker::TcpClose& close) {
                       const auto [wire, end] = find(id, close.connection);
                       if (!wire) return;
                       wire->ids[end].reset();
                       wire->ending[1 - end] = true;
                   },
                   [&](const speaker::KernelSend& batch) {
                       const auto reply = node.kernel.request(batch.octets);
                       node.speaker->handle(now_, speaker::KernelReplied{reply});
                   },
                   [&](const speaker::KernelAsk& ask) {
                       const auto news = node.kernel.request(ask.octets);
                       node.speaker->handle(now_, speaker::KernelNews{news});
                   },
                   [&](const speaker::Listen&) {},
                   [&](const speaker::BfdSessions&) {},
                   [&](speaker::Event& event) { node.events.push_back(std::move(event)); },
               },
               output);
}

const Network::Cable* Network::route(NodeId from, const Address& to, std::size_t& far) const {
    for (const auto& cable : cables_)
        for (far = 0; far < 2; ++far)
            if (cable.ports[far].address == to && cable.ports[1 - far].node == from) return &cable;
    return nullptr;
}

void Network::dial(NodeId id, const speaker::TcpConnect& connect) {
    std::size_t far = 0;
    const auto* cable = route(id, connect.peer, far);
    if (!cable) fail(nodes_[id]->name + " dials where no cable leads");
    auto& wire = wires_.emplace_back();
    wire.cable = static_cast<CableId>(cable - cables_.data());
    wire.nodes = {id, cable->ports[far].node};
    wire.addresses = {cable->ports[1 - far].address, cable->ports[far].address};
    wire.ids[0] = connect.connection;
}

void Network::send(NodeId id, const speaker::TcpSend& send) {
    nodes_[id]->speaker->handle(now_, speaker::TcpSent{send.connection, send.octets.size()});
    const auto [wire, end] = find(id, send.connection);
    if (!wire) return;
    auto& queue = wire->towards[1 - end];
    queue.insert(queue.end(), send.octets.begin(), send.octets.end());
    listen_in(*wire, 1 - end, send.octets);
}

void Network::listen_in(Wire& wire, std::size_t towards, Bytes octets) {
    if (!overhear) return;
    auto& heard = wire.overheard[towards];
    heard.insert(heard.end(), octets.begin(), octets.end());
    while (true) {
        const auto message = wire::next_message(heard);
        if (!message || !*message) return;
        overhear(wire.nodes[1 - towards], wire.nodes[towards], (*message)->whole);
        heard.erase(heard.begin(), heard.begin() + static_cast<std::ptrdiff_t>((*message)->whole.size()));
    }
}

std::pair<Network::Wire*, std::size_t> Network::find(NodeId node, ConnectionId id) {
    for (auto& wire : wires_)
        for (std::size_t end = 0; end < 2; ++end)
            if (wire.nodes[end] == node && wire.ids[end] == id) return {&wire, end};
    return {nullptr, 0};
}

bool Network::alive(const Wire& wire) const { return cables_[wire.cable].up; }

void Network::move() {
    for (std::size_t n = 0; n < wires_.size(); ++n) {
        if (!alive(wires_[n])) continue;  // octets wait; who waits too long has a timer for it
        if (wires_[n].dialling) answer(wires_[n]);
        for (const std::size_t end : {0U, 1U}) deliver(wires_[n], end);
    }
    std::erase_if(wires_, [](const Wire& wire) { return !wire.ids[0] && !wire.ids[1]; });
}

void Network::answer(Wire& wire) {
    wire.dialling = false;
    if (!wire.ids[0]) return;
    auto& called = *nodes_[wire.nodes[1]];
    if (!called.speaker) return end_at(wire, 0, kNoRoute);
    const ConnectionId id{called.next_accepted};
    called.next_accepted += 2;
    wire.ids[1] = id;
    give(wire.nodes[0], speaker::TcpConnected{*wire.ids[0]});
    give(wire.nodes[1], speaker::TcpAccepted{id, wire.addresses[1], wire.addresses[0]});
}

void Network::deliver(Wire& wire, std::size_t end) {
    auto& queue = wire.towards[end];
    const auto most = random_.below(4) == 0 ? 1 + random_.below(40) : std::uint64_t{100'000};
    const auto count = static_cast<std::ptrdiff_t>(std::min<std::uint64_t>(most, queue.size()));
    const std::vector<std::uint8_t> octets{queue.begin(), queue.begin() + count};
    queue.erase(queue.begin(), queue.begin() + count);
    if (!octets.empty() && wire.ids[end]) give(wire.nodes[end], speaker::TcpReceived{*wire.ids[end], octets});
    // A router that has restarted knows nothing of the connection.
    const bool unknown = !octets.empty() && !wire.ids[end] && is_on(wire.nodes[end]);
    if (unknown && wire.ids[1 - end] && !wire.ending[1 - end]) end_at(wire, 1 - end, kConnectionReset);
    if (wire.ending[end] && queue.empty() && wire.ids[end]) end_at(wire, end, 0);
}

void Network::end_at(Wire& wire, std::size_t end, int error) {
    const auto id = *std::exchange(wire.ids[end], std::nullopt);
    give(wire.nodes[end], speaker::TcpClosed{id, error});
}

speaker::PeeringView Network::peering(NodeId node, const std::string& name) const {
    auto view = speaker(node).answer(now_, speaker::AskPeering{name});
    auto* found = std::get_if<speaker::PeeringView>(&view);
    if (!found) fail(nodes_[node]->name + " has no peering " + name);
    return std::move(*found);
}

speaker::SessionRow Network::session(NodeId node, const std::string& name) const {
    const auto view = speaker(node).answer(now_, speaker::AskSession{name});
    const auto* found = std::get_if<speaker::SessionView>(&view);
    if (!found) fail(nodes_[node]->name + " has no session " + name);
    return found->row;
}

std::vector<std::string> Network::gateways(NodeId node, std::string_view prefix) const {
    const auto table = sim::forwarding(kernel(node), kProtocol);
    std::vector<std::string> found;
    if (const auto at = table.find(*Prefix::parse(prefix)); at != table.end())
        for (const auto& gateway : at->second) found.push_back(gateway.to_string());
    return found;
}

}  // namespace dyad::requirements
