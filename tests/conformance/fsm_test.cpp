#include <doctest/doctest.h>

#include <set>

#include "rig.hpp"

/// RFC 4271 6.5, 6.6, 6.8, 8 and 10, RFC 6608, RFC 9687: states, timers, two connections at once.
namespace dyad::conformance {
namespace {

constexpr auto kConnectionReset = 104;

/// One circuit whose primary link ends at `a`, the secondary at `b`: peerings can be disabled.
std::string circuit(const std::string& enabled) {
    return "asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n[[circuit]]\nname = \"er\"\n[circuit.private]\nenabled "
           "= " +
           enabled +
           "\npeer_asn = 65001\naccept = { any = true, guard = false }\n"
           "primary = { subnet = \"192.0.2.0/30\", interface = \"eth-a\" }\n"
           "secondary = { subnet = \"198.51.100.0/30\", interface = \"eth-b\" }\n";
}

/// As a fraction of the base.
double ratio(Duration interval, Duration base) {
    return static_cast<double>(interval.count()) / static_cast<double>(base.count());
}

/// RFC 4271 section 10: between 0.75 and 1, and not always the same. A tick of tolerance for rounding.
void check_jitter(const std::vector<Instant>& moments, Duration base) {
    std::set<Duration::rep> different;
    for (std::size_t n = 1; n < moments.size(); ++n) {
        const auto interval = moments[n] - moments[n - 1];
        CHECK(ratio(interval, base) >= 0.7499);
        CHECK(ratio(interval, base) <= 1.0001);
        different.insert(interval.count());
    }
    CHECK(different.size() > moments.size() / 2);
}

TEST_CASE("F-01: a KEEPALIVE in OpenSent is an FSM error that names the state") {
    Rig rig;
    rig.a.picks_up().sends(keepalive());
    CHECK(rig.a.fate() == "NOTIFICATION 5/1, closed");
}

TEST_CASE("F-02: an UPDATE in OpenSent is an FSM error that names the state") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.update().announce("10.1.0.0/16"));
    CHECK(rig.a.fate() == "NOTIFICATION 5/1, closed");
    CHECK(rig.used("10.1.0.0/16") == "none");
}

TEST_CASE("F-03: an UPDATE in OpenConfirm is an FSM error that names the state") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open());
    CHECK(rig.a.state() == "OpenConfirm");
    rig.a.announces("10.1.0.0/16");
    CHECK(rig.a.fate() == "NOTIFICATION 5/2, closed");
    CHECK(rig.used("10.1.0.0/16") == "none");
}

TEST_CASE("F-04: a second OPEN in Established is an FSM error that names the state") {
    Rig rig;
    rig.a.comes_up();
    rig.a.sends(rig.a.open());
    CHECK(rig.a.fate() == "NOTIFICATION 5/3, closed");
}

TEST_CASE(
    "F-05 F-16 4271-6-a: silence ends the session when the hold time is over, not before, and the answer is bare") {
    Rig rig;
    rig.a.comes_up(rig.a.open().hold_time(3));
    rig.a.falls_silent();
    rig.run_for(2999ms);
    CHECK(rig.a.state() == "Established");
    rig.run_for(2ms);
    CHECK(rig.a.fate() == "NOTIFICATION 4/0, closed");
    CHECK(rig.a.call().data().empty());
}

