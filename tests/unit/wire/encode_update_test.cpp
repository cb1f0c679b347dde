#include <doctest/doctest.h>

#include "dyad/wire/framer.hpp"
#include "dyad/wire/update.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

const Octets kOrigin{0x40, 1, 1, 0};
const Octets kEmptyPath{0x40, 2, 0};
const Octets kNextHop{0x40, 3, 4, 192, 0, 2, 1};
const Octets kGlobal{0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
const Address kNoNextHop;

std::vector<Prefix> list(std::initializer_list<const char*> texts) {
    std::vector<Prefix> prefixes;
    for (const auto* text : texts) prefixes.push_back(*Prefix::parse(text));
    return prefixes;
}

/// Distinct /24s (or /48s).
std::vector<Prefix> many(std::size_t count, Family family) {
    std::vector<Prefix> prefixes;
    for (std::uint32_t i = 0; i < count; ++i) {
        auto v6 = Address::parse("2001:db8::")->octets();
        v6[4] = static_cast<std::uint8_t>(i >> 8);
        v6[5] = static_cast<std::uint8_t>(i);
        prefixes.push_back(family == Family::Ipv4 ? Prefix{Address::v4(0x0a000000 + (i << 8)), 24}
                                                  : Prefix{Address::v6(v6), 48});
    }
    return prefixes;
}

struct Written {
    std::size_t count;
    Octets octets;
};

template <class Encode>
Written written(Encode encode, std::size_t room = 10'000) {
    Octets buffer(room);
    Writer out{buffer};
    const auto count = encode(out);
    REQUIRE_FALSE(out.failed());
    return {count, octets_of(out.written())};
}

Written withdrawal(const std::vector<Prefix>& prefixes, std::size_t room = 10'000) {
    return written([&](Writer& out) { return encode_withdrawal(prefixes, out); }, room);
}
Written announcement(const std::vector<Prefix>& prefixes, const Octets& block, const Address& next_hop,
                     std::size_t room = 10'000) {
    return written([&](Writer& out) { return encode_announcement(prefixes, block, next_hop, out); }, room);
}

Update decoded(const Octets& message) {
    const auto framed = next_message(message);
    REQUIRE((framed.has_value() && framed->has_value()));
    CHECK((*framed)->whole.size() == message.size());
    const auto update = decode_update((*framed)->body(), {});
    REQUIRE(update.has_value());
    return *update;
}

}  // namespace

TEST_CASE("IPv4 routes are withdrawn in Withdrawn Routes") {
    CHECK(withdrawal(list({"10.0.0.0/8", "192.0.2.0/25"})).octets == join({
                                                                         marker(),
                                                                         {0, 30},             // length
                                                                         {2},                 // type
                                                                         {0, 7},              // withdrawn length
                                                                         {8, 10},             // 10.0.0.0/8
                                                                         {25, 192, 0, 2, 0},  // 192.0.2.0/25
                                                                         {0, 0},              // attribute length
                                                                     }));
}

TEST_CASE("IPv6 routes are withdrawn in MP_UNREACH_NLRI, the first attribute") {
    CHECK(withdrawal(list({"2001:db8::/32"})).octets == join({
                                                            marker(),
                                                            {0, 34},                    // length
                                                            {2},                        // type
                                                            {0, 0},                     // withdrawn length
                                                            {0, 11},                    // attribute length
                                                            {0x80, 15, 8},              // MP_UNREACH_NLRI
                                                            {0, 2, 1},                  // IPv6 unicast
                                                            {32, 0x20, 1, 0x0d, 0xb8},  // 2001:db8::/32
                                                        }));
}

TEST_CASE("IPv4 routes are announced behind their attributes") {
    const auto block = join({kOrigin, kEmptyPath, kNextHop});
    CHECK(announcement(list({"0.0.0.0/0"}), block, kNoNextHop).octets == join({
                                                                             marker(),
                                                                             {0, 38},  // length
                                                                             {2},      // type
                                                                             {0, 0},   // withdrawn length
                                                                             {0, 14},  // attribute length
                                                                             block,
                                                                             {0},  // the default route
                                                                         }));
}

TEST_CASE("IPv6 routes are announced in MP_REACH_NLRI, the first attribute (RFC 7606 5.1)") {
    const auto block = join({kOrigin, kEmptyPath});
    CHECK(announcement(list({"::/0"}), block, *Address::parse("2001:db8::1")).octets == join({
                                                                                            marker(),
                                                                                            {0, 55},  // length
                                                                                            {2},      // type
                                                                                            {0, 0},   // withdrawn
                                                                                            {0, 32},  // attributes
                                                                                            {0x80, 14, 22},  // MP_REACH
                                                                                            {0, 2, 1},       // family
                                                                                            {16},            // next hop
                                                                                            kGlobal,
                                                                                            {0},  // reserved
                                                                                            {0},  // ::/0
                                                                                            block,
                                                                                        }));
}

TEST_CASE("a message takes as many prefixes as fit in 4096 octets, and says how many") {
    const auto v4_block = join({kOrigin, kEmptyPath, kNextHop});
    const auto v6_block = join({kOrigin, kEmptyPath});
    const auto global = *Address::parse("2001:db8::1");
    const auto v4 = many(2000, Family::Ipv4), v6 = many(2000, Family::Ipv6);
    for (const auto& [got, octets_each] : {
             std::pair{withdrawal(v4), 4},
             std::pair{withdrawal(v6), 7},
             std::pair{announcement(v4, v4_block, kNoNextHop), 4},
             std::pair{announcement(v6, v6_block, global), 7},
         }) {
        CHECK(got.octets.size() <= 4096);
        CHECK(got.octets.size() + static_cast<std::size_t>(octets_each) > 4096);
        const auto update = decoded(got.octets);
        CHECK(update.withdrawn.size() + update.announced.size() == got.count);
    }
}

TEST_CASE("a writer's room limits a message to the octet") {
    const auto v6 = many(100, Family::Ipv6);
    for (std::size_t room = 0; room < 400; ++room) {
        const auto got = withdrawal(v6, room);
        CHECK(got.octets.size() <= room);
        // Header, lengths, attribute header and family; above 255 octets of value the header has one more.
        const auto size = [](std::size_t count) { return 19 + 4 + 3 + 3 + 7 * count + (3 + 7 * count > 255 ? 1 : 0); };
        if (got.count == 0)
            CHECK(size(1) > room);
        else
            CHECK((got.octets.size() == size(got.count) && size(got.count + 1) > room));
    }
}

TEST_CASE("where nothing fits nothing is written") {
    CHECK(withdrawal({}).octets.empty());
    CHECK(withdrawal(list({"10.0.0.0/8"}), 24).octets.empty());
    CHECK(announcement(list({"10.0.0.0/8"}), Octets(4090, 0), kNoNextHop).octets.empty());
    CHECK(announcement(list({"::/0"}), Octets(4050, 0), *Address::parse("2001:db8::1")).octets.empty());
}

TEST_CASE("a message ends where the family changes") { CHECK(withdrawal(list({"10.0.0.0/8", "::/0"})).count == 1); }

TEST_CASE("End-of-RIB is written as RFC 4724 has it") {
    CHECK(encode_end_of_rib(Family::Ipv4) == join({marker(), {0, 23, 2}, {0, 0}, {0, 0}}));
    CHECK(encode_end_of_rib(Family::Ipv6) == join({marker(), {0, 29, 2}, {0, 0}, {0, 6}, {0x80, 15, 3, 0, 2, 1}}));
}
