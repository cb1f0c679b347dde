#include "dyad/wire/route_refresh.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

TEST_CASE("a ROUTE-REFRESH names a family (RFC 2918)") {
    const RouteRefresh refresh{.afi = 2, .subtype = 0, .safi = 1};
    const auto message = join({
        marker(),
        {0, 23},  // length
        {5},      // type
        {0, 2},   // AFI
        {0},      // subtype
        {1},      // SAFI
    });
    CHECK(encode_route_refresh(refresh) == message);
    CHECK(decode_route_refresh(Bytes{message}.subspan(19)) == refresh);
}

TEST_CASE("filters behind a plain request are passed over (RFC 5291)") {
    CHECK(decode_route_refresh(Octets{0, 1, 0, 1, 2, 0x80, 0, 0}) == RouteRefresh{.afi = 1, .subtype = 0, .safi = 1});
}

TEST_CASE("a ROUTE-REFRESH too short for a family is a bad message length") {
    const auto refresh = decode_route_refresh(Octets{0, 1, 0});
    REQUIRE_FALSE(refresh.has_value());
    CHECK(refresh.error() == Notification{ErrorCode::MessageHeader, subcode::kBadMessageLength, {0, 22}});
}

TEST_CASE("a demarcation of another length is answered with the whole message (RFC 7313 section 5)") {
    const auto refresh = decode_route_refresh(Octets{0, 1, 1, 1, 9});
    REQUIRE_FALSE(refresh.has_value());
    CHECK(refresh.error().code == ErrorCode::RouteRefreshMessage);
    CHECK(refresh.error().subcode == subcode::kInvalidMessageLength);
    CHECK(refresh.error().data == join({marker(), {0, 24, 5}, {0, 1, 1, 1, 9}}));
}

TEST_CASE("a BoRR as long as RFC 8654 lets it be is answered with its beginning") {
    const Octets body = join({{0, 1, 1, 1}, Octets(60'000, 0)});
    const auto refresh = decode_route_refresh(body);
    REQUIRE_FALSE(refresh.has_value());
    CHECK(refresh.error().data.size() == 4096);
    CHECK(encode_notification(refresh.error()).size() == 4096);
}
