#include <doctest/doctest.h>

#include <cerrno>
#include <deque>
#include <memory>

#include "bench.hpp"
#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::fib;
using namespace dyad::fib::test;
using namespace std::chrono_literals;

namespace {

// IPv4: so few that everything is met by everything, or so many that one batch does not hold them.
constexpr std::uint32_t kFewRows = 40, kManyRows = 2'000;
constexpr std::uint32_t kRows6 = 10;
constexpr std::array kSets{kNone, kA, kB, kAB, kC, kABC};

/// Does at random what RIB, sessions, links, the kernel and an unlucky socket may do, and knows what should come of it.
class Walk {
public:
    Walk(std::uint64_t seed, std::uint32_t rows)
        : rows_(rows), random_(seed), bench_(std::make_unique<Bench>(with_strangers())) {
        use_third_over_ipv6();
        bench_->start();
        bench_->fib.sweep(bench_->now, bench_->table);
    }

    void step() {
        switch (random_.below(17)) {
            case 0:
            case 1:
            case 2:
                return wish_one();
            case 3:
                return wish_all();
            case 4:
                return set_path(random_.below(3));
            case 5:
                return set_link(random_.below(2));
            case 6:
                return bench_->fib.lost_answers(bench_->now);
            case 7:
                return lose_a_batch();
            case 8:
                return link_goes_during_a_batch();
            case 9:
                return restart();
            case 10:
                return refuse_one();
            case 11:
                return bench_->fib.settled(bench_->now);
            case 12:
                bench_->now = bench_->now + std::chrono::milliseconds{random_.below(400)};
                return bench_->fib.tick(bench_->now);
            case 13:
                return answers_come_late();
            default:
                for (auto batches = random_.below(4); batches > 0; --batches) bench_->step();
                return;
        }
    }

    /// Everybody has said what he had to say; time enough for every retry.
    void come_to_rest() {
        for (std::uint32_t i = 0; i < rows_; ++i) bench_->kernel.allow_route(prefix_number(i));
        bench_->fib.settled(bench_->now);
        REQUIRE(bench_->run());
        bench_->fib.settled(bench_->now);
        REQUIRE(bench_->pass(2min));
    }

    void check() const {
        for (std::uint32_t i = 0; i < rows_; ++i) check(prefix_number(i));
        for (std::uint32_t i = 0; i < kRows6; ++i) check(prefix6_number(i));
        const auto& kernel = bench_->kernel;
        CHECK(kernel.routes().at({254, prefix_number(0), 10}).protocol == 186);
        CHECK(kernel.routes().at({254, prefix_number(1), 10}).protocol == 4);
        CHECK(kernel.routes().at({100, prefix_number(1), 20}).protocol == 186);
        CHECK(kernel.leaves().at(7).protocol == 4);
        CHECK(kernel.groups().at(8).members == std::vector<std::uint32_t>{7});
    }

    void heal() {
        for (std::uint64_t session = 0; session < 3; ++session)
            if (down_[session]) set_path(session);
        for (std::uint64_t link = 0; link < 2; ++link)
            if (dark_[link]) set_link(link);
    }
    void check_quiet() const {
        // An IPv6 route that is wanted through IPv4 gateways alone waits for ever.
        const auto impossible = static_cast<std::size_t>(std::ranges::count_if(wishes_, [&](const auto& wish) {
            return wish.second != kNone && wanted(wish.first.family(), wish.second).empty();
        }));
        CHECK(bench_->fib.quiet() == (impossible == 0));
        const auto totals = bench_->fib.totals();
        CHECK(totals.pending == impossible);
        CHECK(totals.failed == 0);
        CHECK(totals.routes == bench_->kernel.routes().size() - 3);
        std::size_t ours = 0;
        for (const auto& [id, group] : bench_->kernel.groups()) ours += group.protocol == 186 ? 1u : 0u;
        std::vector<std::vector<Address>> in_use;
        for (const auto& [prefix, set] : wishes_)
            if (auto gateways = wanted(prefix.family(), set); !gateways.empty()) in_use.push_back(std::move(gateways));
        std::ranges::sort(in_use);
        const auto [first, last] = std::ranges::unique(in_use);
        in_use.erase(first, last);
        CHECK(ours == in_use.size());
    }

private:
    static sim::FakeKernel with_strangers() {
        auto kernel = edge_router();
        kernel.put_leaf(7, {.gateway = gateway(2), .interface_index = 12, .protocol = 4});
        kernel.put_group(8, {.members = {7}, .protocol = 4});
        kernel.put_route({254, prefix_number(0), 10}, {.protocol = 186});
        kernel.put_route({254, prefix_number(1), 10}, {.protocol = 4, .nexthop_id = 8});
        kernel.put_route({100, prefix_number(1), 20}, {.protocol = 186, .nexthop_id = 8});
        return kernel;
    }
    void use_third_over_ipv6() { bench_->fib.define_path(kThird, gateway6(2), 12); }