TEST_CASE("F-06: a KEEPALIVE every second holds a session with a hold time of 3 s") {
    Rig rig;
    rig.a.keeps_alive(1s);
    rig.a.comes_up(rig.a.open().hold_time(3));
    rig.run_for(5min);
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("F-07: UPDATEs alone hold a session, too") {
    Rig rig;
    rig.a.comes_up(rig.a.open().hold_time(3));
    rig.a.falls_silent();
    for (int second = 0; second < 30; ++second) {
        rig.a.announces("10.1.0.0/16");
        rig.run_for(1s);
    }
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("F-08 4271-6-b: with the TCP connection go the neighbour's routes, here, in the kernel and at the others") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("10.1.0.0/16");
    REQUIRE(rig.b.holds("10.1.0.0/16"));
    REQUIRE(rig.in_kernel("10.1.0.0/16"));
    rig.a.call().ends(kConnectionReset);
    CHECK(rig.used("10.1.0.0/16") == "none");
    CHECK(!rig.in_kernel("10.1.0.0/16"));
    CHECK(!rig.b.holds("10.1.0.0/16"));
}

TEST_CASE("F-09: a Cease takes the neighbour's routes away from the others") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("10.1.0.0/16");
    rig.a.sends(notification(6, 2));
    CHECK(rig.a.fate() == "closed");
    CHECK(!rig.b.holds("10.1.0.0/16"));
}

TEST_CASE("F-10: a session whose connection was reset is back within a minute") {
    Rig rig;
    rig.a.comes_up();
    rig.a.call().ends(kConnectionReset);
    const auto broke = rig.now();
    rig.a.comes_up();
    CHECK(rig.now() - broke < 1min);
}

TEST_CASE("F-11: half an UPDATE and the end of the connection withdraw all") {
    Rig rig;
    rig.a.comes_up();
    rig.b.comes_up();
    rig.a.announces("10.1.0.0/16");
    auto half = rig.a.update().announce("10.2.0.0/16").octets();
    half.resize(half.size() / 2);
    rig.a.sends(half);
    rig.a.call().ends();
    CHECK(!rig.b.holds("10.1.0.0/16"));
    CHECK(!rig.b.holds("10.2.0.0/16"));
    CHECK(rig.used("10.2.0.0/16") == "none");
}

struct Two {
    Call& ours;
    Call& theirs;
};

/// Two connections at once; a's OPEN comes first on one of them.
enum class First : std::uint8_t { Ours, Theirs };
Two collide(Rig& rig, First first) {
    Two two{rig.a.picks_up(), rig.a.calls()};
    (first == First::Ours ? two.ours : two.theirs).sends(rig.a.open());
    (first == First::Ours ? two.theirs : two.ours).sends(rig.a.open());
    two.ours.sends(keepalive());
    two.theirs.sends(keepalive());
    return two;
}

void check_who_survives(Rig& rig, Call& survivor, Call& loser) {
    CHECK(survivor.open());
    CHECK(loser.fate() == "NOTIFICATION 6/7, closed");
    CHECK(rig.a.state() == "Established");
    survivor.sends(rig.a.update().announce("10.1.0.0/16"));
    CHECK(rig.used("10.1.0.0/16") == "a");
}

TEST_CASE("F-12: of two connections the neighbour with the higher identifier keeps its own, whichever OPEN is first") {
    for (const auto first : {First::Ours, First::Theirs}) {
        Rig rig;
        rig.a.id = "10.0.0.99";
        auto [ours, theirs] = collide(rig, first);
        check_who_survives(rig, theirs, ours);
    }
}

TEST_CASE("F-13: of two connections the Speaker with the higher identifier keeps its own, whichever OPEN is first") {
    for (const auto first : {First::Ours, First::Theirs}) {
        Rig rig;
        auto [ours, theirs] = collide(rig, first);
        check_who_survives(rig, ours, theirs);
    }
}

TEST_CASE("F-32: with equal identifiers the larger AS keeps its connection") {
    for (const bool speaker_larger : {true, false}) {
        Rig rig{lab().with("asn", speaker_larger ? "65010" : "64990").without_neighbor("i").without_neighbor("j")};
        rig.a.id = "10.0.0.10";
        auto [ours, theirs] = collide(rig, First::Ours);
        check_who_survives(rig, speaker_larger ? ours : theirs, speaker_larger ? theirs : ours);
    }
}

