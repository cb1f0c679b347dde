#include "session/receive_buffer.hpp"

#include <doctest/doctest.h>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using wire::MessageType;

namespace {

const Octets kLongUpdate = message(MessageType::Update, Octets(wire::kMaxMessageOctets - wire::kHeaderOctets, 7));
const std::vector<Octets> kMessages{open_message(), keepalive(), update(), kLongUpdate, update(), route_refresh()};

Octets stream() {
    Octets all;
    for (const auto& one : kMessages) all = all + one;
    return all;
}

/// Feeds the stream in parts and gives back every message.
template <class NextCut>
std::vector<Octets> cut(const Octets& octets, NextCut next_cut) {
    ReceiveBuffer buffer;
    std::vector<Octets> messages;
    for (std::size_t at = 0; at < octets.size();) {
        const auto size = std::min(next_cut(), octets.size() - at);
        const Octets part(octets.begin() + static_cast<std::ptrdiff_t>(at),
                          octets.begin() + static_cast<std::ptrdiff_t>(at + size));
        buffer.feed(part);  // gone after this turn: nothing may point into it
        while (true) {
            const auto message = buffer.next();
            REQUIRE(message.has_value());
            if (!*message) break;
            messages.emplace_back((*message)->whole.begin(), (*message)->whole.end());
        }
        at += size;
    }
    return messages;
}

}  // namespace

TEST_CASE("a stream cut into parts of any one size gives the same messages") {
    for (std::size_t size = 1; size <= 64; ++size) {
        CAPTURE(size);
        CHECK(cut(stream(), [&] { return size; }) == kMessages);
    }
    CHECK(cut(stream(), [] { return std::size_t{65536}; }) == kMessages);
}

TEST_CASE("a stream cut in two anywhere gives the same messages") {
    const auto octets = stream();
    for (std::size_t at = 1; at < octets.size(); ++at) {
        std::size_t parts = 0;
        CAPTURE(at);
        CHECK(cut(octets, [&] { return parts++ == 0 ? at : octets.size(); }) == kMessages);
    }
}

TEST_CASE("a stream cut at random gives the same messages") {
    for (std::uint64_t seed = 1; seed <= 200; ++seed) {
        CAPTURE(seed);
        Random random{seed};
        CHECK(cut(stream(), [&] { return 1 + random.below(seed % 2 ? 40 : 3000); }) == kMessages);
    }
}

TEST_CASE("a whole message is given where it lies, without a copy") {
    const auto octets = update() + keepalive();
    ReceiveBuffer buffer;
    buffer.feed(octets);
    CHECK((*buffer.next())->whole.data() == octets.data());
    CHECK((*buffer.next())->whole.data() == octets.data() + update().size());
}

TEST_CASE("a bad header is told with its last octet, wherever the stream is cut") {
    auto bad = keepalive();
    bad[18] = 77;
    for (std::size_t at = 1; at < bad.size(); ++at) {
        ReceiveBuffer buffer;
        buffer.feed(Bytes{bad}.first(at));
        REQUIRE(buffer.next().has_value());
        buffer.feed(Bytes{bad}.subspan(at));
        const auto told = buffer.next();
        REQUIRE_FALSE(told);
        CHECK(told.error() == wire::Notification{wire::ErrorCode::MessageHeader, 3, {77}});
    }
}
