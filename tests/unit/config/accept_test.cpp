#include <doctest/doctest.h>

#include <set>

#include "dyad/config/parse.hpp"

using namespace dyad;
using namespace dyad::config;

namespace {

const std::string kHead = "asn = 65010\n[[circuit]]\nname = \"er-ams\"\n";

Parsed with_peering(const std::string& lines, const std::string& kind = "private",
                    const std::string& subnet = "192.168.15.16/29") {
    return parse(kHead + "[circuit." + kind + "]\nsubnet = \"" + subnet +
                 "\"\nprimary = { interface = \"eth1\" }\nsecondary = { interface = \"eth2\" }\n" + lines);
}

const Exchange& exchange_of(const Parsed& parsed) {
    INFO(render(parsed, "test.toml", ""));
    REQUIRE(parsed.ok());
    return parsed.config.circuits[0].peerings[0].exchange;
}

Parsed with_neighbor(const std::string& lines) {
    return parse(
        "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"vpn\"\naddress = \"10.0.0.2\"\nasn = 65020\n" +
        lines);
}

}  // namespace

TEST_CASE("a peering accepts anything but a default route, a neighbor nothing (RFC 8212)") {
    const auto peering = with_peering("");
    CHECK(exchange_of(peering).accept.any);
    CHECK(exchange_of(peering).accept.except.size() == 2);
    CHECK(exchange_of(peering).advertise.empty());
    const auto neighbor = with_neighbor("");
    REQUIRE(neighbor.ok());
    CHECK_FALSE(neighbor.config.neighbors[0].exchange.accept.any);
    CHECK_FALSE(neighbor.config.neighbors[0].exchange.accept.guard);
}

TEST_CASE("each key of accept that is absent keeps its own default") {
    const auto parsed = with_peering("accept = { any = true, max_length = 24 }\n");
    const auto& accept = exchange_of(parsed).accept;
    CHECK(accept.any);
    CHECK(accept.max_length_v4 == 24);
    CHECK(accept.except.size() == 2);
    CHECK(accept.guard);
}

TEST_CASE("whoever lists prefixes gets no others, in a table or a list") {
    const auto table = with_peering("accept = { prefixes = [\"10.0.0.0/8 longer 24\"] }\n");
    CHECK_FALSE(exchange_of(table).accept.any);
    REQUIRE(exchange_of(table).accept.prefixes.size() == 1);
    CHECK(exchange_of(table).accept.prefixes[0].longest == 24);
    const auto list = with_peering("accept = [\"10.0.0.0/8\", { prefix = \"10.1.0.0/16\", longer = 32 }]\n");
    CHECK_FALSE(exchange_of(list).accept.any);
    CHECK(exchange_of(list).accept.prefixes[0].longest == 8);
    CHECK(exchange_of(list).accept.prefixes[1].longest == 32);
}

TEST_CASE("an entry that looks elsewhere before it is advertised stands among the others") {
    const auto parsed = with_peering(
        "advertise = [\"10.1.0.0/16\", { prefix = \"0.0.0.0/0\", when = \"present\", on_failure = \"keep\" }]\n");
    const auto& exchange = exchange_of(parsed);
    CHECK(exchange.advertise.size() == 2);
    CHECK(exchange.held_back.empty());
    CHECK(parsed.diagnostics.empty());
}

TEST_CASE("what is not registered is held back and said so") {
    const auto parsed =
        with_peering("registered = [\"198.51.100.0/24\"]\nadvertise = [\"192.0.2.0/24\", \"198.51.100.128/25\"]\n",
                     "microsoft", "203.0.113.0/29");
    const auto& exchange = exchange_of(parsed);
    REQUIRE(exchange.advertise.size() == 1);
    CHECK(exchange.advertise[0].prefix.to_string() == "198.51.100.128/25");
    CHECK(exchange.held_back.size() == 1);
    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK(parsed.diagnostics[0].what == "192.0.2.0/24 is held back");
    CHECK(parsed.diagnostics[0].level == Diagnostic::Level::Warning);
}

