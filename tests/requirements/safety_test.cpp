#include <doctest/doctest.h>

#include <algorithm>

#include "counting_peer.hpp"

/// What is told of a peering that is up, down or strange: requirements 2, 30, 34 to 37, 39, 53, 56 and 57.
namespace dyad::requirements {
namespace {

/// The rig's a and b as a peering of this kind, with further lines.
std::string peering(const std::string& kind, const std::string& lines) {
    return "asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n[[circuit]]\nname = \"er\"\n[circuit." + kind +
           "]\npeer_asn = 65001\nprimary = { subnet = \"192.0.2.0/30\", interface = \"eth-a\" }\n"
           "secondary = { subnet = \"198.51.100.0/30\", interface = \"eth-b\" }\n" +
           lines;
}

struct Pair {
    explicit Pair(const std::string& kind = "private", const std::string& lines = "advertise = [\"10.1.0.0/16\"]\n")
        : rig{peering(kind, lines)}, name{"er/" + kind} {
        rig.a.name = name + "/primary";
        rig.b.name = name + "/secondary";
        rig.b.asn = 65001;
    }
    void up() {
        rig.a.comes_up();
        rig.b.comes_up();
        rig.run_for(5s);
    }
    void announce(std::size_t count) {
        for (std::size_t i = 0; i < count; ++i)
            for (auto* msee : {&rig.a, &rig.b}) msee->announces("172.20." + std::to_string(i) + ".0/24");
        rig.run_for(5s);
    }
    void withdraw(Neighbour& msee, std::size_t first, std::size_t count) {
        for (std::size_t i = first; i < first + count; ++i) msee.withdraws("172.20." + std::to_string(i) + ".0/24");
        rig.run_for(5s);
    }
    /// The kernel's news of links and addresses reach the Speaker.
    void news() {
        const auto octets = rig.kernel().take_news();
        rig.speaker().handle(rig.now(), speaker::KernelNews{octets});
        rig.run_for(100ms);
    }
    template <class Kind>
    Kind ask(const speaker::Query& query) {
        return std::get<Kind>(rig.speaker().answer(rig.now(), query));
    }
    speaker::DoctorReport doctor(const speaker::Seen& seen = {}) {
        return ask<speaker::DoctorView>(speaker::AskDoctor{rig.a.name, seen}).sessions.front();
    }

