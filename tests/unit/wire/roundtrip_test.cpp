#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "dyad/base/random.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"
#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;

namespace {

constexpr std::uint64_t kSeeds = 2'000;

/// Values that fit in one message, drawn one a statement.
class Generator {
public:
    explicit Generator(std::uint64_t seed) : random_(seed) {}

    std::uint64_t below(std::uint64_t bound) { return random_.below(bound); }
    bool maybe() { return below(2) == 1; }
    std::uint8_t u8() { return static_cast<std::uint8_t>(random_.next()); }
    std::uint32_t u32() { return static_cast<std::uint32_t>(random_.next()); }
    Octets octets(std::size_t count) {
        Octets octets(count);
        for (auto& octet : octets) octet = u8();
        return octets;
    }
    /// As often two octets as four; never 0, nor AS_TRANS, which stands for others.
    Asn asn() {
        const auto bits = maybe() ? 0xffffu : 0xffffffffu;
        const Asn asn{u32() & bits};
        return asn == Asn{0} || asn == kAsTrans ? Asn{65000} : asn;
    }
    AsPath as_path() {
        AsPath path;
        const auto segments = below(4);
        for (std::uint64_t i = 0; i < segments; ++i) {
            AsSegment segment{maybe() ? SegmentType::AsSequence : SegmentType::AsSet, {}};
            const auto count = 1 + below(below(20) == 0 ? 255 : 6);
            for (std::uint64_t n = 0; n < count; ++n) segment.asns.push_back(asn());
            path.segments.push_back(segment);
        }
        return path;
    }
    Address ipv4_host() { return Address::v4(0x0a000000 | (u32() & 0xffffff)); }
    Prefix prefix(Family family) {
        const auto length = static_cast<std::uint8_t>(below(address_bits(family) + 1u));
        return {*Address::from_bytes(octets(address_octets(family))), length};
    }
    std::vector<Prefix> prefixes(Family family) {
        std::vector<Prefix> prefixes;
        const auto count = 1 + below(40);
        for (std::uint64_t i = 0; i < count; ++i) prefixes.push_back(prefix(family));
        return prefixes;
    }
    std::vector<std::uint32_t> words() {
        std::vector<std::uint32_t> words(below(below(10) == 0 ? 80 : 4));
        for (auto& word : words) word = u32();
        return words;
    }
    LargeCommunity large_community() {
        LargeCommunity community;
        community.global = u32();
        community.local1 = u32();
        community.local2 = u32();
        return community;
    }
    Attributes attributes() {
        Attributes a;
        a.origin = static_cast<Origin>(below(3));
        a.as_path = as_path();
        if (maybe()) a.next_hop = ipv4_host();
        if (maybe()) a.med = u32();
        if (maybe()) a.local_pref = u32();
        a.atomic_aggregate = maybe();
        if (maybe()) a.aggregator = Aggregator{asn(), ipv4_host()};
        a.communities = words();
        if (maybe()) a.originator_id = RouterId{u32()};
        a.cluster_list = words();
        for (auto left = below(3); left > 0; --left)
            std::ranges::copy(octets(8), a.extended_communities.emplace_back().begin());
        std::set<LargeCommunity> large;
        for (auto left = below(3); left > 0; --left) large.insert(large_community());
        a.large_communities.assign(large.begin(), large.end());
        if (maybe()) a.only_to_customer = asn();
        a.partial = partial(a);
        for (const auto type : Octets{0, 11, 26, 34, 200})
            if (below(4) == 0) a.unknown.push_back({0xe0, type, octets(below(300))});
        return a;
    }
    /// Some of those that are there and may have come with the Partial bit.
    std::uint64_t partial(const Attributes& a) {
        std::uint64_t partial = 0;
        const auto perhaps = [&](AttributeType type, bool there) {
            if (there && below(4) == 0) partial |= partial_bit(type);
        };
        perhaps(AttributeType::Aggregator, a.aggregator.has_value());
        perhaps(AttributeType::Communities, !a.communities.empty());
        perhaps(AttributeType::ExtendedCommunities, !a.extended_communities.empty());
        perhaps(AttributeType::LargeCommunities, !a.large_communities.empty());
        perhaps(AttributeType::OnlyToCustomer, a.only_to_customer.has_value());
        return partial;
    }
    std::uint16_t u16() { return static_cast<std::uint16_t>(random_.next()); }
    GracefulRestart graceful_restart() {
        GracefulRestart restart;
        restart.restarting = maybe();
        restart.notification = maybe();
        restart.restart_time = std::chrono::seconds{below(4096)};
        restart.families.resize(below(8));
        for (auto& family : restart.families) {
            family.afi = u16();
            family.safi = u8();
            family.forwarding_preserved = maybe();
        }
        return restart;
    }
    AddPath add_path() {
        AddPath add_path;
        add_path.families.resize(1 + below(8));
        for (auto& family : add_path.families) {
            family.afi = u16();
            family.safi = u8();
            family.mode = static_cast<AddPathMode>(1 + below(3));
        }
        return add_path;
    }
    ExtendedNextHop extended_next_hop() {
        ExtendedNextHop next_hops;
        next_hops.encodings.resize(below(8));
        for (auto& encoding : next_hops.encodings) {
            encoding.afi = u16();
            encoding.safi = u16();
            encoding.next_hop_afi = u16();
        }
        return next_hops;
    }
    Capability capability() {
        switch (below(10)) {
            case 3:
                return ExtendedMessage{};
            case 4:
                return EnhancedRouteRefresh{};
            case 5:
                return graceful_restart();
            case 6:
                return add_path();
            case 7:
                return RoleCapability{static_cast<Role>(u8())};
            case 8:
                return extended_next_hop();
            case 0:
                return Multiprotocol{static_cast<std::uint16_t>(below(0x10000)),
                                     static_cast<std::uint8_t>(below(0x100))};
            case 1:
                return RouteRefreshCapability{};
            case 2:
                return FourOctetAs{asn()};
            default:
                break;
        }
        const auto code = static_cast<std::uint8_t>(128 + below(128));
        return UnknownCapability{code, octets(below(60))};
    }
    Open open() {
        Open open;
        open.asn = Asn{1 + u32() % 0xffff};
        open.hold_time = std::chrono::seconds{maybe() ? 0 : 3 + below(65'533)};
        open.router_id = RouterId{u32() | 1};
        for (auto left = below(12); left > 0; --left) open.capabilities.push_back(capability());
        return open;
    }

private:
    Random random_;
};

Octets encoded(const Attributes& attributes, const AttributeContext& context) {
    Octets buffer(16'384);
    Writer out{buffer};
    encode_attributes(attributes, context, out);
    REQUIRE_FALSE(out.failed());
    return octets_of(out.written());
}

}  // namespace

TEST_CASE("every OPEN is read as it was written") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        const auto open = Generator{seed}.open();
        CHECK(decode_open(Bytes{encode_open(open)}.subspan(19)) == open);
    }
}

TEST_CASE("every NOTIFICATION is read as it was written") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        Generator some{seed};
        Notification notification;
        notification.code = static_cast<ErrorCode>(some.u8());
        notification.subcode = some.u8();
        notification.data = some.octets(some.below(300));
        CHECK(decode_notification(Bytes{encode_notification(notification)}.subspan(19)) == notification);
    }
}

