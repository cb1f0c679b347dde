#include "ctl/azure.hpp"

#include <doctest/doctest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

using namespace dyad::ctl;

namespace {

Json summary() {
    return boost::json::parse(R"({"circuits":[{"peerings":[{"links":[
        {"session":"er/private/primary","peer":"192.168.15.18","peer_asn":12076,"state":"Established","uptime_seconds":5184000,"received":12},
        {"session":"er/private/secondary","peer":"192.168.15.22","peer_asn":12076,"state":"Active","uptime_seconds":0,"received":0}]}]}],
        "neighbors":[{"session":"edge2","peer":"10.1.0.3","peer_asn":65010,"state":"Established","uptime_seconds":93784,"received":3}]})");
}

Json route() {
    return boost::json::parse(
        R"({"prefix":"10.17.11.0/25","next_hops":[{"session":"er/private/primary","address":"192.168.15.18"}],
        "as_path":"12076 65515","local_pref":100})");
}

}  // namespace

TEST_CASE("a session's time reads as on the routers that Azure shows") {
    CHECK(cisco_duration(0) == "00:00:00");
    CHECK(cisco_duration(2467) == "00:41:07");
    CHECK(cisco_duration(93784) == "1d02h");
    CHECK(cisco_duration(5184000) == "8w4d");
}

TEST_CASE("the routes summary has Azure's columns, and its keys as JSON") {
    CHECK(render_azure_routes_summary(summary(), Colours::Off) ==
          "Neighbor       V     AS  UpDown  StatePfxRcd  Session\n"
          "192.168.15.18  4  12076  8w4d    12           er/private/primary\n"
          "192.168.15.22  4  12076  Active  Active       er/private/secondary\n"
          "10.1.0.3       4  65010  1d02h   3            edge2\n");
    CHECK(
        boost::json::serialize(azure_routes_summary(summary()).at(0)) ==
        R"({"neighbor":"192.168.15.18","v":4,"as":12076,"upDown":"8w4d","statePfxRcd":"12","session":"er/private/primary"})");
}

TEST_CASE("the ARP table has Azure's columns, and its keys as JSON") {
    const auto arp = boost::json::parse(R"({"rows":[
        {"age_minutes":0,"property":"On-Prem","address":"192.168.15.17","mac":"02:00:5e:10:00:01","session":"er/private/primary"},
        {"age_minutes":10,"property":"Microsoft","address":"192.168.15.18","mac":"02:00:5e:10:00:02","session":"er/private/primary"},
        {"age_minutes":0,"property":"Microsoft","address":"192.168.15.22","mac":null,"session":"er/private/secondary"}]})");
    CHECK(render_azure_arp(arp, Colours::Off) ==
          "Age  InterfaceProperty  IpAddress      MacAddress      Session\n"
          "  0  On-Prem            192.168.15.17  0200.5e10.0001  er/private/primary\n"
          " 10  Microsoft          192.168.15.18  0200.5e10.0002  er/private/primary\n"
          "  0  Microsoft          192.168.15.22  Incomplete      er/private/secondary\n");
    CHECK(
        boost::json::serialize(azure_arp(arp).at(1)) ==
        R"({"age":10,"interfaceProperty":"Microsoft","ipAddress":"192.168.15.18","macAddress":"0200.5e10.0002","session":"er/private/primary"})");
}

TEST_CASE("the route table has Azure's columns, and its keys as JSON") {
    CHECK(render_azure_route_titles(Colours::Off) + render_azure_route(route(), Colours::Off) ==
          "Network            NextHop           LocPrf Weight  Path\n"
          "10.17.11.0/25      192.168.15.18        100      0  12076 65515\n");
    CHECK(boost::json::serialize(azure_route(route())) ==
          R"({"network":"10.17.11.0/25","nextHop":"192.168.15.18","locPrf":"100","weight":0,"path":"12076 65515"})");
    CHECK(text(azure_route(boost::json::parse(R"({"prefix":"10.0.0.0/8","next_hops":[]})")), "nextHop").empty());
}
