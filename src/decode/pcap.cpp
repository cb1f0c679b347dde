#include "decode/pcap.hpp"

#include <algorithm>
#include <array>

#include "dyad/base/ensure.hpp"
#include "dyad/base/reader.hpp"

namespace dyad::decode {
namespace {

constexpr std::uint32_t kMicroseconds = 0xa1b2c3d4, kNanoseconds = 0xa1b23c4d, kSection = 0x0a0d0d0a,
                        kOrder = 0x1a2b3c4d;
constexpr std::size_t kPcapHeader = 24, kPacketHeader = 16, kBlockFrame = 12;
/// More interfaces than any host has: a file made to eat memory.
constexpr std::size_t kMostInterfaces = 4096;

/// Numbers in the order of whoever wrote the file.
class Numbers {
public:
    Numbers(Bytes octets, std::endian order) : in_(octets), order_(order) {}
    std::uint16_t u16() { return turned(in_.u16()); }
    std::uint32_t u32() { return turned(in_.u32()); }
    Bytes bytes(std::size_t count) { return in_.bytes(count); }
    std::size_t remaining() const { return in_.remaining(); }
    bool failed() const { return in_.failed(); }

private:
    template <class Number>
    Number turned(Number value) const {
        return order_ == std::endian::big ? value : std::byteswap(value);
    }
    Reader in_;
    std::endian order_;
};

std::uint32_t word_at(Bytes file, std::size_t at, std::endian order) { return Numbers{file.subspan(at), order}.u32(); }

bool is_pcap(std::uint32_t magic) { return magic == kMicroseconds || magic == kNanoseconds; }

Duration duration(std::uint64_t units, std::uint64_t per_second) {
    __extension__ using Wide = unsigned __int128;
    constexpr std::uint64_t kBillion = 1'000'000'000;
    const auto seconds = std::min<std::uint64_t>(units / per_second, 9'000'000'000);  // fits in 64 bits of nanoseconds
    const auto rest = units % per_second;
    const auto nanoseconds = static_cast<std::uint64_t>(Wide{rest} * kBillion / per_second);
    return std::chrono::nanoseconds{static_cast<std::int64_t>(seconds * kBillion + nanoseconds)};
}

/// pcapng's if_tsresol: a negative power of ten, or of two where the high bit is set.
std::uint64_t units_per_second(std::uint8_t resolution) {
    const std::uint64_t base = (resolution & 0x80) != 0 ? 2 : 10;
    // Finer than that does not fit in 64 bits.
    const int exponent = std::min(resolution & 0x7f, base == 2 ? 60 : 18);
    std::uint64_t units = 1;
    for (int i = 0; i < exponent; ++i) units *= base;
    return units;
}

}  // namespace

std::optional<Capture::Format> Capture::format_of(Bytes file) {
    if (file.size() < 4) return std::nullopt;
    const auto big = word_at(file, 0, std::endian::big), little = word_at(file, 0, std::endian::little);
    if (big == kSection) return Format::Pcapng;
    if (is_pcap(big) || is_pcap(little)) return Format::Pcap;
    return std::nullopt;
}

Capture::Capture(Bytes file) : file_(file) {
    const auto format = format_of(file);
    ensure(format.has_value());
    format_ = *format;
    if (format_ == Format::Pcapng) return;
    order_ = is_pcap(word_at(file, 0, std::endian::big)) ? std::endian::big : std::endian::little;
    if (file.size() < kPcapHeader) {
        fail("the file's header is cut");
        return;
    }
    // The high bits tell of frame check sequences, which the packet's own lengths leave out.
    const auto link = static_cast<LinkType>(word_at(file, 20, order_) & 0x0fff'ffff);
    interfaces_.push_back({link, word_at(file, 0, order_) == kNanoseconds ? 1'000'000'000u : 1'000'000u, 0});
    at_ = kPcapHeader;
}

std::optional<Packet> Capture::next() {
    if (!trouble_.empty() || at_ == file_.size()) return std::nullopt;
    return format_ == Format::Pcap ? next_pcap() : next_pcapng();
}

std::optional<Packet> Capture::next_pcap() {
    Numbers in{file_.subspan(at_), order_};
    const std::uint64_t seconds = in.u32(), fraction = in.u32();
    const std::size_t captured = in.u32(), original = in.u32();
    if (in.failed()) return fail("a packet's header is cut");
    const Bytes octets = in.bytes(captured);
    if (in.failed()) return fail("a packet of " + std::to_string(captured) + " octets is cut");
    at_ += kPacketHeader + captured;
    const auto& interface = interfaces_.front();
    const auto time = duration(seconds * interface.units_per_second + fraction, interface.units_per_second);
    return Packet{++packets_, time, interface.link, octets, original};
}

std::optional<Packet> Capture::next_pcapng() {
    while (at_ < file_.size()) {
        const Bytes left = file_.subspan(at_);
        if (left.size() < kBlockFrame) return fail("a block is cut");
        // A section's header says the order in which its own length is written.
        if (word_at(left, 0, std::endian::big) == kSection)
            order_ = word_at(left, 8, std::endian::big) == kOrder ? std::endian::big : std::endian::little;
        const auto type = word_at(left, 0, order_);
        const std::size_t length = word_at(left, 4, order_);
        if (length < kBlockFrame || length % 4 != 0)
            return fail("a block says it has " + std::to_string(length) + " octets");
        if (length > left.size()) return fail("a block of " + std::to_string(length) + " octets is cut");
        at_ += length;
        const auto packet = read_block(type, left.subspan(8, length - kBlockFrame));
        if (packet || !trouble_.empty()) return packet;
    }
    return std::nullopt;
}

std::optional<Packet> Capture::read_block(std::uint32_t type, Bytes body) {
    constexpr std::uint32_t kInterface = 1, kOldPacket = 2, kSimplePacket = 3, kEnhancedPacket = 6;
    switch (type) {
        case kSection:
            section(body);
            return std::nullopt;
        case kInterface:
            interface(body);
            return std::nullopt;
        case kOldPacket:
            return timed_packet(body, true);
        case kEnhancedPacket:
            return timed_packet(body, false);
        case kSimplePacket:
            return simple_packet(body);
        default:
            return std::nullopt;
    }
}

void Capture::section(Bytes body) {
    if (body.size() < 4 || word_at(body, 0, order_) != kOrder) {
        fail("a section's header has no byte order");
        return;
    }
    interfaces_.clear();
}

void Capture::interface(Bytes body) {
    constexpr std::uint16_t kEnd = 0, kResolution = 9, kOffset = 14;
    Numbers in{body, order_};
    Interface made{.link = static_cast<LinkType>(in.u16())};
    in.u16();
    in.u32();  // snapshot length
    while (in.remaining() >= 4) {
        const auto code = in.u16();
        const std::size_t length = in.u16();
        const Bytes value = in.bytes(length);
        in.bytes((4 - length % 4) % 4);
        if (in.failed() || code == kEnd) break;
        if (code == kResolution && length == 1) made.units_per_second = units_per_second(value[0]);
        if (code == kOffset && length == 8) {
            Numbers offset{value, order_};
            const std::uint64_t first = offset.u32(), second = offset.u32();
            const auto seconds = order_ == std::endian::big ? first << 32 | second : second << 32 | first;
            made.offset_seconds = static_cast<std::int32_t>(seconds);
        }
    }
    if (interfaces_.size() == kMostInterfaces) {
        fail("more than " + std::to_string(kMostInterfaces) + " interfaces");
        return;
    }
    interfaces_.push_back(made);
}

std::optional<Packet> Capture::timed_packet(Bytes body, bool old) {
    Numbers in{body, order_};
    const std::size_t index = old ? in.u16() : in.u32();
    if (old) in.u16();  // drops
    const std::uint64_t high = in.u32(), low = in.u32();
    const std::size_t captured = in.u32(), original = in.u32();
    const Bytes octets = in.bytes(captured);
    if (in.failed()) return fail("a packet runs over its block");
    if (index >= interfaces_.size())
        return fail("a packet of interface " + std::to_string(index) + ", which is not described");
    const auto& interface = interfaces_[index];
    const auto time =
        duration(high << 32 | low, interface.units_per_second) + std::chrono::seconds{interface.offset_seconds};
    return Packet{++packets_, time, interface.link, octets, original};
}

std::optional<Packet> Capture::simple_packet(Bytes body) {
    Numbers in{body, order_};
    const std::size_t original = in.u32();
    if (in.failed() || interfaces_.empty()) return fail("a simple packet without an interface");
    const Bytes octets = in.bytes(std::min(original, in.remaining()));
    return Packet{++packets_, {}, interfaces_.front().link, octets, original};
}

std::optional<Packet> Capture::fail(const std::string& what) {
    trouble_ =
        "at octet " + std::to_string(at_) + " of the file, behind packet " + std::to_string(packets_) + ": " + what;
    return std::nullopt;
}

}  // namespace dyad::decode
