#include "dyad/config/diff.hpp"

#include <doctest/doctest.h>

#include "dyad/config/parse.hpp"
#include "samples.hpp"

using namespace dyad::config;

namespace {

std::string replaced(std::string text, const std::string& from, const std::string& to) {
    const auto at = text.find(from);
    REQUIRE(at != std::string::npos);
    return text.replace(at, from.size(), to);
}

Config good(const std::string& text) {
    auto parsed = parse(text);
    INFO(render(parsed, "test.toml", text));
    REQUIRE(parsed.ok());
    return std::move(parsed.config);
}

std::vector<Change> changes(const std::string& before, const std::string& after) {
    return diff(good(before), good(after));
}

const std::string kSecondCircuit =
    "[[circuit]]\nname = \"er-dub\"\n[circuit.private]\nsubnet = \"192.168.16.16/29\"\n"
    "primary = { interface = \"eth3\" }\nsecondary = { interface = \"eth4\" }\n";
const std::string kNeighbor = "[[neighbor]]\nname = \"edge2\"\naddress = \"10.1.0.3\"\nasn = 65010\n";

}  // namespace

TEST_CASE("a file that only looks different is no difference") {
    CHECK(changes(kTenLines, "# a comment\n\n" + kTenLines + "\n[fib]\n").empty());
    CHECK(changes(kTenLines, replaced(kTenLines, "advertise =", "hold_time = \"3m\"\nadvertise =")).empty());
    CHECK(
        changes(kTenLines, replaced(kTenLines, "asn = 65010", "asn = 65_010\nrouter_id = \"192.168.15.17\"")).empty());
}

TEST_CASE("circuits in another order are no difference") {
    const std::string head = "asn = 65010\n";
    const auto first = kTenLines.substr(head.size());
    CHECK(changes(head + first + kSecondCircuit, head + kSecondCircuit + first).empty());
}

TEST_CASE("a changed value tells the item, the key, both texts and how it takes effect") {
    const auto found = changes(kTenLines, replaced(kTenLines, "advertise =", "hold_time = \"60s\"\nadvertise ="));

    REQUIRE(found.size() == 1);
    CHECK(found[0] == Change{.item = "er-ams/private",
                             .key = "hold_time",
                             .before = "\"180s\"",
                             .after = "\"60s\"",
                             .reload_class = ReloadClass::Session});
}

TEST_CASE("every key takes effect as the schema says") {
    const auto one = [](const std::string& from, const std::string& to) {
        const auto found = changes(kTenLines, replaced(kTenLines, from, to));
        REQUIRE(found.size() >= 1);
        return std::pair{found[0].item + " " + found[0].key, found[0].reload_class};
    };
    CHECK(one("asn = 65010", "asn = 65011") == std::pair{std::string{" asn"}, ReloadClass::Session});
    CHECK(one("asn = 65010", "asn = 65010\nhostname = \"a\"") ==
          std::pair{std::string{" hostname"}, ReloadClass::Live});
    CHECK(one("asn = 65010", "asn = 65010\nlab = true") == std::pair{std::string{" lab"}, ReloadClass::Start});
    CHECK(one("standard", "local") == std::pair{std::string{"er-ams sku"}, ReloadClass::Live});
    CHECK(one("eth1.100", "eth7.100") ==
          std::pair{std::string{"er-ams/private/primary interface"}, ReloadClass::Session});
    CHECK(one("advertise =", "prefer = \"primary\"\nadvertise =") ==
          std::pair{std::string{"er-ams/private prefer"}, ReloadClass::Refresh});
    CHECK(one("advertise =", "limits = { receive = 9 }\nadvertise =") ==
          std::pair{std::string{"er-ams/private limits.receive"}, ReloadClass::Live});
    CHECK(one("advertise =", "accept = { guard = false }\nadvertise =") ==
          std::pair{std::string{"er-ams/private accept.guard"}, ReloadClass::Refresh});
}

TEST_CASE("prefixes that come and go are told one by one") {
    const auto found =
        changes(kTenLines, replaced(kTenLines, "[\"10.1.0.0/16\"]",
                                    "[\"10.2.0.0/16\", { prefix = \"10.1.0.0/16\", priority = \"critical\" }]"));

    REQUIRE(found.size() == 2);
    CHECK(found[0].before == "\"10.1.0.0/16\"");
    CHECK(found[0].after == "{ prefix = \"10.1.0.0/16\", priority = \"critical\" }");
    CHECK(found[1].before == "");
    CHECK(found[1].after == "\"10.2.0.0/16\"");
    CHECK(found[1].reload_class == ReloadClass::Refresh);
}

TEST_CASE("of many prefixes that differ the number is told") {
    std::string list = "[";
    for (int i = 0; i < 100; ++i) list += "\"10.1." + std::to_string(i) + ".0/24\",";
    const auto found = changes(kTenLines, replaced(kTenLines, "[\"10.1.0.0/16\"]", list + "]"));

    REQUIRE(found.size() == 1);
    CHECK(found[0].before == "1 entry");
    CHECK(found[0].after == "100 entries, 101 differ");
}

TEST_CASE("the subnet of a peering is the subnets of its links, and the lowest address the router id") {
    const auto found = changes(kTenLines, replaced(kTenLines, "192.168.15.16", "192.168.15.24"));

    REQUIRE(found.size() == 3);
    CHECK(found[0].key == "router_id");
    CHECK(found[1].item == "er-ams/private/primary");
    CHECK(found[1].before == "\"192.168.15.16/30\"");
    CHECK(found[1].after == "\"192.168.15.24/30\"");
    CHECK(found[2].item == "er-ams/private/secondary");
}

TEST_CASE("a circuit, a peering and a neighbor come and go as wholes") {
    const auto added = changes(kTenLines, kTenLines + kSecondCircuit + kNeighbor);
    REQUIRE(added.size() == 3);
    CHECK(added[0].item == "er-dub");
    CHECK(added[0].kind == Change::Kind::Added);
    CHECK(added[1].item == "er-dub/private");
    CHECK(added[2].item == "neighbor edge2");

    const auto removed = changes(kTenLines + kSecondCircuit + kNeighbor, kTenLines);
    REQUIRE(removed.size() == 3);
    CHECK(removed[0].kind == Change::Kind::Removed);
}

TEST_CASE("a key that changes is a difference and is not shown") {
    auto before = good(replaced(kTenLines, "advertise =", "md5 = { file = \"/k\" }\nadvertise ="));
    auto after = before;
    before.circuits[0].peerings[0].transport.md5->value = "old";
    after.circuits[0].peerings[0].transport.md5->value = "new";

    const auto found = diff(before, after);
    REQUIRE(found.size() == 1);
    CHECK(found[0] == Change{.item = "er-ams/private",
                             .key = "md5",
                             .before = "(secret)",
                             .after = "(secret)",
                             .reload_class = ReloadClass::Live});
}

TEST_CASE("of a service key four characters are shown") {
    const auto found = changes(kTenLines, replaced(kTenLines, "sku ", "service_key = \"9d1f0000-f9c2\"\nsku "));
    REQUIRE(found.size() == 1);
    CHECK(found[0].after == "\"…f9c2\"");
}
