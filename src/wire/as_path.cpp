#include "dyad/wire/as_path.hpp"

#include <algorithm>

namespace dyad::wire {
namespace {

bool is_confederation(SegmentType type) {
    return type == SegmentType::ConfedSequence || type == SegmentType::ConfedSet;
}

struct Brackets {
    std::string_view open, between, close;
};

Brackets brackets_of(SegmentType type) {
    switch (type) {
        case SegmentType::AsSet:
            return {"{", ",", "}"};
        case SegmentType::AsSequence:
            return {"", " ", ""};
        case SegmentType::ConfedSequence:
            return {"(", " ", ")"};
        case SegmentType::ConfedSet:
            return {"[", ",", "]"};
    }
    return {};
}

void append(const AsSegment& segment, std::string& text) {
    const auto [open, between, close] = brackets_of(segment.type);
    text += open;
    for (std::size_t i = 0; i < segment.asns.size(); ++i) {
        if (i != 0) text += between;
        text += segment.asns[i].to_string();
    }
    text += close;
}

}  // namespace

std::size_t AsPath::length() const {
    std::size_t length = 0;
    for (const auto& segment : segments) {
        if (segment.type == SegmentType::AsSequence) length += segment.asns.size();
        if (segment.type == SegmentType::AsSet) length += 1;
    }
    return length;
}

bool AsPath::contains(Asn asn) const {
    return std::ranges::any_of(segments, [asn](const AsSegment& segment) {
        return std::ranges::find(segment.asns, asn) != segment.asns.end();
    });
}

std::optional<Asn> AsPath::first() const {
    const auto leading = std::ranges::find_if_not(segments, is_confederation, &AsSegment::type);
    if (leading == segments.end() || leading->type != SegmentType::AsSequence || leading->asns.empty())
        return std::nullopt;
    return leading->asns.front();
}

std::optional<Asn> AsPath::origin() const {
    if (segments.empty() || segments.back().type != SegmentType::AsSequence || segments.back().asns.empty())
        return std::nullopt;
    return segments.back().asns.back();
}

void AsPath::prepend(Asn asn, std::size_t count) {
    while (count > 0) {
        const bool open = !segments.empty() && segments.front().type == SegmentType::AsSequence &&
                          segments.front().asns.size() < kMaxSegmentAsns;
        if (!open) segments.insert(segments.begin(), AsSegment{});
        auto& asns = segments.front().asns;
        const auto fits = std::min(count, kMaxSegmentAsns - asns.size());
        asns.insert(asns.begin(), fits, asn);
        count -= fits;
    }
}

std::string AsPath::to_string() const {
    std::string text;
    for (const auto& segment : segments) {
        if (!text.empty()) text += ' ';
        append(segment, text);
    }
    return text;
}

}  // namespace dyad::wire
