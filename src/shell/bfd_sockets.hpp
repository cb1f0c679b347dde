#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "bfd/endpoint.hpp"
#include "dyad/bfd/bfd.hpp"
#include "shell/fd.hpp"

namespace dyad::shell {

/// BFD's datagrams. One socket a port and family hears all peers (3784: RFC 5881; 4784: RFC 5883), one a session speaks,
/// from a source port of its own (RFC 5881 section 4). Used by BfdThread's thread alone.
class BfdSockets {
public:
    /// complain: what does not work, in words, when it begins.
    explicit BfdSockets(std::function<void(std::string)> complain) : complain_(std::move(complain)) {}

    /// Opens what these sessions need to be heard; closes nothing. False: not all could be opened, try again later.
    bool listen(const std::vector<bfd::Wanted>& wanted);
    /// The listening descriptors, for poll().
    std::vector<int> listening() const;
    /// Hands over what has arrived, up to a bound.
    void drain(const std::function<void(const bfd::Arrival&)>& take);

    void send(BfdSessionId id, const bfd::Path& path, Bytes octets);
    void close(BfdSessionId id) { speakers_.erase(id); }

private:
    struct Listener {
        bfd::Hops hops = bfd::Hops::Single;
        Family family = Family::Ipv4;
        Fd socket{};
        int error = 0;  ///< last complained of
    };
    struct Speaker {
        Fd socket;
        int error = 0;
    };

    bool listen(Listener& listener);
    bool read(const Listener& listener, const std::function<void(const bfd::Arrival&)>& take);
    Fd open_speaker(const bfd::Path& path);
    void complain(int& known, int error, const std::string& what);

    std::function<void(std::string)> complain_;
    std::vector<Listener> listeners_;
    std::map<BfdSessionId, Speaker> speakers_;
    std::uint16_t next_port_ = 0;
    std::array<std::uint8_t, 512> buffer_{};
};

}  // namespace dyad::shell
