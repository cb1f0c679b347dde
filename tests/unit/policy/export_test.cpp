#include "policy/export.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::policy;

namespace {

constexpr std::uint32_t kNoExport = 0xffffff01;

Prefix prefix(const char* text) { return *Prefix::parse(text); }

/// A router of AS 65010 that learned 10.9.0.0/16 from session 1 and exports to another.
struct World {
    route::AttributePool pool;
    ExportCache cache;
    ExportPolicy policy;
    wire::Attributes learned;
    Candidate best;

    World() {
        policy.local_as = Asn{65010};
        policy.local_address = *Address::parse("192.0.2.1");
        policy.pass_on = {SessionId{1}};
        learned.origin = wire::Origin::Egp;
        learned.as_path.prepend(Asn{64999});
        learned.next_hop = Address::parse("198.51.100.7");
        learned.med = 50;
        best.from = SessionId{1};
        best.local_preference = 130;
    }
    ExportVerdict judge(const char* text = "10.9.0.0/16") {
        best.attributes = pool.intern(learned);
        return judge_export(policy, prefix(text), best, pool, cache);
    }
    wire::Attributes sent(const char* text = "10.9.0.0/16") {
        const auto verdict = judge(text);
        REQUIRE(verdict.stage == ExportStage::Sent);
        return pool.attributes(verdict.attributes);
    }
};

}  // namespace

TEST_CASE("an external neighbour hears our AS in front, our next hop, no MED and no LOCAL_PREF") {
    World world;
    world.learned.local_pref = 200;
    world.learned.atomic_aggregate = true;
    const auto sent = world.sent();
    CHECK(sent.as_path.to_string() == "65010 64999");
    CHECK(sent.next_hop == Address::parse("192.0.2.1"));
    CHECK(sent.origin == wire::Origin::Egp);
    CHECK(sent.atomic_aggregate);
    CHECK_FALSE(sent.med);
    CHECK_FALSE(sent.local_pref);
}

TEST_CASE("prepending adds copies of our AS") {
    World world;
    world.policy.prepend = 2;
    CHECK(world.sent().as_path.to_string() == "65010 65010 65010 64999");
}

TEST_CASE("the next hop stays where the policy leaves it") {
    World world;
    world.policy.next_hop = NextHopRule::Unchanged;
    CHECK(world.sent().next_hop == Address::parse("198.51.100.7"));
}

TEST_CASE("an internal neighbour hears the path unchanged, the MED and our preference") {
    World world;
    world.policy.external = false;
    const auto sent = world.sent();
    CHECK(sent.as_path.to_string() == "64999");
    CHECK(sent.med == 50);
    CHECK(sent.local_pref == 130);
    CHECK(sent.next_hop == Address::parse("192.0.2.1"));
    world.best.local_preference = 90;
    CHECK(world.sent().local_pref == 90);
}

TEST_CASE("what belongs to our AS alone does not leave it") {
    World world;
    world.learned.originator_id = RouterId{1};
    world.learned.cluster_list = {2};
    world.learned.extended_communities = {{0x00, 2, 0, 1, 0, 0, 0, 1}, {0x40, 2, 0, 1, 0, 0, 0, 1}};
    const auto sent = world.sent();
    CHECK_FALSE(sent.originator_id);
    CHECK(sent.cluster_list.empty());
    CHECK(sent.extended_communities == std::vector{world.learned.extended_communities.front()});
}

TEST_CASE("an unknown transitive attribute goes on, marked partial") {
    World world;
    world.learned.unknown = {{.flags = 0xc0, .type = 99, .value = {1, 2}}};
    const auto sent = world.sent();
    REQUIRE(sent.unknown.size() == 1);
    CHECK((sent.unknown[0].flags & 0x20) != 0);
    CHECK(sent.unknown[0].value == world.learned.unknown[0].value);
}

TEST_CASE("an originated prefix has our AS alone as its path, and wins over a learned one") {
    World world;
    world.policy.originate = {{prefix("10.1.0.0/16"), {}}, {prefix("10.9.0.0/16"), {(65010u << 16) | 9}}};
    const auto sent = world.sent();
    CHECK(sent.as_path.to_string() == "65010");
    CHECK(sent.origin == wire::Origin::Igp);
    CHECK(sent.next_hop == Address::parse("192.0.2.1"));
    CHECK(sent.communities == std::vector<std::uint32_t>{(65010u << 16) | 9});
    const auto other = judge_export(world.policy, prefix("10.1.0.0/16"), std::nullopt, world.pool, world.cache);
    CHECK(other.stage == ExportStage::Sent);
    CHECK(world.pool.communities(other.attributes).empty());

    world.policy.external = false;
    world.cache.clear();
    CHECK(world.sent().as_path.to_string().empty());
    CHECK(world.sent().local_pref == 100);
}

