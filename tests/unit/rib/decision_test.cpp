#include "rib/decision.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <numeric>

#include "dyad/base/random.hpp"

using namespace dyad;
using namespace dyad::rib;

namespace {

/// Routes for one prefix; facts and sources stay where they are.
struct Routes {
    std::deque<route::Facts> facts;
    std::deque<Source> sources;
    std::vector<RouteCandidate> candidates;

    /// A route equal to all others but for its session, then changed.
    RouteCandidate& add(const std::function<void(RouteCandidate&, route::Facts&, Source&)>& change = {}) {
        const auto number = static_cast<std::uint32_t>(sources.size());
        auto& f = facts.emplace_back();
        f.as_path_length = 2;
        f.neighbor_as = Asn{12076};
        auto& s = sources.emplace_back();
        s.session = SessionId{number};
        s.router_id = RouterId{100 + number};
        s.peer_address = Address::v4(0x0a000000 + number);
        candidates.push_back({.facts = &f, .source = &s});
        if (change) change(candidates.back(), f, s);
        return candidates.back();
    }

    /// What became of each session's route, whatever the order of the candidates.
    struct Fate {
        Step lost_at;
        bool best, multipath;
        friend bool operator==(const Fate&, const Fate&) = default;
    };
    std::vector<Fate> fates(std::vector<RouteCandidate> in_this_order) const {
        decide(in_this_order);
        std::vector<Fate> result(sources.size());
        for (const auto& c : in_this_order) result[c.source->session.index()] = {c.lost_at, c.best, c.multipath};
        return result;
    }
    std::vector<Fate> decided() const {
        const auto expected = fates(candidates);
        auto order = candidates;
        const auto by_session = [](const RouteCandidate& a, const RouteCandidate& b) {
            return a.source->session < b.source->session;
        };
        std::ranges::sort(order, by_session);
        do CHECK(fates(order) == expected);
        while (std::ranges::next_permutation(order, by_session).found);
        return expected;
    }
};

constexpr Routes::Fate kBest{Step::None, true, true};
constexpr Routes::Fate kBeside{Step::None, false, true};
Routes::Fate lost(Step step) { return {step, false, false}; }

/// The route with this change loses at this step to two that are equal to it otherwise.
void check_rung(Step step, const std::function<void(RouteCandidate&, route::Facts&, Source&)>& worse) {
    Routes two;
    two.add();
    two.add(worse);
    CHECK(two.decided() == std::vector{kBest, lost(step)});

    Routes three;
    three.add(worse);
    three.add();
    three.add();
    const auto fates = three.decided();
    CHECK(fates[0] == lost(step));
    CHECK(fates[1] == kBest);
    CHECK(fates[2] == kBeside);
}

}  // namespace

TEST_CASE("a route alone is best") {
    Routes routes;
    routes.add();
    CHECK(routes.decided() == std::vector{kBest});
    decide({});
}

TEST_CASE("a route on a link that is being drained loses to any other that is fresh") {
    check_rung(Step::Drained, [](RouteCandidate& c, route::Facts& f, Source& s) {
        s.traffic = Traffic::Drained;
        c.local_preference = 500;
        f.as_path_length = 1;
    });
}

TEST_CASE("a stale route loses, whatever else it has") {
    check_rung(Step::Stale, [](RouteCandidate& c, route::Facts& f, Source&) {
        c.freshness = Freshness::Stale;
        c.local_preference = 1000;
        f.as_path_length = 1;
    });
}

TEST_CASE("a lower local preference loses") {
    check_rung(Step::LocalPreference, [](RouteCandidate& c, route::Facts& f, Source&) {
        c.local_preference = 99;
        f.as_path_length = 1;  // better at everything below
    });
}

TEST_CASE("a longer AS path loses") {
    check_rung(Step::AsPathLength, [](RouteCandidate&, route::Facts& f, Source&) {
        f.as_path_length = 9;  // maintenance: 12076 eight times in front
        f.origin = wire::Origin::Igp;
    });
}

