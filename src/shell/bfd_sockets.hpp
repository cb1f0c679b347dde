#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "bfd/endpoint.hpp"
#include "dyad/bfd/bfd.hpp"
#include "shell/fd.hpp"
#include "shell/socket_address.hpp"

namespace dyad::shell {

/// A packet on its way: its socket stays open until it is sent, whoever closes it meanwhile.
struct BfdDatagram {
    BfdSessionId session{};
    std::shared_ptr<const Fd> socket;
    SocketAddress to;
    std::vector<std::uint8_t> octets;

    /// 0 or an errno. By any thread, at any time.
    int transmit() const;
};

/// A socket that hears: what came in by it came over so many hops.
struct BfdListening {
    int descriptor = -1;
    bfd::Hops hops = bfd::Hops::Single;

    /// Hands over what has arrived, up to a bound. By any thread, at any time.
    void drain(const std::function<void(const bfd::Arrival&)>& take) const;
};

/// BFD's sockets. One a port and family hears all peers (3784: RFC 5881; 4784: RFC 5883), one a session speaks, from a source
/// port of its own (RFC 5881 section 4). Used by one thread at a time; what touches packets needs nothing of it.
class BfdSockets {
public:
    /// complain: what does not work, in words, when it begins.
    explicit BfdSockets(std::function<void(std::string)> complain) : complain_(std::move(complain)) {}

    /// Opens what these sessions need to be heard; closes nothing. False: not all could be opened, try again later.
    bool listen(const std::vector<bfd::Wanted>& wanted);
    /// Open until the end.
    std::vector<BfdListening> listening() const;

    /// Nothing where there is no socket to send it by.
    std::optional<BfdDatagram> address(BfdSessionId id, const bfd::Path& path, std::vector<std::uint8_t> octets);
    /// How it went: 0 or an errno.
    void sent(const BfdDatagram& datagram, int error);
    void close(BfdSessionId id) { speakers_.erase(id); }

private:
    struct Listener {
        bfd::Hops hops = bfd::Hops::Single;
        Family family = Family::Ipv4;
        Fd socket{};
        int error = 0;  ///< last complained of
    };
    struct Speaker {
        std::shared_ptr<const Fd> socket{};
        std::string peer{};
        int error = 0;
    };

    bool listen(Listener& listener);
    Fd open_speaker(const bfd::Path& path);
    void cannot_send(Speaker& speaker, int error);
    void complain(int& known, int error, const std::string& what);

    std::function<void(std::string)> complain_;
    std::vector<Listener> listeners_;
    std::map<BfdSessionId, Speaker> speakers_;
    std::uint16_t next_port_ = 0;
};

}  // namespace dyad::shell
