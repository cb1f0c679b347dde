#include "speaker/interfaces.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::speaker;

namespace {

netlink::Link link(std::uint32_t index, const char* name, bool carrier) {
    return {.index = index, .name = name, .up = true, .carrier = carrier};
}
netlink::InterfaceAddress address(std::uint32_t index, const char* text, std::uint8_t length) {
    return {.interface_index = index, .address = *Address::parse(text), .prefix_length = length};
}

}  // namespace

TEST_CASE("an interface is usable when it is up and has carrier") {
    Interfaces interfaces;
    CHECK(interfaces.update(link(2, "eth1", false)));
    CHECK_FALSE(interfaces.by_name("eth1")->usable);
    CHECK(interfaces.update(link(2, "eth1", true)));
    CHECK(interfaces.by_name("eth1")->usable);
    CHECK_FALSE(interfaces.update(link(2, "eth1", true)));
}

TEST_CASE("a removed interface is gone") {
    Interfaces interfaces;
    interfaces.update(link(2, "eth1", true));
    auto gone = link(2, "eth1", false);
    gone.gone = true;
    CHECK(interfaces.update(gone));
    CHECK(interfaces.by_name("eth1") == nullptr);
    CHECK_FALSE(interfaces.update(gone));
}

TEST_CASE("a neighbour lives on the interface with the longest subnet that holds it") {
    Interfaces interfaces;
    interfaces.update(link(2, "lan", true));
    interfaces.update(link(3, "p2p", true));
    interfaces.update(address(2, "10.0.0.1", 8));
    interfaces.update(address(3, "10.1.0.1", 30));
    CHECK(interfaces.toward(*Address::parse("10.1.0.2"))->name == "p2p");
    CHECK(interfaces.toward(*Address::parse("10.2.0.2"))->name == "lan");
    CHECK(interfaces.toward(*Address::parse("192.0.2.1")) == nullptr);
}

TEST_CASE("an address that is not usable yet does not count") {
    Interfaces interfaces;
    interfaces.update(link(2, "eth1", true));
    auto tentative = address(2, "2001:db8::1", 126);
    tentative.usable = false;
    CHECK_FALSE(interfaces.update(tentative));
    tentative.usable = true;
    CHECK(interfaces.update(tentative));
    CHECK(interfaces.has_address(tentative.address));
    tentative.gone = true;
    CHECK(interfaces.update(tentative));
    CHECK_FALSE(interfaces.has_address(tentative.address));
}
