#include "policy/import.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::policy;

namespace {

Prefix prefix(const char* text) { return *Prefix::parse(text); }

/// One route by 12076 and how a policy judges it.
struct Route {
    route::AttributePool pool;
    wire::Attributes attributes;

    Route() {
        attributes.origin = wire::Origin::Igp;
        attributes.as_path.prepend(Asn{12076});
        attributes.next_hop = Address::parse("192.168.15.18");
    }
    Verdict judged(const ImportPolicy& policy, const char* text = "10.1.0.0/16") {
        const auto ref = pool.intern(attributes);
        return judge_import(policy, prefix(text), ref, pool);
    }
    ImportStage stage(const ImportPolicy& policy, const char* text = "10.1.0.0/16") {
        return judged(policy, text).stage;
    }
};

ImportPolicy any() {
    ImportPolicy policy;
    policy.any = true;
    policy.local_as = Asn{65010};
    return policy;
}

}  // namespace

TEST_CASE("an empty policy accepts nothing") { CHECK(Route{}.stage({}) == ImportStage::NotListed); }

TEST_CASE("any accepts, with the session's preference") {
    auto policy = any();
    policy.local_preference = 150;
    const auto verdict = Route{}.judged(policy);
    CHECK(verdict.accepted());
    CHECK(verdict.local_preference == 150);
}

TEST_CASE("our own AS in the path is a loop, unless so many are allowed") {
    Route route;
    route.attributes.as_path.prepend(Asn{65010});
    route.attributes.as_path.prepend(Asn{12076});
    auto policy = any();
    CHECK(route.stage(policy) == ImportStage::AsLoop);
    policy.allow_as_in = 1;
    CHECK(route.stage(policy) == ImportStage::Accepted);
    route.attributes.as_path.prepend(Asn{65010});
    CHECK(route.stage(policy) == ImportStage::AsLoop);
}

TEST_CASE("nine times 12076 is no loop of ours") {
    Route route;
    route.attributes.as_path.prepend(Asn{12076}, 8);
    CHECK(route.stage(any()) == ImportStage::Accepted);
}

TEST_CASE("the path must begin with the peer's AS where that is asked, of external peers") {
    Route route;
    auto policy = any();
    policy.first_as = Asn{12076};
    CHECK(route.stage(policy) == ImportStage::Accepted);
    route.attributes.as_path.prepend(Asn{64512});
    CHECK(route.stage(policy) == ImportStage::FirstAs);
    policy.external = false;
    CHECK(route.stage(policy) == ImportStage::Accepted);
}

TEST_CASE("a next hop that nobody can have is refused") {
    Route route;
    for (const auto* text : {"0.0.0.0", "127.0.0.1", "224.0.0.1", "255.255.255.255"}) {
        route.attributes.next_hop = Address::parse(text);
        CHECK(route.stage(any()) == ImportStage::NextHop);
    }
    for (const auto* text : {"::", "::1", "ff02::1"}) {
        route.attributes.next_hop = Address::parse(text);
        CHECK(route.stage(any(), "2001:db8::/32") == ImportStage::NextHop);
    }
}

TEST_CASE("where nobody can be reached, nothing is taken; the blocks around it are") {
    Route route;
    for (const auto* text : {"127.1.0.0/16", "0.0.0.0/8", "224.0.0.0/4", "::/128", "::1/128", "::10.0.0.0/104",
                             "::ffff:10.0.0.0/104", "fe80::/64", "ff0e::/16"})
        CHECK_MESSAGE(route.stage(any(), text) == ImportStage::NotUnicast, text);
    for (const auto* text : {"0.0.0.0/0", "::/0", "::/8", "64:ff9b::/96", "2001:db8::/48"})
        CHECK_MESSAGE(route.stage(any(), text) != ImportStage::NotUnicast, text);
}

