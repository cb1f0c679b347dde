#include "bfd/endpoint.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "packets.hpp"

using namespace dyad;
using namespace dyad::bfd;

namespace {

constexpr Address kUs = Address::v4(0xc0a80f11), kPeer = Address::v4(0xc0a80f12);
constexpr std::uint32_t kInterface = 4;
constexpr BfdSessionId kFirst{1};

Wanted single(BfdSessionId id, Address peer = kPeer, std::uint32_t interface_index = kInterface) {
    return {id,
            {.hops = Hops::Single, .local = kUs, .peer = peer, .interface = "eth1", .interface_index = interface_index},
            {}};
}
Wanted multi(BfdSessionId id) { return {id, {.hops = Hops::Multi, .local = kUs, .peer = kPeer}, {}}; }

Arrival arrival(const std::vector<std::uint8_t>& octets) {
    return {.hops = Hops::Single,
            .source = kPeer,
            .destination = kUs,
            .interface_index = kInterface,
            .ttl = 255,
            .octets = octets};
}

/// A first packet of a peer that does not know us.
std::vector<std::uint8_t> first_packet(State state = State::Down) {
    auto packet = from_peer(state);
    packet.your_discriminator = 0;
    return encode(packet);
}

std::vector<std::uint8_t> packet_for(const Endpoint& endpoint, BfdSessionId id, State state) {
    auto packet = from_peer(state);
    packet.your_discriminator = endpoint.facts(id)->local_discriminator;
    return encode(packet);
}

template <class Kind>
std::vector<Kind> only(std::vector<EndpointAction> actions) {
    std::vector<Kind> out;
    for (auto& action : actions)
        if (auto* one = std::get_if<Kind>(&action)) out.push_back(std::move(*one));
    return out;
}

Endpoint endpoint_with(const std::vector<Wanted>& wanted) {
    Endpoint endpoint{1};
    endpoint.configure(kStart, wanted);
    endpoint.tick(kStart);
    endpoint.take_actions();
    return endpoint;
}

}  // namespace

TEST_CASE("a first packet finds its session by address and interface") {
    auto endpoint = endpoint_with({single(kFirst), single(BfdSessionId{2}, kPeer, 5)});
    const auto octets = first_packet();
    CHECK(endpoint.received(kStart, arrival(octets)));
    CHECK(endpoint.facts(kFirst)->state == State::Init);
    CHECK(endpoint.facts(BfdSessionId{2})->state == State::Down);
}

TEST_CASE("a first packet from a stranger is nobody's") {
    auto endpoint = endpoint_with({single(kFirst)});
    const auto octets = first_packet();
    auto strange = arrival(octets);
    strange.source = Address::v4(0x0a000001);
    CHECK(endpoint.received(kStart, strange).error() == Discard::NoSession);
    strange = arrival(octets);
    strange.interface_index = 9;
    CHECK(endpoint.received(kStart, strange).error() == Discard::NoSession);
    CHECK(endpoint.discards()[static_cast<std::size_t>(Discard::NoSession)] == 2);
}

TEST_CASE("Your Discriminator alone finds the session, whatever the source address") {
    auto endpoint = endpoint_with({single(kFirst)});
    const auto octets = packet_for(endpoint, kFirst, State::Init);
    auto moved = arrival(octets);
    moved.source = Address::v4(0x0a000001);
    CHECK(endpoint.received(kStart, moved));
    CHECK(endpoint.facts(kFirst)->state == State::Up);
}

TEST_CASE("a discriminator that is nobody's is discarded, even from a known address") {
    auto endpoint = endpoint_with({single(kFirst)});
    auto packet = from_peer(State::Down);
    packet.your_discriminator = endpoint.facts(kFirst)->local_discriminator + 1;
    const auto octets = encode(packet);
    CHECK(endpoint.received(kStart, arrival(octets)).error() == Discard::NoSession);
}

TEST_CASE("Your Discriminator zero is discarded in Init and Up") {
    auto endpoint = endpoint_with({single(kFirst)});
    for (const auto state : {State::Init, State::Up}) {
        const auto octets = first_packet(state);
        CHECK(endpoint.received(kStart, arrival(octets)).error() == Discard::ZeroYourDiscriminator);
    }
    const auto octets = first_packet(State::AdminDown);
    CHECK(endpoint.received(kStart, arrival(octets)));
}

