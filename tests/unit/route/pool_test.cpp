#include "route/pool.hpp"

#include <doctest/doctest.h>

#include <map>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::route;

namespace {

using Octets = std::vector<std::uint8_t>;

constexpr wire::AttributeContext kExternal{.four_octet_as = true, .external = true};
constexpr wire::AttributeContext kInternal{.four_octet_as = true, .external = false};
constexpr wire::AttributeContext kOld{.four_octet_as = false, .external = true};

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kPath{0x40, 2, 6, 2, 1, 0, 0, 0x2f, 0x2c};                   // 12076
const Octets kPathExtendedLength{0x50, 2, 0, 6, 2, 1, 0, 0, 0x2f, 0x2c};  // as FRR writes it
const Octets kPathTwoOctets{0x40, 2, 4, 2, 1, 0x2f, 0x2c};
const Octets kNextHop{0x40, 3, 4, 10, 0, 0, 1};
const Octets kLocalPref{0x40, 5, 4, 0, 0, 0, 200};
const Octets kCommunities{0xc0, 8, 8, 0x2f, 0x2c, 0xc3, 0x54, 0xff, 0xff, 0xff, 0x01};  // 12076:50004, no-export

Octets join(std::initializer_list<Octets> parts) {
    Octets all;
    for (const auto& part : parts) all.insert(all.end(), part.begin(), part.end());
    return all;
}

AttributeRef intern(AttributePool& pool, const Octets& block, const wire::AttributeContext& context = kExternal,
                    const std::optional<Address>& mp_next_hop = std::nullopt) {
    const auto interned = pool.intern(block, mp_next_hop, context);
    REQUIRE(interned.has_value());
    return interned->ref;
}

}  // namespace

TEST_CASE("equal blocks have one handle, counted") {
    AttributePool pool;
    const auto block = join({kOrigin, kPath, kNextHop});
    const auto a = intern(pool, block);
    const auto b = intern(pool, block);
    CHECK(a == b);
    CHECK(a != kNoAttributes);
    CHECK(pool.size() == 1);
    CHECK(pool.references() == 2);
    CHECK(pool.aliases() == 0);
    pool.release(a);
    CHECK(pool.holds(a));
    pool.release(b);
    CHECK_FALSE(pool.holds(a));
    CHECK(pool.size() == 0);
    CHECK(pool.references() == 0);
}

TEST_CASE("facts are what the decision asks for") {
    AttributePool pool;
    const auto ref = intern(pool, join({kOrigin, kPath, kNextHop, kLocalPref, kCommunities}), kInternal);
    const auto& facts = pool.facts(ref);
    CHECK(facts.next_hop == *Address::parse("10.0.0.1"));
    CHECK(facts.as_path_length == 1);
    CHECK(facts.neighbor_as == Asn{12076});
    CHECK(facts.local_pref == 200);
    CHECK_FALSE(facts.med);
    CHECK(facts.origin == wire::Origin::Igp);
    CHECK(pool.communities(ref) == std::vector<std::uint32_t>{0x2f2cc354, 0xffffff01});
    CHECK(pool.count_in_path(ref, Asn{12076}) == 1);
    CHECK(pool.count_in_path(ref, Asn{12077}) == 0);
    CHECK(pool.attributes(ref).communities == pool.communities(ref));
}

TEST_CASE("another spelling of the same attributes has the same handle and is parsed once") {
    AttributePool pool;
    const auto plain = intern(pool, join({kOrigin, kPath, kNextHop}));
    const auto extended = intern(pool, join({kOrigin, kPathExtendedLength, kNextHop}));
    CHECK(plain == extended);
    CHECK(pool.aliases() == 1);
    CHECK(intern(pool, join({kOrigin, kPathExtendedLength, kNextHop})) == plain);
    CHECK(intern(pool, join({kOrigin, kPathTwoOctets, kNextHop}), kOld) == plain);
    CHECK(pool.aliases() == 2);
    for (int i = 0; i < 4; ++i) pool.release(plain);
    CHECK(pool.size() == 0);
    CHECK(pool.aliases() == 0);
}

