#include "bfd/authentication.hpp"
#include "bfd/endpoint.hpp"
#include "dyad/base/ensure.hpp"
#include "dyad/base/reader.hpp"

using namespace dyad;
using namespace std::chrono_literals;

namespace {

constexpr Address kUs = Address::v4(0xc0a80f11), kPeer = Address::v4(0xc0a80f12);
constexpr std::uint32_t kInterface = 4;

/// What is decoded is encoded to what decodes to the same.
void round_trip(Bytes octets) {
    const auto decoded = bfd::decode(octets);
    if (!decoded) return;
    ensure(decoded->octets.size() <= octets.size());
    auto packet = decoded->packet;
    const auto key = bfd::Key{.secret = "key"};
    (void)bfd::verify(decoded->octets, key);
    packet.authentication_present = false;
    const auto again = bfd::decode(bfd::encode(packet));
    ensure(again && again->packet == packet);
}

void check(const bfd::Endpoint& endpoint, Instant now, std::size_t packets) {
    for (const auto id : endpoint.sessions()) {
        const auto facts = endpoint.facts(id);
        // A peer cannot make us send faster than 75 per cent of what we are configured for, but for an answer each.
        ensure(facts->transmit_interval >= 10ms);
        ensure(facts->sent <= 2 * packets + static_cast<std::uint64_t>(now.since_origin / 7ms) + 2);
        ensure(facts->received + facts->discarded <= packets);
    }
}

}  // namespace

/// A stream of datagrams with pauses between them, given to two sessions, one with a key: any octets, any order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    round_trip({data, size});
    bfd::Endpoint endpoint{1};
    Instant now{};
    const bfd::Parameters parameters{.transmit = 10ms, .receive = 10ms};
    auto keyed = parameters;
    keyed.key = bfd::Key{.type = bfd::KeyType::KeyedSha1, .id = 1, .secret = "key"};
    endpoint.configure(now, {{BfdSessionId{1}, {.peer = kPeer, .interface_index = kInterface}, parameters},
                             {BfdSessionId{2}, {.hops = bfd::Hops::Multi, .peer = kPeer}, keyed}});
    const auto first = endpoint.facts(BfdSessionId{1})->local_discriminator;
    Reader in{{data, size}};
    std::size_t packets = 0;
    while (!in.empty()) {
        const auto how = in.u8();
        now = now + in.u8() * 1ms;
        const auto length = in.u8();
        const auto taken = in.bytes(std::min<std::size_t>(length, in.remaining()));
        std::vector<std::uint8_t> octets{taken.begin(), taken.end()};
        // Nobody guesses a discriminator: it is put in for half of them.
        if ((how & 1) != 0 && octets.size() >= 12)
            for (std::size_t i = 0; i < 4; ++i) octets[8 + i] = static_cast<std::uint8_t>(first >> (24 - 8 * i));
        const bfd::Arrival arrival{.hops = (how & 2) != 0 ? bfd::Hops::Multi : bfd::Hops::Single,
                                   .source = kPeer,
                                   .destination = kUs,
                                   .interface_index = kInterface,
                                   .ttl = static_cast<std::uint8_t>((how & 4) != 0 ? 254 : 255),
                                   .octets = octets};
        endpoint.tick(now);
        ++packets;
        (void)endpoint.received(now, arrival);
        check(endpoint, now, packets);
        for (const auto& action : endpoint.take_actions())
            if (const auto* sent = std::get_if<bfd::Transmit>(&action)) ensure(bfd::decode(sent->octets).has_value());
    }
    return 0;
}