TEST_CASE("IPv6 goes out with our IPv6 address, and not at all with another") {
    World world;
    world.learned.next_hop = Address::parse("2001:db8::7");
    CHECK(world.judge("2001:db8:9::/48").stage == ExportStage::NoNextHop);
    world.policy.local_address = *Address::parse("2001:db8::1");
    CHECK(world.sent("2001:db8:9::/48").next_hop == Address::parse("2001:db8::1"));
    world.policy.originate = {{prefix("10.1.0.0/16"), {}}};
    CHECK(judge_export(world.policy, prefix("10.1.0.0/16"), std::nullopt, world.pool, world.cache).stage ==
          ExportStage::NoNextHop);
}

TEST_CASE("IPv4 goes out with our IPv6 address where the session agreed on that (RFC 8950), and not otherwise") {
    World world;
    world.policy.local_address = *Address::parse("2001:db8::1");
    world.policy.originate = {{prefix("10.1.0.0/16"), {}}};
    CHECK(world.judge("10.9.0.0/16").stage == ExportStage::NoNextHop);
    world.policy.next_hop_of_ipv4 = NextHopOfIpv4::Either;
    world.cache.clear();
    CHECK(world.sent("10.9.0.0/16").next_hop == Address::parse("2001:db8::1"));
    CHECK(world.sent("10.1.0.0/16").next_hop == Address::parse("2001:db8::1"));
    CHECK(judge_export_stage(world.policy, prefix("10.1.0.0/16"), std::nullopt, world.pool) == ExportStage::Sent);
}

TEST_CASE("an IPv6 next hop of an IPv4 route is not passed on unchanged to who cannot read it") {
    World world;
    world.learned.next_hop = Address::parse("2001:db8::7");
    world.policy.next_hop = NextHopRule::Unchanged;
    CHECK(world.judge("10.9.0.0/16").stage == ExportStage::NoNextHop);
    CHECK(world.judge("2001:db8:9::/48").stage == ExportStage::Sent);
    world.policy.next_hop_of_ipv4 = NextHopOfIpv4::Either;
    world.cache.clear();
    CHECK(world.sent("10.9.0.0/16").next_hop == Address::parse("2001:db8::7"));
}

TEST_CASE("0.0.0.0 is not told as a next hop") {
    World world;
    world.policy.local_address = Address{};
    CHECK(world.judge().stage == ExportStage::NoNextHop);
    CHECK(judge_export_stage(world.policy, prefix("10.9.0.0/16"), world.best, world.pool) == ExportStage::NoNextHop);
    world.policy.originate = {{prefix("10.1.0.0/16"), {}}};
    CHECK(judge_export_stage(world.policy, prefix("10.1.0.0/16"), std::nullopt, world.pool) == ExportStage::NoNextHop);
    world.policy.next_hop = NextHopRule::Unchanged;
    CHECK(world.judge().stage == ExportStage::Sent);
    CHECK(judge_export_stage(world.policy, prefix("10.9.0.0/16"), world.best, world.pool) == ExportStage::Sent);
}

TEST_CASE("nothing is passed on that is not listed") {
    World world;
    world.policy.pass_on = {};
    CHECK(world.judge().stage == ExportStage::NotListed);
    world.policy.pass_on = {SessionId{2}};
    CHECK(world.judge().stage == ExportStage::NotPassedOn);
    CHECK(judge_export(world.policy, prefix("10.9.0.0/16"), std::nullopt, world.pool, world.cache).stage ==
          ExportStage::NoRoute);
    CHECK(world.pool.references() == 2);  // the learned one's: nothing was made
}

TEST_CASE("a route does not go back to its own peering") {
    World world;
    world.policy.same_peering = {SessionId{0}, SessionId{1}};
    CHECK(world.judge().stage == ExportStage::LearnedHere);
}

TEST_CASE("a route learned by iBGP is not passed on by iBGP") {
    World world;
    world.best.from_internal = true;
    CHECK(world.judge().stage == ExportStage::Sent);
    world.policy.external = false;
    CHECK(world.judge().stage == ExportStage::InternalToInternal);
}

TEST_CASE("no-export stays in our AS, no-advertise stays here") {
    World world;
    world.learned.communities = {kNoExport};
    CHECK(world.judge().stage == ExportStage::WellKnownCommunity);
    CHECK(world.judge().stage == ExportStage::WellKnownCommunity);  // from the cache
    world.policy.external = false;
    world.cache.clear();
    CHECK(world.judge().stage == ExportStage::Sent);
    world.learned.communities = {kNoAdvertise};
    CHECK(world.judge().stage == ExportStage::WellKnownCommunity);
}