TEST_CASE("a neighbour who keeps changing his spelling does not fill the memory") {
    AttributePool pool;
    for (std::uint8_t i = 0; i < 100; ++i) {
        const Octets ignored{0x80, 200, 1, i};  // optional, non-transitive, unknown: dropped when read
        intern(pool, join({kOrigin, kPath, kNextHop, ignored}));
    }
    CHECK(pool.size() == 1);
    CHECK(pool.references() == 100);
    CHECK(pool.aliases() <= 4);
}

TEST_CASE("the same octets mean what the kind of session makes of them") {
    AttributePool pool;
    const auto block = join({kOrigin, kPath, kNextHop, kLocalPref});
    const auto internal = intern(pool, block, kInternal);
    const auto external = pool.intern(block, std::nullopt, kExternal);
    REQUIRE(external.has_value());
    CHECK(external->ref != internal);
    CHECK(external->discarded.size() == 1);
    CHECK(pool.facts(internal).local_pref == 200);
    CHECK_FALSE(pool.facts(external->ref).local_pref);
    CHECK(intern(pool, block, kInternal) == internal);
    const auto again = pool.intern(block, std::nullopt, kExternal);
    CHECK(again->ref == external->ref);
    CHECK(again->discarded.empty());
}

TEST_CASE("the next hop of MP_REACH_NLRI is part of a set") {
    AttributePool pool;
    const auto block = join({kOrigin, kPath});
    const auto a = intern(pool, block, kExternal, Address::parse("2001:db8::1"));
    const auto b = intern(pool, block, kExternal, Address::parse("2001:db8::2"));
    CHECK(a != b);
    CHECK(intern(pool, block, kExternal, Address::parse("2001:db8::1")) == a);
    CHECK(pool.facts(b).next_hop == *Address::parse("2001:db8::2"));
    CHECK(pool.attributes(b).next_hop == Address::parse("2001:db8::2"));
    CHECK(pool.aliases() == 0);
    // A NEXT_HOP beside it is ignored (RFC 4760 section 3).
    CHECK(intern(pool, join({kOrigin, kPath, kNextHop}), kExternal, Address::parse("2001:db8::1")) == a);
    CHECK(intern(pool, join({kOrigin, kPath, kNextHop}), kExternal, Address::parse("2001:db8::1")) == a);
}

TEST_CASE("an IPv4 route without NEXT_HOP is withdrawn") {
    AttributePool pool;
    const auto block = join({kOrigin, kPath});
    wire::Attributes without;
    without.origin = wire::Origin::Igp;
    without.as_path.prepend(Asn{12076});
    const auto value = pool.intern(without);
    const auto interned = pool.intern(block, std::nullopt, kExternal);
    REQUIRE_FALSE(interned.has_value());
    CHECK(interned.error().severity == wire::Severity::TreatAsWithdraw);
    CHECK(interned.error().what == "missing NEXT_HOP (RFC 7606 3.d)");
    CHECK_FALSE(pool.attributes(value).next_hop);
    CHECK(pool.references() == 1);
}

TEST_CASE("a damaged block is an error and leaves nothing behind") {
    AttributePool pool;
    const Octets bad_origin{0x40, 1, 1, 9};
    CHECK_FALSE(pool.intern(join({bad_origin, kPath, kNextHop}), std::nullopt, kExternal).has_value());
    CHECK_FALSE(pool.intern({}, std::nullopt, kExternal).has_value());
    CHECK(pool.size() == 0);
    CHECK(pool.references() == 0);
}

