#include "dyad/wire/as_path.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::wire;

namespace {

AsSegment sequence(std::vector<Asn> asns) { return {SegmentType::AsSequence, std::move(asns)}; }
AsSegment set(std::vector<Asn> asns) { return {SegmentType::AsSet, std::move(asns)}; }
const AsSegment kConfederation{SegmentType::ConfedSequence, {Asn{64512}, Asn{64513}}};

}  // namespace

TEST_CASE("a set counts as one AS and a confederation as none (RFC 4271 9.1.2.2, RFC 5065 5.3)") {
    CHECK(AsPath{}.length() == 0);
    CHECK(AsPath{{kConfederation, sequence({Asn{1}, Asn{2}}), set({Asn{3}, Asn{4}, Asn{5}})}}.length() == 3);
}

TEST_CASE("the first AS is the neighbor's, the origin the last") {
    const AsPath path{{sequence({Asn{12076}, Asn{64512}}), sequence({Asn{65001}})}};
    CHECK(path.first() == Asn{12076});
    CHECK(path.origin() == Asn{65001});
    CHECK(AsPath{{kConfederation, sequence({Asn{1}})}}.first() == Asn{1});
}

TEST_CASE("an empty path has neither first nor origin, and a set at an end is neither") {
    CHECK_FALSE(AsPath{}.first().has_value());
    CHECK_FALSE(AsPath{}.origin().has_value());
    CHECK_FALSE(AsPath{{set({Asn{1}})}}.first().has_value());
    CHECK_FALSE(AsPath{{sequence({Asn{1}}), set({Asn{2}})}}.origin().has_value());
}

TEST_CASE("a path contains the ASes of all its segments") {
    const AsPath path{{sequence({Asn{1}}), set({Asn{2}, Asn{3}})}};
    CHECK(path.contains(Asn{3}));
    CHECK_FALSE(path.contains(Asn{4}));
}

TEST_CASE("an AS is put in front of a leading sequence, else in a new one (RFC 4271 5.1.2)") {
    AsPath path{{set({Asn{2}})}};
    path.prepend(Asn{1});
    path.prepend(Asn{9}, 2);
    CHECK(path == AsPath{{sequence({Asn{9}, Asn{9}, Asn{1}}), set({Asn{2}})}});
}

TEST_CASE("a full segment makes way for a new one") {
    AsPath path{{sequence(std::vector<Asn>(254, Asn{7}))}};
    path.prepend(Asn{1}, 3);
    REQUIRE(path.segments.size() == 2);
    CHECK(path.segments[0] == sequence({Asn{1}, Asn{1}}));
    CHECK(path.segments[1].asns.size() == 255);
    CHECK(path.length() == 257);
}

TEST_CASE("a path is written with its sets in braces") {
    CHECK(AsPath{}.to_string().empty());
    CHECK(AsPath{{sequence({Asn{12076}, Asn{64512}}), set({Asn{65001}, Asn{65002}})}}.to_string() ==
          "12076 64512 {65001,65002}");
    CHECK(AsPath{{kConfederation, sequence({Asn{4200000001}})}}.to_string() == "(64512 64513) 4200000001");
    CHECK(AsPath{{AsSegment{SegmentType::ConfedSet, {Asn{1}, Asn{2}}}}}.to_string() == "[1,2]");
}
