#include "bfd/packet.hpp"

#include <doctest/doctest.h>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::bfd;
using namespace std::chrono_literals;

namespace {

std::vector<std::uint8_t> up_packet() {
    return {
        0x20 | 1,                       // version 1, diagnostic: detection time expired
        0xc0 | 0x20,                    // Up, P
        3,                              // Detect Mult
        24,                             // Length
        0x11,        0x11, 0x11, 0x11,  // My Discriminator
        0x22,        0x22, 0x22, 0x22,  // Your Discriminator
        0x00,        0x04, 0x93, 0xe0,  // Desired Min TX Interval: 300,000 us
        0x00,        0x00, 0xc3, 0x50,  // Required Min RX Interval: 50,000 us
        0x00,        0x00, 0x00, 0x00,  // Required Min Echo RX Interval
    };
}

Packet any_packet(Random& random) {
    Packet packet;
    packet.diagnostic = static_cast<Diagnostic>(random.below(32));
    packet.state = static_cast<State>(random.below(4));
    packet.poll = random.below(2) == 0;
    packet.final = random.below(2) == 0;
    packet.control_plane_independent = random.below(2) == 0;
    packet.demand = random.below(2) == 0;
    packet.detect_multiplier = static_cast<std::uint8_t>(1 + random.below(255));
    packet.my_discriminator = static_cast<std::uint32_t>(1 + random.below(0xffffffff));
    packet.your_discriminator = static_cast<std::uint32_t>(random.next());
    packet.desired_min_tx = std::chrono::microseconds{random.below(0x100000000)};
    packet.required_min_rx = std::chrono::microseconds{random.below(0x100000000)};
    packet.required_min_echo_rx = std::chrono::microseconds{random.below(0x100000000)};
    return packet;
}

}  // namespace

TEST_CASE("each field of a control packet stands where RFC 5880 4.1 puts it") {
    const auto decoded = decode(up_packet());
    REQUIRE(decoded);
    CHECK(decoded->packet == Packet{.diagnostic = Diagnostic::DetectionTimeExpired,
                                    .state = State::Up,
                                    .poll = true,
                                    .detect_multiplier = 3,
                                    .my_discriminator = 0x11111111,
                                    .your_discriminator = 0x22222222,
                                    .desired_min_tx = 300ms,
                                    .required_min_rx = 50ms});
    CHECK(decoded->octets.size() == 24);
}

TEST_CASE("an encoded packet is the octets it was decoded from") {
    CHECK(encode(decode(up_packet())->packet) == up_packet());
}

TEST_CASE("what is encoded is decoded, whatever the values") {
    Random random{1};
    for (int i = 0; i < 2000; ++i) {
        const auto packet = any_packet(random);
        const auto decoded = decode(encode(packet));
        REQUIRE(decoded);
        CHECK(decoded->packet == packet);
    }
}

TEST_CASE("a packet of another version is discarded") {
    auto octets = up_packet();
    octets[0] = 0x40;
    CHECK(decode(octets).error() == Discard::Version);
    octets[0] = 0x00;
    CHECK(decode(octets).error() == Discard::Version);
}

TEST_CASE("a length below 24 is discarded, and below 26 with an authentication section") {
    auto octets = up_packet();
    octets[3] = 23;
    CHECK(decode(octets).error() == Discard::Length);
    octets = up_packet();
    octets.push_back(4);
    octets[1] |= 0x04;
    octets[3] = 25;
    CHECK(decode(octets).error() == Discard::Length);
    octets.push_back(2);
    octets[3] = 26;
    CHECK(decode(octets));
}

TEST_CASE("a length beyond the datagram is discarded") {
    auto octets = up_packet();
    octets[3] = 25;
    CHECK(decode(octets).error() == Discard::Length);
}

TEST_CASE("octets behind the packet are nobody's") {
    auto octets = up_packet();
    octets.push_back(0xff);
    REQUIRE(decode(octets));
    CHECK(decode(octets)->octets.size() == 24);
}

TEST_CASE("every datagram too short for a header is discarded") {
    const auto octets = up_packet();
    for (std::size_t length = 0; length < octets.size(); ++length)
        CHECK(decode(Bytes{octets}.first(length)).error() == Discard::Length);
}

TEST_CASE("a detection multiplier of zero is discarded") {
    auto octets = up_packet();
    octets[2] = 0;
    CHECK(decode(octets).error() == Discard::ZeroMultiplier);
}

TEST_CASE("the multipoint bit is discarded") {
    auto octets = up_packet();
    octets[1] |= 0x01;
    CHECK(decode(octets).error() == Discard::Multipoint);
}

TEST_CASE("My Discriminator zero is discarded") {
    auto octets = up_packet();
    octets[4] = octets[5] = octets[6] = octets[7] = 0;
    CHECK(decode(octets).error() == Discard::ZeroMyDiscriminator);
}

TEST_CASE("of several faults the first in the order of RFC 5880 6.8.6 counts") {
    auto octets = up_packet();
    octets[0] = 0;      // version
    octets[1] |= 0x01;  // M
    octets[2] = 0;      // Detect Mult
    octets[3] = 0;      // Length
    CHECK(decode(octets).error() == Discard::Version);
    octets[0] = 0x20;
    CHECK(decode(octets).error() == Discard::Length);
    octets[3] = 24;
    CHECK(decode(octets).error() == Discard::ZeroMultiplier);
    octets[2] = 1;
    CHECK(decode(octets).error() == Discard::Multipoint);
}
