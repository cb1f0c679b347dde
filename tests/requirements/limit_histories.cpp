#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <numeric>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/base/random.hpp"
#include "dyad/config/parse.hpp"
#include "limit_rule.hpp"
#include "limit_world.hpp"

/// limit-histories FIRST COUNT [canary]: so many random histories, from consecutive seeds, of a whole Speaker at its limits, through its
/// own skin: octets in, octets out, in virtual time. Prefixes are announced and withdrawn, by the file and by neighbours, whole lists
/// swapped, files reloaded, SKUs changed, links flap, peers ask for refreshes and stop reading. Each peer counts at every octet. Never
/// above the limit; and what each holds is what the rule says (limit_rule.hpp), attributes included. Most histories have a dozen prefixes
/// and a SKU of so few that they matter; every kWhole-th has the SKUs' own 4,000 and 10,000, by a file as an operator writes it.
/// canary: with a rule that evicts where it should not, which must be seen.
namespace {

using namespace dyad;
using namespace dyad::requirements;
using namespace std::chrono_literals;
using peering::AdmissionRule;
using peering::Member;
using peering::OnLimit;
using peering::Priority;

constexpr std::uint64_t kWhole = 2'000;

/// What befalls the peering; counted, to be told at the end.
enum class Act : std::uint8_t {
    Announce,
    Withdraw,
    Change,
    Swap,
    Reload,
    Sku,
    Limit,
    Flap,
    Refresh,
    Inside,
    Clear,
    Deaf
};
constexpr std::array<std::string_view, 12> kActs{"announce",
                                                 "withdraw",
                                                 "attribute change",
                                                 "swap",
                                                 "reload",
                                                 "SKU change",
                                                 "limit or mode change",
                                                 "link flap",
                                                 "refresh",
                                                 "announce or withdraw by an MSEE",
                                                 "clear",
                                                 "peer that stops reading"};
/// How often each is drawn, of their sum; and where there are thousands of prefixes, and a file takes its time.
using Shares = std::array<std::uint64_t, kActs.size()>;
constexpr Shares kShares{4, 4, 3, 3, 2, 2, 2, 4, 2, 4, 1, 1}, kWholeShares{2, 2, 2, 6, 1, 4, 1, 3, 2, 1, 0, 1};

struct Totals {
    std::array<std::uint64_t, kActs.size()> acts{};
    std::uint64_t histories = 0, broken = 0, looks = 0, at_limit = 0, whole = 0;
};

LimitRule::Evicts g_evicts = LimitRule::Evicts::Never;

std::vector<Prefix> small_universe() {
    std::vector<Prefix> all;
    for (const auto* text : {"0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "10.2.0.0/24", "10.3.7.0/24",
                             "10.9.0.0/16", "172.16.0.0/12", "10.4.0.0/20", "192.168.1.0/24", "10.5.5.5/32",
                             "10.6.0.0/16", "10.7.0.0/24", "192.0.2.0/24"})
        all.push_back(*Prefix::parse(text));
    return all;
}

std::vector<Prefix> slash24s(std::uint32_t first, std::size_t count) {
    std::vector<Prefix> all;
    for (std::size_t i = 0; i < count; ++i)
        all.emplace_back(Address::v4(first + (static_cast<std::uint32_t>(i) << 8)), 24);
    return all;
}

constexpr std::uint32_t kTen = 0x0a000000, kVnets = 0x0ac80000;  // 10.0.0.0, 10.200.0.0

config::Config parsed(const std::string& text) {
    const auto read = config::parse(text);
    if (read.ok()) return read.config;
    std::fprintf(stderr, "the file is refused:\n%s\n", config::render(read, "file", text).c_str());
    std::abort();
}

std::string file(std::string_view sku, const std::string& list) {
    return std::string{"asn = 65010\nlab = true\n[fib]\nenabled = false\n[[circuit]]\nname = \"er\"\nsku = \""}.append(
               sku) +
           "\"\n[circuit.private]\nsubnet = \"192.168.15.16/29\"\nprimary = { interface = \"a\" }\n"
           "secondary = { interface = \"b\" }\nadvertise = [" +
           list +
           "]\n[[neighbor]]\nname = \"fw\"\naddress = \"192.168.16.2\"\nlocal_address = \"192.168.16.1\"\n"
           "interface = \"lan\"\nasn = 64512\npass_on = [\"er/private\"]\nlimits = { advertise = 3 }\n";
}

const config::Config& small_file() {
    static const auto kRead = parsed(file("standard", ""));
    return kRead;
}

class History {
public:
    enum class Size : std::uint8_t { Small, Whole };
    History(std::uint64_t seed, Size size, Totals& totals)
        : random_(seed),
          totals_(totals),
          size_(size),
          universe_(size == Size::Small ? small_universe() : slash24s(kTen, 12'000)),
          vnets_(slash24s(kVnets, 8)),
          wanted_(universe_.size()),
          rule_(universe_, g_evicts),
          inside_rule_(vnets_, g_evicts),
          config_(small_file()),
          world_(seed) {
        if (size_ == Size::Whole) list(0);
        configure();
    }

    std::string tell() {
        for (int i = 0; i < 3; ++i) pass(20s);  // sessions come up
        const auto steps = size_ == Size::Small ? 8 + random_.below(18) : 4 + random_.below(6);
        for (std::uint64_t step = 0; step < steps && broken().empty(); ++step) {
            for (auto together = 1 + random_.below(2); together > 0; --together) act();
            settle();
            const bool long_time = random_.below(4) == 0;
            pass(std::chrono::milliseconds{1 + random_.below(long_time ? 60'000 : 500)});
        }
        for (std::size_t i = 0; i < kPeers; ++i) {
            world_.set_reads(i, true);
            world_.set_answers(i, true);
            if (!world_.peer(i).cable) world_.set_cable(i, true);
        }
        settle();
        for (int i = 0; i < 20; ++i) pass(30s);
        for (std::size_t i = 0; i < kPeers; ++i) {
            if (!world_.peer(i).up) breaks(i, "is not Established at the end");
            totals_.at_limit += world_.peer(i).at_limit;
        }
        return broken();
    }

private:
    struct Want {
        std::uint32_t community = 0;  ///< 0: not listed
        bool critical = false;
    };

    // ---- what happens ----------------------------------------------------------------------------------------------
    void act() {
        const auto which = draw();
        ++totals_.acts[static_cast<std::size_t>(which)];
        switch (which) {
            case Act::Announce:
                return some(&History::announce);
            case Act::Withdraw:
                return some(&History::withdraw);
            case Act::Change:
                return some(&History::change);
            case Act::Swap:
                return swap();
            case Act::Reload:
                if (random_.below(2) == 0)
                    config_.circuits[0].peerings[0].watch.drop = 10 + static_cast<std::uint32_t>(random_.below(80));
                return configure();
            case Act::Sku:
                return change_sku();
            case Act::Limit:
                return change_limits();
            case Act::Flap:
                return flap(random_.below(kPeers));
            case Act::Refresh:
                return refresh(random_.below(kPeers));
            case Act::Inside:
                return by_msee(random_.below(kMsees));
            case Act::Clear:
                return clear();
            case Act::Deaf: {
                const auto peer = random_.below(kPeers);
                return world_.set_reads(peer, !world_.peer(peer).reads);
            }
        }
    }

    Act draw() {
        const auto& shares = size_ == Size::Small ? kShares : kWholeShares;
        auto left = random_.below(std::accumulate(shares.begin(), shares.end(), std::uint64_t{0}));
        for (std::size_t i = 0; i < shares.size(); ++i) {
            if (left < shares[i]) return static_cast<Act>(i);
            left -= shares[i];
        }
        return Act::Reload;
    }

    /// Of a dozen, each one; of thousands, a row of them.
    void some(void (History::*one)(std::size_t)) {
        const auto first = random_.below(universe_.size());
        const auto count = 1 + random_.below(size_ == Size::Small ? 3 : 500);
        for (std::uint64_t i = 0; i < count; ++i) (this->*one)((first + i) % universe_.size());
        configure();
    }
    void announce(std::size_t id) {
        if (wanted_[id].community == 0) change(id);
    }
    void withdraw(std::size_t id) { wanted_[id] = {}; }
    void change(std::size_t id) {
        wanted_[id].community = 1 + static_cast<std::uint32_t>(random_.below(size_ == Size::Small ? 3 : 1'000'000));
        wanted_[id].critical = size_ == Size::Small && random_.below(6) == 0;
    }

    /// All that is listed for as many that are not: of a dozen, all that are not.
    void swap() {
        if (size_ == Size::Small) {
            for (auto& want : wanted_) want = {want.community == 0 ? 1U : 0U, false};
        } else {
            list(wanted_[0].community != 0 ? 6'000 : 0);
        }
        configure();
    }
    /// The standard SKU's 4,000, or some more: in few UPDATEs, or in one each.
    void list(std::size_t first) {
        std::ranges::fill(wanted_, Want{});
        const auto count = 4'000 + (random_.below(2) == 0 ? 0 : random_.below(2'000));
        const bool alike = random_.below(2) == 0;
        for (std::size_t i = 0; i < count; ++i)
            wanted_[first + i].community = alike ? 1 : 1 + static_cast<std::uint32_t>(i);
    }

    /// For a dozen prefixes the SKUs have a thousandth of what they have.
    void change_sku() {
        auto& circuit = config_.circuits[0];
        circuit.sku = circuit.sku == config::Sku::Premium ? config::Sku::Standard : config::Sku::Premium;
        if (size_ == Size::Small) limits().advertise = circuit.sku == config::Sku::Premium ? 10 : 4;
        configure();
    }

    config::Limits& limits() { return config_.circuits[0].peerings[0].exchange.limits; }

    void change_limits() {
        using Mode = config::Limits::OnLimit;
        config_.neighbors[0].exchange.limits.advertise = 1 + static_cast<std::uint32_t>(random_.below(6));
        if (size_ == Size::Small) {
            limits().advertise = 1 + static_cast<std::uint32_t>(random_.below(7));
            limits().reserve = static_cast<std::uint32_t>(random_.below(3));
            limits().on_limit = random_.below(4) == 0 ? Mode::Freeze : Mode::Withhold;
        }
        configure();
    }

    void configure() {
        if (size_ == Size::Small) {
            auto& exchange = config_.circuits[0].peerings[0].exchange;
            exchange.advertise.clear();
            for (std::size_t id = 0; id < universe_.size(); ++id)
                if (wanted_[id].community != 0)
                    exchange.advertise.push_back({.prefix = universe_[id],
                                                  .communities = {wanted_[id].community},
                                                  .critical = wanted_[id].critical});
        } else {
            read_whole_file();
        }
        const auto mode = rule_of_links().on_limit;
        rule_.mode(mode);
        world_.configure(config_);
    }

    void read_whole_file() {
        std::string entries;
        for (std::size_t id = 0; id < universe_.size(); ++id) {
            const auto community = wanted_[id].community;
            if (community == 0) continue;
            entries += "{ prefix = \"" + universe_[id].to_string() + "\", communities = [\"" +
                       std::to_string(community >> 16) + ":" + std::to_string(community & 0xffff) + "\"] }, ";
        }
        auto read = parsed(file(config_.circuits[0].sku == config::Sku::Premium ? "premium" : "standard", entries));
        read.neighbors[0].exchange.limits = config_.neighbors[0].exchange.limits;
        config_ = std::move(read);
    }

    void flap(std::size_t peer) {
        const auto& state = world_.peer(peer);
        switch (random_.below(5)) {
            case 0:
            case 1:
                if (state.up) leave(peer);
                return world_.set_cable(peer, !state.cable);
            case 2:
                return world_.set_answers(peer, !state.answers);
            case 3:
                if (!state.up) return;
                leave(peer);
                return world_.end_session(
                    peer, random_.below(2) == 0 ? LimitWorld::Ending::Reset : LimitWorld::Ending::Notification);
            default:
                if (state.up) leave(peer);
                return world_.reset(peer);
        }
    }

    void refresh(std::size_t peer) {
        if (random_.below(2) == 0) return world_.ask_for_refresh(peer);
        world_.refresh(peer);
    }

    void clear() {
        rule_.thaw();
        world_.clear();
    }

    void by_msee(std::size_t msee) {
        if (!world_.peer(msee).up) return;
        std::vector<Prefix> chosen;
        const bool announces = random_.below(3) != 0;
        for (std::size_t id = 0; id < vnets_.size(); ++id) {
            if (random_.below(3) != 0) continue;
            chosen.push_back(vnets_[id]);
            told_[msee][id] = announces;
        }
        announces ? world_.announce(msee, chosen) : world_.withdraw(msee, chosen);
    }

    // ---- what the rule says of it ------------------------------------------------------------------------------------
    void leave(std::size_t peer) {
        if (peer == kInside) return inside_rule_.leave(0);
        rule_.leave(static_cast<Member>(peer));
        told_[peer] = {};
    }

    AdmissionRule rule_of_links() const {
        const auto& exchange = config_.circuits[0].peerings[0].exchange;
        const auto critical = std::ranges::count_if(
            exchange.advertise, [](const config::Advertise& one) { return one.critical || one.prefix.length() == 0; });
        return {.limit = exchange.limits.advertise,
                .reserve = exchange.limits.reserve,
                .critical_listed = static_cast<std::size_t>(critical),
                .on_limit =
                    exchange.limits.on_limit == config::Limits::OnLimit::Freeze ? OnLimit::Freeze : OnLimit::Withhold};
    }

    void judge() {
        bool anybody = false;
        for (std::size_t link = 0; link < kMsees; ++link) {
            if (!world_.peer(link).up) continue;
            anybody = true;
            for (std::size_t id = 0; id < universe_.size(); ++id) {
                const auto& want = wanted_[id];
                const auto member = static_cast<Member>(link);
                if (want.community == 0)
                    rule_.dismiss(member, id);
                else
                    rule_.ask(member, id, want.critical ? Priority::Critical : Priority::Normal,
                              world_.peer(link).holds.contains(universe_[id]));
            }
        }
        if (anybody) rule_.decide(rule_of_links());
        if (!world_.peer(kInside).up) return;
        for (std::size_t id = 0; id < vnets_.size(); ++id) {
            if (!told_[0][id] && !told_[1][id])
                inside_rule_.dismiss(0, id);
            else
                inside_rule_.ask(0, id, Priority::Normal, world_.peer(kInside).holds.contains(vnets_[id]));
        }
        inside_rule_.decide({.limit = config_.neighbors[0].exchange.limits.advertise});
    }

    // ---- time passes, and all is looked at ----------------------------------------------------------------------------
    void settle() {
        judge();
        world_.settle();
        look();
    }

    void pass(Duration duration) {
        while (broken().empty() && world_.run_for(duration)) {
            duration = std::min(duration, Duration{1s});
            settle();
        }
        look();
    }

    void look() {
        ++totals_.looks;
        for (std::size_t link = 0; link < kMsees; ++link) {
            std::map<Prefix, std::uint32_t> rightful;
            for (std::size_t id = 0; id < universe_.size(); ++id)
                if (wanted_[id].community != 0 && rule_.has(id)) rightful[universe_[id]] = wanted_[id].community;
            look_at(link, rightful);
        }
        std::map<Prefix, std::uint32_t> rightful;
        for (std::size_t id = 0; id < vnets_.size(); ++id)
            if ((told_[0][id] || told_[1][id]) && inside_rule_.has(id)) rightful[vnets_[id]] = 0;
        look_at(kInside, rightful);
    }
    void look_at(std::size_t number, const std::map<Prefix, std::uint32_t>& rightful) {
        const auto& peer = world_.peer(number);
        if (!peer.up || !peer.reads) return;
        if (peer.holds != rightful) breaks(number, "does not hold what the rule says");
        if (peer.holds.size() > peer.most) breaks(number, "holds more than the limit");
    }

    void breaks(std::size_t peer, const std::string& what) {
        if (broken_.empty()) broken_ = LimitWorld::session_name(peer) + " " + what;
    }
    const std::string& broken() const { return broken_.empty() ? world_.broken() : broken_; }

    Random random_;
    Totals& totals_;
    Size size_;
    std::vector<Prefix> universe_, vnets_;
    std::vector<Want> wanted_;
    std::array<std::array<bool, 8>, kMsees> told_{};  ///< which of vnets_ each MSEE announces
    LimitRule rule_, inside_rule_;
    config::Config config_;
    LimitWorld world_;
    std::string broken_;
};

void say(const Totals& totals) {
    for (std::size_t i = 0; i < kActs.size(); ++i)
        std::printf("  %12llu  %s\n", static_cast<unsigned long long>(totals.acts[i]), std::string{kActs[i]}.c_str());
    std::printf(
        "%llu histories (%llu with 4,000 prefixes and more), %llu looks at all that is held, %llu announcements "
        "that filled the last place, %llu broken\n",
        static_cast<unsigned long long>(totals.histories), static_cast<unsigned long long>(totals.whole),
        static_cast<unsigned long long>(totals.looks), static_cast<unsigned long long>(totals.at_limit),
        static_cast<unsigned long long>(totals.broken));
}

}  // namespace

int main(int argc, char** argv) {
    const auto first = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 1;
    const auto count = argc > 2 ? std::strtoull(argv[2], nullptr, 10) : 1000;
    if (argc > 3) g_evicts = LimitRule::Evicts::ForABetterOne;
    Totals totals;
    for (auto seed = first; seed < first + count; ++seed) {
        const auto size = seed % kWhole == 0 ? History::Size::Whole : History::Size::Small;
        const auto broken = History{seed, size, totals}.tell();
        ++totals.histories;
        if (size == History::Size::Whole) ++totals.whole;
        if (broken.empty()) continue;
        if (++totals.broken <= 10)
            std::printf("seed %llu: %s\n", static_cast<unsigned long long>(seed), broken.c_str());
    }
    say(totals);
    return totals.broken == 0 ? 0 : 1;
}