TEST_CASE("a worse origin loses") {
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source&) { f.origin = wire::Origin::Igp; });
    routes.add([](auto&, route::Facts& f, Source&) { f.origin = wire::Origin::Egp; });
    routes.add([](auto&, route::Facts& f, Source&) { f.origin = wire::Origin::Incomplete; });
    CHECK(routes.decided() == std::vector{kBest, lost(Step::Origin), lost(Step::Origin)});
}

TEST_CASE(
    "a link on another router of ours is preferred before our own where `prefer` names it, and has else no part in "
    "that") {
    const auto by_own_link = [](std::uint32_t preference) {
        return [=](auto&, route::Facts&, Source& s) { s.link_preference = preference; };
    };
    const auto by_router = [](std::optional<std::uint32_t> preference) {
        return [=](auto&, route::Facts&, Source& s) {
            s.external = false;
            s.link_preference = preference;
        };
    };
    Routes second_choice_here;
    second_choice_here.add(by_own_link(1));
    second_choice_here.add(by_router(0));
    CHECK(second_choice_here.decided() == std::vector{lost(Step::LinkPreference), kBest});
    Routes any_router;
    any_router.add(by_own_link(1));
    any_router.add(by_router(std::nullopt));
    CHECK(any_router.decided() == std::vector{kBest, lost(Step::ExternalOverInternal)});
    Routes first_choice_here;
    first_choice_here.add(by_own_link(0));
    first_choice_here.add(by_router(0));
    CHECK(first_choice_here.decided() == std::vector{kBest, lost(Step::ExternalOverInternal)});
}

TEST_CASE("a higher MED loses, and none is zero") {
    check_rung(Step::Med, [](RouteCandidate&, route::Facts& f, Source& s) {
        f.med = 1;
        s.link_preference = 0;
    });
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source&) { f.med = 0; });
    routes.add();
    CHECK(routes.decided() == std::vector{kBest, kBeside});
}

TEST_CASE("MED is not compared between neighbour ASes") {
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.med = 500;
        s.router_id = RouterId{1};
    });
    routes.add([](auto&, route::Facts& f, Source&) {
        f.med = 1;
        f.neighbor_as = Asn{64512};
    });
    CHECK(routes.decided() == std::vector{kBest, lost(Step::RouterId)});
}

TEST_CASE("MED removes within its AS before router ids choose between ASes, in any order of arrival") {
    Routes routes;
    // Pairwise comparison in order of arrival would go in a circle here: 0 beats 1, 1 beats 2, 2 beats 0.
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.med = 10;
        s.router_id = RouterId{1};
    });
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.neighbor_as = Asn{64512};
        s.router_id = RouterId{2};
    });
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.med = 5;
        s.router_id = RouterId{3};
    });
    CHECK(routes.decided() == std::vector{lost(Step::Med), kBest, lost(Step::RouterId)});
}

TEST_CASE("iBGP loses to eBGP") {
    check_rung(Step::ExternalOverInternal, [](RouteCandidate&, route::Facts&, Source& s) {
        s.external = false;
        s.router_id = RouterId{1};
    });
}

TEST_CASE("the link that is not preferred loses, below all that a peer can say") {
    check_rung(Step::LinkPreference, [](RouteCandidate&, route::Facts&, Source& s) {
        s.link_preference = 1;
        s.router_id = RouterId{1};
    });
}

TEST_CASE("equal routes by one neighbour AS are used together, the lowest router id is best") {
    Routes routes;
    routes.add();
    routes.add([](auto&, auto&, Source& s) { s.router_id = RouterId{1}; });
    CHECK(routes.decided() == std::vector{kBeside, kBest});
}

TEST_CASE("a higher router id loses where the neighbour AS is another") {
    Routes routes;
    routes.add();
    routes.add([](auto&, route::Facts& f, Source&) { f.neighbor_as = Asn{64512}; });
    CHECK(routes.decided() == std::vector{kBest, lost(Step::RouterId)});
}

