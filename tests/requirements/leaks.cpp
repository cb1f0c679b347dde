#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "dyad/wire/message.hpp"
#include "dyad/wire/update.hpp"
#include "two_routers.hpp"

/// leaks FIRST COUNT [canary]: so many random histories, from consecutive seeds, of two circuits and the four MSEEs behind them. In every
/// second history each circuit has a link on each of two routers, in the others all links end on one, with a router inside behind it; iBGP
/// runs between the routers. Prefixes come, go and overlap between MSEEs, cables and connections break, routers lose their power, files are
/// reloaded. Every UPDATE to an MSEE is read: it names what the routers' files list, and nothing else ever. At the
/// end all is mended, and each router must have every route and call every pair full: a network in which nothing is told leaks nothing
/// either. canary: the second router is taken for an MSEE, and what it hears must be seen.
namespace {

using namespace dyad;
using namespace dyad::requirements;
using namespace std::chrono_literals;

constexpr std::size_t kMsees = 4;

class History {
public:
    History(std::uint64_t seed, bool canary)
        : random_(seed * 2 + 1),
          boxes_(seed % 2 == 0 ? Boxes::Two : Boxes::One),
          two_(seed, Circuits::Two, {}, boxes_),
          canary_(canary) {
        two_.net.overhear = [this](NodeId, NodeId to, Bytes message) {
            if (is_msee(to)) read(message);
        };
        // A path without Azure's AS: what keeps it in must not be the AS path.
        if (random_.below(2) == 0) two_.msee_asn = "64999";
        if (random_.below(2) == 0) two_.inside_lines = "next_hop = \"unchanged\"\n";
        everything();
    }

    std::string tell() {
        for (auto steps = 8 + random_.below(12); steps > 0 && broken_.empty(); --steps) {
            act();
            two_.net.run_for(std::chrono::milliseconds{random_.below(random_.below(4) == 0 ? 20'000 : 2'000)});
        }
        mend();
        if (broken_.empty()) check_quiet();
        return broken_;
    }

private:
    void everything() {
        for (std::size_t i = 0; i < kMsees; ++i) announce(i);
        reload();
    }

    void act() {
        auto& net = two_.net;
        const auto msee = random_.below(kMsees);
        switch (random_.below(9)) {
            case 0:
            case 1:
            case 2:
                if (net.is_on(two_.msee[msee])) announce(msee);
                return;
            case 3:
                return net.set_cable(two_.cables[msee], !net.is_up(two_.cables[msee]));
            case 4:
                return net.set_cable(two_.lan, !net.is_up(two_.lan));
            case 5:
                return net.break_a_connection();
            case 6:
                return toggle(random_.below(2) == 0 ? two_.edge1 : two_.edge2);
            case 7:
                return toggle(two_.msee[msee]);
            default:
                return reload();
        }
    }

    void toggle(NodeId node) {
        if (two_.net.is_on(node))
            two_.net.power_off(node);
        else
            two_.net.power_on(node);
    }

    /// Some that only it has, and some that others have too.
    void announce(std::size_t msee) {
        std::string list;
        for (int i = 0; i < 4; ++i)
            if (random_.below(2) == 0) list += (list.empty() ? "" : ", ") + quoted(static_cast<int>(msee) + 1, i);
        for (int i = 0; i < 3; ++i)
            if (random_.below(2) == 0) list += (list.empty() ? "" : ", ") + quoted(0, i);
        list += (list.empty() ? "" : ", ") + quoted(static_cast<int>(msee) + 1, 9);
        two_.announce(two_.msee[msee], list);
    }

    static std::string quoted(int owner, int which) {
        return "\"10." + std::to_string(100 + owner) + "." + std::to_string(which) + ".0/24\"";
    }

    void reload() {
        static constexpr const char* kPrefer[] = {"both", "primary", "secondary"};
        auto lines = std::string{"prefer = \""} + kPrefer[random_.below(3)] + "\"\n";
        if (random_.below(3) == 0) lines += "local_preference = 200\n";
        two_.reload_edges(lines);
    }

    void mend() {
        auto& net = two_.net;
        for (const auto node : {two_.edge1, two_.edge2, two_.msee[0], two_.msee[1], two_.msee[2], two_.msee[3]})
            if (!net.is_on(node)) net.power_on(node);
        for (const auto cable : {two_.lan, two_.cables[0], two_.cables[1], two_.cables[2], two_.cables[3]})
            if (!net.is_up(cable)) net.set_cable(cable, true);
        net.run_for(4min);
    }

    void check_quiet() {
        for (const auto edge : {two_.edge1, two_.edge2}) {
            if (boxes_ == Boxes::One && edge == two_.edge2) continue;
            for (const auto* name : {"er-a/private", "er-b/private"})
                if (const auto peering = two_.net.peering(edge, name); peering.row.redundancy != "full")
                    breaks(std::string{name} + " is " + peering.row.redundancy + ": " + peering.row.history.back().why);
        }
        for (const auto edge : {two_.edge1, two_.edge2})
            for (int msee = 1; msee <= 4; ++msee)
                if (two_.net.gateways(edge, quoted(msee, 9).substr(1, 13)).empty())
                    breaks("a router has no way to " + quoted(msee, 9));
        for (const auto msee : two_.msee)
            if (two_.net.session(msee, "edge").received != 1) breaks("an MSEE does not hear what is listed");
    }

    bool is_msee(NodeId node) const {
        return std::ranges::find(two_.msee, node) != two_.msee.end() || (canary_ && node == two_.edge2);
    }

    void read(Bytes message) {
        constexpr std::size_t kHeader = 19, kType = 18;
        constexpr std::uint8_t kUpdate = 2;
        if (message[kType] != kUpdate) return;
        const auto update = wire::decode_update(message.subspan(kHeader), {.four_octet_as = true, .external = true});
        if (!update) return breaks("an UPDATE to an MSEE is malformed");
        for (const auto& prefix : update->announced)
            if (prefix != kListed) breaks("an MSEE is told " + prefix.to_string());
    }

    void breaks(const std::string& what) {
        if (broken_.empty()) broken_ = what;
    }

    static inline const Prefix kListed = *Prefix::parse("10.1.0.0/16");
    Random random_;
    Boxes boxes_;
    TwoRouters two_;
    bool canary_;
    std::string broken_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const auto count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 100;
    const bool canary = argc > 3;
    std::uint64_t failures = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        const auto broken = History{seed, canary}.tell();
        if (broken.empty()) continue;
        if (++failures <= 10) std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
    }
    std::printf("%llu histories, %llu broken\n", static_cast<unsigned long long>(count),
                static_cast<unsigned long long>(failures));
    return failures == 0 ? 0 : 1;
}
