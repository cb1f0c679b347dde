#include "msee/peering_kind.hpp"

#include <algorithm>
#include <array>

namespace dyad::msee {

namespace {

struct Name {
    PeeringKind kind;
    std::string_view text;
};
constexpr Name kNames[] = {
    {PeeringKind::Private, "private"}, {PeeringKind::Microsoft, "microsoft"}, {PeeringKind::Public, "public"}};

/// Private address space (RFC 1918 section 3), and the IPv6 that is no more public: fc00::/7 (RFC 4193).
bool is_private_space(const Prefix& prefix) {
    static const std::array kSpaces = {Prefix{Address::v4(0x0a000000), 8}, Prefix{Address::v4(0xac100000), 12},
                                       Prefix{Address::v4(0xc0a80000), 16},
                                       Prefix{Address::v6(std::array<std::uint8_t, 16>{0xfc}), 7}};
    return std::ranges::any_of(kSpaces, [&](const Prefix& space) {
        return prefix.length() >= space.length() && space.contains(prefix.address());
    });
}

bool is_documentation(Asn asn) {
    return (asn.value >= 64496 && asn.value <= 64511) || (asn.value >= 65536 && asn.value <= 65551);
}

}  // namespace

std::string_view to_string(PeeringKind kind) { return std::ranges::find(kNames, kind, &Name::kind)->text; }

std::optional<PeeringKind> parse_peering_kind(std::string_view text) {
    const auto* found = std::ranges::find(kNames, text, &Name::text);
    if (found == std::end(kNames)) return std::nullopt;
    return found->kind;
}

std::optional<Sku> parse_sku(std::string_view text) {
    if (text == "local") return Sku::Local;
    if (text == "standard") return Sku::Standard;
    if (text == "premium") return Sku::Premium;
    return std::nullopt;
}

std::uint32_t documented_limit(PeeringKind kind, Sku sku, Family family) {
    if (kind != PeeringKind::Private) return 200;
    if (family == Family::Ipv6) return 100;
    return sku == Sku::Premium ? 10'000 : 4'000;
}

bool accepts(PeeringKind kind, const Prefix& prefix) {
    return kind == PeeringKind::Private || (prefix.length() > 0 && !is_private_space(prefix));
}

bool accepts(PeeringKind kind, const wire::AsPath& path) {
    if (kind == PeeringKind::Private) return true;
    return std::ranges::none_of(path.segments, [](const wire::AsSegment& segment) {
        return std::ranges::any_of(segment.asns, is_documentation);
    });
}

}  // namespace dyad::msee
