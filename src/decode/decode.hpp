#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "decode/field.hpp"
#include "decode/options.hpp"
#include "decode/packet.hpp"

/// Whatever somebody has of a BGP session - a hex dump out of a log, octets, a capture - as messages, field by field,
/// with octet offsets and RFC sections: what `dyad decode` prints.
///
/// input (hex.hpp, pcap.hpp) -> TCP (packet, stream, follow) -> messages (framing) -> what was agreed (agreed) -> a tree
/// of fields (message and the tables it reads by: open, attributes, nlri, notification) -> faults (judge).
///
/// The tree is read by tables of its own, since it must name octets that a codec only steps over, and go on behind what is
/// broken. What is *wrong* with a message it does not decide: judge asks the codec our sessions run on, so that what
/// `dyad decode` says of an UPDATE is what `dyad run` would do.
namespace dyad::decode {

/// Where in a capture a message was heard.
struct Place {
    std::size_t conversation = 0;  ///< from 1
    std::size_t packet = 0;
    Duration since_epoch{};
    Endpoint from, to;
};
struct Message {
    std::size_t number = 0;  ///< from 1
    std::size_t offset = 0;  ///< without a place: in the input's octets
    std::optional<Place> place;
    std::vector<std::string> assumptions;
    std::string verdict;  ///< judge.hpp's
    Field field;
};
/// Something on the input itself: octets that are missing, packets that were passed over.
struct Note {
    std::size_t packet = 0;  ///< 0: on the whole
    std::string text;
};
using Item = std::variant<Message, Note>;

enum class InputKind : std::uint8_t { Hex, Octets, Pcap, Pcapng };
std::string_view to_string(InputKind kind);
/// By its first octets.
InputKind kind_of(Bytes input);

/// Gives every message and note in order. "" or, when nothing can be read, a sentence why.
std::string decode(Bytes input, const Options& options, const std::function<void(const Item&)>& give);

}  // namespace dyad::decode