TEST_CASE("the originator id stands for the router id") {
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source&) { f.originator_id = RouterId{7}; });
    routes.add([](auto&, route::Facts& f, Source& s) {
        s.router_id = RouterId{6};
        f.neighbor_as = Asn{64512};
    });
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.originator_id = RouterId{5};
        s.router_id = RouterId{900};
        f.neighbor_as = Asn{64513};
    });
    CHECK(routes.decided() == std::vector{lost(Step::RouterId), lost(Step::RouterId), kBest});
}

TEST_CASE("a longer cluster list loses") {
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.cluster_list_length = 1;
        s.router_id = RouterId{1};
    });
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.neighbor_as = Asn{64512};
        s.router_id = RouterId{1};
    });
    CHECK(routes.decided() == std::vector{lost(Step::ClusterListLength), kBest});
}

TEST_CASE("a higher peer address loses") {
    Routes routes;
    routes.add([](auto&, route::Facts& f, Source& s) {
        f.neighbor_as = Asn{64512};
        s.router_id = RouterId{1};
    });
    routes.add([](auto&, auto&, Source& s) {
        s.router_id = RouterId{1};
        s.peer_address = Address::v4(1);
    });
    CHECK(routes.decided() == std::vector{lost(Step::PeerAddress), kBest});
}

TEST_CASE("the order of candidates never matters") {
    Random random{20261123};
    for (int round = 0; round < 300; ++round) {
        Routes routes;
        const auto count = 2 + random.below(4);
        for (std::uint64_t i = 0; i < count; ++i) {
            routes.add([&](RouteCandidate& c, route::Facts& f, Source& s) {
                c.local_preference = 100 + static_cast<std::uint32_t>(random.below(4) == 0);
                f.as_path_length = 1 + static_cast<std::uint32_t>(random.below(4) == 0);
                f.med = static_cast<std::uint32_t>(random.below(3));
                f.neighbor_as = Asn{static_cast<std::uint32_t>(1 + random.below(2))};
                s.external = random.below(4) != 0;
                s.link_preference = static_cast<std::uint32_t>(random.below(2));
                if (!s.external && random.below(2) == 0) s.link_preference.reset();
                s.router_id = RouterId{static_cast<std::uint32_t>(random.below(2))};
            });
        }
        const auto fates = routes.decided();
        CHECK(std::ranges::count(fates, true, &Routes::Fate::best) == 1);
        for (const auto& fate : fates) CHECK((fate.lost_at == Step::None) == fate.multipath);
    }
}

TEST_CASE("what stands in for others loses, whatever it has, and is best where nothing else is") {
    Routes routes;
    routes.add([](auto& c, auto& f, auto& s) {
        s.standing = Standing::Backup;
        c.local_preference = 1000;
        f.as_path_length = 0;
    });
    routes.add();
    routes.add([](auto& c, auto&, auto&) { c.freshness = Freshness::Stale; });
    CHECK(routes.decided()[0].lost_at == Step::Backup);
    CHECK(routes.decided()[1].best);

    Routes alone;
    alone.add([](auto&, auto&, auto& s) { s.standing = Standing::Backup; });
    CHECK(alone.decided()[0].best);
}

TEST_CASE("a kept route of a link that restarts is better than what stands in") {
    Routes routes;
    routes.add([](auto&, auto&, auto& s) { s.standing = Standing::Backup; });
    routes.add([](auto& c, auto&, auto&) { c.freshness = Freshness::Stale; });
    CHECK(routes.decided()[1].best);
}

TEST_CASE("a link that returns loses to what stands in for it, and to other links, until it is trusted again") {
    Routes routes;
    routes.add([](auto&, auto&, auto& s) { s.standing = Standing::Backup; });
    routes.add([](auto&, auto&, auto& s) { s.standing = Standing::Returning; });
    CHECK(routes.decided()[0].best);
    CHECK(routes.decided()[1].lost_at == Step::Returning);
    routes.add();
    CHECK(routes.decided()[2].best);
    CHECK(routes.decided()[0].lost_at == Step::Backup);
}