TEST_CASE("communities go by Azure's names, which the file can add to and override") {
    const auto parsed = with_peering(
        "accept = { communities = [\"azure:eastus.storage\", \"12076:51*\"] }\n"
        "communities_in = [{ match = \"azure:westeurope.private\", local_preference = 120 }]\n");
    REQUIRE(parsed.diagnostics.empty());
    CHECK(exchange_of(parsed).accept.communities == std::vector<std::string>{"12076:52004", "12076:51*"});
    CHECK(exchange_of(parsed).communities_in.front().match == "12076:50002");
    constexpr std::uint32_t kEastUsStorage = 12076U << 16 | 52004U;
    const OwnCommunities own{{"azure:eastus.storage", 0x2f2cffff}, {"sap", 0x2f2c4e21}};
    CHECK(community_called("azure:eastus.storage", own) == 0x2f2cffff);
    CHECK(community_called("sap", own) == 0x2f2c4e21);
    CHECK(name_of_community(0x2f2c4e21, own) == "sap");
    CHECK(name_of_community(kEastUsStorage, {}) == "azure:eastus.storage");
    CHECK(name_of_community(kEastUsStorage, own).empty());
    CHECK(name_of_community(0x00010001, own).empty());
}

TEST_CASE("a community's name that nobody knows is an error, with the one most like it") {
    const auto parsed = with_peering("accept = { communities = [\"azure:eastsu.storage\"] }\n");
    REQUIRE(parsed.diagnostics.size() == 1);
    CHECK(parsed.diagnostics[0].what == "no community is called \"azure:eastsu.storage\"");
    CHECK(parsed.diagnostics[0].mark == "did you mean \"azure:eastus.storage\"?");
    CHECK(parse("asn = 65010\ncommunities = { \"sap\" = \"12076:20001\" }\n").ok());
    CHECK_FALSE(parse("asn = 65010\ncommunities = { \"1:2\" = \"12076:20001\" }\n").ok());
    CHECK_FALSE(parse("asn = 65010\ncommunities = { \"sap\" = \"12076\" }\n").ok());
}

TEST_CASE("every name of the shipped data file is one community's, in order, and no number has two") {
    const auto all = azure_communities();
    CHECK(all.size() == 278);
    std::set<std::uint32_t> numbers;
    for (const auto& one : all) {
        CHECK(one.name.starts_with("azure:"));
        CHECK(numbers.insert(one.community).second);
        CHECK(community_called(one.name, {}) == one.community);
        CHECK((one.community >> 16) == 12076);
    }
}

TEST_CASE("a key of which nothing would come is refused, once, naming the other lines") {
    const auto parsed = parse(
        "asn = 65010\nrouter_id = \"10.0.0.1\"\n"
        "[[neighbor]]\nname = \"a\"\naddress = \"10.0.0.2\"\nasn = 65020\nredistribute = {}\n"
        "[[neighbor]]\nname = \"b\"\naddress = \"10.0.0.3\"\nasn = 65020\nredistribute = {}\n"
        "[record]\nmrt = { directory = \"/var/lib/dyad\" }\n");
    CHECK_FALSE(parsed.ok());
    REQUIRE(parsed.diagnostics.size() == 2);
    CHECK(parsed.diagnostics[0].what == "redistribute is not in this version: nothing would come of it");
    CHECK(parsed.diagnostics[0].line == 7);
    CHECK(parsed.diagnostics[0].hint == "also on line 12");
    CHECK(parsed.diagnostics[1].what == "[record] is not in this version: nothing would come of it");
}