TEST_CASE("all attributes are read as they were written, with AS numbers of both widths") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        const auto attributes = Generator{seed}.attributes();
        for (const bool four_octet_as : {false, true}) {
            CAPTURE(four_octet_as);
            const AttributeContext context{.four_octet_as = four_octet_as, .external = false};
            const auto decoded = decode_attributes(encoded(attributes, context), context);
            REQUIRE(decoded.has_value());
            CHECK(decoded->attributes == attributes);
            CHECK(decoded->discarded.empty());
        }
    }
}

TEST_CASE("octets at random that are read are written in one form only") {
    const AttributeContext context{.four_octet_as = true, .external = false};
    std::size_t read = 0;
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        Generator some{seed};
        auto block = encoded(some.attributes(), context);
        for (auto left = some.below(3); left > 0; --left) {
            const auto at = some.below(block.size());
            block[at] = some.u8();
        }
        const auto decoded = decode_attributes(block, context);
        if (!decoded) continue;
        ++read;
        const auto canonical = encoded(decoded->attributes, context);
        const auto again = decode_attributes(canonical, context);
        REQUIRE(again.has_value());
        CHECK(encoded(again->attributes, context) == canonical);
    }
    CHECK(read > kSeeds / 4);
}

TEST_CASE("every ROUTE-REFRESH is read as it was written") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        Generator some{seed};
        RouteRefresh refresh;
        refresh.afi = some.u16();
        refresh.subtype = some.u8();
        refresh.safi = some.u8();
        CHECK(decode_route_refresh(Bytes{encode_route_refresh(refresh)}.subspan(19)) == refresh);
    }
}

TEST_CASE("every UPDATE is read as it was written, whatever was agreed on") {
    for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
        CAPTURE(seed);
        Generator some{seed};
        const auto family = some.maybe() ? Family::Ipv4 : Family::Ipv6;
        const AttributeContext context{.four_octet_as = some.maybe(), .external = false};
        const auto prefixes = some.prefixes(family);
        auto attributes = some.attributes();
        const auto host = some.octets(16);
        const bool by_ipv6 = family == Family::Ipv6 || some.below(4) == 0;
        attributes.next_hop = by_ipv6 ? *Address::from_bytes(host) : Address::v4(0x0a000001);

        std::vector<PathId> ids;
        if (some.maybe())
            for (std::size_t i = 0; i < prefixes.size(); ++i) ids.push_back({some.u32()});
        const NlriFormat format{
            .ipv4_path_ids = !ids.empty(), .ipv6_path_ids = !ids.empty(), .ipv6_next_hop_of_ipv4 = true};
        const UpdateForm form{.max_octets = some.maybe() ? kMaxMessageOctets : kMaxExtendedMessageOctets,
                              .path_ids = ids};
        const auto first = [](const auto& list, std::size_t count) {
            return std::vector(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(std::min(count, list.size())));
        };

        Octets buffer(kMaxExtendedMessageOctets);
        Writer out{buffer};
        const auto announced =
            encode_announcement(prefixes, encoded(attributes, context), *attributes.next_hop, out, form);
        if (announced == 0) continue;  // the attributes alone fill a message
        CHECK(out.size() <= form.max_octets);
        const auto update = decode_update(out.written().subspan(19), context, format);
        REQUIRE(update.has_value());
        CHECK(update->announced == first(prefixes, announced));
        CHECK(update->announced_ids == first(ids, announced));
        CHECK(update->attributes == attributes);
        CHECK(update->withdrawn.empty());

        Writer again{buffer};
        const auto withdrawn = encode_withdrawal(prefixes, again, form);
        const auto withdrawal = decode_update(again.written().subspan(19), context, format);
        REQUIRE(withdrawal.has_value());
        CHECK(withdrawal->withdrawn == first(prefixes, withdrawn));
        CHECK(withdrawal->withdrawn_ids == first(ids, withdrawn));
        CHECK_FALSE(withdrawal->attributes.has_value());
    }
}
