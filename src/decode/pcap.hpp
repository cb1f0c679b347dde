#pragma once
#include <bit>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/time.hpp"

namespace dyad::decode {

/// Link-layer header types (tcpdump.org's registry): those that packet.hpp opens; others keep their number.
enum class LinkType : std::uint32_t {
    Null = 0,
    Ethernet = 1,
    Ppp = 9,
    RawBsd = 12,
    RawOpenBsd = 14,
    PppHdlc = 50,
    Raw = 101,
    Loop = 108,
    LinuxSll = 113,
    Ipv4 = 228,
    Ipv6 = 229,
    LinuxSll2 = 276,
};

struct Packet {
    std::size_t number = 0;  ///< from 1, as every reader of captures counts
    Duration since_epoch{};  ///< zero where the file does not tell
    LinkType link{};
    Bytes octets;  ///< as captured; lives as long as the file's octets
    std::size_t original_octets = 0;
};

/// Walks the packets of a capture: pcap in either order, micro- or nanoseconds; pcapng with sections, interfaces,
/// enhanced, simple and old packet blocks. A file that is cut or broken ends there, and trouble() says where.
class Capture {
public:
    enum class Format : std::uint8_t { Pcap, Pcapng };
    /// Nothing when these are not the first octets of a capture.
    static std::optional<Format> format_of(Bytes file);

    /// A file with a format.
    explicit Capture(Bytes file);
    std::optional<Packet> next();
    /// "" or why the walk ended before the file did.
    const std::string& trouble() const { return trouble_; }

private:
    struct Interface {
        LinkType link{};
        std::uint64_t units_per_second = 1'000'000;
        std::int64_t offset_seconds = 0;
    };

    std::optional<Packet> next_pcap();
    std::optional<Packet> next_pcapng();
    std::optional<Packet> read_block(std::uint32_t type, Bytes body);
    std::optional<Packet> timed_packet(Bytes body, bool old);
    std::optional<Packet> simple_packet(Bytes body);
    void section(Bytes body);
    void interface(Bytes body);
    std::optional<Packet> fail(const std::string& what);

    Bytes file_;
    std::size_t at_ = 0;
    Format format_{};
    std::endian order_ = std::endian::little;
    std::vector<Interface> interfaces_;
    std::size_t packets_ = 0;
    std::string trouble_;
};

}  // namespace dyad::decode
