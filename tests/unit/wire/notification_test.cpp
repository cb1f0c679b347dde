#include "dyad/wire/notification.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

TEST_CASE("a NOTIFICATION is a code, a subcode and data (RFC 4271 4.5)") {
    const Notification notification{ErrorCode::OpenMessage, subcode::kUnsupportedVersion, {0, 4}};
    const auto message = join({
        marker(),
        {0, 23},  // length
        {3},      // type
        {2},      // code
        {1},      // subcode
        {0, 4},   // data
    });
    CHECK(encode_notification(notification) == message);
    CHECK(decode_notification(Bytes{message}.subspan(19)) == notification);
}

TEST_CASE("a NOTIFICATION without a subcode is a bad message length") {
    const auto decoded = decode_notification(Octets{6});
    REQUIRE_FALSE(decoded.has_value());
    CHECK(decoded.error() == Notification{ErrorCode::MessageHeader, subcode::kBadMessageLength, {0, 20}});
}

TEST_CASE("data that does not fit in a message is cut") {
    const Notification notification{ErrorCode::UpdateMessage, 1, Octets(5000, 7)};
    CHECK(encode_notification(notification).size() == 4096);
}

TEST_CASE("errors have the names IANA gives them, and numbers where it gives none") {
    CHECK(Notification{ErrorCode::Cease, 2, {}}.to_string() == "Cease/Administrative Shutdown");
    CHECK(Notification{ErrorCode::Cease, 10, {}}.to_string() == "Cease/BFD Down");
    CHECK(Notification{ErrorCode::OpenMessage, 2, {}}.to_string() == "OPEN Message Error/Bad Peer AS");
    CHECK(Notification{ErrorCode::UpdateMessage, 0, {}}.to_string() == "UPDATE Message Error");
    CHECK(Notification{ErrorCode::HoldTimerExpired, 0, {}}.to_string() == "Hold Timer Expired");
    CHECK(Notification{ErrorCode::Cease, 99, {}}.to_string() == "Cease/subcode 99");
    CHECK(Notification{ErrorCode{99}, 98, {}}.to_string() == "error 99/subcode 98");
}

TEST_CASE("a shutdown carries the operator's words (RFC 9003)") {
    const auto notification = cease(subcode::kAdministrativeShutdown, "back at 6");
    CHECK(notification.data == Octets{9, 'b', 'a', 'c', 'k', ' ', 'a', 't', ' ', '6'});
    CHECK(shutdown_text(notification) == "back at 6");
    CHECK(shutdown_text(cease(subcode::kAdministrativeReset, "new policy")) == "new policy");
}

TEST_CASE("only a shutdown and a reset carry words") {
    CHECK(cease(subcode::kPeerDeconfigured, "bye").data.empty());
    CHECK(shutdown_text({ErrorCode::Cease, subcode::kMaximumPrefixes, {3, 'b', 'y', 'e'}}).empty());
    CHECK(shutdown_text({ErrorCode::OpenMessage, 2, {3, 'b', 'y', 'e'}}).empty());
    CHECK(cease(subcode::kAdministrativeShutdown).data.empty());
}

TEST_CASE("the words inside a hard reset are those of its cause (RFC 8538)") {
    const Notification hard_reset{ErrorCode::Cease, subcode::kHardReset, {6, 2, 2, 'h', 'i'}};
    CHECK(shutdown_text(hard_reset) == "hi");
}

TEST_CASE("long words are cut to 255 octets at a character's border") {
    const std::string text = std::string(254, 'x') + "\u00e9";  // two octets, the second would be the 256th
    CHECK(shutdown_text(cease(subcode::kAdministrativeShutdown, text)) == std::string(254, 'x'));
}

TEST_CASE("words that are not whole, or no UTF-8, are no words (RFC 9003 section 2)") {
    const auto shutdown = [](Octets data) {
        return shutdown_text({ErrorCode::Cease, subcode::kAdministrativeShutdown, std::move(data)});
    };
    CHECK(shutdown({}).empty());
    CHECK(shutdown({0}).empty());
    CHECK(shutdown({4, 'b', 'y', 'e'}).empty());
    CHECK(shutdown({2, 0xc3, 0xa9}) == "\u00e9");
    CHECK(shutdown({2, 0xc0, 0xaf}).empty());              // "/" in a longer form
    CHECK(shutdown({3, 0xed, 0xa0, 0x80}).empty());        // a surrogate
    CHECK(shutdown({4, 0xf4, 0x90, 0x80, 0x80}).empty());  // above U+10FFFF
    CHECK(shutdown({1, 0x80}).empty());                    // a continuation alone
    CHECK(shutdown({4, 0xf0, 0x9f, 0x98, 0x80}) == "\U0001f600");
}
