#include "reading.hpp"

#include <doctest/doctest.h>

#include <algorithm>

#include "dyad/base/reader.hpp"
#include "dyad/net/prefix.hpp"
#include "messages.hpp"

namespace dyad::conformance {
namespace {

constexpr std::size_t kHeader = 19;

Octets copy(Bytes octets) { return {octets.begin(), octets.end()}; }

std::vector<std::string> prefixes(Reader in, Family family) {
    std::vector<std::string> all;
    while (!in.empty()) {
        const auto length = in.u8();
        REQUIRE(length <= address_bits(family));
        auto octets = copy(in.bytes((length + 7u) / 8u));
        REQUIRE(!in.failed());
        octets.resize(address_octets(family));
        const auto first = Address::from_bytes(octets);
        // RFC 4271 4.3 leaves trailing bits free; ours are zero.
        CHECK(Prefix{*first, length}.address() == *first);
        all.push_back(Prefix{*first, length}.to_string());
    }
    return all;
}

std::vector<HeardAttribute> read_attributes(Reader in) {
    std::vector<HeardAttribute> all;
    while (!in.empty()) {
        const auto flags = in.u8();
        const auto type = in.u8();
        const std::size_t length = (flags & kExtendedLength) != 0 ? in.u16() : in.u8();
        const auto value = copy(in.bytes(length));
        REQUIRE(!in.failed());
        all.push_back({flags, type, value});
    }
    return all;
}

void read_mp(HeardUpdate& update) {
    if (const auto* unreach = update.find(kMpUnreach)) {
        Reader in{unreach->value};
        REQUIRE(in.u16() == 2);
        REQUIRE(in.u8() == 1);
        update.withdrawn6 = prefixes(Reader{in.rest()}, Family::Ipv6);
    }
    if (const auto* reach = update.find(kMpReach)) {
        Reader in{reach->value};
        REQUIRE(in.u16() == 2);
        REQUIRE(in.u8() == 1);
        update.next_hop6 = copy(in.bytes(in.u8()));
        REQUIRE(in.u8() == 0);
        update.announced6 = prefixes(Reader{in.rest()}, Family::Ipv6);
    }
}

}  // namespace

Octets Heard::body() const { return {whole.begin() + kHeader, whole.end()}; }

std::vector<Heard> frame(Bytes stream, std::size_t most_octets) {
    std::vector<Heard> messages;
    while (!stream.empty()) {
        REQUIRE(stream.size() >= kHeader);
        REQUIRE(std::ranges::all_of(stream.first(16), [](std::uint8_t octet) { return octet == 0xff; }));
        const std::size_t length = static_cast<std::size_t>(stream[16] << 8 | stream[17]);
        REQUIRE(length >= kHeader);
        REQUIRE(length <= most_octets);
        REQUIRE(length <= stream.size());
        messages.push_back({stream[18], copy(stream.first(length))});
        stream = stream.subspan(length);
    }
    return messages;
}

bool HeardUpdate::end_of_rib() const {
    const bool only_unreach = attributes.size() == 1 && attributes[0].type == kMpUnreach;
    return withdrawn.empty() && announced.empty() && withdrawn6.empty() && announced6.empty() &&
           (attributes.empty() || only_unreach);
}

const HeardAttribute* HeardUpdate::find(std::uint8_t type) const {
    const auto found = std::ranges::find(attributes, type, &HeardAttribute::type);
    return found == attributes.end() ? nullptr : &*found;
}

HeardUpdate read_update(const Heard& heard) {
    const auto body = heard.body();
    Reader in{body};
    HeardUpdate update;
    update.withdrawn = prefixes(Reader{in.bytes(in.u16())}, Family::Ipv4);
    update.attributes = read_attributes(Reader{in.bytes(in.u16())});
    REQUIRE(!in.failed());
    update.announced = prefixes(Reader{in.rest()}, Family::Ipv4);
    read_mp(update);
    return update;
}

const HeardCapability* HeardOpen::find(std::uint8_t code) const {
    const auto found = std::ranges::find(capabilities, code, &HeardCapability::code);
    return found == capabilities.end() ? nullptr : &*found;
}

HeardOpen read_open(const Heard& heard) {
    REQUIRE(heard.type == kOpen);
    const auto body = heard.body();
    Reader in{body};
    HeardOpen open;
    open.version = in.u8();
    open.as_field = in.u16();
    open.hold_time = in.u16();
    open.router_id = Address::v4(in.u32()).to_string();
    std::size_t length = in.u8();
    open.extended_format = length == 255 && body.size() > 10 && body[10] == 255;  // RFC 9072 section 2
    if (open.extended_format) {
        in.u8();
        length = in.u16();
    }
    REQUIRE(!in.failed());
    REQUIRE(in.remaining() == length);
    while (!in.empty()) {
        CHECK(in.u8() == 2);  // RFC 5492 section 4: Capabilities, the only parameter there is
        Reader parameter = in.sub(open.extended_format ? in.u16() : in.u8());
        REQUIRE(!in.failed());
        while (!parameter.empty()) {
            const auto code = parameter.u8();
            const auto value = copy(parameter.bytes(parameter.u8()));
            REQUIRE(!parameter.failed());
            open.capabilities.push_back({code, value});
        }
    }
    return open;
}

Table table_of(const std::vector<Heard>& messages) {
    Table table;
    for (const auto& heard : messages) {
        if (heard.type != kUpdate) continue;
        const auto update = read_update(heard);
        for (const auto& gone : update.withdrawn) table.erase(gone);
        for (const auto& gone : update.withdrawn6) table.erase(gone);
        for (const auto& there : update.announced) table[there] = update.attributes;
        for (const auto& there : update.announced6) table[there] = update.attributes;
    }
    return table;
}

}  // namespace dyad::conformance
