#include "decode/follow.hpp"

#include <algorithm>

#include "dyad/base/text.hpp"
#include "dyad/wire/message.hpp"

namespace dyad::decode {
namespace {

constexpr std::uint16_t kBgpPort = 179;
/// Each holds at most a stream's bound twice; a capture that has more connections than this is no study of BGP.
constexpr std::size_t kMostConversations = 20'000;

bool on_bgp_port(const Segment& segment) { return segment.from.port == kBgpPort || segment.to.port == kBgpPort; }

}  // namespace

void Follower::packet(const Packet& packet) {
    const auto segment = tcp_segment(packet);
    if (!segment) return count(segment.error());
    const Key key = std::minmax(segment->from, segment->to);
    if (!conversations_.contains(key) && conversations_.size() == kMostConversations) return;
    auto& conversation = conversations_[key];
    const std::size_t index = segment->from == key.first ? 0 : 1;
    if (segment->syn) begin(conversation, *segment);
    if (segment->payload.empty() || !speaks_bgp(conversation, *segment)) return;

    auto& direction = conversation.directions[index];
    direction.from = segment->from;
    direction.to = segment->to;
    direction.last = packet;
    direction.stream.push(segment->sequence, segment->payload);
    read(conversation, index, packet);
    if (segment->missing > 0 && !direction.stream.waiting()) {
        const auto end = segment->sequence + static_cast<std::uint32_t>(segment->payload.size() + segment->missing);
        const auto lost = direction.stream.lose_before(end);
        if (lost > 0) gap(direction, packet, lost, "were not captured (snapshot length)");
    }
    while (direction.stream.crowded()) {
        gap(direction, packet, direction.stream.skip(), "never came");
        read(conversation, index, packet);
    }
}

void Follower::end(Conversation& conversation) {
    if (conversation.speaks != Speaks::Bgp) return;
    for (std::size_t index : {std::size_t{0}, std::size_t{1}}) {
        auto& direction = conversation.directions[index];
        while (direction.stream.waiting()) {
            gap(direction, direction.last, direction.stream.skip(), "never came");
            read(conversation, index, direction.last);
        }
        while (const auto frame = direction.framing.rest()) give(conversation, index, direction.last, *frame);
    }
}

void Follower::finish() {
    for (auto& [key, conversation] : conversations_) end(conversation);
    const auto tell = [&](std::size_t packets, const char* what) {
        if (packets > 0) on_note_(0, counted(packets, "packet", "packets") + " " + what);
    };
    tell(fragments_, "passed over: fragments of IP packets are not put together");
    tell(damaged_, "passed over: IP or TCP headers that are cut or contradict themselves");
    tell(unknown_link_, "passed over: a link type that is not known");
    if (conversations_.size() == kMostConversations)
        on_note_(0, "more than " + std::to_string(kMostConversations) + " TCP connections: later ones passed over");
}

/// A SYN: these ports speak for the first time, or again.
void Follower::begin(Conversation& conversation, const Segment& segment) {
    const std::size_t index = segment.from < segment.to ? 0 : 1;
    auto& direction = conversation.directions[index];
    const bool again = direction.stream.begun() && !segment.ack;
    if (again) {
        end(conversation);
        conversation = Conversation{};
    }
    auto& fresh = conversation.directions[index];
    if (fresh.stream.begun()) return;  // a SYN that is repeated
    // A SYN counts as an octet (RFC 9293 3.4), but not for those who make captures by hand and put a message into it: BGP's
    // own speakers never do.
    fresh.stream.begin(segment.payload.empty() ? segment.sequence + 1 : segment.sequence);
    fresh.lost = false;
}

/// The first octets of a connection tell what it speaks; port 179 always does.
bool Follower::speaks_bgp(Conversation& conversation, const Segment& segment) {
    if (conversation.speaks == Speaks::Unknown) {
        const bool bgp = on_bgp_port(segment) || wire::has_marker(segment.payload);
        conversation.speaks = bgp ? Speaks::Bgp : Speaks::Other;
        if (conversation.speaks == Speaks::Bgp) conversation.number = begun_++;
    }
    return conversation.speaks == Speaks::Bgp;
}

void Follower::read(Conversation& conversation, std::size_t index, const Packet& packet) {
    auto& direction = conversation.directions[index];
    direction.stream.take(direction.framing.buffer());
    while (const auto frame = direction.framing.next()) give(conversation, index, packet, *frame);
}

void Follower::give(Conversation& conversation, std::size_t index, const Packet& packet, const Framing::Frame& frame) {
    auto& direction = conversation.directions[index];
    if (!frame.synchronized && direction.lost) {
        on_note_(packet.number, direction.from.to_string() + " > " + direction.to.to_string() + ": " +
                                    counted(frame.octets.size(), "octet", "octets") +
                                    " of a message whose beginning is missing");
        return;
    }
    direction.lost = false;
    on_message_(
        {conversation.number, index, packet.number, packet.since_epoch, direction.from, direction.to, frame.octets});
}

void Follower::gap(Direction& direction, const Packet& packet, std::uint64_t octets, const char* why) {
    const auto given_up = direction.framing.gap();
    direction.lost = true;
    on_note_(packet.number, direction.from.to_string() + " > " + direction.to.to_string() + ": " +
                                counted(octets, "octet", "octets") + " " + why +
                                (given_up == 0 ? ""
                                               : "; " + counted(given_up, "octet", "octets") +
                                                     " of the message before them are given up"));
}

void Follower::count(NoSegment why) {
    switch (why) {
        case NoSegment::Other:
            return;
        case NoSegment::Fragment:
            ++fragments_;
            return;
        case NoSegment::Damaged:
            ++damaged_;
            return;
        case NoSegment::UnknownLink:
            ++unknown_link_;
            return;
    }
}

}  // namespace dyad::decode
