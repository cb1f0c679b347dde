#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

#include "dyad/base/random.hpp"
#include "dyad/wire/framer.hpp"
#include "dyad/wire/update.hpp"
#include "limit_rule.hpp"
#include "peering/admission.hpp"
#include "rib/adj_rib_out.hpp"

/// histories FIRST COUNT [canary]: so many random histories, from consecutive seeds, of a peering at its limit: prefixes come, go and
/// change, whole lists are swapped, limits and SKUs change, links flap, peers ask for refreshes, octets leave in small pieces.
/// Behind each link a peer counts at every octet. Never above the limit; and what is advertised, once quiet, is what the rule says,
/// which stands here once more in its longest form. canary: with a rule that evicts where it should not, which must be seen.
namespace {

using namespace dyad;
using peering::Admission;
using peering::AdmissionRule;
using peering::Member;
using peering::OnLimit;
using peering::Priority;
using requirements::LimitRule;

constexpr std::size_t kLinks = 2;
const std::vector<const char*> kPrefixes = {
    "0.0.0.0/0",     "10.0.0.0/8",  "10.1.0.0/16",    "10.2.0.0/16", "10.2.0.0/24", "10.3.7.0/24", "10.9.0.0/16",
    "172.16.0.0/12", "10.4.0.0/20", "192.168.1.0/24", "10.5.5.5/32", "10.6.0.0/16", "10.7.0.0/24", "192.0.2.0/24"};

LimitRule::Evicts g_evicts = LimitRule::Evicts::Never;

struct Want {
    std::uint32_t attributes = 0;  ///< 0: nothing
    Priority priority = Priority::Normal;
};

/// What stands behind a link: counts prefix by prefix.
struct Peer {
    std::map<Prefix, std::uint32_t> holds;
    std::size_t most = 0;  ///< it may hold now: the limit, or what it held when that was lowered
};

class History {
public:
    History(std::uint64_t seed, rib::PrefixTable& table, route::AttributePool& pool)
        : random_(seed), table_(table), pool_(pool) {
        for (std::size_t id = 0; id < kPrefixes.size(); ++id) prefixes_.push_back(table.prefix(row(id)));
        rule_ = LimitRule{prefixes_, g_evicts};
        change_limit();
    }

    std::string tell() {
        const auto steps = 10 + random_.below(21);
        for (std::uint64_t step = 0; step < steps && broken_.empty(); ++step) {
            act();
            if (random_.below(3) != 0) turn();
            if (random_.below(5) == 0) check_quiet();
        }
        check_quiet();
        for (std::size_t link = 0; link < kLinks; ++link) go_down(link);
        if (broken_.empty() && pool_.references() != 0) broken_ = "references are left in the pool";
        return broken_;
    }

private:
    static PrefixId row(std::size_t id) { return PrefixId{static_cast<std::uint32_t>(id)}; }
    std::size_t any() { return random_.below(kPrefixes.size()); }

    void act() {
        switch (random_.below(12)) {
            case 0:
            case 1:
            case 2:
                return change(any());
            case 3:
                for (auto left = random_.below(6); left > 0; --left) change(any());
                return;
            case 4:
                return swap();
            case 5:
                for (auto& link : links_) std::ranges::fill(link.judged, false);  // a reload that changes nothing
                return;
            case 6:
                return change_limit();
            case 7:
            case 8: {
                const auto link = random_.below(kLinks);
                return links_[link].up ? go_down(link) : go_up(link);
            }
            case 9: {
                auto& link = links_[random_.below(kLinks)];
                if (link.up) link.out.resend(pool_);
                return;
            }
            case 10:
                admission_.thaw();
                rule_.thaw();
                return;
            default:
                return pack(random_.below(kLinks), 23 + random_.below(200));
        }
    }

    void change(std::size_t id) {
        wanted_[id].attributes = static_cast<std::uint32_t>(random_.below(4));
        wanted_[id].priority = random_.below(6) == 0 ? Priority::Critical : Priority::Normal;
        for (auto& link : links_) link.judged[id] = false;
    }

    /// All that is listed for all that is not.
    void swap() {
        for (std::size_t id = 0; id < kPrefixes.size(); ++id) {
            wanted_[id].attributes = wanted_[id].attributes == 0 ? 1 : 0;
            for (auto& link : links_) link.judged[id] = false;
        }
    }

    void change_limit() {
        AdmissionRule rule;
        rule.limit = 1 + random_.below(6);
        rule.reserve = random_.below(3);
        rule.critical_listed = random_.below(3);
        const auto mode = random_.below(4);
        rule.on_limit = mode == 0 ? OnLimit::Freeze : OnLimit::Withhold;
        admission_.set_rule(rule);
        rule_.mode(rule.on_limit);
        for (auto& link : links_) {
            link.out.set_limit(rule.limit);
            link.peer.most = std::max(rule.limit, std::min(link.peer.most, link.peer.holds.size()));
        }
    }