TEST_CASE("F-14: a connection that is reset at once is dialled again") {
    Rig rig;
    rig.a.picks_up().ends(kConnectionReset);
    const auto before = rig.a.dials();
    rig.run_for(1min);
    CHECK(rig.a.dials() > before);
}

TEST_CASE("F-15 4271-6.8-a: a second connection beside an Established session is closed, and the session stays") {
    Rig rig;
    auto& first = rig.a.comes_up();
    auto& second = rig.a.calls();
    second.sends(rig.a.open());
    second.sends(keepalive());
    rig.run_for(5s);
    CHECK(first.open());
    CHECK(second.fate() == "NOTIFICATION 6/7, closed");
    CHECK(rig.a.state() == "Established");
    CHECK(rig.events<speaker::SessionEstablished>().size() == 1);
    CHECK(rig.events<speaker::SessionDown>().empty());
}

TEST_CASE("F-17: a neighbour that connects and says nothing is given up after four minutes") {
    Rig rig;
    rig.a.picks_up();
    rig.run_for(239s);
    CHECK(rig.a.fate() == "open");
    rig.run_for(2s);
    CHECK(rig.a.fate() == "NOTIFICATION 4/0, closed");
}

TEST_CASE("F-18: in OpenConfirm the negotiated hold time runs") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open().hold_time(3));
    rig.run_for(2900ms);
    CHECK(rig.a.state() == "OpenConfirm");
    rig.run_for(200ms);
    CHECK(rig.a.fate() == "NOTIFICATION 4/0, closed");
}

TEST_CASE("F-19: a connection reset in OpenConfirm leads to Idle and to another attempt") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open());
    rig.a.call().ends(kConnectionReset);
    CHECK(rig.a.state() == "Idle");
    rig.a.comes_up();
}

TEST_CASE("F-20: a dial that is refused is tried again after ConnectRetryTime, for ever and without haste") {
    Rig rig;
    for (const auto end = rig.now() + 10min; rig.now() < end; rig.run_for(100ms))
        if (rig.a.dialled()) rig.a.refuses();
    CHECK(rig.a.dials() >= 10);
    CHECK(rig.a.dials() <= 200);
}

TEST_CASE(
    "F-21 4271-8.2.2-d: a dial that nobody answers is given up and dialled again, and another neighbour is not "
    "harmed") {
    Rig rig;
    rig.b.comes_up();
    rig.run_for(10min);
    CHECK(rig.a.dials() >= 10);
    CHECK(rig.b.state() == "Established");
    rig.a.comes_up();
}

TEST_CASE("F-22: in Active the neighbour's call is taken") {
    Rig rig;
    rig.a.refuses();
    CHECK(rig.a.state() == "Active");
    rig.a.calls_up(rig.a.open());
}

TEST_CASE("F-23: a peering that is disabled says Administrative Shutdown, loses its routes and is not dialled") {
    Rig rig{circuit("true")};
    rig.a.name = "er/private/primary";
    rig.a.comes_up();
    rig.a.announces("20.1.0.0/16");
    REQUIRE(rig.used("20.1.0.0/16") == "er/private/primary");
    rig.reload(circuit("false"));
    CHECK(rig.a.fate() == "NOTIFICATION 6/2, closed");
    CHECK(rig.used("20.1.0.0/16") == "none");
    CHECK(!rig.in_kernel("20.1.0.0/16"));
    const auto before = rig.a.dials();
    rig.run_for(10min);
    CHECK(rig.a.dials() == before);
}

TEST_CASE("F-24: a disabled peering takes no calls") {
    Rig rig{circuit("false")};
    rig.a.name = "er/private/primary";
    rig.a.calls();
    CHECK(!rig.a.call().open());
    CHECK(rig.a.call().count(kOpen) == 0);
}