TEST_CASE("a single hop's packet must have the TTL 255, whoever it names") {
    auto endpoint = endpoint_with({single(kFirst)});
    const auto octets = packet_for(endpoint, kFirst, State::Init);
    auto far = arrival(octets);
    far.ttl = 254;
    CHECK(endpoint.received(kStart, far).error() == Discard::LowTtl);
    CHECK(endpoint.facts(kFirst)->state == State::Down);
}

TEST_CASE("several hops' packets have any TTL, and cannot speak for a single hop") {
    auto endpoint = endpoint_with({single(kFirst), multi(BfdSessionId{2})});
    auto octets = packet_for(endpoint, BfdSessionId{2}, State::Init);
    auto far = arrival(octets);
    far.hops = Hops::Multi;
    far.ttl = 12;
    far.interface_index = 77;
    CHECK(endpoint.received(kStart, far));
    CHECK(endpoint.facts(BfdSessionId{2})->state == State::Up);
    octets = packet_for(endpoint, kFirst, State::Init);
    far.octets = octets;
    CHECK(endpoint.received(kStart, far).error() == Discard::WrongPath);
}

TEST_CASE("several hops are told apart by both addresses") {
    auto endpoint = endpoint_with({multi(kFirst)});
    const auto octets = first_packet();
    auto other = arrival(octets);
    other.hops = Hops::Multi;
    other.destination = Address::v4(0xc0a80f99);
    CHECK(endpoint.received(kStart, other).error() == Discard::NoSession);
}

TEST_CASE("a damaged packet is counted under its fault") {
    auto endpoint = endpoint_with({single(kFirst)});
    auto octets = first_packet();
    octets[2] = 0;
    CHECK(endpoint.received(kStart, arrival(octets)).error() == Discard::ZeroMultiplier);
    CHECK(endpoint.discards()[static_cast<std::size_t>(Discard::ZeroMultiplier)] == 1);
}

TEST_CASE("discriminators are not zero, and no two alike") {
    std::vector<Wanted> wanted;
    for (std::uint32_t i = 0; i < 100; ++i) wanted.push_back(single(BfdSessionId{i}, Address::v4(0x0a000000 + i)));
    const auto endpoint = endpoint_with(wanted);
    std::vector<std::uint32_t> all;
    for (const auto id : endpoint.sessions()) all.push_back(endpoint.facts(id)->local_discriminator);
    std::ranges::sort(all);
    CHECK(all.size() == 100);
    CHECK(all.front() != 0);
    CHECK(std::ranges::adjacent_find(all) == all.end());
}

TEST_CASE("a session no longer wanted says AdminDown for a detection time, and is no news to its client") {
    auto endpoint = endpoint_with({single(kFirst)});
    const auto octets = packet_for(endpoint, kFirst, State::Init);
    (void)endpoint.received(kStart, arrival(octets));
    endpoint.take_actions();
    endpoint.configure(kStart, {});
    auto actions = endpoint.take_actions();
    CHECK(only<StateChanged>(actions).empty());
    const auto sent = only<Transmit>(actions);
    REQUIRE(sent.size() == 1);
    CHECK(decode(sent[0].octets)->packet.state == State::AdminDown);
    endpoint.tick(kStart + 2900ms);
    CHECK(only<Ended>(endpoint.take_actions()).empty());
    endpoint.tick(kStart + 3s);
    CHECK(only<Ended>(endpoint.take_actions()).size() == 1);
    CHECK_FALSE(endpoint.deadline());
}

TEST_CASE("a new session on the same path silences the one that leaves, after its AdminDown") {
    auto endpoint = endpoint_with({single(kFirst)});
    endpoint.configure(kStart, {single(BfdSessionId{2})});
    const auto actions = endpoint.take_actions();
    CHECK(only<Transmit>(actions).size() == 1);
    const auto ended = only<Ended>(actions);
    REQUIRE(ended.size() == 1);
    CHECK(ended[0].session == kFirst);
    const auto octets = first_packet();
    CHECK(endpoint.received(kStart, arrival(octets)));
    CHECK(endpoint.facts(BfdSessionId{2})->state == State::Init);
}

TEST_CASE("other parameters change a session without ending it") {
    auto endpoint = endpoint_with({single(kFirst)});
    const auto octets = packet_for(endpoint, kFirst, State::Init);
    (void)endpoint.received(kStart, arrival(octets));
    auto changed = single(kFirst);
    changed.parameters.transmit = 50ms;
    const auto before = endpoint.facts(kFirst)->local_discriminator;
    endpoint.configure(kStart, {changed});
    CHECK(endpoint.facts(kFirst)->state == State::Up);
    CHECK(endpoint.facts(kFirst)->local_discriminator == before);
}
