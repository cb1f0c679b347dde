#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

#include "dyad/base/bytes.hpp"
#include "netlink/requests.hpp"

namespace dyad::netlink {

/// The answer to a request: error is 0 or a positive errno, text the kernel's own words (NETLINK_EXT_ACK).
struct Answer { std::uint32_t sequence = 0; int error = 0; std::string text; };
struct DumpDone { std::uint32_t sequence = 0; int error = 0; };
struct Link { std::uint32_t index = 0; std::string name; bool up = false; bool carrier = false; bool gone = false; };
struct InterfaceAddress { std::uint32_t interface_index = 0; Address address; std::uint8_t prefix_length = 0; bool gone = false; bool usable = true; };
struct LeafNews { Leaf leaf; std::uint8_t protocol = 0; bool gone = false; };
/// weighted: its members do not weigh as ours do. The heaviest comes first where the first carries all.
struct GroupNews { Group group; std::uint8_t protocol = 0; bool gone = false; bool weighted = false; };
/// replaces: something stood there before, whosever (NLM_F_REPLACE). behind: put behind what has the same prefix and metric, not in
/// front of it (NLM_F_APPEND). by_kernel: no process asked for it.
struct RouteNews { Route route; bool gone = false; bool replaces = false; bool behind = false; bool by_kernel = false; };
using Message = std::variant<Answer, DumpDone, Link, InterfaceAddress, LeafNews, GroupNews, RouteNews>;

/// Walks the messages of one receive; those we do not care for are passed over, a malformed length ends the walk.
class MessageCursor {
public:
    explicit MessageCursor(Bytes octets) : octets_(octets) {}
    std::optional<Message> next();

private:
    Bytes octets_;
};

}  // namespace dyad::netlink
