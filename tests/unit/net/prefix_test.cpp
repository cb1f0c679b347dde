#include "dyad/net/prefix.hpp"

#include <doctest/doctest.h>

using namespace dyad;

TEST_CASE("a prefix keeps no host bits") {
    CHECK(Prefix{Address::v4(0x0a0102ff), 24}.to_string() == "10.1.2.0/24");
    CHECK(Prefix{*Address::parse("2001:db8::1"), 126}.to_string() == "2001:db8::/126");
    CHECK(Prefix{Address::v4(0xffffffff), 0}.to_string() == "0.0.0.0/0");
}

TEST_CASE("host bits in text are an error, not cleared") {
    CHECK(Prefix::parse("192.168.15.18/29").error() == PrefixError::HostBitsSet);
    CHECK(Prefix::parse("192.168.15.16/29")->length() == 29);
}

TEST_CASE("text that is no prefix says what is wrong with it") {
    CHECK(Prefix::parse("10.0.0.0").error() == PrefixError::NotAPrefix);
    CHECK(Prefix::parse("10.0.0/8").error() == PrefixError::BadAddress);
    CHECK(Prefix::parse("10.0.0.0/33").error() == PrefixError::BadLength);
    CHECK(Prefix::parse("10.0.0.0/").error() == PrefixError::BadLength);
    CHECK(Prefix::parse("2001:db8::/129").error() == PrefixError::BadLength);
}

TEST_CASE("a prefix covers itself and what lies below, in its own family") {
    const auto ten = *Prefix::parse("10.0.0.0/8");
    CHECK(ten.covers(ten));
    CHECK(ten.covers(*Prefix::parse("10.255.0.0/16")));
    CHECK_FALSE(ten.covers(*Prefix::parse("0.0.0.0/0")));
    CHECK_FALSE(ten.covers(*Prefix::parse("a00::/8")));
    CHECK(ten.contains(Address::v4(0x0affffff)));
}

TEST_CASE("prefixes sort by family, address, length") {
    CHECK(*Prefix::parse("10.0.0.0/8") < *Prefix::parse("10.0.0.0/9"));
    CHECK(*Prefix::parse("10.0.0.0/9") < *Prefix::parse("10.128.0.0/9"));
    CHECK(*Prefix::parse("255.0.0.0/8") < *Prefix::parse("::/0"));
}
