#pragma once
#include <functional>
#include <map>
#include <string>

#include "decode/framing.hpp"
#include "decode/packet.hpp"
#include "decode/stream.hpp"

namespace dyad::decode {

/// One message of a TCP connection; the octets live for the call.
struct Heard {
    std::size_t conversation = 0;  ///< in the order in which they begin
    std::size_t direction = 0;     ///< 0 or 1, the same for all of a conversation's messages from one end
    std::size_t packet = 0;        ///< the one that completed it
    Duration since_epoch{};
    Endpoint from, to;
    Bytes octets;
};

/// Finds the BGP conversations in a capture's packets (port 179, or first octets that are a marker), puts each
/// direction in order, and gives its messages. What is missing, cut or no message is told as a note: a sentence and the
/// packet's number, 0 for one on the whole capture.
class Follower {
public:
    using OnMessage = std::function<void(const Heard&)>;
    using OnNote = std::function<void(std::size_t packet, std::string text)>;
    Follower(OnMessage on_message, OnNote on_note) : on_message_(std::move(on_message)), on_note_(std::move(on_note)) {}

    void packet(const Packet& packet);
    /// The capture's end.
    void finish();

private:
    struct Direction {
        Endpoint from, to;
        Stream stream;
        Framing framing;
        Packet last{};
        bool lost = true;  ///< not begun with a SYN, or behind a gap: what comes before a marker is no fault
    };
    enum class Speaks : std::uint8_t { Unknown, Bgp, Other };
    struct Conversation {
        std::size_t number = 0;
        Speaks speaks = Speaks::Unknown;
        Direction directions[2];
    };
    using Key = std::pair<Endpoint, Endpoint>;

    void begin(Conversation& conversation, const Segment& segment);
    /// What waits for missing octets is given as it is.
    void end(Conversation& conversation);
    bool speaks_bgp(Conversation& conversation, const Segment& segment);
    void read(Conversation& conversation, std::size_t direction, const Packet& packet);
    void give(Conversation& conversation, std::size_t direction, const Packet& packet, const Framing::Frame& frame);
    void gap(Direction& direction, const Packet& packet, std::uint64_t octets, const char* why);
    void count(NoSegment why);

    OnMessage on_message_;
    OnNote on_note_;
    std::map<Key, Conversation> conversations_;
    std::size_t begun_ = 0;
    std::size_t fragments_ = 0, damaged_ = 0, unknown_link_ = 0;
};

}  // namespace dyad::decode
