#include "ctl/fit.hpp"

#include <doctest/doctest.h>

#include "dyad/config/parse.hpp"

using namespace dyad;
using namespace dyad::ctl;

namespace {

config::Config with(const std::string& list, const std::string& limits = "advertise = 4",
                    const std::string& sku = "premium") {
    const auto parsed = config::parse("asn = 65010\n[[circuit]]\nname = \"er\"\nsku = \"" + sku +
                                      "\"\n[circuit.private]\nsubnet = \"192.168.15.16/29\"\nlimits = { " + limits +
                                      " }\nprimary = { interface = \"eth1\" }\nsecondary = { interface = \"eth2\" }\n"
                                      "advertise = [" +
                                      list + "]\n");
    REQUIRE(parsed.ok());
    return parsed.config;
}

std::string many(int count) {
    std::string list;
    for (int i = 0; i < count; ++i)
        list += "\"10." + std::to_string(i / 256) + "." + std::to_string(i % 256) + ".0/24\", ";
    return list;
}

}  // namespace

TEST_CASE("a smaller SKU withholds the last in order, and what is advertised stays before what is added") {
    const auto list = parse_additions("10.0.0.0/8  # an aggregate\n\n10.200.1.0/24 critical\n");
    REQUIRE(list.has_value());
    const auto found = fits(with(many(4)), {.sku = {}, .add = *list, .to = ""});
    REQUIRE(found.has_value());
    REQUIRE(found->size() == 1);
    CHECK(found->front().wanted == 6);
    CHECK(found->front().limit == 4);
    CHECK(found->front().withheld == std::vector{*Prefix::parse("10.0.0.0/8"), *Prefix::parse("10.0.3.0/24")});
}

TEST_CASE("a SKU's number takes the place of another's, and a number of the file's own stays where it is lower") {
    const auto standard =
        fits(with(many(4'003), "warn_at = [75]"), {.sku = config::Sku::Standard, .add = {}, .to = ""});
    CHECK(standard->front().limit == 4'000);
    CHECK(standard->front().withheld.size() == 3);
    CHECK(standard->front().saving > 3'900);
    const auto premium =
        fits(with(many(4'003), "warn_at = [75]", "standard"), {.sku = config::Sku::Premium, .add = {}, .to = ""});
    CHECK_FALSE(premium->front().withholds());
    CHECK(fits(with(many(3)), {.sku = config::Sku::Standard, .add = {}, .to = ""})->front().limit == 4);
}

TEST_CASE("what is in the list already counts once, and a peering that is not there is said so") {
    const auto same = fits(with(many(4)), {.sku = {}, .add = {{*Prefix::parse("10.0.0.0/24")}}, .to = "er/private"});
    CHECK(same->front().wanted == 4);
    CHECK(fits(with(many(4)), {.sku = {}, .add = {}, .to = "er/public"}).error() == "no peering is called er/public");
}

TEST_CASE("a list of prefixes says which line is wrong") {
    CHECK(parse_additions("10.1.0.0/16\n10.1.0.1/16\n").error() ==
          "line 2: `10.1.0.1/16` is no prefix such as 10.1.0.0/16");
    CHECK(parse_additions("10.1.0.0/16 urgent").error() == "line 1: behind a prefix only `critical` may stand");
    CHECK(parse_additions("# nothing\r\n\n")->empty());
}

TEST_CASE("what would be withheld is said in words, with what aggregation would save") {
    const auto words = fit_words(fits(with(many(6)), {.sku = {}, .add = {}, .to = ""})->front());
    CHECK(words ==
          "er/private ipv4: 6 of 4, 2 would be withheld:\n"
          "    10.0.4.0/24\n"
          "    10.0.5.0/24\n"
          "  aggregation would save 4, and cover the same addresses:\n"
          "    10.0.0.0/22 for 4 prefixes\n"
          "    10.0.4.0/23 for 2 prefixes\n");
}