TEST_CASE("a listed prefix is accepted exactly, or with what lies below it down to a length") {
    Route route;
    ImportPolicy policy;
    policy.prefixes = {{prefix("10.1.0.0/16"), 16}, {prefix("10.2.0.0/16"), 24}, {prefix("10.3.0.0/16"), 0}};
    CHECK(route.stage(policy, "10.1.0.0/16") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.1.0.0/17") == ImportStage::NotListed);
    CHECK(route.stage(policy, "10.2.3.0/24") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.2.3.0/25") == ImportStage::NotListed);
    CHECK(route.stage(policy, "10.3.0.0/16") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.0.0.0/8") == ImportStage::NotListed);
}

TEST_CASE("an exception and a length stop what any would accept") {
    Route route;
    auto policy = any();
    policy.except = {{prefix("0.0.0.0/0"), 0}};
    policy.max_length_v4 = 24;
    policy.max_length_v6 = 48;
    CHECK(route.stage(policy, "0.0.0.0/0") == ImportStage::Excepted);
    CHECK(route.stage(policy, "10.1.1.0/24") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.1.1.0/25") == ImportStage::TooLong);
    route.attributes.next_hop = Address::parse("2001:db8::1");
    CHECK(route.stage(policy, "2001:db8::/48") == ImportStage::Accepted);
    CHECK(route.stage(policy, "2001:db8::/49") == ImportStage::TooLong);
}

TEST_CASE("a community's pattern is its decimal text, with a star for any rest") {
    CHECK(CommunityMatch{"12076:51*"}.matches((12076u << 16) | 51004));
    CHECK(CommunityMatch{"12076:51*"}.matches((12076u << 16) | 51));
    CHECK_FALSE(CommunityMatch{"12076:51*"}.matches((12076u << 16) | 5));
    CHECK_FALSE(CommunityMatch{"12076:51"}.matches((12076u << 16) | 51004));
    CHECK(CommunityMatch{"65535:65535"}.matches(0xffffffff));
    CHECK(CommunityMatch{"*"}.matches(0));
}

TEST_CASE("one of the communities asked for must be there") {
    Route route;
    auto policy = any();
    policy.communities = {{"12076:50004"}, {"12076:51*"}};
    CHECK(route.stage(policy) == ImportStage::Community);
    route.attributes.communities = {(65010u << 16) | 9};
    CHECK(route.stage(policy) == ImportStage::Community);
    route.attributes.communities.push_back((12076u << 16) | 51004);
    CHECK(route.stage(policy) == ImportStage::Accepted);
}

TEST_CASE("the first community rule that matches sets the preference") {
    Route route;
    auto policy = any();
    policy.communities_in = {{{"12076:51004"}, 120}, {{"12076:*"}, 110}};
    CHECK(route.judged(policy).local_preference == 100);
    route.attributes.communities = {(12076u << 16) | 50004, (12076u << 16) | 51004};
    CHECK(route.judged(policy).local_preference == 120);
    route.attributes.communities = {(12076u << 16) | 50004};
    CHECK(route.judged(policy).local_preference == 110);
}

TEST_CASE("an internal peer's LOCAL_PREF counts, an external one's does not") {
    Route route;
    route.attributes.local_pref = 300;
    auto policy = any();
    CHECK(route.judged(policy).local_preference == 100);
    policy.external = false;
    CHECK(route.judged(policy).local_preference == 300);
    route.attributes.local_pref.reset();
    CHECK(route.judged(policy).local_preference == 100);
}

TEST_CASE("what equals or covers a prefix of ours is guarded against") {
    Route route;
    auto policy = any();
    policy.guarded = {prefix("10.1.0.0/16"), prefix("10.200.0.0/16")};
    CHECK(route.stage(policy, "10.1.0.0/16") == ImportStage::Guarded);
    CHECK(route.stage(policy, "10.0.0.0/15") == ImportStage::Guarded);
    CHECK(route.stage(policy, "10.192.0.0/12") == ImportStage::Guarded);
    CHECK(route.stage(policy, "0.0.0.0/0") == ImportStage::Guarded);
    CHECK(route.stage(policy, "10.1.2.0/24") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.2.0.0/16") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.201.0.0/16") == ImportStage::Accepted);
}

TEST_CASE("default routes and private aggregates are guarded against where that is asked") {
    Route route;
    auto policy = any();
    CHECK(route.stage(policy, "0.0.0.0/0") == ImportStage::Accepted);
    policy.guard_aggregates = true;
    for (const auto* text : {"0.0.0.0/0", "10.0.0.0/8", "10.0.0.0/11", "172.0.0.0/8", "192.0.0.0/8", "172.0.0.0/11"}) {
        CHECK(route.stage(policy, text) == ImportStage::Guarded);
    }
    for (const auto* text : {"10.0.0.0/12", "172.16.0.0/12", "192.168.0.0/16", "20.0.0.0/8"})
        CHECK(route.stage(policy, text) == ImportStage::Accepted);
    route.attributes.next_hop = Address::parse("2001:db8::1");
    CHECK(route.stage(policy, "::/0") == ImportStage::Guarded);
    CHECK(route.stage(policy, "fd00::/8") == ImportStage::Guarded);
    CHECK(route.stage(policy, "2001:db8::/32") == ImportStage::Accepted);
}

TEST_CASE("a prefix that accept names exactly passes the guard, unless it is one of ours") {
    Route route;
    ImportPolicy policy;
    policy.guard_aggregates = true;
    policy.guarded = {prefix("10.1.0.0/16")};
    policy.prefixes = {{prefix("0.0.0.0/0"), 0}, {prefix("10.0.0.0/8"), 24}, {prefix("10.1.0.0/16"), 16}};
    CHECK(route.stage(policy, "0.0.0.0/0") == ImportStage::Accepted);
    CHECK(route.stage(policy, "10.0.0.0/8") == ImportStage::Guarded);
    CHECK(route.stage(policy, "10.1.0.0/16") == ImportStage::Guarded);
    CHECK(route.stage(policy, "10.3.0.0/16") == ImportStage::Accepted);
}

TEST_CASE("every import stage has a name and a sentence") {
    for (int i = 0; i <= static_cast<int>(ImportStage::Guarded); ++i) {
        CHECK_FALSE(to_string(static_cast<ImportStage>(i)).empty());
        CHECK_FALSE(sentence(static_cast<ImportStage>(i)).empty());
    }
    CHECK(configuration_key(ImportStage::TooLong) == "accept.max_length");
}

TEST_CASE(
    "C-23, C-25: a route for customers only is a leak where a customer, a client or another's peer says it (RFC 9234 "
    "5)") {
    using enum wire::Role;
    Route route;
    auto policy = any();
    policy.peer_as = Asn{12076};
    for (const auto role : {Provider, RouteServer, Peer, Customer, RouteServerClient}) {
        policy.role = role;
        route.attributes.only_to_customer.reset();
        CHECK(route.stage(policy) == ImportStage::Accepted);
        route.attributes.only_to_customer = Asn{12076};
        const bool from_below = role == Provider || role == RouteServer;
        CHECK(route.stage(policy) == (from_below ? ImportStage::RouteLeak : ImportStage::Accepted));
        route.attributes.only_to_customer = Asn{64999};
        CHECK(route.stage(policy) == (from_below || role == Peer ? ImportStage::RouteLeak : ImportStage::Accepted));
    }
    policy.role.reset();
    CHECK(route.stage(policy) == ImportStage::Accepted);
}

TEST_CASE("C-09: what a provider, a peer or a route server left out is the peer's AS") {
    using enum wire::Role;
    auto policy = any();
    policy.peer_as = Asn{12076};
    CHECK_FALSE(only_to_customer_of(policy));
    for (const auto role : {Customer, Peer, RouteServerClient}) {
        policy.role = role;
        CHECK(only_to_customer_of(policy) == Asn{12076});
    }
    for (const auto role : {Provider, RouteServer}) {
        policy.role = role;
        CHECK_FALSE(only_to_customer_of(policy));
    }
}

TEST_CASE("an internal route that we originated ourselves is not taken back (RFC 4456 section 8)") {
    Route route;
    route.attributes.originator_id = RouterId{7};
    auto policy = any();
    policy.external = false;
    policy.router_id = RouterId{7};
    CHECK(route.stage(policy) == ImportStage::OwnOriginator);
    policy.router_id = RouterId{8};
    CHECK(route.stage(policy) == ImportStage::Accepted);
}
