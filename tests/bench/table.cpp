#include "table.hpp"

#include <algorithm>
#include <array>
#include <boost/endian/conversion.hpp>

#include "dyad/base/ensure.hpp"
#include "dyad/base/random.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/wire/attributes.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::bench {
namespace {

constexpr std::uint32_t kBase = 16u << 24;
constexpr std::uint32_t kOfBlock = 8;
constexpr std::uint32_t kBlocks = kTableSize / kOfBlock;  // a /21 each
constexpr std::uint32_t kBlockBits = 11;
/// Any odd factor permutes the blocks; kBack undoes it.
constexpr std::uint32_t kFactor = 40'503;

constexpr std::uint32_t inverse(std::uint32_t factor) {
    std::uint32_t x = factor;  // Newton: each step doubles the bits that are right
    for (int i = 0; i < 5; ++i) x *= 2 - factor * x;
    return x;
}
constexpr std::uint32_t kBack = inverse(kFactor);

struct Member {
    std::uint32_t offset;  ///< in /24s from the block's start
    std::uint8_t length;
    friend bool operator==(const Member&, const Member&) = default;
};
constexpr std::array<Member, kOfBlock> kMembers{
    {{0, 21}, {4, 22}, {2, 23}, {0, 24}, {1, 24}, {2, 24}, {5, 24}, {7, 24}}};

/// How many in a row share an attribute set: 64 prefixes in nine sets, over and over.
constexpr std::array<std::uint32_t, 9> kRuns{1, 3, 6, 11, 5, 18, 2, 9, 9};
constexpr std::uint32_t kRunsSpan = 64;

struct Run {
    std::uint32_t number, end;  ///< end: the first prefix behind it
};
Run run_of(std::uint32_t prefix) {
    std::uint32_t end = prefix / kRunsSpan * kRunsSpan;
    std::uint32_t number = prefix / kRunsSpan * static_cast<std::uint32_t>(kRuns.size());
    for (const auto length : kRuns) {
        end += length;
        if (prefix < end) break;
        ++number;
    }
    return {number, end};
}

std::vector<std::uint8_t> encode(const wire::Attributes& attributes) {
    std::vector<std::uint8_t> block(wire::kMaxMessageOctets);
    Writer out{block};
    wire::encode_attributes(attributes, {}, out);
    ensure(!out.failed());
    block.resize(out.size());
    return block;
}

/// Two to five ASes behind the sender, two or three communities: 70 to 90 octets, as in tables of the Internet.
std::vector<std::uint8_t> attributes_of(const Sender& sender, std::uint32_t run, std::uint32_t variant) {
    Random random{(std::uint64_t{variant} << 32) + run};
    std::vector<Asn> path{sender.asn};
    const auto hops = 2 + random.below(4);
    for (std::uint64_t i = 0; i < hops; ++i) path.push_back({static_cast<std::uint32_t>(1'000 + random.below(60'000))});
    wire::Attributes attributes{
        .origin = wire::Origin::Igp, .as_path = {{{.asns = std::move(path)}}}, .next_hop = sender.next_hop};
    const auto communities = 2 + random.below(2);
    for (std::uint64_t i = 0; i < communities; ++i)
        attributes.communities.push_back(sender.asn.value << 16 | static_cast<std::uint32_t>(random.below(65'000)));
    return encode(attributes);
}

std::vector<Prefix> prefixes(std::uint32_t first, std::uint32_t end) {
    std::vector<Prefix> out;
    for (auto number = first; number < end; ++number) out.push_back(prefix_of(number));
    return out;
}

/// As many messages as it takes; encode(rest, writer) says how many prefixes went into one.
template <class Encode>
void append_messages(std::vector<std::uint8_t>& out, std::span<const Prefix> rest, Encode&& encode) {
    std::array<std::uint8_t, wire::kMaxMessageOctets> message;
    while (!rest.empty()) {
        Writer writer{message};
        const auto count = encode(rest, writer);
        ensure(count > 0);
        rest = rest.subspan(count);
        out.insert(out.end(), writer.written().begin(), writer.written().end());
    }
}

}  // namespace

Prefix prefix_of(std::uint32_t number) {
    const auto block = number / kOfBlock * kFactor % kBlocks;
    const auto& member = kMembers[number % kOfBlock];
    return {Address::v4(kBase + (block << kBlockBits) + (member.offset << 8)), member.length};
}

std::optional<std::uint32_t> number_of(const Prefix& prefix) {
    if (prefix.family() != Family::Ipv4) return std::nullopt;
    const auto place = prefix.address().to_u32() - kBase;
    const auto block = place >> kBlockBits;
    if (block >= kBlocks) return std::nullopt;
    const Member member{(place >> 8) % kOfBlock, prefix.length()};
    const auto found = std::ranges::find(kMembers, member);
    if (found == kMembers.end()) return std::nullopt;
    return block * kBack % kBlocks * kOfBlock + static_cast<std::uint32_t>(found - kMembers.begin());
}

std::vector<std::uint8_t> announcements(const Sender& sender, std::uint32_t first, std::uint32_t count,
                                        std::uint32_t variant) {
    std::vector<std::uint8_t> out;
    const auto last = first + count;
    while (first < last) {
        const auto run = run_of(first);
        const auto end = std::min(run.end, last);
        const auto block = attributes_of(sender, run.number, variant);
        append_messages(out, prefixes(first, end), [&](std::span<const Prefix> rest, Writer& writer) {
            return wire::encode_announcement(rest, block, sender.next_hop, writer);
        });
        first = end;
    }
    return out;
}

std::vector<std::uint8_t> withdrawals(std::uint32_t first, std::uint32_t count) {
    std::vector<std::uint8_t> out;
    append_messages(out, prefixes(first, first + count),
                    [](std::span<const Prefix> rest, Writer& writer) { return wire::encode_withdrawal(rest, writer); });
    return out;
}

std::vector<std::uint8_t> marker(const Sender& sender, std::uint32_t number) {
    const auto block = encode({.origin = wire::Origin::Igp,
                               .as_path = {{{.asns = {sender.asn}}}},
                               .next_hop = sender.next_hop,
                               .communities = {kMarkerAs << 16 | (number & 0xffff)}});
    std::vector<std::uint8_t> out;
    append_messages(out, prefixes(kMarker, kMarker + 1), [&](std::span<const Prefix> rest, Writer& writer) {
        return wire::encode_announcement(rest, block, sender.next_hop, writer);
    });
    return out;
}

std::optional<std::uint32_t> marked(Bytes attributes) {
    constexpr std::uint8_t kExtendedLength = 0x10;
    Reader in{attributes};
    while (!in.empty() && !in.failed()) {
        const auto flags = in.u8();
        const auto type = in.u8();
        const std::size_t length = (flags & kExtendedLength) != 0 ? in.u16() : in.u8();
        Reader value{in.bytes(length)};
        if (type != static_cast<std::uint8_t>(wire::AttributeType::Communities)) continue;
        while (!value.empty() && !value.failed()) {
            const auto community = value.u32();
            if (community >> 16 == kMarkerAs) return community & 0xffff;
        }
    }
    return std::nullopt;
}

}  // namespace dyad::bench
