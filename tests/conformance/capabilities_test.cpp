#include <doctest/doctest.h>

#include <algorithm>

#include "stories.hpp"

/// RFC 4724, 7911, 8538, 8654, 9234: what two speakers agree on beyond RFC 4271.
namespace dyad::conformance {
namespace {

constexpr auto kRoute = "20.1.0.0/16";
constexpr auto kOther = "20.2.0.0/16";

// ---- ADD-PATH ----------------------------------------------------------------------------------------------------------

constexpr std::uint8_t kReceives = 1, kSends = 2;

OpenMessage add_path(const OpenMessage& open, std::uint8_t send_receive) {
    return open.capability(kAddPath, hex("0001 01") + Octets{send_receive});
}
Octets with_id(std::uint32_t id, std::string_view route) { return u32(id) + prefix(route); }

struct TwoPaths : Rig {
    TwoPaths() : Rig(lab().with("a.add_path", "true")) {
        b.comes_up();
        a.comes_up(add_path(a.open(), kSends));
    }
};

TEST_CASE("C-01: two paths of one neighbour are kept apart, and when the better goes the other is used") {
    TwoPaths rig;
    rig.a.sends(rig.a.update().as_path({65001, 65021}).nlri(with_id(1, kRoute)));
    rig.a.sends(rig.a.update().as_path({65001, 65022, 65023}).nlri(with_id(2, kRoute)));
    CHECK(rig.best(kRoute)->as_path == "65001 65021");
    rig.a.sends(UpdateMessage{}.withdrawn(with_id(1, kRoute)));
    REQUIRE(rig.best(kRoute).has_value());
    CHECK(rig.best(kRoute)->as_path == "65001 65022 65023");
    CHECK(rig.b.told(kRoute, kAsPath) == to_hex(segment(kAsSequence, {65010, 65001, 65022, 65023})));
    rig.a.sends(UpdateMessage{}.withdrawn(with_id(2, kRoute)));
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("C-02: with ADD-PATH, NLRI that ends inside the path identifier or the prefix is an invalid network field") {
    for (const auto* cut : {"000000", "00000001", "00000001 10 14"}) {
        TwoPaths rig;
        rig.a.sends(rig.a.update().nlri(hex(cut)));
        CHECK(rig.a.fate() == "NOTIFICATION 3/10, closed");
    }
}

TEST_CASE("C-03: with ADD-PATH towards the Speaker alone, the Speaker sends no path identifiers") {
    TwoPaths rig;
    rig.b.announces(kRoute);
    CHECK(rig.a.holds(kRoute));
    CHECK(rig.a.updates().back().announced == std::vector<std::string>{kRoute});
}

TEST_CASE("C-26: a path identifier that was never announced can be withdrawn") {
    TwoPaths rig;
    rig.a.sends(rig.a.update().nlri(with_id(1, kRoute)));
    rig.a.sends(UpdateMessage{}.withdrawn(with_id(9, kRoute)).withdrawn(with_id(1, kOther)));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "a");
}

TEST_CASE("C-27: a send/receive value that nobody defined is ignored") {
    Rig rig{lab().with("a.add_path", "true")};
    rig.a.comes_up(add_path(rig.a.open(), 7));
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
}

// ---- extended messages -------------------------------------------------------------------------------------------------

struct Extended : Rig {
    Extended() { a.comes_up(a.open().capability(kExtendedMessage, {})).may_be_longer(65535); }
};

UpdateMessage of_more_than_4096(const UpdateMessage& update) {
    auto longer = update;
    for (std::uint32_t n = 0; n < 2000; ++n)
        longer = longer.nlri(Octets{24, 20, Octets::value_type(n >> 8), Octets::value_type(n)});
    return longer;
}

TEST_CASE("C-04: with extended messages an UPDATE of more than 4096 octets is used") {
    Extended rig;
    rig.a.sends(of_more_than_4096(rig.a.update()));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.session("a").row.received == 2000);
}

// RFC 8654 section 4: who was told that we take them may send them, whatever itself takes.
TEST_CASE("an UPDATE of more than 4096 octets is used from a neighbour that takes none itself") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(of_more_than_4096(rig.a.update()));
    CHECK(rig.session("a").row.received == 2000);
}

