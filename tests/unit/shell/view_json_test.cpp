#include "shell/view_json.hpp"

#include <doctest/doctest.h>

#include <boost/json/serialize.hpp>

using namespace dyad::shell;
using namespace dyad::speaker;
using boost::json::serialize;

TEST_CASE("a refused order begins with the error, one that was followed has none") {
    OrderView view{.sessions = {{"a", false, "is not Established"}}, .refused = "a is not Established"};
    CHECK(serialize(to_json(view)) ==
          R"({"error":"a is not Established","sessions":[{"session":"a","done":false,"what":"is not Established"}]})");
    view.refused.clear();
    CHECK(serialize(to_json(view)).starts_with(R"({"sessions":[)"));
}

TEST_CASE("the summary is the surface document's, key by key") {
    SummaryView view;
    view.hostname = "edge1";
    view.asn = dyad::Asn{65010};
    view.router_id = dyad::RouterId{0xc0a80f11};
    view.version = "0.1.0";
    view.uptime_seconds = 8130;
    SessionRow row;
    row.session = "er-ams/private/primary";
    row.link = "primary";
    row.interface = "eth1.100";
    row.local = "192.168.15.17";
    row.peer = "192.168.15.18";
    row.peer_asn = dyad::Asn{12076};
    row.state = "Established";
    row.uptime_seconds = 8121;
    row.received = 812;
    row.accepted = 810;
    row.best = 810;
    row.advertised = 3811;
    row.bfd = "Up";
    row.healthy = true;
    PeeringRow peering;
    peering.name = "er-ams/private";
    peering.kind = "private";
    peering.redundancy = "full";
    peering.advertised_limit = 4000;
    peering.links = {row};
    peering.redundancy_seconds = 3600;
    peering.this_month = {.month = "2026-11", .observed_seconds = 8000, .full_seconds = 7900, .degraded_seconds = 90, .down_seconds = 10, .full_percent = 98.75};
    view.circuits = {{.name = "er-ams", .sku = "standard", .peerings = {peering}}};
    view.fib = {.enabled = true, .routes = 812, .groups = 3, .pending = 0, .failed = 0};
    CHECK(serialize(to_json(view)) ==
          R"({"hostname":"edge1","asn":65010,"router_id":"192.168.15.17","version":"0.1.0","uptime_seconds":8130,)"
          R"("circuits":[{"name":"er-ams","sku":"standard","peerings":[)"
          R"({"name":"er-ams/private","kind":"private","redundancy":"full","advertised_limit":4000,"links":[)"
          R"({"session":"er-ams/private/primary","link":"primary","interface":"eth1.100","local":"192.168.15.17",)"
          R"("peer":"192.168.15.18","peer_asn":12076,"state":"Established","uptime_seconds":8121,"received":812,)"
          R"("accepted":810,"best":810,"advertised":3811,"withheld":0,"bfd":"Up","last_error":null,)"
          R"("reason":null,"cause":null,"drain":null,"down_seconds":0,"next_attempt_milliseconds":null,)"
          R"("guard_rejected":0,"loop_rejected":0,"alarm":null,"on":null,"healthy":true,"unhealthy":null,"maintenance_seconds":null,)"
          R"("prolonged":0,"quiet":false,"next_try":null}],"backups":[],"warnings":[],"redundancy_seconds":3600,)"
          R"("this_month":{"month":"2026-11","observed_seconds":8000,"full_seconds":7900,"degraded_seconds":90,"down_seconds":10,)"
          R"("full_percent":9.875E1},"last_month":null}]}],)"
          R"("neighbors":[],"fib":{"enabled":true,"routes":812,"groups":3,"pending":0,"failed":0,"backup_routes":0}})");
}

TEST_CASE("a route is the surface document's, key by key") {
    RouteView route;
    route.prefix = dyad::Prefix::parse("10.20.0.0/16").value();
    route.session = "er-ams/private/primary";
    route.next_hops = {{"er-ams/private/primary", "192.168.15.18", "eth1.100"}};
    route.as_path = "12076";
    route.local_pref = 100;
    route.origin = "igp";
    route.communities = {"12076:51004"};
    route.community_names = {"azure:eastus.microsoft"};
    route.best = true;
    route.multipath = true;
    route.fib = "installed";
    CHECK(serialize(to_json(route)) ==
          R"({"prefix":"10.20.0.0/16","next_hops":[{"session":"er-ams/private/primary","address":"192.168.15.18",)"
          R"("interface":"eth1.100"}],"as_path":"12076","local_pref":100,"med":null,"origin":"igp",)"
          R"("communities":["12076:51004"],"best":true,"multipath":true,"fib":"installed","reason":null,)"
          R"("session":"er-ams/private/primary","large_communities":[],)"
          R"("community_names":{"12076:51004":"azure:eastus.microsoft"}})");
}

TEST_CASE("what is not there begins with the error, so that readers know it by its first key") {
    CHECK(serialize(to_json(NotFound{"no session x", {"a", "b"}})) == R"({"error":"no session x","known":["a","b"]})");
}