TEST_CASE("F-25: KEEPALIVEs and dials carry jitter between 0.75 and 1") {
    Rig rig;
    auto& call = rig.a.comes_up();
    std::vector<Instant> keepalives;
    for (auto seen = call.count(kKeepalive); keepalives.size() < 21; rig.run_for(10ms)) {
        if (call.count(kKeepalive) > seen) keepalives.push_back(rig.now());
        seen = call.count(kKeepalive);
    }
    for (std::size_t n = 1; n < keepalives.size(); ++n) {
        CHECK(ratio(keepalives[n] - keepalives[n - 1], 30s) >= 0.749);
        CHECK(ratio(keepalives[n] - keepalives[n - 1], 30s) <= 1.001);
    }
    while (rig.b.dials() < 21) {
        if (rig.b.dialled()) rig.b.refuses();
        rig.run_for(10ms);
    }
    check_jitter(rig.b.dialled_at(), 5s);
}

/// How long the Speaker waits before it dials again.
Duration wait_after_reset(Rig& rig) {
    rig.a.call().ends(kConnectionReset);
    const auto before = rig.a.dials();
    const auto broke = rig.now();
    while (rig.a.dials() == before) rig.run_for(100ms);
    return rig.now() - broke;
}

TEST_CASE("F-26: a session that flaps is held longer and longer, and no more once it was calm") {
    Rig rig;
    rig.a.comes_up();
    const auto first = wait_after_reset(rig);
    Duration last{};
    for (int flap = 0; flap < 5; ++flap) {
        rig.a.comes_up();
        rig.run_for(1s);
        last = wait_after_reset(rig);
    }
    CHECK(last > 4 * first);
    rig.a.comes_up();
    rig.run_for(10min);
    CHECK(wait_after_reset(rig) < last / 4);
}

TEST_CASE("F-28: a connection reset in OpenSent starts the ConnectRetryTimer, and the Speaker listens meanwhile") {
    Rig rig;
    rig.a.picks_up().ends(kConnectionReset);
    CHECK(rig.a.state() == "Active");
    CHECK(rig.session("a").row.next_attempt_milliseconds.has_value());
    rig.a.calls_up(rig.a.open());
}

TEST_CASE("F-29: a ROUTE-REFRESH from a neighbour that offered none does no harm") {
    Rig rig;
    rig.a.comes_up(rig.a.open().without(kRouteRefreshCapability));
    rig.a.sends(route_refresh(1, 0, 1));
    CHECK(rig.a.state() == "Established");
}

TEST_CASE("F-30: every FSM error is told with code 5 and closes the connection") {
    for (const auto& unexpected : {keepalive(), route_refresh(1, 0, 1), UpdateMessage{}.octets()}) {
        Rig rig;
        rig.a.picks_up().sends(unexpected);
        CHECK(rig.a.fate() == "NOTIFICATION 5/1, closed");
        CHECK(rig.a.call().data() == Octets{unexpected[18]});
    }
}

// ---- statements of RFC 4271 section 8 that the catalogue has not ----------------------------------------------------

TEST_CASE("4271-8.2.1-a: each neighbour has a state machine of its own") {
    Rig rig;
    rig.a.comes_up();
    rig.b.picks_up().sends(rig.b.open());
    rig.c.picks_up();
    CHECK(rig.a.state() == "Established");
    CHECK(rig.b.state() == "OpenConfirm");
    CHECK(rig.c.state() == "OpenSent");
    CHECK(rig.i.state() == "Connect");
    rig.c.sends(hex("00 00 00 00") + times(15, 0));
    CHECK(rig.c.fate() == "NOTIFICATION 1/1, closed");
    CHECK(rig.a.state() == "Established");
    CHECK(rig.b.state() == "OpenConfirm");
}

TEST_CASE("4271-8.2.1-b: port 179 is dialled and listened on") {
    Rig rig;
    CHECK(rig.last_dial().port == 179);
    CHECK(!rig.listening().empty());
    for (const auto& listener : rig.listening()) CHECK(listener.port == 179);
}

