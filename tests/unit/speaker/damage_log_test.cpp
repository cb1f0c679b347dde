#include "speaker/damage_log.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::speaker;
using namespace std::chrono_literals;
using wire::Severity;

namespace {

constexpr Instant kStart{1000s};
const std::vector<std::uint8_t> kMessage{0xff, 0x01};

wire::UpdateError error(Severity severity, std::uint8_t attribute) {
    return {severity, 5, attribute, {0xc0, attribute, 0}, "is wrong"};
}

std::optional<UpdateDamaged> note(DamageLog& log, Instant now, const wire::UpdateError& what) {
    return log.note(now, "edge", what, kMessage, {.count = 1, .first = {*Prefix::parse("10.0.0.0/8")}});
}

}  // namespace

TEST_CASE(
    "W-72: the first damage is told at once, with its octets, its routes and the whole message (RFC 7606 section 6)") {
    DamageLog log;
    const auto told = note(log, kStart, error(Severity::TreatAsWithdraw, 8));
    REQUIRE(told.has_value());
    CHECK(told->session == "edge");
    CHECK(told->severity == "treat-as-withdraw");
    CHECK(told->octets == "c00800");
    CHECK(told->message == "ff01");
    CHECK(told->routes == 1);
    CHECK(told->prefixes == std::vector{*Prefix::parse("10.0.0.0/8")});
    CHECK(told->times == 1);
    CHECK_FALSE(log.deadline().has_value());
}

TEST_CASE("a flood of one kind is an event a pause, and none is lost from the count") {
    DamageLog log;
    CHECK(note(log, kStart, error(Severity::TreatAsWithdraw, 8)));
    for (int i = 0; i < 1000; ++i) CHECK_FALSE(note(log, kStart + 1s, error(Severity::TreatAsWithdraw, 8)));
    CHECK(log.deadline() == kStart + DamageLog::kPause);
    CHECK(log.due(kStart + 59s).empty());
    const auto told = log.due(kStart + DamageLog::kPause);
    REQUIRE(told.size() == 1);
    CHECK(told[0].times == 1000);
    CHECK_FALSE(note(log, kStart + DamageLog::kPause + 1s, error(Severity::TreatAsWithdraw, 8)));
}

TEST_CASE("a kind that was quiet for a pause is news again") {
    DamageLog log;
    CHECK(note(log, kStart, error(Severity::TreatAsWithdraw, 8)));
    CHECK(log.due(kStart + 2 * DamageLog::kPause).empty());
    const auto again = note(log, kStart + 2 * DamageLog::kPause, error(Severity::TreatAsWithdraw, 8));
    REQUIRE(again.has_value());
    CHECK(again->times == 1);
    CHECK(again->message == "ff01");
}

TEST_CASE("another kind is told at once, the whole message only now and then") {
    DamageLog log;
    CHECK(note(log, kStart, error(Severity::TreatAsWithdraw, 8)));
    const auto other = note(log, kStart, error(Severity::AttributeDiscard, 7));
    REQUIRE(other.has_value());
    CHECK(other->message.empty());
}

TEST_CASE("a peer that invents kinds costs a bounded number of events") {
    DamageLog log;
    std::size_t told = 0;
    for (int attribute = 0; attribute < 256; ++attribute)
        told += note(log, kStart, error(Severity::AttributeDiscard, static_cast<std::uint8_t>(attribute))) ? 1 : 0;
    CHECK(told <= DamageLog::kMostKinds + 1);
}

TEST_CASE("long octets are cut") {
    DamageLog log;
    auto what = error(Severity::TreatAsWithdraw, 99);
    what.data.resize(5000);
    const std::vector<std::uint8_t> message(60'000);
    const auto told = log.note(kStart, "edge", what, message, {});
    CHECK(told->octets.size() == 2 * DamageLog::kShownOctets + 3);
    CHECK(told->message.size() == 2 * DamageLog::kShownMessage + 3);
}
