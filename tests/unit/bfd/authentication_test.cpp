#include "bfd/authentication.hpp"

#include <doctest/doctest.h>

#include "packets.hpp"

using namespace dyad;
using namespace dyad::bfd;

namespace {

const Key kKey{.type = KeyType::MeticulousKeyedSha1, .id = 7, .secret = "secret"};

std::vector<std::uint8_t> signed_packet(Packet packet, const Key& key, std::uint32_t sequence) {
    packet.authentication_present = true;
    auto octets = encode(packet);
    sign(octets, key, sequence);
    return octets;
}

Session keyed_session(KeyType type) {
    auto key = kKey;
    key.type = type;
    return Session{kStart, kOurs, {.key = key}, 7};
}

std::expected<void, Discard> give_signed(Session& session, Instant now, KeyType type, std::uint32_t sequence) {
    auto key = kKey;
    key.type = type;
    const auto octets = signed_packet(from_peer(State::Down), key, sequence);
    return session.received(now, decode(octets)->packet, octets);
}

}  // namespace

TEST_CASE("a signed packet has the section of RFC 5880 4.4") {
    const auto octets = signed_packet(from_peer(State::Down), kKey, 0x01020304);
    REQUIRE(octets.size() == 52);
    CHECK(octets[3] == 52);   // Length
    CHECK(octets[24] == 5);   // Auth Type: meticulous keyed SHA1
    CHECK(octets[25] == 28);  // Auth Len
    CHECK(octets[26] == 7);   // Auth Key ID
    CHECK(octets[27] == 0);   // Reserved
    CHECK(octets[28] == 1);   // Sequence Number
    CHECK(octets[31] == 4);
}

TEST_CASE("the hash is SHA-1 over the packet with the padded key in its place") {
    // Header: state Down, multiplier 3, discriminators 1 and 0, 1 s, 300 ms; key "secret", id 7, sequence 1.
    const Packet packet{.state = State::Down,
                        .detect_multiplier = 3,
                        .my_discriminator = 1,
                        .desired_min_tx = 1s,
                        .required_min_rx = 300ms};
    const auto octets = signed_packet(packet, kKey, 1);
    const std::vector<std::uint8_t> expected = {0x01, 0xe1, 0xc5, 0x6d, 0x44, 0x5f, 0x01, 0xf6, 0x5f, 0xa7,
                                                0x45, 0x7e, 0x50, 0xb5, 0x98, 0xd8, 0xe0, 0xcb, 0x73, 0x8e};
    CHECK(std::vector<std::uint8_t>(octets.end() - 20, octets.end()) == expected);
}

TEST_CASE("a packet signed with the key is accepted, with its sequence number") {
    CHECK(verify(signed_packet(from_peer(State::Up), kKey, 42), kKey) == 42);
}

TEST_CASE("no single octet of a signed packet can be changed") {
    const auto octets = signed_packet(from_peer(State::Up), kKey, 42);
    for (std::size_t i = 0; i < octets.size(); ++i) {
        auto forged = octets;
        forged[i] ^= 0x01;
        // The reserved octet and the header are under the hash too.
        CHECK(verify(forged, kKey).error() == Discard::WrongAuthentication);
    }
}

TEST_CASE("another key, id or type is not accepted") {
    const auto octets = signed_packet(from_peer(State::Up), kKey, 42);
    auto other = kKey;
    other.secret = "Secret";
    CHECK_FALSE(verify(octets, other));
    other = kKey;
    other.id = 8;
    CHECK_FALSE(verify(octets, other));
    other = kKey;
    other.type = KeyType::KeyedSha1;
    CHECK_FALSE(verify(octets, other));
}

TEST_CASE("a section that is cut short is not accepted") {
    const auto octets = signed_packet(from_peer(State::Up), kKey, 42);
    for (std::size_t length = kHeaderOctets; length < octets.size(); ++length)
        CHECK_FALSE(verify(Bytes{octets}.first(length), kKey));
}

TEST_CASE("a packet without a section is discarded where a key is configured, and the other way round") {
    auto keyed = keyed_session(KeyType::KeyedSha1);
    CHECK(give(keyed, kStart, from_peer(State::Down)).error() == Discard::MissingAuthentication);
    Session plain{kStart, kOurs, {}, 7};
    CHECK(give_signed(plain, kStart, KeyType::KeyedSha1, 1).error() == Discard::UnexpectedAuthentication);
}

TEST_CASE("meticulous: a sequence number counts once, and no more than nine ahead") {
    auto session = keyed_session(KeyType::MeticulousKeyedSha1);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 100));
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 100).error() == Discard::Replayed);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 99).error() == Discard::Replayed);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 110).error() == Discard::Replayed);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 109));
}

TEST_CASE("keyed: a sequence number may come again, a smaller one may not") {
    auto session = keyed_session(KeyType::KeyedSha1);
    CHECK(give_signed(session, kStart, KeyType::KeyedSha1, 100));
    CHECK(give_signed(session, kStart, KeyType::KeyedSha1, 100));
    CHECK(give_signed(session, kStart, KeyType::KeyedSha1, 99).error() == Discard::Replayed);
}

TEST_CASE("sequence numbers go round at 2^32") {
    auto session = keyed_session(KeyType::MeticulousKeyedSha1);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 0xffffffff));
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 0));
}

TEST_CASE("after two detection times of silence any sequence number is good: the peer may have restarted") {
    auto session = keyed_session(KeyType::MeticulousKeyedSha1);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 100));
    CHECK(give_signed(session, kStart + 5999ms, KeyType::MeticulousKeyedSha1, 5).error() == Discard::Replayed);
    CHECK(give_signed(session, kStart + 6s, KeyType::MeticulousKeyedSha1, 5));
}

TEST_CASE("a forged packet does not move the window") {
    auto session = keyed_session(KeyType::MeticulousKeyedSha1);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 100));
    auto forged = signed_packet(from_peer(State::Down), kKey, 105);
    forged.back() ^= 1;
    CHECK(session.received(kStart, decode(forged)->packet, forged).error() == Discard::WrongAuthentication);
    CHECK(give_signed(session, kStart, KeyType::MeticulousKeyedSha1, 101));
}

TEST_CASE("meticulous: each packet sent has the next number; keyed: only one that says something else") {
    for (const auto type : {KeyType::MeticulousKeyedSha1, KeyType::KeyedSha1}) {
        auto session = keyed_session(type);
        auto key = kKey;
        key.type = type;
        std::vector<std::uint32_t> numbers;
        for (int i = 0; i < 3; ++i) {
            session.tick(kStart + i * 1s);
            for (auto& action : session.take_actions())
                if (const auto* send = std::get_if<Send>(&action)) numbers.push_back(*verify(send->octets, key));
        }
        REQUIRE(numbers.size() == 3);
        const std::uint32_t step = type == KeyType::MeticulousKeyedSha1 ? 1 : 0;
        CHECK(numbers[1] == numbers[0] + step);
        CHECK(numbers[2] == numbers[1] + step);
    }
}
