#include "decode/decode.hpp"

#include <algorithm>

#include "decode/agreed.hpp"
#include "decode/follow.hpp"
#include "decode/hex.hpp"
#include "decode/message.hpp"
#include "dyad/wire/message.hpp"

namespace dyad::decode {
namespace {

using Give = std::function<void(const Item&)>;

/// OPEN, NOTIFICATION and KEEPALIVE read the same whatever was agreed.
bool depends_on_agreement(Bytes message) {
    constexpr std::size_t kType = 18;
    return message.size() > kType && message[kType] == static_cast<std::uint8_t>(wire::MessageType::Update);
}

class Giver {
public:
    Giver(const Options& options, const Give& give) : options_(options), give_(give) {}

    void message(Bytes octets, std::size_t offset, std::optional<Place> place, const Learned& learned,
                 std::size_t direction) {
        const auto reading = reading_of(learned, direction, options_);
        auto dissection = dissect(octets, reading.context);
        Message message{.number = ++count_,
                        .offset = offset,
                        .place = std::move(place),
                        .assumptions = {},
                        .verdict = std::move(dissection.verdict),
                        .field = std::move(dissection.message)};
        if (depends_on_agreement(octets)) message.assumptions = reading.assumptions;
        give_(message);
    }
    void note(std::size_t packet, std::string text) { give_(Note{packet, std::move(text)}); }

private:
    const Options& options_;
    const Give& give_;
    std::size_t count_ = 0;
};

/// Messages one behind the other, all of one conversation.
template <class Visit>
void for_each_message(Bytes octets, Visit visit) {
    Framing framing;
    framing.buffer().assign(octets.begin(), octets.end());
    while (const auto frame = framing.next()) visit(*frame);
    while (const auto frame = framing.rest()) visit(*frame);
}

std::string decode_octets(Bytes octets, const Options& options, const Give& give) {
    if (octets.empty()) return "the input is empty";
    Learned learned{.opens = {}, .evidence = {}, .directions_known = false};
    for_each_message(octets, [&](const Framing::Frame& frame) { learn(frame.octets, 0, learned); });
    Giver giver{options, give};
    for_each_message(octets, [&](const Framing::Frame& frame) {
        giver.message(frame.octets, frame.position, std::nullopt, learned, 0);
    });
    return "";
}

/// The capture's packets through a follower; why the file ended early, or "".
std::string follow(Bytes file, Follower follower) {
    Capture capture{file};
    while (const auto packet = capture.next()) follower.packet(*packet);
    follower.finish();
    return capture.trouble();
}

/// Twice: what the OPENs and UPDATEs of a conversation tell counts for its first message already.
std::string decode_capture(Bytes file, const Options& options, const Give& give) {
    std::vector<Learned> learned;
    follow(file, {[&](const Heard& heard) {
                      if (learned.size() <= heard.conversation) learned.resize(heard.conversation + 1);
                      learn(heard.octets, heard.direction, learned[heard.conversation]);
                  },
                  [](std::size_t, const std::string&) {}});
    Giver giver{options, give};
    const auto trouble = follow(
        file, {[&](const Heard& heard) {
                   giver.message(heard.octets, 0,
                                 Place{heard.conversation + 1, heard.packet, heard.since_epoch, heard.from, heard.to},
                                 learned[heard.conversation], heard.direction);
               },
               [&](std::size_t packet, std::string text) { giver.note(packet, std::move(text)); }});
    if (!trouble.empty()) giver.note(0, trouble);
    return "";
}

}  // namespace

std::string_view to_string(InputKind kind) {
    switch (kind) {
        case InputKind::Hex:
            return "hex";
        case InputKind::Octets:
            return "octets";
        case InputKind::Pcap:
            return "pcap";
        case InputKind::Pcapng:
            return "pcapng";
    }
    return "";
}

InputKind kind_of(Bytes input) {
    if (const auto format = Capture::format_of(input))
        return *format == Capture::Format::Pcap ? InputKind::Pcap : InputKind::Pcapng;
    const auto is_text = [](std::uint8_t octet) {
        return (octet >= 0x20 && octet < 0x7f) || (octet >= '\t' && octet <= '\r');
    };
    // A line or two are enough to tell; behind them a dump may have any characters.
    constexpr std::size_t kEnough = 64;
    return std::ranges::all_of(input.first(std::min(input.size(), kEnough)), is_text) ? InputKind::Hex
                                                                                      : InputKind::Octets;
}

std::string decode(Bytes input, const Options& options, const Give& give) {
    switch (kind_of(input)) {
        case InputKind::Hex: {
            const auto octets = read_hex({reinterpret_cast<const char*>(input.data()), input.size()});
            return octets ? decode_octets(*octets, options, give) : octets.error();
        }
        case InputKind::Octets:
            return decode_octets(input, options, give);
        case InputKind::Pcap:
        case InputKind::Pcapng:
            return decode_capture(input, options, give);
    }
    return "";
}

}  // namespace dyad::decode