    void go_down(std::size_t number) {
        auto& link = links_[number];
        link.up = false;
        admission_.leave(static_cast<Member>(number), prefix_of_);
        rule_.leave(static_cast<Member>(number));
        link.out.clear();
        while (link.out.releasing()) link.out.release_slice(1'000, pool_);
        link.peer.holds.clear();
        link.peer.most = admission_.rule().limit;
    }

    void go_up(std::size_t number) {
        links_[number].up = true;
        std::ranges::fill(links_[number].judged, false);
    }

    /// As the speaker does for a row: what the policy says, then whether it has a place.
    void judge(std::size_t number, std::size_t id) {
        auto& link = links_[number];
        const auto member = static_cast<Member>(number);
        link.judged[id] = true;
        auto made = route::kNoAttributes;
        if (wanted_[id].attributes == 0) {
            admission_.unwant(member, row(id), prefixes_[id]);
            rule_.dismiss(member, id);
        } else {
            const bool held = link.out.advertised_at(row(id)) != route::kNoAttributes;
            rule_.ask(member, id, wanted_[id].priority, held);
            if (admission_.want(member, row(id), prefixes_[id], wanted_[id].priority,
                                held ? peering::Held::Yes : peering::Held::No))
                made = pool_.intern(attributes(wanted_[id].attributes));
        }
        link.out.want(row(id), made, pool_);
    }

    /// One turn: some rows are judged, places given out where all are, some octets leave.
    void turn() {
        for (std::size_t number = 0; number < kLinks; ++number)
            for (std::size_t id = 0; id < kPrefixes.size(); ++id)
                if (links_[number].up && !links_[number].judged[id] && random_.below(4) != 0) judge(number, id);
        decide();
        for (std::size_t number = 0; number < kLinks; ++number) pack(number, random_.below(120));
    }

    void decide() {
        const auto all_judged = [](const Link& link) {
            return !link.up || std::ranges::all_of(link.judged, std::identity{});
        };
        const bool anybody = std::ranges::any_of(links_, &Link::up);
        if (!anybody || !std::ranges::all_of(links_, all_judged) || !admission_.undecided()) return;
        rule_.decide(admission_.rule());
        for (const auto changed : admission_.decide(prefix_of_))
            for (std::size_t number = 0; number < kLinks; ++number)
                if (links_[number].up) judge(number, changed.index());
    }

    void pack(std::size_t number, std::size_t room) {
        auto& link = links_[number];
        if (!link.up) return;
        octets_.clear();
        const auto newcomers = admission_.undecided() ? rib::Newcomers::Wait : rib::Newcomers::Go;
        link.out.pack(table_, pool_, kContext, {.room = room, .newcomers = newcomers}, octets_);
        read(link, octets_);
    }

    struct Link;
    void read(Link& link, Bytes octets) {
        while (!octets.empty()) {
            const auto message = wire::next_message(octets);
            const auto update = wire::decode_update((*message)->body(), kContext);
            octets = octets.subspan((*message)->whole.size());
            if (!update) return breaks("an UPDATE is malformed");
            if (!update->withdrawn.empty() && !update->announced.empty()) breaks("an UPDATE withdraws and announces");
            for (const auto& prefix : update->withdrawn) {
                if (link.peer.holds.erase(prefix) == 0) breaks("what the peer does not hold is withdrawn");
                link.peer.most = std::max(admission_.rule().limit, std::min(link.peer.most, link.peer.holds.size()));
            }
            for (const auto& prefix : update->announced) {
                link.peer.holds[prefix] = update->attributes->communities.front();
                if (link.peer.holds.size() > link.peer.most) breaks("the peer holds more than the limit");
            }
        }
    }

    void check_quiet() {
        for (std::size_t number = 0; number < kLinks; ++number)
            for (std::size_t id = 0; id < kPrefixes.size(); ++id)
                if (links_[number].up && !links_[number].judged[id]) judge(number, id);
        decide();
        for (std::size_t number = 0; number < kLinks; ++number) check_link(number);
    }

    void check_link(std::size_t number) {
        auto& link = links_[number];
        if (!link.up) return;
        for (int i = 0; i < 50 && link.out.pending() > 0; ++i) pack(number, 4'096);
        if (link.out.pending() > 0) return breaks("something waits that could be sent");
        std::map<Prefix, std::uint32_t> rightful;
        for (std::size_t id = 0; id < kPrefixes.size(); ++id)
            if (wanted_[id].attributes != 0 && rule_.has(id)) rightful[prefixes_[id]] = wanted_[id].attributes;
        if (link.peer.holds != rightful) breaks("what is advertised is not what the rule says");
        if (rightful.size() > admission_.rule().limit) breaks("the rule itself lets too many in");
    }

    void breaks(const char* what) {
        if (broken_.empty()) broken_ = what;
    }

    static wire::Attributes attributes(std::uint32_t number) {
        wire::Attributes made;
        made.origin = wire::Origin::Igp;
        made.as_path.prepend(Asn{65010});
        made.next_hop = Address::v4(0xc0000201);
        made.communities = {number};
        return made;
    }

    static constexpr wire::AttributeContext kContext{.four_octet_as = true, .external = true};
    struct Link {
        rib::AdjRibOut out{};
        Peer peer{};
        bool up = false;
        std::array<bool, 14> judged{};
    };

    Random random_;
    rib::PrefixTable& table_;
    route::AttributePool& pool_;
    std::vector<Prefix> prefixes_;
    const peering::PrefixOf prefix_of_ = [this](PrefixId id) { return prefixes_[id.index()]; };
    std::vector<Want> wanted_ = std::vector<Want>(kPrefixes.size());
    Admission admission_;
    LimitRule rule_;
    std::array<Link, kLinks> links_{};
    std::vector<std::uint8_t> octets_;
    std::string broken_;
};

}  // namespace

int main(int argc, char** argv) {
    const auto first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const auto count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000;
    if (argc > 3) g_evicts = LimitRule::Evicts::ForABetterOne;
    rib::PrefixTable table{Family::Ipv4};
    for (const auto* text : kPrefixes) table.intern(*Prefix::parse(text));
    route::AttributePool pool;
    std::uint64_t failures = 0;
    for (auto seed = first; seed < first + count; ++seed) {
        const auto broken = History{seed, table, pool}.tell();
        if (broken.empty()) continue;
        if (++failures <= 10) std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
    }
    std::printf("%llu histories, %llu broken\n", static_cast<unsigned long long>(count),
                static_cast<unsigned long long>(failures));
    return failures == 0 ? 0 : 1;
}