TEST_CASE("C-05: a KEEPALIVE of 5000 octets is a Bad Message Length even with extended messages") {
    Extended rig;
    rig.a.sends(message(kKeepalive, times(5000 - 19, 0)));
    CHECK(rig.a.fate() == "NOTIFICATION 1/2, closed");
}

TEST_CASE("C-12: without extended messages nothing above 4096 octets is sent") {
    Rig rig;
    rig.a.comes_up(rig.a.open().capability(kExtendedMessage, {}));
    rig.b.comes_up();
    rig.a.sends(of_more_than_4096(rig.a.update()));
    CHECK(rig.b.table().size() == 2000);  // framing wants 4096 at most
}

TEST_CASE("C-13: an OPEN of more than 4096 octets is a Bad Message Length") {
    Rig rig;
    rig.a.picks_up().sends(message(kOpen, times(4100, 4)));
    CHECK(rig.a.fate() == "NOTIFICATION 1/2, closed");
}

// ---- graceful restart: the neighbour restarts ----------------------------------------------------------------------------

/// R and N bits and 120 s, then families with their flags.
Octets restart(std::string_view flags_and_time, std::string_view families) {
    return hex(flags_and_time) + hex(families);
}

OpenMessage keeps_forwarding(const OpenMessage& open) {
    return open.capability(kGracefulRestart, restart("0078", "0001 01 80"));
}
OpenMessage has_restarted(const OpenMessage& open) {
    return open.capability(kGracefulRestart, restart("8078", "0001 01 80"));
}

/// a can restart and has told two routes; b listens.
struct Restartable : Rig {
    explicit Restartable(const Lab& from = lab().with("a.graceful_restart", "true")) : Rig(from) {
        b.comes_up();
        a.comes_up(keeps_forwarding(a.open()));
        a.sends(a.update().announce(kRoute).announce(kOther));
        a.sends(UpdateMessage{});
    }
};

TEST_CASE("C-06: End-of-RIB follows the first table") {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces(kRoute);
    rig.b.comes_up(keeps_forwarding(rig.b.open()));
    const auto updates = rig.b.updates();
    REQUIRE(updates.size() >= 2);
    CHECK(updates[0].announced == std::vector<std::string>{kRoute});
    CHECK(std::ranges::any_of(updates, &HeardUpdate::end_of_rib));
}

TEST_CASE("C-07: a restarting neighbour's routes are kept, and those it does not tell again go with its End-of-RIB") {
    Restartable rig;
    rig.a.call().ends(104);
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.in_kernel(kRoute));
    CHECK(rig.b.holds(kOther));
    rig.a.comes_up(has_restarted(rig.a.open()));
    CHECK(rig.used(kOther) == "a");
    rig.a.announces(kRoute);
    CHECK(rig.used(kOther) == "a");
    rig.a.sends(UpdateMessage{});
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.used(kOther) == "none");
    CHECK(!rig.in_kernel(kOther));
    CHECK(!rig.b.holds(kOther));
}

TEST_CASE("C-14: when the restart time is over the stale routes go") {
    Restartable rig;
    rig.a.call().ends(104);
    rig.run_for(119s);
    CHECK(rig.used(kRoute) == "a");
    rig.run_for(2s);
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.in_kernel(kRoute));
    CHECK(!rig.b.holds(kRoute));
}

TEST_CASE("C-15: a neighbour that comes back without the forwarding bit has its stale routes removed at once") {
    Restartable rig;
    rig.a.call().ends(104);
    rig.a.comes_up(rig.a.open().capability(kGracefulRestart, restart("8078", "0001 01 00")));
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.in_kernel(kRoute));
}