TEST_CASE("bfd is true, or a table that says how") {
    const auto with = [](const std::string& bfd) {
        return parse(
            "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"a\"\naddress = \"10.0.0.2\"\n"
            "asn = 65020\nbfd = " +
            bfd + "\n");
    };
    CHECK(with("true").config.neighbors[0].transport.bfd == Bfd{.enabled = true});
    CHECK(with("{}").config.neighbors[0].transport.bfd == Bfd{.enabled = true});
    CHECK_FALSE(with("false").config.neighbors[0].transport.bfd.enabled);
    const auto parsed = with("{ transmit = \"50ms\", receive = \"60ms\", multiplier = 5, strict = true }");
    CHECK(parsed.diagnostics.empty());
    CHECK(parsed.config.neighbors[0].transport.bfd == Bfd{.enabled = true,
                                                          .transmit = std::chrono::milliseconds{50},
                                                          .receive = std::chrono::milliseconds{60},
                                                          .multiplier = 5,
                                                          .strict = true});
}

TEST_CASE("the SKU and the kind set the limits") {
    CHECK(exchange_of(with_peering("")).limits.advertise == 4000);
    CHECK(exchange_of(with_peering("", "microsoft", "203.0.113.0/29")).limits.advertise == 200);
    CHECK(exchange_of(with_peering("", "microsoft", "203.0.113.0/29")).limits.advertise_v6 == 200);
    CHECK(exchange_of(with_peering("limits = { advertise = 10 }\n")).limits.reserve == 2);
    CHECK_FALSE(with_peering("limits = { advertise = 4001 }\n").ok());
}

TEST_CASE("a link that ends on the other router has no addresses here, and gives no router id") {
    const auto parsed = parse(kHead +
                              "[circuit.private]\nsubnet = \"192.168.15.16/29\"\nprimary = { on = \"edge2\" "
                              "}\nsecondary = { interface = \"eth2\" }\n"
                              "[[neighbor]]\nname = \"edge2\"\naddress = \"10.1.0.3\"\nasn = 65010\n");
    REQUIRE(parsed.diagnostics.empty());
    const auto& peering = parsed.config.circuits[0].peerings[0];
    CHECK_FALSE(peering.primary.local);
    CHECK(peering.secondary.local->to_string() == "192.168.15.21");
    CHECK(parsed.config.effective_router_id().to_string() == "192.168.15.21");
}

TEST_CASE("IPv6 links come from a /125") {
    const auto parsed = with_peering("subnet6 = \"2001:db8:0:10::8/125\"\n");
    REQUIRE(parsed.ok());
    const auto& peering = parsed.config.circuits[0].peerings[0];
    CHECK(peering.primary.local6->to_string() == "2001:db8:0:10::9");
    CHECK(peering.primary.peer6->to_string() == "2001:db8:0:10::a");
    CHECK(peering.secondary.local6->to_string() == "2001:db8:0:10::d");
    CHECK(peering.secondary.subnet6->to_string() == "2001:db8:0:10::c/126");
}

TEST_CASE("a neighbor's families and ttl follow its address, its AS and its distance") {
    const auto six = parse(
        "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"a\"\naddress = \"2001:db8::2\"\nasn = 65010\n");
    REQUIRE(six.ok());
    CHECK(six.config.neighbors[0].families == std::vector{Family::Ipv6});
    CHECK(six.config.neighbors[0].transport.ttl == 64);
    const auto far = with_neighbor("multihop = 5\nfamilies = [\"ipv6\", \"ipv4\"]\n");
    REQUIRE(far.ok());
    CHECK(far.config.neighbors[0].transport.ttl == 5);
    CHECK(far.config.neighbors[0].families == std::vector{Family::Ipv4, Family::Ipv6});
}

TEST_CASE("Azure's AS numbers are ours in a lab only") {
    for (const auto asn : {"12076", "8075", "65515", "65520", "23456", "64496", "65535", "65551"}) {
        CAPTURE(asn);
        const auto rest = std::string{"\nrouter_id = \"10.0.0.1\"\n"};
        CHECK_FALSE(parse("asn = " + std::string{asn} + rest).ok());
        CHECK(parse("lab = true\nasn = " + std::string{asn} + rest).ok());
    }
    for (const auto asn : {"1", "65514", "65521", "4200000000"}) CHECK(parse("asn = " + std::string{asn}).ok());
    CHECK_FALSE(parse("lab = true\nasn = 4294967295").ok());
}