    Rig rig;
    std::string name;
};

constexpr std::uint32_t kEthA = 11;  // the rig's

Address address(const char* text) { return *Address::parse(text); }

speaker::Seen seen(speaker::SeenNeighbour::State state, std::optional<std::uint16_t> vlan = std::nullopt) {
    return {.neighbours = {{state, "eth-a", address("192.0.2.2"), "02:00:00:00:00:02", 61s}},
            .interfaces = {{"eth-a", "02:00:00:00:00:01", vlan}}};
}
constexpr auto kAnswers = speaker::SeenNeighbour::State::Reachable;

std::string words(const std::vector<Prefix>& prefixes) {
    std::string all;
    for (const auto& prefix : prefixes) all += (all.empty() ? "" : " ") + prefix.to_string();
    return all;
}

/// The whole life of a default route that depends on another neighbour.
void live_with_a_default(bool keep) {
    const auto entry = [](const std::string& policy) {
        return "advertise = [\"10.1.0.0/16\", { prefix = \"0.0.0.0/0\", when = \"present\", on_failure = \"" + policy +
               "\" }]\n[[neighbor]]\nname = \"isp\"\naddress = \"203.0.113.2\"\nlocal_address = \"203.0.113.1\"\n"
               "interface = \"eth-c\"\nasn = 65003\naccept = [\"0.0.0.0/0\"]\n";
    };
    Pair pair{"private", entry(keep ? "keep" : "withdraw")};
    pair.rig.c.name = "isp";
    pair.rig.c.asn = 65003;
    pair.up();
    CHECK(pair.rig.a.holds("10.1.0.0/16"));
    CHECK_FALSE(pair.rig.a.holds("0.0.0.0/0"));
    pair.rig.c.comes_up();
    pair.rig.c.announces("0.0.0.0/0");
    pair.rig.run_for(1s);
    CHECK(pair.rig.a.holds("0.0.0.0/0"));
    CHECK(pair.rig.b.holds("0.0.0.0/0"));
    // A reload neither withdraws nor says it again.
    const auto said = pair.rig.a.updates().size();
    pair.rig.reload(peering("private", entry(keep ? "keep" : "withdraw") + "local_preference = 90\n"));
    pair.rig.run_for(1s);
    CHECK(pair.rig.a.updates().size() == said);
    pair.rig.c.withdraws("0.0.0.0/0");
    pair.rig.run_for(1s);
    CHECK(pair.rig.a.holds("0.0.0.0/0") == keep);
    CHECK(pair.rig.b.holds("0.0.0.0/0") == keep);
    const auto told = pair.rig.events<speaker::ConditionChanged>();
    REQUIRE(told.size() == 3);
    CHECK(speaker::event_id(told[0]) == "condition.withdrawn");
    CHECK(speaker::event_id(told[1]) == "condition.met");
    CHECK(speaker::event_id(told[2]) == (keep ? "condition.kept" : "condition.withdrawn"));
    CHECK(speaker::event_level(told[2]) == (keep ? speaker::EventLevel::Warning : speaker::EventLevel::Error));
    const auto why = pair.ask<speaker::WhyView>(speaker::AskWhy{"0.0.0.0/0", pair.rig.a.name});
    REQUIRE_FALSE(why.stages.empty());
    CHECK((why.stages.back().sentence.find("nobody else has it") != std::string::npos) == !keep);
}

}  // namespace

TEST_CASE("2: who has Microsoft's address on his interface hears so, with his own") {
    Pair pair;
    pair.rig.kernel().remove_address(kEthA, address("192.0.2.1"));
    pair.rig.kernel().add_address(kEthA, address("192.0.2.2"), 30);
    pair.news();
    const auto row = pair.rig.session(pair.rig.a.name).row;
    CHECK(row.cause == "address_missing");
    CHECK(row.reason.find("192.0.2.2 on eth-a belongs to Microsoft; yours is 192.0.2.1") != std::string::npos);
    REQUIRE(pair.rig.events<speaker::AddressesSwapped>().size() == 1);
    CHECK(pair.doctor().verdict == "address: 192.0.2.2 on eth-a belongs to Microsoft; yours is 192.0.2.1");
    CHECK(pair.doctor().owner == "you");
    pair.rig.kernel().remove_address(kEthA, address("192.0.2.2"));
    pair.rig.kernel().add_address(kEthA, address("192.0.2.1"), 30);
    pair.news();
    pair.rig.a.comes_up();
    CHECK(pair.rig.a.state() == "Established");
}

TEST_CASE("30: what is not registered is held back and told, as is what is registered and never said") {
    Pair pair{"microsoft",
              "advertise = [\"20.1.0.0/24\", \"20.9.0.0/24\"]\nregistered = [\"20.1.0.0/16\", \"20.5.0.0/16\"]\n"};
    pair.up();
    CHECK(pair.rig.a.holds("20.1.0.0/24"));
    CHECK_FALSE(pair.rig.a.holds("20.9.0.0/24"));
    REQUIRE(pair.rig.events<speaker::RegisteredDiffer>().size() == 1);
    const auto told = pair.rig.events<speaker::RegisteredDiffer>().front();
    CHECK(told.peering == "er/microsoft");
    CHECK(words(told.held_back) == "20.9.0.0/24");
    CHECK(words(told.unused) == "20.5.0.0/16");
    pair.rig.reload(peering("microsoft", "advertise = [\"20.1.0.0/24\"]\nregistered = [\"20.1.0.0/16\"]\n"));
    CHECK(pair.rig.events<speaker::RegisteredDiffer>().size() == 1);
}

TEST_CASE("34: private aggregates, a default and what covers ours are refused, counted and told, episode by episode") {
    Pair pair;
    pair.up();
    for (const auto* prefix : {"0.0.0.0/0", "10.0.0.0/8", "172.0.0.0/11", "10.1.0.0/16", "10.0.0.0/12", "10.32.0.0/12"})
        pair.rig.a.announces(prefix);
    pair.rig.run_for(2s);
    CHECK(pair.rig.used("10.32.0.0/12") == pair.rig.a.name);
    for (const auto* prefix : {"0.0.0.0/0", "10.0.0.0/8", "172.0.0.0/11", "10.1.0.0/16", "10.0.0.0/12"})
        CHECK_MESSAGE(pair.rig.used(prefix) == "none", prefix);
    // The default route is what accept leaves out by itself; the others are the guard's.
    CHECK(pair.rig.session(pair.rig.a.name).row.guard_rejected == 4);
    const auto told = pair.rig.events<speaker::GuardRejected>();
    REQUIRE_FALSE(told.empty());
    CHECK(told.back().count == 4);
    CHECK(words(told.back().first).find("10.0.0.0/8") != std::string::npos);
    const auto before = told.size();
    pair.rig.a.withdraws("10.0.0.0/8");
    pair.rig.run_for(3s);
    CHECK(pair.rig.session(pair.rig.a.name).row.guard_rejected == 3);
    CHECK(pair.rig.events<speaker::GuardRejected>().size() == before);
    pair.rig.a.announces("10.0.0.0/8");
    pair.rig.run_for(3s);
    CHECK(pair.rig.events<speaker::GuardRejected>().size() == before + 1);
}

TEST_CASE("35: a third fewer routes on an Established session is told once, and so is their return") {
    Pair pair;
    pair.up();
    pair.announce(10);
    pair.withdraw(pair.rig.a, 0, 2);
    CHECK(pair.rig.events<speaker::RoutesVanished>().empty());
    pair.withdraw(pair.rig.a, 2, 1);
    REQUIRE(pair.rig.events<speaker::RoutesVanished>().size() == 1);
    CHECK(pair.rig.events<speaker::RoutesVanished>()[0].before == 10);
    CHECK(pair.rig.events<speaker::RoutesVanished>()[0].count == 7);
    CHECK(pair.rig.session(pair.rig.a.name).row.alarm == "7 of 10 routes are left on an Established session");
    pair.withdraw(pair.rig.a, 3, 7);
    CHECK(pair.rig.events<speaker::RoutesVanished>().size() == 1);
    pair.announce(10);
    REQUIRE(pair.rig.events<speaker::RoutesBack>().size() == 1);
    CHECK(pair.rig.session(pair.rig.a.name).row.alarm.empty());
}

TEST_CASE("35: none at all is told where `drop` would not, and a refresh that withdraws for a moment is not") {
    Pair pair{"private", "watch = { drop = 100, empty = true }\n"};
    pair.up();
    pair.announce(4);
    for (std::size_t i = 0; i < 4; ++i) pair.rig.a.withdraws("172.20." + std::to_string(i) + ".0/24");
    pair.announce(4);
    CHECK(pair.rig.events<speaker::RoutesVanished>().empty());
    pair.withdraw(pair.rig.a, 0, 3);
    CHECK(pair.rig.events<speaker::RoutesVanished>().empty());
    pair.withdraw(pair.rig.a, 3, 1);
    CHECK(pair.rig.events<speaker::RoutesVanished>().size() == 1);
}

TEST_CASE("35: more than limits.receive is told, and the session stays") {
    Pair pair{"private", "limits = { receive = 5 }\n"};
    pair.up();
    pair.announce(6);
    CHECK_FALSE(pair.rig.events<speaker::ReceiveLimit>().empty());
    CHECK(pair.rig.a.state() == "Established");
}

TEST_CASE("36: an empty Microsoft peering asks for its route filter and is whole, unless routes are expected") {
    const auto redundancy = [](Pair& pair) {
        return pair.ask<speaker::SummaryView>(speaker::AskSummary{}).circuits.front().peerings.front().redundancy;
    };
    Pair quiet{"microsoft", ""};
    quiet.up();
    quiet.rig.run_for(31s);
    REQUIRE(quiet.rig.events<speaker::NothingReceived>().size() == 2);
    CHECK_FALSE(quiet.rig.events<speaker::NothingReceived>()[0].expected);
    CHECK(speaker::event_level(quiet.rig.events<speaker::NothingReceived>()[0]) == speaker::EventLevel::Info);
    CHECK(redundancy(quiet) == "full");
    // Once there were routes, none is an alarm.
    quiet.announce(2);
    quiet.withdraw(quiet.rig.a, 0, 2);
    CHECK(redundancy(quiet) == "degraded");
    CHECK(quiet.rig.events<speaker::RoutesVanished>().size() == 1);
    Pair strict{"microsoft", "expect_routes = true\n"};
    strict.up();
    strict.rig.run_for(31s);
    CHECK(redundancy(strict) == "down");
    CHECK(speaker::event_level(strict.rig.events<speaker::NothingReceived>()[0]) == speaker::EventLevel::Warning);
}

TEST_CASE("37: our own AS in a path is dropped and counted as our own come back, with nine times 12076 it is taken") {
    Pair pair;
    pair.up();
    pair.rig.a.sends(
        pair.rig.a.update().announce("172.20.1.0/24").attribute(kAsPath, kWellKnown, hex("02020000fde90000fdf2")));
    pair.rig.run_for(2s);
    CHECK(pair.rig.used("172.20.1.0/24") == "none");
    CHECK(pair.rig.session(pair.rig.a.name).row.loop_rejected == 1);
    CHECK(pair.rig.events<speaker::GuardRejected>().empty());
    CHECK(pair.rig.a.state() == "Established");
}

TEST_CASE("39: a community goes by Azure's name in the file and in `show`") {
    Pair pair{"private", "communities_in = [{ match = \"azure:eastus.storage\", local_preference = 150 }]\n"};
    pair.up();
    pair.rig.a.sends(pair.rig.a.update().announce("172.20.1.0/24").attribute(8, 0xc0, hex("2f2ccb24")));
    pair.rig.run_for(1s);
    const auto route = pair.rig.best("172.20.1.0/24");
    REQUIRE(route);
    CHECK(route->local_pref == 150);
    CHECK(route->communities == std::vector<std::string>{"12076:52004"});
    CHECK(route->community_names == std::vector<std::string>{"azure:eastus.storage"});
}

TEST_CASE(
    "47: a default route goes to Azure while another neighbour has it, and what happens then is written in the file") {
    SUBCASE("keep") { live_with_a_default(true); }
    SUBCASE("withdraw") { live_with_a_default(false); }
}

TEST_CASE("53: the ARP table has our address and Microsoft's of every link") {
    Pair pair;
    const auto rows = pair.ask<speaker::ArpView>(speaker::AskArp{seen(kAnswers)}).rows;
    REQUIRE(rows.size() == 3);
    CHECK(rows[0].property == "On-Prem");
    CHECK(rows[0].address == address("192.0.2.1"));
    CHECK(rows[0].mac == "02:00:00:00:00:01");
    CHECK(rows[1].property == "Microsoft");
    CHECK(rows[1].mac == "02:00:00:00:00:02");
    CHECK(rows[1].age_minutes == 1);
    CHECK(rows[2].session == pair.rig.b.name);
    CHECK(rows[2].mac.empty());
}

TEST_CASE("56: the doctor ends at the first step that fails, from the cable up, and says whose it is") {
    Pair pair{"private", "vlan = 100\nadvertise = [\"10.1.0.0/16\"]\n"};
    const auto fails = [&](const std::string& step, const std::string& owner, const speaker::Seen& around) {
        const auto report = pair.doctor(around);
        REQUIRE_FALSE(report.steps.empty());
        CHECK(report.steps.back().step == step);
        CHECK(report.steps.back().state == "failed");
        CHECK(report.owner == owner);
    };
    SUBCASE("no carrier, and switched off") {
        pair.rig.carrier("eth-a", false);
        fails("interface", "provider", seen(kAnswers));
        auto off = seen(kAnswers);
        off.interfaces[0].up = false;
        fails("interface", "you", off);
    }
    SUBCASE("another VLAN") { fails("VLAN", "you", seen(kAnswers, 200)); }
    SUBCASE("no address") {
        pair.rig.kernel().remove_address(kEthA, address("192.0.2.1"));
        pair.news();
        fails("address", "you", seen(kAnswers));
    }
    SUBCASE("nobody answers ARP") { fails("ARP", "provider", seen(speaker::SeenNeighbour::State::Failed)); }
    SUBCASE("TCP is refused") {
        pair.rig.a.refuses();
        fails("TCP 179", "Microsoft", seen(kAnswers));
    }
    SUBCASE("TCP is filtered") {
        pair.rig.run_for(1s);
        const auto dial = pair.rig.last_dial().connection;
        pair.rig.speaker().handle(pair.rig.now(), speaker::TcpClosed{dial, 110});
        const auto report = pair.ask<speaker::DoctorView>(speaker::AskDoctor{pair.rig.b.name, {}}).sessions.front();
        CHECK(report.steps.back().step == "TCP 179");
        CHECK(report.steps.back().sentence.starts_with("filtered"));
        CHECK(report.owner == "you");
    }
    SUBCASE("the key is wrong") {
        pair.rig.run_for(1s);
        const auto dial = pair.rig.last_dial().connection;
        pair.rig.speaker().handle(pair.rig.now(), speaker::TcpClosed{dial, 110, session::ConnectHint::Md5WrongKey});
        const auto report = pair.ask<speaker::DoctorView>(speaker::AskDoctor{pair.rig.b.name, {}}).sessions.front();
        CHECK(report.steps.back().step == "MD5");
        CHECK(report.owner == "you");
    }
    SUBCASE("reset before the OPEN") {
        pair.rig.a.picks_up().ends(104);
        fails("TCP 179", "Microsoft", seen(kAnswers));
    }
    SUBCASE("another AS in the OPEN") {
        auto open = pair.rig.a.open();
        pair.rig.a.picks_up();
        pair.rig.a.asn = 65099;
        pair.rig.a.sends(pair.rig.a.open());
        fails("OPEN", "you", seen(kAnswers));
    }
    SUBCASE("no routes, and then some") {
        pair.up();
        fails("routes", "you", seen(kAnswers));
        pair.announce(3);
        CHECK(pair.doctor(seen(kAnswers)).owner.empty());
        CHECK(pair.doctor(seen(kAnswers)).steps.back().step == "kernel");
        pair.withdraw(pair.rig.a, 0, 3);
        fails("routes", "Microsoft", seen(kAnswers));
    }
}

TEST_CASE("57: what was gained and lost since then, by peering, without what only moved between its links") {
    Pair pair;
    pair.up();
    pair.announce(3);
    const auto since = [&](Duration span) { return pair.ask<speaker::DiffView>(speaker::AskDiff{span, ""}); };
    pair.rig.run_for(60s);
    CHECK(since(30s).peerings.empty());
    // The primary's loss changes nothing for the peering.
    pair.rig.a.call().ends();
    pair.rig.run_for(1s);
    CHECK(since(30s).peerings.empty());
    pair.withdraw(pair.rig.b, 1, 1);
    pair.rig.b.announces("172.21.0.0/24");
    pair.rig.b.announces("172.22.0.0/24");
    pair.rig.run_for(1s);
    pair.rig.b.withdraws("172.22.0.0/24");
    pair.rig.run_for(1s);
    const auto view = since(30s);
    REQUIRE(view.peerings.size() == 1);
    const auto& row = view.peerings.front();
    CHECK(row.name == "er/private");
    CHECK(words(row.gained) == "172.21.0.0/24");
    CHECK(words(row.lost) == "172.20.1.0/24");
    CHECK(words(row.back) == "172.22.0.0/24");
    CHECK(view.complete);
    CHECK(since(1h).peerings.front().gained_count == 3);
    CHECK(std::holds_alternative<speaker::NotFound>(
        pair.rig.speaker().answer(pair.rig.now(), speaker::AskDiff{30s, "er/microsoft"})));
}

TEST_CASE("57: the record is bounded, and says where it begins") {
    speaker::AskDiff ask{1h, ""};
    Pair pair;
    pair.up();
    auto there = pair.rig.a.update();
    UpdateMessage gone;
    for (int i = 0; i < 256; ++i) {
        const auto prefix = "172.20." + std::to_string(i) + ".0/24";
        there = there.announce(prefix);
        gone = gone.withdraw(prefix);
    }
    for (int round = 0; round < 140; ++round) {
        pair.rig.a.sends(there);
        pair.rig.run_for(100ms);
        pair.rig.a.sends(gone);
        pair.rig.run_for(100ms);
    }
    const auto view = pair.ask<speaker::DiffView>(ask);
    CHECK_FALSE(view.complete);
    CHECK(view.known_seconds < 34);
}

TEST_CASE("56: every state other than Established has one cause, since when, and the next try where there is one") {
    Pair pair;
    pair.rig.run_for(2s);
    const auto row = [&] { return pair.rig.session(pair.rig.a.name).row; };
    CHECK_FALSE(row().cause.empty());
    pair.rig.a.refuses();
    pair.rig.run_for(3s);
    CHECK(row().cause == "connect_refused");
    CHECK(row().down_seconds >= 5);
    REQUIRE(row().next_attempt_milliseconds);
    CHECK(*row().next_attempt_milliseconds <= 5000);
    pair.rig.a.comes_up();
    CHECK(row().cause.empty());
    CHECK(row().down_seconds == 0);
    CHECK_FALSE(row().next_attempt_milliseconds);
    pair.rig.a.call().ends();
    pair.rig.run_for(10ms);
    CHECK(row().cause == "peer_closed");
    CHECK(row().down_seconds == 0);
    pair.rig.carrier("eth-a", false);
    CHECK(row().cause == "link_down");
    CHECK(row().reason.find("eth-a has no carrier") != std::string::npos);
}

}  // namespace dyad::requirements
