#include "ctl/health.hpp"

#include <doctest/doctest.h>
#include <fmt/format.h>

#include <boost/json/parse.hpp>
#include <variant>

using namespace dyad::ctl;

namespace {

std::string link(std::string_view name, std::string_view state, int received, std::string_view more = "") {
    return fmt::format(R"({{"session":"er/private/{}","state":"{}","received":{},"bfd":"Up","reason":"refused"{}}})",
                       name, state, received, more);
}

Json summary_of(std::string_view redundancy, const std::string& links, std::string_view more = "",
                std::string_view kind = "private") {
    return boost::json::parse(fmt::format(
        R"({{"asn":65010,"circuits":[{{"peerings":[{{"name":"er/private","kind":"{}","redundancy":"{}","links":[{}]{}}}]}}],)"
        R"("neighbors":[],"fib":{{"enabled":true,"routes":800,"pending":0,"failed":0}}}})",
        kind, redundancy, links, more));
}

Json limits_of(int advertised, int withheld) {
    return boost::json::parse(
        fmt::format(R"({{"limits":[{{"name":"er/private","family":"ipv4","limit":4000,"withheld":{},"sessions":[)"
                    R"({{"session":"er/private/primary","advertised":{}}}]}}]}})",
                    withheld, advertised));
}

Json well() {
    return summary_of("full", link("primary", "Established", 800) + "," + link("secondary", "Established", 800));
}

std::expected<HealthScope, std::string> scope_of(std::vector<std::string> words) {
    words.insert(words.begin(), "health");
    return health_scope(std::get<Invocation>(parse_arguments(std::move(words))));
}

}  // namespace

TEST_CASE("where all is well, the line says of what, with figures a plugin's reader understands") {
    const auto health = judge_health(well(), limits_of(3000, 0), {});
    CHECK(health.level == Level::Ok);
    CHECK(plugin_line(health) ==
          "DYAD OK: er/private full | 'er/private links'=2 'er/private/primary received'=800 "
          "'er/private/secondary received'=800 'er/private/primary advertised ipv4'=3000;3600;4000;0;4000 "
          "'kernel routes'=800 'kernel pending'=0 'kernel failed'=0");
}

TEST_CASE("one link lost is a warning that names its reason, both are critical, and the worst comes first") {
    const auto one = summary_of("degraded", link("primary", "Active", 0) + "," + link("secondary", "Established", 800));
    const auto degraded = judge_health(one, limits_of(10, 0), {});
    CHECK(degraded.level == Level::Warning);
    CHECK(
        plugin_line(degraded).starts_with("DYAD WARNING: er/private degraded; er/private/primary Active: refused | "));
    const auto both = summary_of("down", link("primary", "Active", 0) + "," + link("secondary", "Idle", 0));
    const auto down = judge_health(both, limits_of(10, 0), {});
    CHECK(down.level == Level::Critical);
    CHECK(plugin_line(down).starts_with("DYAD CRITICAL: er/private down: no link carries routes; er/private/primary"));
}

TEST_CASE("a link without routes is not healthy, nor one whose BFD is Down") {
    const auto silent =
        summary_of("degraded", link("primary", "Established", 0) + "," + link("secondary", "Established", 8));
    CHECK(plugin_line(judge_health(silent, limits_of(1, 0), {})).find("primary Established, but no routes") !=
          std::string::npos);
    auto bfd = well();
    bfd.at("circuits").at(0).at("peerings").at(0).at("links").at(0).as_object()["bfd"] = "Down";
    CHECK(judge_health(bfd, limits_of(1, 0), {}).level == Level::Warning);
}

TEST_CASE("a Microsoft peering that nobody has attached a route filter to is no incident") {
    const auto links = link("primary", "Established", 0) + "," + link("secondary", "Established", 0);
    CHECK(judge_health(summary_of("full", links, "", "microsoft"), limits_of(1, 0), {}).level == Level::Ok);
    CHECK(judge_health(summary_of("down", links, "", "microsoft"), limits_of(1, 0), {}).level == Level::Critical);
    CHECK(judge_health(summary_of("down", links), limits_of(1, 0), {}).level == Level::Critical);
}

TEST_CASE("what is withheld is critical, a limit nearly reached a warning from where one likes") {
    CHECK(judge_health(well(), limits_of(4000, 7), {}).level == Level::Critical);
    CHECK(judge_health(well(), limits_of(3700, 0), {}).level == Level::Warning);
    CHECK(judge_health(well(), limits_of(3700, 0), {.warning = 95}).level == Level::Ok);
    CHECK(judge_health(well(), limits_of(3700, 0), {.warning = 80, .critical = 90}).level == Level::Critical);
}

TEST_CASE("traffic on the VPN is critical, a backup that is down a warning") {
    const auto both = link("primary", "Established", 8) + "," + link("secondary", "Established", 8);
    const auto with = [&](std::string_view state) {
        return judge_health(summary_of("full", both, fmt::format(R"(,"backups":[{{"name":"b","state":"{}"}}])", state)),
                            limits_of(1, 0), {});
    };
    CHECK(with("ready").level == Level::Ok);
    CHECK(with("active").level == Level::Critical);
    CHECK(with("down").level == Level::Warning);
}

TEST_CASE("a neighbour that nobody stands in for is critical, one of the inside a warning, a refused route critical") {
    const auto with = [](std::string_view neighbors, int failed) {
        const auto text =
            fmt::format(R"({{"asn":65010,"circuits":[],"neighbors":[{}],"fib":{{"enabled":true,"failed":{}}}}})",
                        neighbors, failed);
        return judge_health(boost::json::parse(text), limits_of(1, 0), {}).level;
    };
    CHECK(with(R"({"session":"isp","state":"Idle","peer_asn":64500})", 0) == Level::Critical);
    CHECK(with(R"({"session":"edge2","state":"Idle","peer_asn":65010})", 0) == Level::Warning);
    CHECK(with(R"({"session":"isp","state":"Established","peer_asn":64500})", 0) == Level::Ok);
    CHECK(with("", 1) == Level::Critical);
}

TEST_CASE("one peering alone can be asked for, and one that is not there is unknown") {
    CHECK(judge_health(well(), limits_of(1, 0), {.peering = "er/private"}).performance.size() == 4);
    const auto other = judge_health(well(), limits_of(1, 0), {.peering = "er/public"});
    CHECK(other.level == Level::Unknown);
    CHECK(plugin_line(other) == "DYAD UNKNOWN: there is no peering er/public; there is: er/private");
}

TEST_CASE("percentages that are none are refused with words") {
    CHECK(scope_of({"-w", "70", "--critical", "80"})->warning == 70);
    CHECK(scope_of({"-w", "7x"}).error() == "--warning wants a percentage of the limit, 0 to 100, not 7x");
    CHECK(scope_of({"-w", "101"}).error() == "--warning wants a percentage of the limit, 0 to 100, not 101");
    CHECK(scope_of({"-w", "90", "-c", "80"}).error() == "--warning lies above --critical");
}

TEST_CASE("a line that ends the text early would hide the rest: no finding can") {
    CHECK(plugin_line({Level::Warning, {{Level::Warning, "a|b"}}, {}}) == "DYAD WARNING: a/b");
}