TEST_CASE("a file of a million mistakes gets an answer of bounded length") {
    std::string text = "asn = 65010\n";
    for (int i = 0; i < 20'000; ++i) text += "k" + std::to_string(i) + " = 1\n";
    const auto parsed = parse(text);
    CHECK(parsed.diagnostics.size() == 201);
    CHECK(parsed.diagnostics.back().what == "and 19800 more, the last of them here");
}

TEST_CASE("tables nested without end are refused, not followed") {
    std::string dots = "a", braces = "a = ";
    for (int i = 0; i < 10'000; ++i) dots += ".a", braces += "{ a = ";
    CHECK_FALSE(parse(dots + " = 1").ok());
    CHECK_FALSE(parse(braces).ok());
}

TEST_CASE("graceful_restart is a flag, or a table of its times") {
    const auto with = [](const std::string& lines) {
        return parse(
            "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"a\"\naddress = \"10.0.0.2\"\n"
            "asn = 65020\n" +
            lines);
    };
    const auto absent = with("");
    REQUIRE(absent.ok());
    CHECK(absent.config.neighbors[0].transport.graceful_restart == GracefulRestart{});
    CHECK_FALSE(with("graceful_restart = false\n").config.neighbors[0].transport.graceful_restart.enabled);
    const auto table = with("graceful_restart = { restart_time = \"60s\", stale_time = \"90s\" }\n");
    REQUIRE(table.ok());
    const auto& restart = table.config.neighbors[0].transport.graceful_restart;
    CHECK(restart.enabled);
    CHECK(restart.restart_time == std::chrono::seconds{60});
    CHECK(restart.stale_time == std::chrono::seconds{90});
    CHECK_FALSE(with("graceful_restart = { restart_time = \"4096s\" }\n").ok());  // twelve bits
}

TEST_CASE("send_hold_time is longer than hold_time, or off; delay_open is a duration") {
    const auto with = [](const std::string& lines) {
        return parse(
            "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"a\"\naddress = \"10.0.0.2\"\n"
            "asn = 65020\n" +
            lines);
    };
    CHECK_FALSE(with("").config.neighbors[0].transport.send_hold_time);
    CHECK(with("send_hold_time = \"0s\"\n").config.neighbors[0].transport.send_hold_time == std::chrono::seconds{0});
    CHECK(with("send_hold_time = \"300s\"\n").ok());
    CHECK_FALSE(with("send_hold_time = \"180s\"\n").ok());
    CHECK(with("delay_open = \"5s\"\n").config.neighbors[0].transport.delay_open == std::chrono::seconds{5});
    CHECK_FALSE(with("delay_open = \"5m\"\n").ok());
}

TEST_CASE("a hold time below 30 s is taken with a warning, below 10 s not at all, outside a lab") {
    const auto said = [](const std::string& text) {
        const auto parsed = with_peering("hold_time = \"" + text + "\"\n");
        return std::pair{parsed.ok(), render(parsed, "test.toml", "").find("hold_time") != std::string::npos};
    };
    CHECK(said("180s") == std::pair{true, false});
    CHECK(said("30s") == std::pair{true, false});
    CHECK(said("29s") == std::pair{true, true});
    CHECK(said("10s") == std::pair{true, true});
    CHECK(said("9s") == std::pair{false, true});
    CHECK_FALSE(with_peering("hold_time = \"65536s\"\n").ok());
    CHECK(parse("lab = true\n" + kHead +
                "[circuit.private]\nsubnet = \"192.168.15.16/29\"\nprimary = { interface = \"eth1\" }\n"
                "secondary = { interface = \"eth2\" }\nhold_time = \"3s\"\n")
              .ok());
}
