#include "dyad/wire/framer.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

Octets header(std::uint16_t length, std::uint8_t type) {
    return join({
        marker(),
        {static_cast<std::uint8_t>(length >> 8), static_cast<std::uint8_t>(length)},
        {type},
    });
}

Notification refused(const Octets& buffer) {
    const auto message = next_message(buffer);
    REQUIRE_FALSE(message.has_value());
    return message.error();
}

Notification bad_length(std::uint8_t high, std::uint8_t low) {
    return {ErrorCode::MessageHeader, subcode::kBadMessageLength, {high, low}};
}

}  // namespace

TEST_CASE("a message is framed only when its last octet is there") {
    const auto keepalive = octets_of(keepalive_message());
    for (std::size_t octets = 0; octets < keepalive.size(); ++octets) {
        const auto message = next_message(Bytes{keepalive}.first(octets));
        REQUIRE(message.has_value());
        CHECK_FALSE(message->has_value());
    }
    const auto message = next_message(keepalive);
    REQUIRE((message.has_value() && message->has_value()));
    CHECK((*message)->type == MessageType::Keepalive);
    CHECK((*message)->body().empty());
}

TEST_CASE("the first of two messages is framed without the second") {
    const auto both = join({octets_of(keepalive_message()), octets_of(keepalive_message())});
    const auto message = next_message(both);
    REQUIRE((message.has_value() && message->has_value()));
    CHECK((*message)->whole.size() == 19);
}

TEST_CASE("a marker that is not all ones is a lost synchronization (RFC 4271 6.1)") {
    auto octets = octets_of(keepalive_message());
    octets[7] = 0x7f;
    CHECK(refused(octets) == Notification{ErrorCode::MessageHeader, subcode::kConnectionNotSynchronized, {}});
}

TEST_CASE("an unknown type is answered with the type (RFC 4271 6.1)") {
    for (const auto type : Octets{0, 6, 255})
        CHECK(refused(header(19, type)) == Notification{ErrorCode::MessageHeader, subcode::kBadMessageType, {type}});
}

TEST_CASE("a length below a header or above 4096 is answered with the length, before the rest comes") {
    CHECK(refused(header(0, 4)) == bad_length(0, 0));
    CHECK(refused(header(18, 4)) == bad_length(0, 18));
    CHECK(refused(header(4097, 2)) == bad_length(0x10, 0x01));
    CHECK(refused(header(65535, 2)) == bad_length(0xff, 0xff));
}

TEST_CASE("each type has its own least length (RFC 4271 6.1)") {
    CHECK(refused(header(28, 1)) == bad_length(0, 28));
    CHECK(refused(header(22, 2)) == bad_length(0, 22));
    CHECK(refused(header(20, 3)) == bad_length(0, 20));
    CHECK(refused(header(20, 4)) == bad_length(0, 20));
    CHECK(refused(header(22, 5)) == bad_length(0, 22));
}

TEST_CASE("the largest message is 4096 octets") {
    auto update = header(4096, 2);
    update.resize(4096);
    const auto message = next_message(update);
    REQUIRE((message.has_value() && message->has_value()));
    CHECK((*message)->whole.size() == 4096);
}

TEST_CASE("an UPDATE may be as long as was agreed, an OPEN never above 4,096 (RFC 8654 section 4)") {
    auto message = join({marker(), {0xff, 0xff, 2}});
    message.resize(65'535);
    CHECK_FALSE(next_message(message).has_value());
    const auto whole = next_message(message, kMaxExtendedMessageOctets);
    REQUIRE(whole.has_value());
    CHECK((*whole)->whole.size() == 65'535);
    message[18] = 1;
    CHECK_FALSE(next_message(message, kMaxExtendedMessageOctets).has_value());
}
