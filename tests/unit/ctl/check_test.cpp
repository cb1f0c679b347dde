#include "ctl/check.hpp"

#include <doctest/doctest.h>

#include "dyad/config/parse.hpp"

TEST_CASE("check -v shows what was derived from ten lines") {
    const auto parsed = dyad::config::parse(
        "asn = 65010\n"
        "[[circuit]]\n"
        "name = \"er-ams\"\n"
        "sku = \"standard\"\n"
        "[circuit.private]\n"
        "subnet = \"192.168.15.16/29\"\n"
        "advertise = [\"10.1.0.0/16\"]\n"
        "primary = { interface = \"eth1.100\" }\n"
        "secondary = { interface = \"eth2.100\" }\n");
    REQUIRE(parsed.ok());
    CHECK(dyad::ctl::derived_text(parsed.config) ==
          "AS 65010, router id 192.168.15.17\n"
          "er-ams/private  standard, AS 12076\n"
          "  primary       192.168.15.17 -> 192.168.15.18 on eth1.100\n"
          "  secondary     192.168.15.21 -> 192.168.15.22 on eth2.100\n"
          "  session       hold 180 s, TTL 1, MD5 off, BFD off\n"
          "  advertise     1 listed, 4000 IPv4 allowed\n");
}
