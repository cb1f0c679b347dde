#include "wire/as_path_codec.hpp"

#include <algorithm>
#include <span>

#include "dyad/base/reader.hpp"

namespace dyad::wire {
namespace {

constexpr std::size_t kSegmentHeaderOctets = 2;

constexpr std::size_t octets(AsWidth width) { return static_cast<std::size_t>(width); }

bool is_confederation_segment(const AsSegment& segment) {
    return segment.type == SegmentType::ConfedSequence || segment.type == SegmentType::ConfedSet;
}

/// RFC 4271 9.1.2.2 a), RFC 5065 5.3.
std::size_t weight(const AsSegment& segment) {
    switch (segment.type) {
        case SegmentType::AsSet:
            return 1;
        case SegmentType::AsSequence:
            return segment.asns.size();
        case SegmentType::ConfedSequence:
        case SegmentType::ConfedSet:
            return 0;
    }
    return 0;
}

std::vector<Asn> decode_asns(Reader in, std::size_t count, AsWidth width) {
    std::vector<Asn> asns(count);
    for (auto& asn : asns) asn.value = width == AsWidth::TwoOctets ? in.u16() : in.u32();
    return asns;
}

void encode_segment(SegmentType type, std::span<const Asn> asns, AsWidth width, Writer& out) {
    out.u8(static_cast<std::uint8_t>(type));
    out.u8(static_cast<std::uint8_t>(asns.size()));
    for (const auto asn : asns) {
        if (width == AsWidth::FourOctets)
            out.u32(asn.value);
        else
            out.u16(static_cast<std::uint16_t>(is_mappable(asn) ? asn.value : kAsTrans.value));
    }
}

/// The leading part of a path that holds this many AS numbers, with the confederation segments that lead it
/// or stand next to what is taken.
AsPath leading_part(const AsPath& path, std::size_t count) {
    AsPath part;
    for (const auto& segment : path.segments) {
        if (is_confederation_segment(segment)) {
            part.segments.push_back(segment);
            continue;
        }
        if (count == 0) break;
        part.segments.push_back(segment);
        if (weight(segment) > count) {
            part.segments.back().asns.resize(count);
            break;
        }
        count -= weight(segment);
    }
    return part;
}

}  // namespace

std::expected<AsPath, std::string> decode_as_path(Bytes value, AsWidth width) {
    AsPath path;
    Reader in{value};
    while (!in.empty()) {
        const auto type = in.u8();
        const std::size_t count = in.u8();
        if (in.failed()) return std::unexpected("one octet too many");
        if (type < 1 || type > 4) return std::unexpected("a segment of type " + std::to_string(type));
        if (count == 0) return std::unexpected("an empty segment");
        const Reader asns = in.sub(count * octets(width));
        if (in.failed()) return std::unexpected("a segment that overruns it");
        path.segments.push_back({static_cast<SegmentType>(type), decode_asns(asns, count, width)});
    }
    return path;
}

std::size_t encoded_octets(const AsPath& path, AsWidth width) {
    std::size_t sum = 0;
    for (const auto& segment : path.segments) {
        const auto pieces = (segment.asns.size() + kMaxSegmentAsns - 1) / kMaxSegmentAsns;
        sum += pieces * kSegmentHeaderOctets + segment.asns.size() * octets(width);
    }
    return sum;
}

void encode_as_path(const AsPath& path, AsWidth width, Writer& out) {
    for (const auto& segment : path.segments) {
        std::span<const Asn> left = segment.asns;
        while (!left.empty()) {
            const auto piece = left.first(std::min(left.size(), kMaxSegmentAsns));
            encode_segment(segment.type, piece, width, out);
            left = left.subspan(piece.size());
        }
    }
}

AsPath without_confederations(AsPath path) {
    std::erase_if(path.segments, is_confederation_segment);
    return path;
}

AsPath as4_path_of(const AsPath& path) {
    AsPath as4_path = without_confederations(path);
    const bool needed = std::ranges::any_of(
        as4_path.segments, [](const AsSegment& segment) { return !std::ranges::all_of(segment.asns, is_mappable); });
    return needed ? as4_path : AsPath{};
}

AsPath merge_as4_path(const AsPath& as_path, const AsPath& as4_path) {
    const auto all = as_path.length(), known = as4_path.length();
    if (all < known) return as_path;
    AsPath merged = leading_part(as_path, all - known);
    auto rest = as4_path.segments.begin();
    // One sequence that was cut in two becomes one again.
    if (!merged.segments.empty() && rest != as4_path.segments.end()) {
        auto& last = merged.segments.back();
        const bool joins = last.type == SegmentType::AsSequence && rest->type == SegmentType::AsSequence &&
                           last.asns.size() + rest->asns.size() <= kMaxSegmentAsns;
        if (joins) {
            last.asns.insert(last.asns.end(), rest->asns.begin(), rest->asns.end());
            ++rest;
        }
    }
    merged.segments.insert(merged.segments.end(), rest, as4_path.segments.end());
    return merged;
}

}  // namespace dyad::wire
