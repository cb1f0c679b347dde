#include "decode/pcap.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::decode;

namespace {

Octets pcap_header(std::uint8_t link) {
    return {0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0, 0, link, 0, 0, 0};
}

/// A pcapng block, little endian, its length at both ends.
Octets block(std::uint8_t type, const Octets& body) {
    const auto length = static_cast<std::uint8_t>(body.size() + 12);
    return Octets{type, 0, 0, 0, length, 0, 0, 0} + body + Octets{length, 0, 0, 0};
}

Octets section() {
    return Octets{0x0a, 0x0d, 0x0d, 0x0a, 28, 0, 0, 0, 0x4d, 0x3c, 0x2b, 0x1a, 1, 0, 0, 0} + Octets(8, 0xff) +
           Octets{28, 0, 0, 0};
}

}  // namespace

TEST_CASE("packets of a pcap file come with their time and link type") {
    const auto file = pcap_header(1) + Octets{5, 0, 0, 0, 7, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0xaa, 0xbb};
    Capture capture{file};
    const auto packet = capture.next();
    REQUIRE(packet);
    CHECK(packet->number == 1);
    CHECK(packet->link == LinkType::Ethernet);
    CHECK(packet->since_epoch == std::chrono::seconds{5} + std::chrono::microseconds{7});
    CHECK(packet->octets.size() == 2);
    CHECK(packet->original_octets == 9);
    CHECK_FALSE(capture.next());
    CHECK(capture.trouble().empty());
}

TEST_CASE("a big-endian file with nanoseconds is read as well") {
    const Octets file{0xa1, 0xb2, 0x3c, 0x4d, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0,
                      0,    0,    101,  0,    0, 0, 5, 0, 0, 0, 7, 0, 0, 0, 1, 0, 0, 0, 1,    0xaa};
    Capture capture{file};
    const auto packet = capture.next();
    REQUIRE(packet);
    CHECK(packet->link == LinkType::Raw);
    CHECK(packet->since_epoch == std::chrono::seconds{5} + std::chrono::nanoseconds{7});
}

TEST_CASE("pcapng: an interface says how its packets' time counts") {
    const auto interface = block(1, {113, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 3, 0, 0, 0, 0, 0, 0, 0});  // milliseconds
    const auto packet_block = block(6, {0, 0, 0, 0, 0, 0, 0, 0, 0xdc, 5, 0, 0, 3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0});
    const auto file = section() + interface + block(5, {0, 0, 0, 0}) + packet_block;
    Capture capture{file};
    const auto packet = capture.next();
    REQUIRE(packet);
    CHECK(packet->link == LinkType::LinuxSll);
    CHECK(packet->since_epoch == std::chrono::milliseconds{1500});
    CHECK(packet->octets.size() == 3);
    CHECK_FALSE(capture.next());
    CHECK(capture.trouble().empty());
}

TEST_CASE("pcapng: a resolution may be a power of two") {
    const auto interface = block(1, {113, 0, 0, 0, 0, 0, 0, 0, 9, 0, 1, 0, 0x94, 0, 0, 0, 0, 0, 0, 0});  // 2^-20 seconds
    const auto packet_block = block(6, {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x38, 0, 3, 0, 0, 0, 3, 0, 0, 0, 1, 2, 3, 0});
    const auto file = section() + interface + packet_block;
    Capture capture{file};
    const auto packet = capture.next();
    REQUIRE(packet);
    CHECK(packet->since_epoch == std::chrono::milliseconds{3500});
}

TEST_CASE("a file that is cut ends with a sentence that says where") {
    const auto file = pcap_header(1) + Octets{5, 0, 0, 0, 7, 0, 0, 0, 9, 0, 0, 0, 9, 0, 0, 0, 0xaa};
    Capture capture{file};
    CHECK_FALSE(capture.next());
    CHECK(capture.trouble() == "at octet 24 of the file, behind packet 0: a packet of 9 octets is cut");
    const auto nameless = section() + block(6, {7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0});
    Capture other{nameless};
    CHECK_FALSE(other.next());
    CHECK(other.trouble().ends_with("a packet of interface 7, which is not described"));
}
