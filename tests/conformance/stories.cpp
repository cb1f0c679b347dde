#include "stories.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace dyad::conformance {
namespace {

Neighbour& sender(Rig& rig, From from) {
    if (from == From::Internal) return rig.i;
    if (from == From::TwoOctet) rig.a.width = AsOctets::Two;
    return rig.a;
}

/// The sound routes are there, here and at b.
void set_stage(Rig& rig, Neighbour& by) {
    by.comes_up();
    rig.b.comes_up();
    by.sends(by.update().announce(kStruck).announce(kUnharmed));
    REQUIRE(rig.used(kStruck) == by.name);
    REQUIRE(rig.b.holds(kStruck));
    REQUIRE(rig.in_kernel(kStruck));
}

bool reported(const Rig& rig, const std::string& severity) {
    const auto events = rig.events<speaker::UpdateDamaged>();
    return std::ranges::any_of(events, [&](const auto& event) { return event.severity == severity; });
}

void check_unharmed(Rig& rig, const Neighbour& by) {
    CHECK(by.state() == "Established");
    CHECK(rig.used(kUnharmed) == by.name);
    CHECK(rig.b.holds(kUnharmed));
}

}  // namespace

UpdateMessage struck(From from) {
    static Rig rig;  // only its neighbours' words are wanted
    rig.a.width = from == From::TwoOctet ? AsOctets::Two : AsOctets::Four;
    return (from == From::Internal ? rig.i : rig.a).update().announce(kStruck);
}

void check_treat_as_withdraw(const UpdateMessage& malformed, From from) {
    Rig rig;
    auto& by = sender(rig, from);
    set_stage(rig, by);
    by.sends(malformed);
    CHECK(rig.used(kStruck) == "none");
    CHECK(!rig.in_kernel(kStruck));
    CHECK(!rig.b.holds(kStruck));
    check_unharmed(rig, by);
    CHECK(reported(rig, "treat-as-withdraw"));
    by.announces(kStruck);  // it heals with the next sound one
    CHECK(rig.b.holds(kStruck));
}

void check_attribute_discard(const UpdateMessage& malformed, std::uint8_t type, From from) {
    Rig rig;
    auto& by = sender(rig, from);
    set_stage(rig, by);
    by.sends(malformed);
    CHECK(rig.used(kStruck) == by.name);
    CHECK(rig.in_kernel(kStruck));
    CHECK(rig.b.told(kStruck, type) == "none");
    check_unharmed(rig, by);
    CHECK(reported(rig, "attribute-discard"));
}

void check_session_reset(const Octets& malformed, std::uint8_t subcode, From from) {
    Rig rig;
    auto& by = sender(rig, from);
    set_stage(rig, by);
    by.sends(malformed);
    CHECK(by.fate() == "NOTIFICATION 3/" + std::to_string(subcode) + ", closed");
    CHECK(rig.used(kStruck) == "none");
    CHECK(!rig.b.holds(kUnharmed));
    CHECK(reported(rig, "session-reset"));
}

namespace {

constexpr auto kSix = "2001:db8:a::/48";

std::string reset_by(std::uint8_t subcode) { return "NOTIFICATION 3/" + std::to_string(subcode) + ", closed"; }

void check_only_family_lost(const UpdateMessage& incorrect, std::uint8_t subcode) {
    Rig rig;
    rig.six.comes_up();
    rig.six.sends(rig.six.update().announce6(kSix, "2001:db8:6::2"));
    REQUIRE(rig.used(kSix) == "six");
    rig.six.sends(incorrect);
    CHECK(rig.six.fate() == reset_by(subcode));
    CHECK(rig.used(kSix) == "none");
}

void check_one_family_lost(const UpdateMessage& incorrect, std::uint8_t subcode) {
    Rig rig;
    rig.a.comes_up();
    rig.a.announces(kUnharmed);
    rig.a.sends(rig.a.update().announce6(kSix, "2001:db8:1::2"));
    REQUIRE(rig.used(kSix) == "a");
    rig.a.sends(incorrect);
    CHECK(rig.used(kSix) == "none");
    if (!rig.a.call().open()) {
        CHECK(rig.a.fate() == reset_by(subcode));
        return;
    }
    rig.a.sends(rig.a.update().announce6(kSix, "2001:db8:1::2"));
    CHECK(rig.used(kSix) == "none");
    CHECK(rig.used(kUnharmed) == "a");
    CHECK(rig.a.state() == "Established");
    CHECK(reported(rig, "afi-safi-disable"));
}

}  // namespace

void check_family_lost(std::uint8_t type, std::uint8_t flags, const Octets& value, std::uint8_t subcode) {
    const auto incorrect =
        (type == kMpReach ? struck().without(kNextHop) : UpdateMessage{}).attribute(type, flags, value);
    check_only_family_lost(incorrect, subcode);
    check_one_family_lost(type == kMpReach ? incorrect.next_hop("192.0.2.2") : incorrect, subcode);
}

void check_no_error(const UpdateMessage& sound, From from) {
    Rig rig;
    auto& by = sender(rig, from);
    set_stage(rig, by);
    by.sends(sound);
    CHECK(rig.used(kStruck) == by.name);
    CHECK(rig.b.holds(kStruck));
    check_unharmed(rig, by);
    CHECK(rig.events<speaker::UpdateDamaged>().empty());
}

}  // namespace dyad::conformance