TEST_CASE("a path through Azure is not told to Azure") {
    World world;
    world.policy.never_in_path = {Asn{12076}, Asn{8075}};
    CHECK(world.judge().stage == ExportStage::Sent);
    world.learned.as_path.prepend(Asn{8075});
    CHECK(world.judge().stage == ExportStage::AzureAsInPath);
}

TEST_CASE("the same set is made once, and held by whoever was told") {
    World world;
    const auto a = world.judge();
    const auto b = world.judge("10.10.0.0/16");
    CHECK(a.attributes == b.attributes);
    CHECK(world.pool.size() == 2);
    CHECK(world.pool.references() == 4);
    world.pool.release(a.attributes);
    world.pool.release(b.attributes);
    CHECK(world.pool.size() == 1);
}

TEST_CASE("a remembered answer does not outlive the sets it is about") {
    World world;
    const auto first = world.judge();
    world.pool.release(world.best.attributes);
    world.pool.release(first.attributes);
    CHECK(world.pool.size() == 0);
    // The same handles, given out again, mean something else now.
    world.learned.as_path.prepend(Asn{64998});
    CHECK(world.sent().as_path.to_string() == "65010 64998 64999");
    CHECK(world.best.attributes == route::AttributeRef{1});
}

TEST_CASE("a cache that is too small forgets, and is not wrong") {
    World world;
    for (std::uint32_t round = 0; round < 2; ++round) {
        for (std::uint32_t med = 0; med < 3000; ++med) {
            world.learned.originator_id.reset();
            world.learned.communities = {med + 1};
            const auto verdict = world.judge();
            CHECK(world.pool.communities(verdict.attributes) == std::vector{med + 1});
        }
    }
    CHECK(world.cache.memory_octets() <= 16'384u * 24);
}

TEST_CASE(
    "C-24: what goes to a customer, a peer or a client is for customers only from there on (RFC 9234 section 5)") {
    using enum wire::Role;
    for (const auto role : {Provider, Peer, RouteServer, Customer, RouteServerClient}) {
        World world;
        world.policy.role = role;
        world.policy.originate = {{prefix("10.1.0.0/16"), {}}};
        const bool marked = role == Provider || role == Peer || role == RouteServer;
        CHECK(world.sent().only_to_customer == (marked ? std::optional{Asn{65010}} : std::nullopt));
        CHECK(world.sent("10.1.0.0/16").only_to_customer == (marked ? std::optional{Asn{65010}} : std::nullopt));
    }
}

TEST_CASE("C-10: what is for customers only goes to nobody else, and stays as it is (RFC 9234 section 5)") {
    using enum wire::Role;
    for (const auto role : {Provider, Peer, RouteServer, Customer, RouteServerClient}) {
        World world;
        world.policy.role = role;
        world.learned.only_to_customer = Asn{64999};
        if (role == Provider || role == RouteServer) {
            CHECK(world.sent().only_to_customer == Asn{64999});
        } else {
            CHECK(world.judge().stage == ExportStage::OnlyToCustomer);
        }
    }
    World without_role;
    without_role.learned.only_to_customer = Asn{64999};
    CHECK(without_role.sent().only_to_customer == Asn{64999});
}

TEST_CASE("attributes that outgrow every message go nowhere (RFC 4271 9.2)") {
    World world;
    world.learned.communities.resize(8'000);
    wire::UnknownAttribute big{0xe0, 99, {}};
    big.value.resize(33'470);
    world.learned.unknown = {big};
    CHECK(world.judge().stage == ExportStage::Sent);
    world.policy.prepend = 32;
    world.cache.clear();
    CHECK(world.judge().stage == ExportStage::TooLarge);
}

TEST_CASE("P-39: a neighbour never hears of itself as the next hop (RFC 4271 5.1.3)") {
    World world;
    world.policy.peer_address = *Address::parse("198.51.100.7");
    CHECK(world.sent().next_hop == Address::parse("192.0.2.1"));
    world.policy.next_hop = NextHopRule::Unchanged;
    world.cache.clear();
    CHECK(world.sent().next_hop == Address::parse("192.0.2.1"));
}

TEST_CASE("P-37: what is to be discarded stays inside the AS (RFC 7999 section 3.2)") {
    World world;
    world.learned.communities = {0xffff029a};
    CHECK(world.judge().stage == ExportStage::WellKnownCommunity);
    world.policy.external = false;
    world.cache.clear();
    CHECK(world.judge().stage == ExportStage::Sent);
}
