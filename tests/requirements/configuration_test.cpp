#include <doctest/doctest.h>

#include "dyad/config/parse.hpp"

/// What a configuration of an ExpressRoute peering derives, and what it refuses: requirements 1, 3 to 6, 29 and 31. All
/// complaints word for word are in tests/unit/config/broken.
namespace dyad::requirements {
namespace {

using config::parse;

std::string peering(const std::string& lines, const std::string& kind = "private") {
    return "[circuit." + kind + "]\nprimary = { interface = \"eth1\" }\nsecondary = { interface = \"eth2\" }\n" + lines;
}
std::string circuit(const std::string& peerings, const std::string& top = "asn = 65010\n") {
    return top + "[[circuit]]\nname = \"er\"\n" + peerings;
}
const std::string kSubnet = "subnet = \"192.168.15.16/29\"\n";

/// Every complaint, a line each: "what (mark) hint".
std::string complaints(const std::string& text, config::Diagnostic::Level level = config::Diagnostic::Level::Error) {
    std::string all;
    for (const auto& one : parse(text).diagnostics)
        if (one.level == level) all += one.what + " (" + one.mark + ") " + one.hint + "\n";
    return all;
}
std::string warnings(const std::string& text) { return complaints(text, config::Diagnostic::Level::Warning); }

bool says(const std::string& all, const std::string& words) { return all.find(words) != std::string::npos; }

}  // namespace

TEST_CASE("1: a /29 or two /30, a /125 or two /126: ours is the first usable address, Microsoft's the second") {
    const auto whole = parse(circuit(peering(kSubnet + "subnet6 = \"2001:db8:0:10::/125\"\n")));
    REQUIRE(whole.ok());
    const auto& links = whole.config.circuits[0].peerings[0];
    CHECK(links.primary.local->to_string() == "192.168.15.17");
    CHECK(links.primary.peer->to_string() == "192.168.15.18");
    CHECK(links.secondary.local->to_string() == "192.168.15.21");
    CHECK(links.secondary.peer->to_string() == "192.168.15.22");
    CHECK(links.primary.local6->to_string() == "2001:db8:0:10::1");
    CHECK(links.primary.peer6->to_string() == "2001:db8:0:10::2");
    CHECK(links.secondary.local6->to_string() == "2001:db8:0:10::5");
    CHECK(links.secondary.peer6->to_string() == "2001:db8:0:10::6");
    const auto apart =
        parse(circuit("[circuit.private]\nprimary = { interface = \"eth1\", subnet = \"10.0.0.0/30\" }\n"
                      "secondary = { interface = \"eth2\", subnet = \"10.9.0.4/30\" }\n"));
    REQUIRE(apart.ok());
    CHECK(apart.config.circuits[0].peerings[0].secondary.local->to_string() == "10.9.0.5");
    CHECK(apart.config.circuits[0].peerings[0].secondary.peer->to_string() == "10.9.0.6");
}

TEST_CASE("1: a wrong size, host bits, an overlap and two equal links are refused with the right value") {
    CHECK(says(complaints(circuit(peering("subnet = \"192.168.15.18/29\"\n"))), "did you mean \"192.168.15.16/29\"?"));
    CHECK(says(complaints(circuit(peering("subnet = \"192.168.15.16/30\"\n"))), "did you mean \"192.168.15.16/29\"?"));
    CHECK(says(complaints(circuit(peering("subnet = \"192.168.15.0/28\"\n"))),
               "has the wrong size (a peering has a /29)"));
    CHECK(
        says(complaints(circuit(peering(kSubnet) + peering(kSubnet, "microsoft"))), "192.168.15.16/29 is used twice"));
    CHECK(says(complaints(circuit("[circuit.private]\nprimary = { interface = \"eth1\", subnet = \"10.0.0.0/30\" }\n"
                                  "secondary = { interface = \"eth2\", subnet = \"10.0.0.0/30\" }\n")),
               "10.0.0.0/30 is used twice"));
    const auto broken = parse(circuit(peering("subnet = \"192.168.15.18/29\"\n")));
    REQUIRE(broken.diagnostics.size() == 1);
    CHECK(broken.diagnostics[0].line == 7);
}

TEST_CASE("3: the peer's AS is 12076, and Azure's, reserved and documentation ASNs are ours in a lab only") {
    const auto parsed = parse(circuit(peering(kSubnet)));
    REQUIRE(parsed.ok());
    CHECK(parsed.config.circuits[0].peerings[0].peer_asn == Asn{12076});
    for (const auto asn : {8074, 8075, 12076, 23456, 64496, 64511, 65515, 65520, 65535, 65551}) {
        const auto top = "asn = " + std::to_string(asn) + "\n";
        CHECK_MESSAGE(says(complaints(circuit(peering(kSubnet), top)), "cannot be ours"), asn);
        CHECK_MESSAGE(complaints(circuit(peering(kSubnet + "peer_asn = 65001\n"), top + "lab = true\n")).empty(), asn);
    }
    for (const auto asn : {64512, 65514, 65521, 65534, 65552})
        CHECK_MESSAGE(complaints(circuit(peering(kSubnet), "asn = " + std::to_string(asn) + "\n")).empty(), asn);
    CHECK(says(warnings(circuit(peering(kSubnet + "peer_asn = 8075\n"))), "on ExpressRoute it is 12076"));
}

TEST_CASE("4: a VLAN is a peering's, on both links; two peerings of a circuit have two, and one outer tag") {
    const auto two = [](const std::string& first, const std::string& second) {
        return circuit(peering(kSubnet + first) + peering("subnet = \"192.168.15.24/29\"\n" + second, "microsoft"));
    };
    CHECK(says(complaints(two("vlan = 100\n", "vlan = 100\n")), "two peerings of er have VLAN 100"));
    CHECK(complaints(two("vlan = 100\n", "vlan = 101\n")).empty());
    CHECK(says(warnings(two("s_vlan = 10\n", "s_vlan = 11\n")), "two peerings of er have different outer VLANs"));
    CHECK_FALSE(says(warnings(two("s_vlan = 10\n", "s_vlan = 10\n")), "outer VLANs"));
    const auto parsed = parse(two("vlan = 100\ns_vlan = 10\n", "vlan = 101\n"));
    CHECK(parsed.config.circuits[0].peerings[0].vlan == 100);
    CHECK(parsed.config.circuits[0].peerings[0].s_vlan == 10);
    CHECK(says(warnings(circuit("[circuit.private]\nsubnet = \"192.168.15.16/29\"\nvlan = 100\nprimary = { interface = "
                                "\"eth1.200\" }\nsecondary = { interface = \"eth2.100\" }\n")),
               "eth1.200 looks like VLAN 200"));
}

TEST_CASE("5: a key for Azure has 25 letters and digits at most, another neighbour's 80 octets") {
    const auto with = [](const std::string& key) {
        return complaints(circuit(peering(kSubnet + "md5 = \"" + key + "\"\n")));
    };
    CHECK(with(std::string(25, 'a')).empty());
    CHECK_FALSE(with(std::string(26, 'a')).empty());
    CHECK_FALSE(with("with-a-dash").empty());
    const auto neighbor = [](const std::string& key) {
        return complaints(
            "asn = 65010\nrouter_id = \"10.0.0.1\"\n[[neighbor]]\nname = \"n\"\naddress = \"10.0.0.2\"\nasn = "
            "65020\nmd5 = \"" +
            key + "\"\n");
    };
    CHECK(neighbor(std::string(80, '-')).empty());
    CHECK_FALSE(neighbor(std::string(81, 'a')).empty());
    CHECK_FALSE(says(with("secret-with-a-dash"), "secret-with-a-dash"));
}

TEST_CASE("6: the kind sets limits and rules; public peering is told to be retired") {
    const auto kind = [](const std::string& name) {
        return parse(circuit(peering("subnet = \"198.51.100.16/29\"\n", name)));
    };
    CHECK(kind("private").config.circuits[0].peerings[0].exchange.limits.advertise == 4000);
    CHECK(kind("microsoft").config.circuits[0].peerings[0].exchange.limits.advertise == 200);
    CHECK(kind("public").config.circuits[0].peerings[0].exchange.limits.advertise == 200);
    CHECK(says(warnings(circuit(peering("subnet = \"198.51.100.16/29\"\n", "public"))),
               "public peering was retired on 2024-03-31"));
    const auto own = parse(circuit(peering(kSubnet + "limits = { advertise = 100, receive = 50 }\n")));
    REQUIRE(own.ok());
    CHECK(own.config.circuits[0].peerings[0].exchange.limits.advertise == 100);
}

TEST_CASE(
    "29: Microsoft peering takes no private, default, reserved or peering prefix; a default on private peering is "
    "written out") {
    const auto to = [](const std::string& kind, const std::string& prefix) {
        const auto subnet = "subnet = \"198.51.100.16/29\"\n";
        return complaints(circuit(peering(subnet + ("advertise = [\"" + prefix + "\"]\n"), kind)));
    };
    for (const auto* kind : {"microsoft", "public"})
        for (const auto* prefix : {"0.0.0.0/0", "::/0", "10.1.0.0/16", "172.16.0.0/12", "192.168.1.0/24",
                                   "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/8", "240.0.0.0/8",
                                   "168.63.129.16/32", "198.51.100.16/30", "fd00::/8", "0.0.0.0/1"})
            CHECK_MESSAGE(!to(kind, prefix).empty(), kind, " ", prefix);
    CHECK(to("microsoft", "20.1.0.0/16").empty());
    CHECK(to("private", "10.1.0.0/16").empty());
    CHECK(to("private", "0.0.0.0/0").empty());
    for (const auto* prefix : {"127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/8", "168.63.129.16/32"})
        CHECK_MESSAGE(!to("private", prefix).empty(), prefix);
}

TEST_CASE("47: a default route with a condition says what happens when it fails") {
    const auto with = [](const std::string& more) {
        return complaints(circuit(peering(kSubnet + ("advertise = [{ prefix = \"0.0.0.0/0\"" + more + " }]\n"))));
    };
    CHECK(says(with(", when = \"present\""), "straight to the Internet"));
    CHECK(with(", when = \"present\", on_failure = \"keep\"").empty());
    CHECK(with(", when = \"present\", on_failure = \"withdraw\"").empty());
    CHECK(with("").empty());
}

TEST_CASE("31: prepending a private AS on Microsoft peering is warned about, a documentation AS of ours refused") {
    const auto lines = std::string{"subnet = \"198.51.100.16/29\"\nprefer = \"primary\"\nprepend = 3\n"};
    CHECK(says(warnings(circuit(peering(lines, "microsoft"))), "Microsoft strips private AS numbers"));
    CHECK_FALSE(says(warnings(circuit(peering(lines))), "Microsoft strips private AS numbers"));
    CHECK_FALSE(says(warnings(circuit(peering(lines, "microsoft"), "asn = 3320\n")), "Microsoft strips"));
    CHECK(says(complaints(circuit(peering(lines, "microsoft"), "asn = 64500\n")), "for documentation (RFC 5398)"));
}

}  // namespace dyad::requirements
