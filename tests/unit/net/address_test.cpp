#include "dyad/net/address.hpp"

#include <doctest/doctest.h>

using namespace dyad;

TEST_CASE("an address goes to text and back") {
    for (const auto* text : {"0.0.0.0", "192.168.15.17", "::", "2001:db8::1", "fe80::1"})
        CHECK(Address::parse(text)->to_string() == text);
    for (const auto* text : {"", "10.0.0", "10.0.0.256", "10.0.0.1 ", "1:2", "g::1"}) CHECK_FALSE(Address::parse(text));
}

TEST_CASE("counting on crosses octets and stays in the family") {
    CHECK(Address::parse("192.168.15.255")->plus(1).to_string() == "192.168.16.0");
    CHECK(Address::parse("2001:db8::ffff")->plus(2).to_string() == "2001:db8::1:1");
}

TEST_CASE("octets of another length are no address") {
    const std::uint8_t octets[5] = {10, 0, 0, 1, 2};
    CHECK(Address::from_bytes(Bytes{octets}.first(4))->to_string() == "10.0.0.1");
    CHECK_FALSE(Address::from_bytes(octets));
}
