#include <doctest/doctest.h>

#include "config/schema.hpp"
#include "dyad/config/explain.hpp"
#include "dyad/config/parse.hpp"
#include "samples.hpp"

using namespace dyad::config;

namespace {

Parsed with_backup(const std::string& table) { return parse(kTenLines + "backup = " + table + "\n"); }

std::string first_error(const Parsed& parsed) { return parsed.diagnostics.empty() ? "" : parsed.diagnostics[0].what; }

std::string neighbor(const std::string& more, const std::string& asn = "65515") {
    return kTenLines + "\n[[neighbor]]\nname = \"vpngw\"\naddress = \"10.255.0.2\"\nasn = " + asn + "\n" + more;
}

}  // namespace

TEST_CASE("a backup is a gateway, and by default for what was learned") {
    const auto parsed = with_backup(R"({ gateway = "10.255.0.2", interface = "ipsec0" })");
    REQUIRE(parsed.ok());
    const auto& backup = parsed.config.circuits[0].peerings[0].backup;
    REQUIRE(backup);
    CHECK(backup->gateway.to_string() == "10.255.0.2");
    CHECK(backup->interface == "ipsec0");
    CHECK_FALSE(backup->prefixes);
    CHECK(backup->use.metric == 500);
    CHECK(backup->use.hold == std::chrono::seconds{10});
    CHECK(parsed.diagnostics.empty());
}

TEST_CASE("a backup's prefixes can be listed") {
    const auto parsed =
        with_backup(R"({ gateway = "10.255.0.2", prefixes = ["10.64.0.0/10"], hold = "1m", metric = 600 })");
    REQUIRE(parsed.ok());
    const auto& backup = *parsed.config.circuits[0].peerings[0].backup;
    REQUIRE(backup.prefixes);
    CHECK(backup.prefixes->size() == 1);
    CHECK(backup.use.hold == std::chrono::minutes{1});
    CHECK(parsed.config.backup_metric() == 600);
}

TEST_CASE("a backup without a gateway, with a metric that would win, or of another family is refused") {
    CHECK(first_error(with_backup(R"({ interface = "ipsec0" })")) == "backup has no gateway");
    CHECK(first_error(with_backup(R"({ gateway = "10.255.0.2", metric = 20 })")) ==
          "backup.metric 20 is not above fib.metric 20");
    CHECK(first_error(with_backup(R"({ gateway = "10.255.0.2", prefixes = ["2001:db8::/32"] })")) ==
          "2001:db8::/32 and the gateway are of different families");
}

TEST_CASE("Azure's VPN gateway stands in for others unless the file says no, others when it says so") {
    CHECK(parse(neighbor("")).config.neighbors[0].backup);
    CHECK_FALSE(parse(neighbor("backup = false\n")).config.neighbors[0].backup);
    CHECK_FALSE(parse(neighbor("", "65020")).config.neighbors[0].backup);
    CHECK(parse(neighbor("backup = true\n", "65020")).config.neighbors[0].backup);
    const auto held = parse(neighbor("backup = { hold = \"3s\" }\n", "65020")).config.neighbors[0].backup;
    REQUIRE(held);
    CHECK(held->hold == std::chrono::seconds{3});
    CHECK(first_error(parse(neighbor("backup = true\n", "65010"))) == "a backup inside the AS");
    CHECK(first_error(parse(neighbor("multihop = 2\n"))) == "vpngw is several hops away and has no interface");
}

TEST_CASE("two backups have one metric") {
    const auto parsed = parse(kTenLines + "backup = { gateway = \"10.255.0.2\" }\n" +
                              neighbor("backup = { metric = 700 }\n").substr(kTenLines.size()));
    CHECK(first_error(parsed) == "two backups with metrics 500 and 700");
}
