#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "dyad/base/bytes.hpp"

namespace dyad::decode {

/// Cuts a stream of octets into messages and, unlike a session's framer, goes on behind what is broken: at the next
/// marker that has a sensible length behind it.
class Framing {
public:
    struct Frame {
        Bytes octets;              ///< until the next call
        std::size_t position = 0;  ///< in all octets ever appended
        bool synchronized = true;  ///< false: no message begins here
    };

    /// To append to: the octets that follow.
    std::vector<std::uint8_t>& buffer() { return buffer_; }
    /// The next message, or a stretch without one; nothing until more octets come.
    std::optional<Frame> next();
    /// No more octets come: what is left.
    std::optional<Frame> rest();
    /// Octets are missing here: what was begun is given up, and a marker is looked for. How many octets were given up.
    std::size_t gap();

private:
    Frame give(std::size_t octets, bool synchronized);
    void drop_given();
    Bytes unread() const;

    std::vector<std::uint8_t> buffer_;
    std::size_t head_ = 0;      ///< what was read lies before it
    std::size_t given_ = 0;     ///< behind it, given and to be dropped at the next call
    std::size_t position_ = 0;  ///< of the head
};

}  // namespace dyad::decode
