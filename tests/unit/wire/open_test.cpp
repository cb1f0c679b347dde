#include "dyad/wire/open.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::wire;
using namespace std::chrono_literals;

namespace {

/// The fields of an OPEN's body up to its optional parameters, sound by themselves.
struct Fields {
    Octets version{4};
    Octets asn{0xfd, 0xe8};
    Octets hold_time{0, 90};
    Octets router_id{192, 0, 2, 1};
};

Octets body(const Fields& fields, const Octets& optional) {
    return join({fields.version, fields.asn, fields.hold_time, fields.router_id, optional});
}

Notification refused(const Octets& octets) {
    const auto open = decode_open(octets);
    REQUIRE_FALSE(open.has_value());
    return open.error();
}

Notification open_error(std::uint8_t subcode, Octets data = {}) {
    return {ErrorCode::OpenMessage, subcode, std::move(data)};
}

std::vector<Capability> capabilities_of(const Octets& optional) {
    const auto open = decode_open(body({}, optional));
    REQUIRE(open.has_value());
    return open->capabilities;
}

}  // namespace

TEST_CASE("an OPEN is its fields and its capabilities (RFC 4271 4.2, RFC 5492 section 4)") {
    const Open open{.asn = Asn{65000},
                    .hold_time = 90s,
                    .router_id = RouterId{0xc0000201},
                    .capabilities = {Multiprotocol{2, 1}, RouteRefreshCapability{}, FourOctetAs{Asn{65000}},
                                     UnknownCapability{200, {7}}}};
    const auto message = join({
        marker(),
        {0, 48},                    // length
        {1},                        // type
        {4},                        // version
        {0xfd, 0xe8},               // my autonomous system
        {0, 90},                    // hold time
        {192, 0, 2, 1},             // identifier
        {19},                       // optional parameters length
        {2, 17},                    // one parameter: capabilities
        {1, 4, 0, 2, 0, 1},         // multiprotocol IPv6 unicast
        {2, 0},                     // route refresh
        {65, 4, 0, 0, 0xfd, 0xe8},  // four-octet AS
        {200, 1, 7},                // one nobody knows
    });
    CHECK(encode_open(open) == message);
    CHECK(decode_open(Bytes{message}.subspan(19)) == open);
}

TEST_CASE("an OPEN without optional parameters is 29 octets") {
    const Open open{.asn = Asn{65000}, .hold_time = 0s, .router_id = RouterId{1}, .capabilities = {}};
    const auto message = encode_open(open);
    CHECK(message.size() == 29);
    CHECK(decode_open(Bytes{message}.subspan(19)) == open);
}

TEST_CASE("an AS that does not fit is AS_TRANS in the fixed field, and true in the capability (RFC 6793)") {
    const Open open{.asn = Asn{4200000001},
                    .hold_time = 90s,
                    .router_id = RouterId{1},
                    .capabilities = {FourOctetAs{Asn{4200000001}}}};
    const auto read = decode_open(Bytes{encode_open(open)}.subspan(19));
    REQUIRE(read.has_value());
    CHECK(read->asn == kAsTrans);
    CHECK(asn_of(*read) == Asn{4200000001});
}

TEST_CASE("another version is answered with ours (RFC 4271 6.2)") {
    for (const auto version : Octets{3, 5}) {
        Fields fields;
        fields.version = {version};
        CHECK(refused(body(fields, {0})) == open_error(subcode::kUnsupportedVersion, {0, 4}));
    }
}

TEST_CASE("AS 0 is nobody's, in the field or in the capability (RFC 7607)") {
    Fields fields;
    fields.asn = {0, 0};
    CHECK(refused(body(fields, {0})) == open_error(subcode::kBadPeerAs));
    CHECK(refused(body({}, {8, 2, 6, 65, 4, 0, 0, 0, 0})) == open_error(subcode::kBadPeerAs));
}

TEST_CASE("hold times of one and two seconds are refused, none and three are not (RFC 4271 6.2)") {
    Fields fields;
    for (const auto seconds : Octets{1, 2}) {
        fields.hold_time = {0, seconds};
        CHECK(refused(body(fields, {0})) == open_error(subcode::kUnacceptableHoldTime));
    }
    for (const auto seconds : Octets{0, 3}) {
        fields.hold_time = {0, seconds};
        CHECK(decode_open(body(fields, {0})).has_value());
    }
}

TEST_CASE("an identifier is any number but 0 (RFC 6286)") {
    Fields fields;
    fields.router_id = {0, 0, 0, 0};
    CHECK(refused(body(fields, {0})) == open_error(subcode::kBadBgpIdentifier));
    fields.router_id = {224, 0, 0, 5};
    CHECK(decode_open(body(fields, {0})).has_value());
}

TEST_CASE("a parameter that is no capability is not supported") {
    CHECK(refused(body({}, {2, 3, 0})) == open_error(subcode::kUnsupportedOptionalParameter));
}

TEST_CASE("lengths that do not fit each other are malformed (RFC 4271 6.2)") {
    CHECK(refused(body({}, {9, 2, 6, 65, 4, 0, 0, 0xfd, 0xe8})) == open_error(0));  // all longer than what is there
    CHECK(refused(body({}, {1, 2, 0})) == open_error(0));                           // all shorter
    CHECK(refused(body({}, {2, 2, 6})) == open_error(0));                           // a parameter overruns
    CHECK(refused(body({}, {4, 2, 2, 65, 4})) == open_error(0));                    // a capability overruns
    CHECK(refused(body({}, {3, 2, 1, 2})) == open_error(0));                        // a capability without length
    CHECK(refused(body({}, {1, 2})) == open_error(0));                              // a parameter without length
}

