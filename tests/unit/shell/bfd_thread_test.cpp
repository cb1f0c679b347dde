#include "shell/bfd_thread.hpp"

#include <doctest/doctest.h>

#include <memory>

#include "shell/lab_links.hpp"
#include "shell/lab_namespace.hpp"

using namespace dyad;
using namespace dyad::shell;
using namespace std::chrono_literals;

namespace {

constexpr BfdSessionId kSession{1};

/// Two network namespaces with a cable between them and a thread in each; nothing where that is not allowed.
struct Cable {
    NetNamespace left = NetNamespace::create(), right = NetNamespace::create();
    Loop loop;
    Journal journal;
    std::vector<bfd::Change> seen_left, seen_right;
    std::optional<bfd::Facts> facts_left;
    std::unique_ptr<BfdThread> one, other;

    bool made() {
        if (!left.open() || !right.open()) return false;
        LabLinks here{left}, there{right};
        if (here.add_veth("x", right, "y") != 0) return false;
        return here.add_address("x", Address::v4(0xc0a80f11), 30) == 0 &&
               there.add_address("y", Address::v4(0xc0a80f12), 30) == 0 && here.set("x", LabLinks::Admin::Up) == 0 &&
               there.set("y", LabLinks::Admin::Up) == 0;
    }
    void start_left() {
        one = std::make_unique<BfdThread>(loop, journal, [this](const speaker::Input& input) {
            if (const auto* change = std::get_if<speaker::BfdChanged>(&input)) seen_left.push_back(change->change);
            if (const auto* facts = std::get_if<speaker::BfdFacts>(&input)) facts_left = facts->facts;
        });
        left.inside([this] { one->apply({{wanted(left, "x", 0xc0a80f11, 0xc0a80f12)}}); });
    }
    void start_right() {
        other = std::make_unique<BfdThread>(loop, journal, [this](const speaker::Input& input) {
            if (const auto* change = std::get_if<speaker::BfdChanged>(&input)) seen_right.push_back(change->change);
        });
        right.inside([this] { other->apply({{wanted(right, "y", 0xc0a80f12, 0xc0a80f11)}}); });
    }
    static bfd::Wanted wanted(const NetNamespace& where, const std::string& interface, std::uint32_t ours,
                              std::uint32_t theirs) {
        const auto index = LabLinks{where}.index_of(interface);
        return {
            kSession,
            {.local = Address::v4(ours), .peer = Address::v4(theirs), .interface = interface, .interface_index = index},
            {.transmit = 50ms, .receive = 50ms}};
    }
    bool wait(const std::function<bool()>& condition) { return loop.run_until(condition, 20s); }
    static bool now_in(const std::vector<bfd::Change>& seen, bfd::State state) {
        return !seen.empty() && seen.back().after == state;
    }
    bool both_up() const { return now_in(seen_left, bfd::State::Up) && now_in(seen_right, bfd::State::Up); }
};

}  // namespace

TEST_CASE("two threads on a cable come up, see it fall silent, and end without alarm") {
    Cable cable;
    if (!cable.made()) {
        MESSAGE("no network namespaces here: skipped");
        return;
    }
    cable.start_left();
    cable.start_right();
    REQUIRE(cable.wait([&] { return cable.both_up(); }));
    CHECK(cable.wait([&] { return cable.facts_left && cable.facts_left->detection_time == 150ms; }));

    LabLinks{cable.right}.set("y", LabLinks::Hears::Nothing);
    REQUIRE(cable.wait([&] { return cable.now_in(cable.seen_left, bfd::State::Down); }));
    CHECK(bfd::means_path_failure(cable.seen_left.back()));

    LabLinks{cable.right}.set("y", LabLinks::Hears::Everything);
    REQUIRE(cable.wait([&] { return cable.both_up(); }));
    cable.one.reset();  // says AdminDown
    REQUIRE(cable.wait([&] { return cable.now_in(cable.seen_right, bfd::State::Down); }));
    CHECK(cable.seen_right.back().remote == bfd::State::AdminDown);
    CHECK_FALSE(bfd::means_path_failure(cable.seen_right.back()));
}

TEST_CASE("a session that is asked for no more is told to the peer as such, and can come again") {
    Cable cable;
    if (!cable.made()) {
        MESSAGE("no network namespaces here: skipped");
        return;
    }
    cable.start_left();
    cable.start_right();
    REQUIRE(cable.wait([&] { return cable.both_up(); }));
    cable.one->apply({});
    REQUIRE(cable.wait([&] { return cable.now_in(cable.seen_right, bfd::State::Down); }));
    CHECK_FALSE(bfd::means_path_failure(cable.seen_right.back()));
    auto again = Cable::wanted(cable.left, "x", 0xc0a80f11, 0xc0a80f12);
    again.id = BfdSessionId{2};
    cable.one->apply({{again}});
    REQUIRE(cable.wait([&] { return cable.now_in(cable.seen_right, bfd::State::Up); }));
}
