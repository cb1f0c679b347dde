#include "decode/follow.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::decode;

namespace {

constexpr std::uint8_t kSyn = 2, kAck = 16;

/// 192.0.2.1:1024 -> 192.0.2.2:179.
Octets tcp(std::uint32_t sequence, std::uint8_t flags, const Octets& payload) {
    const auto byte = [&](int shift) { return static_cast<std::uint8_t>(sequence >> shift); };
    return Octets{4, 0, 0, 179, byte(24), byte(16), byte(8), byte(0), 0, 0, 0, 0, 0x50, flags, 0, 0, 0, 0, 0, 0} +
           payload;
}
Octets ipv4(const Octets& inside, std::uint8_t fragment = 0) {
    const auto length = inside.size() + 20;
    return Octets{0x45,
                  0,
                  static_cast<std::uint8_t>(length >> 8),
                  static_cast<std::uint8_t>(length),
                  0,
                  0,
                  fragment,
                  0,
                  64,
                  6,
                  0,
                  0,
                  192,
                  0,
                  2,
                  1,
                  192,
                  0,
                  2,
                  2} +
           inside;
}

const Octets kKeepalive = message(4, {});
const Octets kRefresh = message(5, {0, 1, 0, 1});

Octets part(const Octets& octets, std::size_t from, std::size_t to) {
    return {octets.begin() + static_cast<std::ptrdiff_t>(from), octets.begin() + static_cast<std::ptrdiff_t>(to)};
}

/// A follower with what it told: "2:23" for a message of 23 octets that packet 2 completed.
struct Told {
    std::string messages, notes;
    std::size_t packets = 0;
    Follower follower{
        [this](const Heard& heard) {
            messages += std::to_string(heard.packet) + ":" + std::to_string(heard.octets.size()) + " ";
        },
        [this](std::size_t packet, const std::string& text) { notes += std::to_string(packet) + ": " + text + "\n"; }};
    void packet(const Octets& octets, LinkType link = LinkType::Raw) {
        follower.packet({++packets, {}, link, octets, octets.size()});
    }
};

}  // namespace

TEST_CASE("segments in any order, repeated and overlapping, are one stream") {
    Told told;
    told.packet(ipv4(tcp(99, kSyn, {})));
    told.packet(ipv4(tcp(110, kAck, part(kKeepalive, 10, 19))));
    told.packet(ipv4(tcp(119, kAck, kRefresh)));
    told.packet(ipv4(tcp(100, kAck, part(kKeepalive, 0, 12))));
    told.packet(ipv4(tcp(100, kAck, kKeepalive)));
    told.follower.finish();
    CHECK(told.messages == "4:19 4:23 ");
    CHECK(told.notes.empty());
}

TEST_CASE("sequence numbers wrap") {
    Told told;
    told.packet(ipv4(tcp(0xfffffff5, kSyn, {})));
    told.packet(ipv4(tcp(0xfffffff6, kAck, kKeepalive)));
    told.packet(ipv4(tcp(9, kAck, kKeepalive)));
    CHECK(told.messages == "2:19 3:19 ");
}

TEST_CASE("a gap that is never filled is told, and reading goes on at the next marker") {
    Told told;
    told.packet(ipv4(tcp(99, kSyn, {})));
    told.packet(ipv4(tcp(100, kAck, part(kRefresh, 0, 10))));
    told.packet(ipv4(tcp(115, kAck, part(kRefresh, 15, 23) + kKeepalive)));
    CHECK(told.messages.empty());
    told.follower.finish();
    CHECK(told.messages == "3:19 ");
    CHECK(told.notes ==
          "3: 192.0.2.1:1024 > 192.0.2.2:179: 5 octets never came; 10 octets of the message before them are given up\n"
          "3: 192.0.2.1:1024 > 192.0.2.2:179: 8 octets of a message whose beginning is missing\n");
}

TEST_CASE("a capture that begins in mid-message begins with the next") {
    Told told;
    told.packet(ipv4(tcp(500, kAck, part(kRefresh, 10, 23) + kKeepalive)));
    told.follower.finish();
    CHECK(told.messages == "1:19 ");
    CHECK(told.notes == "1: 192.0.2.1:1024 > 192.0.2.2:179: 13 octets of a message whose beginning is missing\n");
}