    void wish(const Prefix& prefix, PathSetId set) {
        wishes_[prefix] = set;
        bench_->want(prefix, set);
    }
    Prefix any_prefix() {
        const auto number = static_cast<std::uint32_t>(random_.below(rows_ + kRows6));
        return number < rows_ ? prefix_number(number) : prefix6_number(number - rows_);
    }
    void wish_one() {
        const auto prefix = any_prefix();
        wish(prefix, kSets[random_.below(kSets.size())]);
    }
    void wish_all() {
        const auto set = kSets[random_.below(kSets.size())];
        const auto count = random_.below(rows_ + 1);
        for (std::uint32_t i = 0; i < count; ++i) wish(prefix_number(i), set);
    }
    void set_path(std::uint64_t session) {
        const SessionId id{static_cast<std::uint32_t>(session)};
        down_[session] = !down_[session];
        if (down_[session])
            bench_->fib.path_down(bench_->now, id);
        else
            bench_->fib.path_up(id);
    }
    void set_link(std::uint64_t link) {
        const auto index = static_cast<std::uint32_t>(10 + link);
        dark_[link] = !dark_[link];
        bench_->kernel.set_carrier(index, !dark_[link]);
        if (dark_[link])
            bench_->fib.link_down(bench_->now, index);
        else
            bench_->fib.link_up(bench_->now, index);
    }
    void lose_a_batch() {
        const auto batch = bench_->fib.next_batch(bench_->now, bench_->table);
        if (batch.empty()) return;
        const auto answers = bench_->kernel.request(batch);
        const auto some = random_.below(answers.size() + 1);
        bench_->fib.received(bench_->now, Bytes{answers}.first(some), bench_->table);
        bench_->fib.lost_answers(bench_->now);
    }
    void link_goes_during_a_batch() {
        const auto link = random_.below(2);
        const bool before = random_.below(2) == 0;
        const std::vector<std::uint8_t> batch = [&] {
            const auto octets = bench_->fib.next_batch(bench_->now, bench_->table);
            return std::vector<std::uint8_t>(octets.begin(), octets.end());
        }();
        if (before) set_link(link);
        const auto answers = bench_->kernel.request(batch);
        if (!before) set_link(link);
        bench_->fib.received(bench_->now, answers, bench_->table);
    }
    /// The kernel works while wishes and paths change, and as much is under way as the FIB allows.
    void answers_come_late() {
        std::deque<std::vector<std::uint8_t>> answers;
        for (auto rounds = random_.below(12); rounds > 0 || !answers.empty(); rounds -= rounds > 0 ? 1 : 0) {
            const auto urgent = bench_->fib.next_urgent(bench_->now);
            if (!urgent.empty()) answers.push_front(bench_->kernel.request(urgent));
            for (bool more = rounds > 0; more;) {
                const auto batch = bench_->fib.next_batch(bench_->now, bench_->table);
                more = !batch.empty();
                if (more) answers.push_back(bench_->kernel.request(batch));
            }
            if (answers.empty()) return;
            const auto what = random_.below(8);
            if (what == 0) wish_all();
            if (what == 1) wish_one();
            if (what == 2) set_path(random_.below(3));
            bench_->fib.received(bench_->now, answers.front(), bench_->table);
            answers.pop_front();
        }
    }
    /// kill -9, and a new run with the same RIB.
    void restart() {
        auto next = std::make_unique<Bench>(std::move(bench_->kernel));
        next->now = bench_->now;
        bench_ = std::move(next);
        use_third_over_ipv6();
        for (std::uint32_t link = 0; link < 2; ++link)
            if (dark_[link]) bench_->fib.link_down(bench_->now, 10 + link);
        for (std::uint32_t session = 0; session < 3; ++session)
            if (down_[session]) bench_->fib.path_down(bench_->now, SessionId{session});
        const bool tables_first = random_.below(2) == 0;
        if (tables_first) wish_again();
        bench_->fib.start(bench_->now);
        const auto batches = random_.below(6);
        for (std::uint64_t i = 0; i < batches; ++i) bench_->step();
        if (!tables_first) wish_again();
        bench_->fib.sweep(bench_->now, bench_->table);
    }
    void wish_again() {
        for (const auto& [prefix, set] : wishes_) bench_->want(prefix, set);
    }
    void refuse_one() {
        const auto number = static_cast<std::uint32_t>(random_.below(rows_));
        bench_->kernel.refuse_route(prefix_number(number), EINVAL, "Because");
    }

    Gateways wanted(Family family, PathSetId set) const {
        Gateways gateways;
        const auto add = [&](std::size_t session, const Address& address) {
            const bool dark = session < 2 && dark_[session];
            if (!down_[session] && !dark && (family == Family::Ipv4 || !address.is_v4())) gateways.push_back(address);
        };
        if (set == kA || set == kAB || set == kABC) add(0, gateway(0));
        if (set == kB || set == kAB || set == kABC) add(1, gateway(1));
        if (set == kC || set == kABC) add(2, gateway6(2));
        std::ranges::sort(gateways);
        return gateways;
    }
    void check(const Prefix& prefix) const {
        const auto wish = wishes_.find(prefix);
        const auto set = wish == wishes_.end() ? kNone : wish->second;
        const auto expected = wanted(prefix.family(), set);
        INFO(prefix.to_string() << " wants set " << set.value);
        // With no path left the kernel keeps what it has until the RIB withdraws.
        if (set != kNone && expected.empty()) return;
        CHECK(bench_->through(prefix) == expected);
    }

    std::uint32_t rows_;
    Random random_;
    std::unique_ptr<Bench> bench_;
    std::map<Prefix, PathSetId> wishes_;
    std::array<bool, 3> down_{};
    std::array<bool, 2> dark_{};
};

void walk_and_check(std::uint64_t seeds, std::uint32_t rows) {
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
        INFO("seed " << seed);
        Walk walk{seed, rows};
        for (int round = 0; round < 4; ++round) {
            for (int step = 0; step < 30; ++step) walk.step();
            walk.come_to_rest();
            walk.check();
        }
        walk.heal();
        walk.come_to_rest();
        walk.check();
        walk.check_quiet();
    }
}

}  // namespace

TEST_CASE("whatever happens, the kernel ends up with what is wanted, and nothing of others is touched") {
    walk_and_check(150, kFewRows);
}

TEST_CASE("the same where several batches are under way") { walk_and_check(6, kManyRows); }
