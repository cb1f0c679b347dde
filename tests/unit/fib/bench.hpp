#pragma once
#include <array>
#include <map>
#include <vector>

#include "../../sim/fake_kernel.hpp"
#include "fib/fib.hpp"

/// A Fib on a fake kernel, with a table of prefixes and a clock that is moved by hand.
namespace dyad::fib::test {

inline constexpr SessionId kPrimary{0};
inline constexpr SessionId kSecondary{1};
inline constexpr SessionId kThird{2};
inline constexpr PathSetId kNone = kNoPaths;
inline constexpr PathSetId kA{1};
inline constexpr PathSetId kB{2};
inline constexpr PathSetId kAB{3};
inline constexpr PathSetId kC{4};
inline constexpr PathSetId kABC{5};
/// A alone, and B when it fails; B, and A.
inline constexpr PathSetId kAthenB{20};
inline constexpr PathSetId kBthenA{21};

class Table : public PrefixSource {
public:
    Prefix prefix(Family family, PrefixId id) const override { return prefixes_[slot(family)].at(id.index()); }
    PrefixId intern(const Prefix& prefix) override {
        auto& prefixes = prefixes_[slot(prefix.family())];
        const PrefixId next{static_cast<std::uint32_t>(prefixes.size())};
        const auto [found, fresh] = ids_.try_emplace(prefix, next);
        if (fresh) prefixes.push_back(prefix);
        return found->second;
    }
    std::optional<PrefixId> find(const Prefix& prefix) const override {
        const auto found = ids_.find(prefix);
        return found == ids_.end() ? std::nullopt : std::optional{found->second};
    }

private:
    static std::size_t slot(Family family) { return family == Family::Ipv4 ? 0 : 1; }
    std::array<std::vector<Prefix>, 2> prefixes_;
    std::map<Prefix, PrefixId> ids_;
};

/// The links of a pair and a third one, with the sessions' MSEEs behind them: interfaces 10, 11 and 12.
inline sim::FakeKernel edge_router() {
    sim::FakeKernel kernel;
    for (std::uint32_t i = 0; i < 3; ++i) {
        kernel.add_link(10 + i, "eth" + std::to_string(i));
        kernel.add_address(10 + i, Address::v4(0xac100001 + 4 * i), 30);
        kernel.add_address(10 + i, Address::parse("2001:db8:" + std::to_string(i) + "::1").value(), 126);
    }
    kernel.take_news();
    return kernel;
}

inline Address gateway(std::uint32_t session) { return Address::v4(0xac100002 + 4 * session); }
inline Address gateway6(std::uint32_t session) {
    return Address::parse("2001:db8:" + std::to_string(session) + "::2").value();
}
/// 10.x.y.0/24, number by number.
inline Prefix prefix_number(std::uint32_t number) { return {Address::v4(0x0a000000 + (number << 8)), 24}; }
inline Prefix prefix6_number(std::uint32_t number) {
    std::array<std::uint8_t, 16> octets{0x20, 1, 0xd, 0xb8, 0xff};
    octets[5] = static_cast<std::uint8_t>(number >> 8);
    octets[6] = static_cast<std::uint8_t>(number);
    return {Address::v6(octets), 64};
}

struct Bench {
    explicit Bench(Settings settings = {}) : fib(settings) { define(); }
    Bench(sim::FakeKernel taken_over, Settings settings = {}) : kernel(std::move(taken_over)), fib(settings) {
        define();
    }

    void define() {
        for (std::uint32_t i = 0; i < 3; ++i) fib.define_path(SessionId{i}, gateway(i), 10 + i);
        for (const auto family : {Family::Ipv4, Family::Ipv6}) {
            fib.define_set(family, kA, std::array{kPrimary});
            fib.define_set(family, kB, std::array{kSecondary});
            fib.define_set(family, kAB, std::array{kPrimary, kSecondary});
            fib.define_set(family, kC, std::array{kThird});
            fib.define_set(family, kABC, std::array{kPrimary, kSecondary, kThird});
            fib.define_set(family, kAthenB, std::array{kPrimary}, {}, std::array{kSecondary});
            fib.define_set(family, kBthenA, std::array{kSecondary}, {}, std::array{kPrimary});
        }
    }
    void want(const Prefix& prefix, PathSetId set) { fib.want(now, prefix.family(), table.intern(prefix), set); }
    void want_all(std::uint32_t count, PathSetId set) {
        for (std::uint32_t i = 0; i < count; ++i) want(prefix_number(i), set);
    }
    /// One batch there and its answers back; false if there was nothing to send.
    bool step() {
        const auto batch = fib.next_batch(now, table);
        if (batch.empty()) return false;
        const auto answers = kernel.request(batch);
        fib.received(now, answers, table);
        return true;
    }
    /// Until there is nothing to send, at this time. False if it does not come to an end.
    bool run() {
        for (int batches = 0; batches < 10'000; ++batches)
            if (!step()) return true;
        return false;
    }
    bool start() {
        fib.start(now);
        return run();
    }
    bool settle() {
        fib.settled(now);
        return run();
    }
    /// Time passes, deadline by deadline.
    bool pass(Duration duration) {
        const auto end = now + duration;
        for (int wakes = 0; wakes < 10'000; ++wakes) {
            const auto deadline = fib.deadline();
            if (!deadline || *deadline > end) {
                now = end;
                fib.tick(now);
                return run();
            }
            now = std::max(now, *deadline);
            fib.tick(now);
            if (!run()) return false;
        }
        return false;
    }
    /// The leaves' gateways behind a route, sorted; empty if there is no such route of ours.
    std::vector<Address> through(const Prefix& prefix) const {
        const auto route = kernel.routes().find({settings_table, prefix, settings_metric});
        if (route == kernel.routes().end() || route->second.protocol != 186) return {};
        std::vector<Address> gateways;
        for (const auto& hop : route->second.hops) gateways.push_back(hop.gateway);
        std::ranges::sort(gateways);
        if (!gateways.empty()) return gateways;
        const auto group = kernel.groups().find(route->second.nexthop_id);
        if (group == kernel.groups().end()) return {};
        for (const auto member : group->second.carrying()) gateways.push_back(kernel.leaves().at(member).gateway);
        std::ranges::sort(gateways);
        return gateways;
    }
    template <class Kind>
    std::vector<Kind> news() {
        std::vector<Kind> found;
        for (const auto& item : fib.take_news())
            if (const auto* kind = std::get_if<Kind>(&item)) found.push_back(*kind);
        return found;
    }

    std::uint32_t settings_table = 254;
    std::uint32_t settings_metric = 20;
    Instant now{std::chrono::seconds{1000}};
    sim::FakeKernel kernel = edge_router();
    Table table;
    Fib fib;
};

using Gateways = std::vector<Address>;

}  // namespace dyad::fib::test