TEST_CASE("C-16: a neighbour that comes back without the family has its stale routes of it removed at once") {
    Restartable rig;
    rig.a.call().ends(104);
    rig.a.comes_up(rig.a.open().capability(kGracefulRestart, restart("8078", "0002 01 80")));
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE(
    "C-17: after its own restart the Speaker says so, waits for the tables before it tells its own, and ends with "
    "End-of-RIB") {
    Rig rig{lab()
                .with("a.graceful_restart", "true")
                .with("b.graceful_restart", "true")
                .without_neighbor("c")
                .without_neighbor("i")
                .without_neighbor("j")
                .without_neighbor("six")};
    rig.a.comes_up(keeps_forwarding(rig.a.open()));
    rig.a.announces(kRoute);
    REQUIRE(rig.in_kernel(kRoute));
    rig.restart();
    CHECK(rig.in_kernel(kRoute));
    rig.b.picks_up();
    const auto open = read_open(rig.b.call().heard().at(0));
    REQUIRE(open.find(kGracefulRestart) != nullptr);
    CHECK((open.find(kGracefulRestart)->value.at(0) & 0x80) != 0);
    rig.b.sends(keeps_forwarding(rig.b.open()).octets() + keepalive());
    rig.b.sends(UpdateMessage{});
    rig.b.sends(UpdateMessage{}.attribute(kMpUnreach, kOptional, hex("0002 01")));
    rig.b.keeps_alive(10s);
    rig.run_for(1s);
    CHECK(rig.b.updates().empty());
    rig.a.comes_up(keeps_forwarding(rig.a.open()));
    rig.a.announces(kRoute);
    rig.a.sends(UpdateMessage{});
    rig.run_for(3min);
    CHECK(rig.b.holds(kRoute));
    const auto updates = rig.b.updates();
    CHECK(std::ranges::any_of(updates, &HeardUpdate::end_of_rib));
    CHECK(rig.in_kernel(kRoute));
}

TEST_CASE("C-18: a restarted neighbour's new connection replaces the old one without a word") {
    Restartable rig;
    rig.run_for(1min);  // a call right after the session came up is a collision of calls, no restart
    auto& old = rig.a.call();
    auto& fresh = rig.a.calls();
    CHECK(old.fate() == "closed");
    CHECK(rig.used(kRoute) == "a");
    fresh.sends(has_restarted(rig.a.open()).octets() + keepalive());
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "a");
    fresh.sends(UpdateMessage{});
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("C-19: of two graceful restart capabilities the last counts") {
    Rig rig{lab().with("a.graceful_restart", "true")};
    rig.a.comes_up(rig.a.open()
                       .capability(kGracefulRestart, restart("0078", "0001 01 80"))
                       .capability(kGracefulRestart, restart("0005", "0001 01 80")));
    rig.a.announces(kRoute);
    rig.a.call().ends(104);
    rig.run_for(4s);
    CHECK(rig.used(kRoute) == "a");
    rig.run_for(2s);
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("4724-4.2-a: a NOTIFICATION ends a session without N for good: nothing is kept") {
    Restartable rig;
    rig.a.sends(notification(6, 4));
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.in_kernel(kRoute));
}

// ---- RFC 8538 ------------------------------------------------------------------------------------------------------------

OpenMessage with_n(const OpenMessage& open) { return open.capability(kGracefulRestart, restart("4078", "0001 01 80")); }

TEST_CASE("C-28: the N bit is announced where it is supported, and so it is") {
    Rig rig{lab().with("a.graceful_restart", "true")};
    rig.a.picks_up();
    const auto open = read_open(rig.a.call().heard().at(0));
    const auto* capability = open.find(kGracefulRestart);
    REQUIRE(capability != nullptr);
    CHECK((capability->value.at(0) & 0x40) != 0);
}

TEST_CASE("N-16: with N agreed on, a NOTIFICATION is a graceful restart") {
    Rig rig{lab().with("a.graceful_restart", "true")};
    rig.b.comes_up();
    rig.a.comes_up(with_n(rig.a.open()));
    rig.a.announces(kRoute);
    rig.a.sends(notification(6, 4));
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.in_kernel(kRoute));
    CHECK(rig.b.holds(kRoute));
}