TEST_CASE("4271-8.2.1-c: the neighbour's call gets a state machine beside the one that dials") {
    Rig rig;
    rig.a.picks_up();
    auto& theirs = rig.a.calls();
    CHECK(theirs.count(kOpen) == 1);
    CHECK(theirs.open());
    theirs.sends(rig.a.open());
    CHECK(rig.a.state() == "OpenConfirm");
}

TEST_CASE("4271-8.2.2-a: a neighbour taken out of the configuration hears Cease in OpenSent and OpenConfirm") {
    for (const bool confirmed : {false, true}) {
        Rig rig;
        rig.a.picks_up();
        if (confirmed) rig.a.sends(rig.a.open());
        rig.reload(lab().without_neighbor("a"));
        CHECK(rig.a.fate() == "NOTIFICATION 6/3, closed");
    }
}

TEST_CASE("4271-8.2.2-b: a NOTIFICATION about the version closes the connection, which is tried again") {
    Rig rig;
    rig.a.picks_up().sends(notification(2, 1, hex("0003")));
    CHECK(rig.a.fate() == "closed");
    rig.a.comes_up();
}

TEST_CASE("4271-8.2.2-c: a header error in OpenConfirm is told and closes the connection") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open());
    rig.a.sends(message(77, {}));
    CHECK(rig.a.fate() == "NOTIFICATION 1/3, closed");
    rig.a.comes_up();
}

TEST_CASE("4271-8.2.2-e: KEEPALIVEs go out in OpenConfirm and Established, three in each hold time") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open().hold_time(90));
    CHECK(rig.a.call().count(kKeepalive) == 1);
    rig.run_for(31s);
    CHECK(rig.a.call().count(kKeepalive) == 2);
    rig.a.sends(keepalive());
    rig.a.keeps_alive(10s);
    rig.run_for(15min);
    CHECK(rig.a.call().count(kKeepalive) >= 30);
    CHECK(rig.a.call().count(kKeepalive) <= 43);
}

TEST_CASE("4271-8.2.2-f: a NOTIFICATION in OpenConfirm or Established closes the connection without an answer") {
    for (const bool established : {false, true}) {
        Rig rig;
        rig.a.picks_up().sends(rig.a.open());
        if (established) rig.a.sends(keepalive());
        rig.a.sends(notification(6, 4));
        CHECK(rig.a.fate() == "closed");
        rig.a.comes_up();
    }
}

TEST_CASE("4271-8.2.2-g: a second OPEN in OpenConfirm is an FSM error") {
    Rig rig;
    rig.a.picks_up().sends(rig.a.open());
    rig.a.sends(rig.a.open());
    CHECK(rig.a.fate() == "NOTIFICATION 5/2, closed");
}

TEST_CASE("4271-8.2.2-h: a passive neighbour is never dialled and may call") {
    Rig rig{lab().with("a.passive", "true")};
    rig.run_for(10min);
    CHECK(rig.a.dials() == 0);
    CHECK(rig.a.state() == "Active");
    rig.a.calls_up(rig.a.open());
}

TEST_CASE("4271-8.2.2-i: a second connection is tracked until its OPEN, and does not harm the first meanwhile") {
    Rig rig;
    auto& ours = rig.a.picks_up();
    auto& theirs = rig.a.calls();
    theirs.ends();
    ours.sends(rig.a.open());
    ours.sends(keepalive());
    CHECK(rig.a.state() == "Established");
    CHECK(ours.open());
}

TEST_CASE("4271-10-a: the hold time is configured for each neighbour") {
    Rig rig{lab().with("a.hold_time", "\"20s\"").with("b.hold_time", "\"40s\"")};
    rig.a.comes_up();
    rig.b.comes_up();
    CHECK(rig.session("a").hold_time_seconds == 20);
    CHECK(rig.session("b").hold_time_seconds == 40);
}

}  // namespace
}  // namespace dyad::conformance