TEST_CASE("a body too short for an OPEN is a bad message length") {
    CHECK(refused(Octets(9, 4)).code == ErrorCode::MessageHeader);
    CHECK(refused({}) == Notification{ErrorCode::MessageHeader, subcode::kBadMessageLength, {0, 19}});
}

TEST_CASE("capabilities come in one parameter or in several (RFC 5492 section 4)") {
    const std::vector<Capability> both{Multiprotocol{1, 1}, RouteRefreshCapability{}};
    CHECK(capabilities_of({10, 2, 8, 1, 4, 0, 1, 0, 1, 2, 0}) == both);
    CHECK(capabilities_of({12, 2, 6, 1, 4, 0, 1, 0, 1, 2, 2, 2, 0}) == both);
}

TEST_CASE("a capability of a length that is not its own is ignored, but shown") {
    CHECK(capabilities_of({5, 2, 3, 65, 1, 9}) == std::vector<Capability>{UnknownCapability{65, {9}}});
    CHECK(capabilities_of({5, 2, 3, 2, 1, 0}) == std::vector<Capability>{UnknownCapability{2, {0}}});
}

TEST_CASE("extended optional parameters are read whatever their length (RFC 9072)") {
    const std::vector<Capability> refresh{RouteRefreshCapability{}};
    const Octets extended{0, 5, 2, 0, 2, 2, 0};
    CHECK(capabilities_of(join({{255, 255}, extended})) == refresh);
    CHECK(capabilities_of(join({{1, 255}, extended})) == refresh);
    CHECK(capabilities_of({255, 255, 0, 0}).empty());
    CHECK(refused(body({}, {255, 255, 0, 6, 2, 0, 2, 2, 0})) == open_error(0));
    CHECK(refused(body({}, {255, 255, 0})) == open_error(0));
    // 255 anywhere else is a parameter like any that nobody knows.
    CHECK(refused(body({}, {6, 2, 2, 2, 0, 255, 0})) == open_error(subcode::kUnsupportedOptionalParameter));
}

TEST_CASE("more than 255 octets of parameters are written in the extended format") {
    Open open{.asn = Asn{65000}, .hold_time = 90s, .router_id = RouterId{1}, .capabilities = {}};
    open.capabilities.emplace_back(UnknownCapability{200, Octets(251, 1)});
    auto message = encode_open(open);
    CHECK(Octets(message.begin() + 28, message.begin() + 31) == Octets{255, 2, 253});
    open.capabilities.emplace_back(RouteRefreshCapability{});
    message = encode_open(open);
    CHECK(Octets(message.begin() + 28, message.begin() + 35) == Octets{255, 255, 1, 2, 2, 0, 255});
    CHECK(decode_open(Bytes{message}.subspan(19)) == open);
}

TEST_CASE("capabilities have names") {
    CHECK(capability_name(1) == "Multiprotocol Extensions");
    CHECK(capability_name(64) == "Graceful Restart");
    CHECK(capability_name(200) == "capability 200");
}

TEST_CASE("the capabilities of later RFCs are read and written as they stand") {
    const struct {
        Capability capability;
        Octets octets;
        std::string text;
    } cases[] = {
        {ExtendedMessage{}, {6, 0}, "BGP Extended Message"},
        {EnhancedRouteRefresh{}, {70, 0}, "Enhanced Route Refresh"},
        {GracefulRestart{.restarting = true, .restart_time = 120s, .families = {{1, 1, true}, {2, 1, false}}},
         {64, 10, 0x80, 120, 0, 1, 1, 0x80, 0, 2, 1, 0},
         "Graceful Restart 120 s, restarting, 1/1 preserved, 2/1"},
        {GracefulRestart{.notification = true, .restart_time = 4095s},
         {64, 2, 0x4f, 0xff},
         "Graceful Restart 4095 s, notification"},
        {AddPath{{{1, 1, AddPathMode::Both}, {2, 1, AddPathMode::Send}}},
         {69, 8, 0, 1, 1, 3, 0, 2, 1, 2},
         "ADD-PATH 1/1 both, 2/1 send"},
        {RoleCapability{Role::Customer}, {9, 1, 3}, "BGP Role customer"},
        {ExtendedNextHop{{{1, 1, 2}}}, {5, 6, 0, 1, 0, 1, 0, 2}, "Extended Next Hop Encoding 1/1 by 2"},
    };
    for (const auto& one : cases) {
        CAPTURE(one.text);
        const auto length = static_cast<std::uint8_t>(one.octets.size());
        const Octets optional = join({{static_cast<std::uint8_t>(length + 2), 2, length}, one.octets});
        CHECK(capabilities_of(optional) == std::vector{one.capability});
        CHECK(to_string(one.capability) == one.text);
        const Open open{
            .asn = Asn{65000}, .hold_time = 90s, .router_id = RouterId{1}, .capabilities = {one.capability}};
        const auto message = encode_open(open);
        CHECK(Octets(message.begin() + 28, message.end()) == optional);
    }
}

TEST_CASE("a restart capability's reserved bits are ignored (RFC 4724 section 3)") {
    CHECK(capabilities_of({8, 2, 6, 64, 4 + 0, 0x30, 5, 0, 1}).front() ==
          Capability{UnknownCapability{64, {0x30, 5, 0, 1}}});
    CHECK(capabilities_of({10, 2, 8, 64, 6, 0x30, 5, 0, 1, 1, 0x7f}).front() ==
          Capability{GracefulRestart{.restart_time = 5s, .families = {{1, 1, false}}}});
}

TEST_CASE("an ADD-PATH mode that RFC 7911 does not know makes the capability unknown") {
    for (const auto mode : Octets{0, 4, 255})
        CHECK(std::holds_alternative<UnknownCapability>(capabilities_of({8, 2, 6, 69, 4, 0, 1, 1, mode}).front()));
}