TEST_CASE("a value and the octets that mean it have one handle") {
    AttributePool pool;
    const auto from_octets = intern(pool, join({kOrigin, kPath, kNextHop, kCommunities}));
    const auto value = pool.attributes(from_octets);
    CHECK(pool.intern(value) == from_octets);
    CHECK(pool.encoded(from_octets).size() == join({kOrigin, kPath, kNextHop, kCommunities}).size());
}

TEST_CASE("a next hop of ours that no peer may send can still be read back") {
    AttributePool pool;
    wire::Attributes ours;
    ours.as_path.prepend(Asn{65010});
    ours.next_hop = Address::parse("127.0.0.1");
    const auto ref = pool.intern(ours);
    CHECK(pool.attributes(ref) == ours);
}

TEST_CASE("a set that nobody holds is still known when it is said again") {
    AttributePool pool;
    const auto keep = intern(pool, join({kOrigin, kPath, kNextHop, kCommunities}));
    const auto a = intern(pool, join({kOrigin, kPath, kNextHop}));
    const auto generation = pool.generation(a);
    pool.release(a);
    CHECK(pool.size() == 1);
    CHECK(intern(pool, join({kOrigin, kPath, kNextHop})) == a);
    CHECK(pool.generation(a) == generation);
    CHECK(pool.size() == 2);
    CHECK(pool.holds(keep));
}

TEST_CASE("not more than so many are known for nothing, and a handle given out again is of another generation") {
    AttributePool pool;
    const auto keep = intern(pool, join({kOrigin, kPath, kNextHop, kCommunities}));
    const auto a = intern(pool, join({kOrigin, kPath, kNextHop}));
    const auto generation = pool.generation(a);
    pool.release(a);
    const auto with_med = [&](std::size_t number) {
        const auto octet = [&](int shift) { return static_cast<std::uint8_t>(number >> shift); };
        return intern(pool, join({kOrigin, kPath, kNextHop, Octets{0x80, 4, 4, 0, 0, octet(8), octet(0)}}));
    };
    for (std::size_t number = 0; number < AttributePool::kMaxRetired; ++number) pool.release(with_med(number));
    CHECK_FALSE(pool.knows(a));
    const auto b = with_med(AttributePool::kMaxRetired);
    CHECK(a == b);
    CHECK(pool.generation(b) != generation);
    pool.release(b);
    pool.release(keep);
    // Nobody holds anything: nothing is kept.
    CHECK_FALSE(pool.knows(keep));
    CHECK_FALSE(pool.knows(b));
}

TEST_CASE("random interning and releasing agrees with a map, and two pools agree with each other") {
    Random random{7};
    AttributePool pool, twin;
    std::map<std::uint64_t, std::pair<AttributeRef, int>> model;  // by content: handle and references
    for (int step = 0; step < 20'000; ++step) {
        const auto content = random.below(200);
        const bool spelling = random.below(2) == 0;
        if (random.below(5) < 3) {
            const Octets med{0x80, 4, 4, 0, 0, 0, static_cast<std::uint8_t>(content)};
            const auto block = join({kOrigin, spelling ? kPath : kPathExtendedLength, kNextHop, med});
            const auto ref = intern(pool, block);
            CHECK(intern(twin, block) == ref);
            auto& [known, count] = model[content];
            if (count > 0) CHECK(known == ref);
            known = ref;
            ++count;
            CHECK(pool.facts(ref).med == content);
        } else if (model.contains(content)) {
            auto& [ref, count] = model[content];
            pool.release(ref);
            twin.release(ref);
            if (--count == 0) model.erase(content);
        }
        CHECK(pool.size() == model.size());
    }
    std::uint64_t references = 0;
    for (const auto& [content, held] : model) references += static_cast<std::uint64_t>(held.second);
    CHECK(pool.references() == references);
    for (auto& [content, held] : model) {
        for (; held.second > 0; --held.second) pool.release(held.first);
    }
    CHECK(pool.size() == 0);
    CHECK(pool.aliases() == 0);
    CHECK(pool.references() == 0);
}