TEST_CASE("8538-3-a: with N agreed on, a Hard Reset keeps nothing") {
    Rig rig{lab().with("a.graceful_restart", "true")};
    rig.a.comes_up(with_n(rig.a.open()));
    rig.a.announces(kRoute);
    rig.a.sends(notification(6, 9, hex("0602")));
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("N-15: with N agreed on, what is ended for good is a Hard Reset that holds the true reason") {
    Rig rig{lab().with("a.graceful_restart", "true")};
    rig.a.comes_up(with_n(rig.a.open()));
    rig.reset("a");
    CHECK(rig.a.fate() == "NOTIFICATION 6/9, closed");
    CHECK(to_hex(rig.a.call().data()).starts_with("0604"));
}

// ---- roles ---------------------------------------------------------------------------------------------------------------

constexpr std::uint8_t kProvider = 0, kCustomer = 3, kPeer = 4;

OpenMessage with_role(const OpenMessage& open, std::uint8_t role) { return open.capability(kRole, {role}); }

Octets otc(std::uint32_t asn) { return u32(asn); }

/// a has this role towards the Speaker, b that one; the Speaker the counterparts.
struct Roles : Rig {
    Roles(const std::string& ours_to_a, std::uint8_t role_of_a, const std::string& ours_to_b, std::uint8_t role_of_b)
        : Rig(lab().with("a.role", "\"" + ours_to_a + "\"").with("b.role", "\"" + ours_to_b + "\"")) {
        a.comes_up(with_role(a.open(), role_of_a));
        b.comes_up(with_role(b.open(), role_of_b));
        i.comes_up();
    }
};

std::string fate_with_roles(const Lab& from, const OpenMessage& open) {
    Rig rig{from};
    rig.a.picks_up().sends(open);
    return rig.a.fate();
}

TEST_CASE("C-08: two customers do not match") {
    CHECK(fate_with_roles(lab().with("a.role", "\"customer\""), with_role(Rig{}.a.open(), kCustomer)) ==
          "NOTIFICATION 2/11, closed");
}

TEST_CASE("C-20: several roles with different values do not match") {
    const auto open = with_role(with_role(Rig{}.a.open(), kProvider), kPeer);
    CHECK(fate_with_roles(lab().with("a.role", "\"customer\""), open) == "NOTIFICATION 2/11, closed");
}

TEST_CASE("C-21: in strict mode a neighbour without a role is refused") {
    CHECK(fate_with_roles(lab().with("a.role", "\"customer\"").with("a.role_strict", "true"), Rig{}.a.open()) ==
          "NOTIFICATION 2/11, closed");
}

TEST_CASE("C-09: a provider's route without OTC gets one with the provider's AS") {
    Roles rig{"customer", kProvider, "provider", kCustomer};
    rig.a.announces(kRoute);
    CHECK(rig.i.told(kRoute, kOnlyToCustomer) == to_hex(otc(65001)));
    CHECK(rig.b.told(kRoute, kOnlyToCustomer) == to_hex(otc(65001)));
}

TEST_CASE("C-10: a route of one provider is not told to another") {
    Roles rig{"customer", kProvider, "customer", kProvider};
    rig.a.announces(kRoute);
    CHECK(rig.used(kRoute) == "a");
    CHECK(!rig.b.holds(kRoute));
    CHECK(rig.i.holds(kRoute));
}

TEST_CASE("C-11: OTC of three octets withdraws the route") {
    Roles rig{"customer", kProvider, "provider", kCustomer};
    rig.a.announces(kRoute);
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, hex("00fde9")).announce(kRoute));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "none");
}

TEST_CASE("C-22: a provider's route with OTC is used, and OTC stays what it is") {
    Roles rig{"customer", kProvider, "provider", kCustomer};
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, otc(65077)).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
    CHECK(rig.b.told(kRoute, kOnlyToCustomer) == to_hex(otc(65077)));
}

TEST_CASE("C-23: a customer's route with OTC is a leak and not used") {
    Roles rig{"provider", kCustomer, "provider", kCustomer};
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, otc(65077)).announce(kRoute));
    CHECK(rig.a.state() == "Established");
    CHECK(rig.used(kRoute) == "none");
    CHECK(!rig.b.holds(kRoute));
}

TEST_CASE("C-24: a route told to a customer gets OTC with our AS where it has none") {
    Roles rig{"provider", kCustomer, "provider", kCustomer};
    rig.a.announces(kRoute);
    CHECK(rig.b.told(kRoute, kOnlyToCustomer) == to_hex(otc(65010)));
}

TEST_CASE("C-25: a peer's route with another's OTC is a leak, with its own it is used") {
    Roles rig{"peer", kPeer, "provider", kCustomer};
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, otc(65077)).announce(kRoute));
    CHECK(rig.used(kRoute) == "none");
    rig.a.sends(rig.a.update().attribute(kOnlyToCustomer, kOptionalTransitive, otc(65001)).announce(kRoute));
    CHECK(rig.used(kRoute) == "a");
}

}  // namespace
}  // namespace dyad::conformance