TEST_CASE("octets that a snapshot length cut off are told as such") {
    Told told;
    auto cut = ipv4(tcp(100, kAck, kKeepalive + kRefresh));
    cut.resize(cut.size() - 5);
    told.packet(cut);
    told.packet(ipv4(tcp(142, kAck, kKeepalive)));
    CHECK(told.messages == "1:19 2:19 ");
    CHECK(told.notes.starts_with("1: 192.0.2.1:1024 > 192.0.2.2:179: 5 octets were not captured (snapshot length)"));
}

TEST_CASE("octets that a snapshot length cut off are lost once, however often they are sent") {
    Told told;
    auto cut = ipv4(tcp(100, kAck, kKeepalive + kRefresh));
    cut.resize(cut.size() - 5);
    told.packet(cut);
    told.packet(cut);
    told.packet(ipv4(tcp(142, kAck, kKeepalive)));
    told.follower.finish();
    CHECK(told.messages == "1:19 3:19 ");
    CHECK(told.notes.find("snapshot length") == told.notes.rfind("snapshot length"));
}

TEST_CASE("what a connection left unfinished is told when its ports speak anew") {
    Told told;
    told.packet(ipv4(tcp(99, kSyn, {})));
    told.packet(ipv4(tcp(105, kAck, part(kKeepalive, 5, 19))));
    told.packet(ipv4(tcp(7999, kSyn, {})));
    told.packet(ipv4(tcp(8000, kAck, kKeepalive)));
    told.follower.finish();
    CHECK(told.messages == "4:19 ");
    CHECK(told.notes.contains("5 octets never came"));
}

TEST_CASE("fragments are counted, not read") {
    Told told;
    told.packet(ipv4(tcp(100, kAck, kKeepalive), 0x20));
    told.follower.finish();
    CHECK(told.messages.empty());
    CHECK(told.notes == "0: 1 packet passed over: fragments of IP packets are not put together\n");
}

TEST_CASE("every link type leads to the same segment") {
    const auto packet = ipv4(tcp(100, kAck, kKeepalive));
    const Octets mac(12, 2);
    Told told;
    told.packet(mac + Octets{8, 0} + packet + Octets(6, 0), LinkType::Ethernet);  // padded
    told.packet(mac + Octets{0x88, 0xa8, 0, 5, 0x81, 0, 0, 6, 8, 0} + ipv4(tcp(119, kAck, kKeepalive)),
                LinkType::Ethernet);
    told.packet(Octets(14, 0) + Octets{8, 0} + ipv4(tcp(138, kAck, kKeepalive)), LinkType::LinuxSll);
    told.packet(Octets{8, 0} + Octets(18, 0) + ipv4(tcp(157, kAck, kKeepalive)), LinkType::LinuxSll2);
    told.packet(Octets{2, 0, 0, 0} + ipv4(tcp(176, kAck, kKeepalive)), LinkType::Null);
    told.packet(Octets{0xff, 3, 0, 0x21} + ipv4(tcp(195, kAck, kKeepalive)), LinkType::Ppp);
    CHECK(told.messages == "1:19 2:19 3:19 4:19 5:19 6:19 ");
}

TEST_CASE("IPv6 extension headers are passed over, its fragments counted") {
    const auto ipv6 = [](std::uint8_t next, const Octets& inside) {
        Octets octets{0x60, 0, 0, 0, 0, static_cast<std::uint8_t>(inside.size()), next, 64};
        Octets address(15, 0);
        return octets + Octets{0xfe} + address + Octets{0xfd} + address + inside;
    };
    const auto segment = tcp(100, kAck, kKeepalive);
    Told told;
    told.packet(ipv6(0, Octets{60, 0, 1, 4, 0, 0, 0, 0} + Octets{6, 0, 1, 4, 0, 0, 0, 0} + segment));
    CHECK(told.messages == "1:19 ");
    told.packet(ipv6(44, Octets{6, 0, 0, 1, 0, 0, 0, 0} + segment));
    told.follower.finish();
    CHECK(told.notes == "0: 1 packet passed over: fragments of IP packets are not put together\n");
}

TEST_CASE("another connection of the same ports is another conversation") {
    std::string conversations;
    Follower follower{[&](const Heard& heard) { conversations += std::to_string(heard.conversation); },
                      [](std::size_t, const std::string&) {}};
    std::size_t number = 0;
    for (const auto& octets : {ipv4(tcp(99, kSyn, {})), ipv4(tcp(100, kAck, kKeepalive)), ipv4(tcp(7000, kSyn, {})),
                               ipv4(tcp(7001, kAck, kKeepalive))})
        follower.packet({++number, {}, LinkType::Raw, octets, octets.size()});
    CHECK(conversations == "01");
}
