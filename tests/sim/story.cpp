#include "story.hpp"

#include <algorithm>
#include <cerrno>
#include <iterator>

#include "checks.hpp"
#include "dyad/base/hash.hpp"
#include "forwarding.hpp"
#include "msee/vnets.hpp"

namespace dyad::sim {
namespace {

using namespace std::chrono_literals;

/// "Within a second" is the claim; what was sent just before may be under way that long, and a dead session's
/// routes leave in the next turns.
constexpr Duration kSettling = 3s;
/// Longer than hold timers, back-offs and recoveries take one after the other.
constexpr Duration kHealing = 400s;
constexpr std::uint8_t kTheirProtocol = 4;  // static

/// What they speak, and which of them carries.
void draw_sessions(Setup& setup, Random& draw) {
    setup.speaks = static_cast<Speaks>(draw.below(3));
    const auto prefer = draw.below(6);
    // Preferring and a way round are for peerings.
    if (setup.speaks == Speaks::Ipv4OverIpv6)
        setup.backup_hold.reset();
    else if (prefer < 3)
        setup.prefer = static_cast<config::Prefer>(prefer);
}

class Story {
public:
    Story(std::uint64_t seed, Kernel kernel) : draw_(seed), world_(seed ^ 0x5eed, setup(kernel)) {}

    Outcome tell() {
        world_.run_for(pause(5000));
        const auto acts = 5 + draw_.below(20);
        for (std::uint64_t i = 0; i < acts && broken_.empty(); ++i) {
            act();
            world_.run_for(pause(draw_.below(4) == 0 ? 60'000 : 2000));
            note(check_always(world_));
            if (draw_.below(3) == 0) look_when_quiet();
        }
        heal();
        return {hash_mix(world_.digest(), kernel_digest()), world_.turns(), acts, broken_};
    }

private:
    std::uint64_t kernel_digest() {
        std::uint64_t digest = 0;
        for (const auto& [prefix, gateways] : forwarding(world_.kernel(), kOurProtocol))
            digest = hash_bytes(prefix.address().bytes(), hash_mix(digest, prefix.length() * 8u + gateways.size()));
        return digest;
    }

    Setup setup(Kernel kernel) {
        Setup setup;
        setup.kernel_lies = kernel == Kernel::Lies;
        setup.routes = 1 + draw_.below(120);
        setup.advertised = draw_.below(12);
        setup.limit = draw_.below(3) == 0 ? static_cast<std::uint32_t>(1 + draw_.below(6)) : 4000;
        for (auto& opens : setup.opens) opens = static_cast<msee::Opens>(draw_.below(3));
        if (draw_.below(2) == 0) setup.graceful_restart = restart_capability();
        if (draw_.below(2) == 0) setup.backup_hold = std::chrono::seconds{draw_.below(6)};
        if (draw_.below(3) == 0) setup.nexthops = fib::Nexthops::Plain;
        draw_sessions(setup, draw_);
        if (draw_.below(2) == 0) setup.bfd = draw_.below(3) == 0 ? Bfd::Strict : Bfd::On;
        if (draw_.below(2) == 0) setup.send_hold_time = std::chrono::seconds{1 + draw_.below(10)};
        family_ = setup.family();
        return setup;
    }

    /// Its MSEEs forward on whatever becomes of their sessions, and say so.
    wire::GracefulRestart restart_capability() {
        wire::GracefulRestart restart{.notification = draw_.below(2) == 0};
        restart.restart_time = std::chrono::seconds{1 + draw_.below(120)};
        restart.families = {{1, wire::kSafiUnicast, draw_.below(4) != 0}};
        return restart;
    }

    Duration pause(std::uint64_t longest_milliseconds) {
        return std::chrono::milliseconds{1 + draw_.below(longest_milliseconds)};
    }

    void note(const std::vector<std::string>& broken) { broken_.insert(broken_.end(), broken.begin(), broken.end()); }

    /// Nothing is done for a while; if nothing is left to do, the kernel must be right.
    void look_when_quiet() {
        world_.run_for(kSettling);
        const auto fib = world_.speaker() ? answer_fib() : speaker::FibRow{};
        // A kernel that takes nothing cannot be right, nor for a while after.
        if (world_.speaker() && fib.pending == 0 && fib.failed == 0 && !recovering_until_passed() && !refused_all_)
            note(check_kernel(world_));
    }

    speaker::FibRow answer_fib() {
        return std::get<speaker::SummaryView>(world_.speaker()->answer(world_.now(), speaker::AskSummary{})).fib;
    }
    /// After a restart the kernel is believed for a while, by design.
    bool recovering_until_passed() const { return world_.now() < believed_until_; }

    void act() {
        const auto link = static_cast<std::size_t>(draw_.below(kLinks));
        switch (draw_.below(33)) {
            case 0:
            case 1:
                world_.set_carrier(link, !world_.carrier(link));
                break;
            case 2:
                world_.msee(link).reset(world_.now(), "drill");
                break;
            case 3:
                world_.msee(link).drop(world_.now());
                break;
            case 4:
                toggle_voice(link);
                break;
            case 5:
                announce(link);
                break;
            case 6:
                withdraw(link);
                break;
            case 7:
                flap(link);
                break;
            case 8:
                toggle_maintenance(link);
                break;
            case 9:
                restart();
                break;
            case 10:
                world_.reconfigure(draw_.below(12));
                break;
            case 27:
                hang(link);
                break;
            case 28:
            case 29:
                world_.set_bfd_cut(link, !world_.bfd_cut(link));
                break;
            case 30:
                prefer();
                break;
            case 31:
                world_.set_carrier(0, false);
                world_.set_carrier(1, false);
                break;
            case 24:
            case 25:
                drain(link);
                break;
            case 32:
                drill(link);
                break;
            case 26:
                world_.set_tunnel(!world_.tunnel());
                break;
            case 11:
                world_.set_up(link, !world_.up(link));
                break;
            case 12:
                world_.set_address(link, !world_.has_address(link));
                break;
            case 13:
                world_.set_deaf(link, !world_.deaf(link));
                break;
            case 14:
                switch_nexthops();
                break;
            case 15:
                world_.lose_answers();
                announce(link);
                break;
            case 16:
            case 17:
                refuse();
                break;
            case 18:
                foreign();
                break;
            default:
                tamper();
                break;
        }
        world_.poke(link);
    }

    /// Send hold runs once something is to be said.
    void hang(std::size_t link) {
        world_.set_hung(link, !world_.hung(link));
        if (world_.hung(link)) world_.reconfigure(draw_.below(12));
    }

    void prefer() {
        const auto which = static_cast<config::Prefer>(draw_.below(3));
        if (world_.setup().speaks != Speaks::Ipv4OverIpv6) world_.reconfigure(which);
    }

    void switch_nexthops() {
        const bool plain = world_.nexthops() == fib::Nexthops::Plain;
        world_.reconfigure(plain ? fib::Nexthops::Groups : fib::Nexthops::Plain);
    }

    /// The kernel takes some routes, or for a while none at all, with any of the words it has for that.
    void refuse() {
        static constexpr int kErrors[] = {ENOMEM, ENOBUFS, EINVAL, ENETUNREACH, EPERM, ENODEV, EAGAIN};
        const auto error = kErrors[draw_.below(std::size(kErrors))];
        if (draw_.below(4) == 0) {
            const bool refuses = draw_.below(2) == 0;
            refused_all_ = refused_all_ || refuses;
            return world_.kernel().refuse_writes(refuses ? error : 0);
        }
        for (auto count = 1 + draw_.below(10); count > 0; --count) {
            refused_.push_back(any_vnet());
            world_.kernel().refuse_route(refused_.back(), error, "drawn");
        }
    }

    /// Somebody else's routes come and go beside ours: other prefixes, another metric, another table.
    void foreign() {
        for (auto count = 1 + draw_.below(10); count > 0; --count) {
            FakeKernel::RouteKey key{.table = 254, .prefix = any_vnet(), .metric = 20};
            switch (draw_.below(3)) {
                case 0:
                    key.metric = 10;
                    break;
                case 1:
                    key.table = 100;
                    break;
                default:
                    key.prefix = {Address::v4(0x64400000u + (static_cast<std::uint32_t>(draw_.below(16)) << 8)), 24};
                    break;
            }
            const bool there = std::ranges::find(foreign_, key) != foreign_.end();
            if (there)
                std::erase(foreign_, key);
            else
                foreign_.push_back(key);
            world_.others(
                [&](FakeKernel& kernel) {
                    if (there)
                        kernel.others_delete_route(key);
                    else
                        kernel.others_put_route(key, {.protocol = kTheirProtocol});
                },
                World::Heard::Yes);
        }
    }

    /// What is not ours is as its owner left it.
    std::vector<std::string> check_foreign() {
        std::vector<std::string> broken;
        for (const auto& key : foreign_) {
            const auto found = world_.kernel().routes().find(key);
            if (found == world_.kernel().routes().end() || found->second.protocol != kTheirProtocol)
                broken.push_back("foreign: " + key.prefix.to_string() + " was touched");
        }
        return broken;
    }

    void toggle_voice(std::size_t link) {
        const bool silent = world_.msee(link).voice() == msee::Msee::Voice::Silent;
        world_.msee(link).voice(world_.now(), silent ? msee::Msee::Voice::Speaks : msee::Msee::Voice::Silent);
    }

    void toggle_maintenance(std::size_t link) {
        const bool on = world_.msee(link).maintenance() == msee::Msee::Maintenance::On;
        world_.msee(link).maintenance(on ? msee::Msee::Maintenance::Off : msee::Msee::Maintenance::On);
    }

    Prefix any_vnet() {
        const auto all = msee::vnets(family_, 150);
        return all[draw_.below(all.size())];
    }

    void drain(std::size_t link) {
        const auto what = draw_.below(3) == 0 ? speaker::Order::What::Undrain : speaker::Order::What::Drain;
        order_drain(link, what, draw_.below(2) == 0);
    }

    void order_drain(std::size_t link, speaker::Order::What what, bool force) {
        world_.order({.what = what, .name = link == 0 ? "primary" : "secondary", .force = force});
    }

    /// Some end by themselves within the story, some by order, and most are refused: it is a wild one.
    void drill(std::size_t link) {
        if (draw_.below(4) == 0) return world_.order({.what = speaker::Order::What::DrillEnd, .name = {}});
        const auto span = std::chrono::seconds{1 + draw_.below(60)};
        const bool force = draw_.below(2) == 0;
        world_.order({.what = speaker::Order::What::Drill,
                      .name = link == 0 ? "primary" : "secondary",
                      .force = force,
                      .span = span});
    }

    void announce(std::size_t link) {
        wire::Attributes attributes;
        attributes.origin = wire::Origin::Igp;
        if (draw_.below(2) == 0) attributes.communities.push_back(0x2f2cc354);  // 12076:50004
        const auto set = world_.msee(link).add_set(attributes);
        for (auto count = 1 + draw_.below(20); count > 0; --count) world_.msee(link).announce(any_vnet(), set);
    }

    void withdraw(std::size_t link) {
        for (auto count = 1 + draw_.below(20); count > 0; --count) world_.msee(link).withdraw(any_vnet());
    }

    void flap(std::size_t link) {
        const std::vector<Prefix> prefixes{any_vnet(), any_vnet()};
        world_.msee(link).flap(world_.now(), prefixes, pause(3000));
    }

    /// kill -9, and the kernel forwards on meanwhile.
    void restart() {
        const auto before = forwarding(world_.kernel(), kOurProtocol);
        world_.kill_speaker();
        world_.run_for(pause(3000));
        if (forwarding(world_.kernel(), kOurProtocol) != before)
            broken_.push_back("kill -9 changed the kernel's table");
        world_.start_speaker();
        believed_until_ = world_.now() + 130s;
    }

    /// Somebody with `ip route` and no idea whose routes they are; several things at once, now and then.
    void tamper() {
        const auto heard = draw_.below(8) == 0 ? World::Heard::Lost : World::Heard::Yes;
        for (auto count = 1 + draw_.below(3); count > 0; --count) {
            const auto what = draw_.below(11);
            const auto pick = draw_.next();
            world_.others([&](FakeKernel& kernel) { tamper(kernel, what, pick); }, heard);
        }
    }

    void tamper(FakeKernel& kernel, std::uint64_t what, std::uint64_t pick) {
        const auto& [key, route] = any_of(kernel.routes(), pick);
        if (key.table == 0 || std::ranges::find(foreign_, key) != foreign_.end()) return;
        switch (what) {
            case 0:
            case 1:
                return kernel.others_delete_route(FakeKernel::RouteKey{key});
            case 2:
                theirs_.push_back(key);
                return kernel.others_put_route(theirs_.back(), {.protocol = kTheirProtocol});
            case 3:
                return kernel.others_put_route(FakeKernel::RouteKey{key}, {.protocol = kOurProtocol});
            case 9:
                if (family_ == Family::Ipv6) return;
                theirs_.push_back(key);
                return kernel.others_prepend_route(theirs_.back(), {.protocol = kTheirProtocol});
            case 10:
                return remove_theirs(kernel, FakeKernel::RouteKey{key});
            case 8:
                return kernel.others_put_route(
                    FakeKernel::RouteKey{key},
                    {.protocol = kOurProtocol,
                     .hops = {{world_.gateway(pick % kLinks), static_cast<std::uint32_t>(11 + pick % 2)}}});
            case 4:
                return flush(kernel);
            case 5:
                if (!kernel.leaves().empty()) kernel.others_delete_nexthop(any_of(kernel.leaves(), pick).first);
                return;
            case 6:
                if (!kernel.groups().empty()) kernel.others_delete_nexthop(any_of(kernel.groups(), pick).first);
                return;
            default:
                if (kernel.groups().empty() || kernel.leaves().empty()) return;
                return kernel.others_put_group(any_of(kernel.groups(), pick).first,
                                               {.members = {any_of(kernel.leaves(), pick).first}, .protocol = 0});
        }
    }

    void flush(FakeKernel& kernel) {
        for (const auto& [key, route] : std::map{kernel.routes()})
            if (route.protocol == kOurProtocol) kernel.others_delete_route(key);
    }

    static void remove_theirs(FakeKernel& kernel, const FakeKernel::RouteKey& key) {
        kernel.others_delete_prepended(key);
        const auto found = kernel.routes().find(key);
        if (found != kernel.routes().end() && found->second.protocol == kTheirProtocol) kernel.others_delete_route(key);
    }

    template <class Key, class Value>
    static std::pair<Key, Value> any_of(const std::map<Key, Value>& all, std::uint64_t pick) {
        if (all.empty()) return {};
        return *std::next(all.begin(), static_cast<std::ptrdiff_t>(pick % all.size()));
    }

    /// Every link back, everybody speaking, no maintenance: the same as if nothing had ever happened.
    void heal() {
        if (!world_.tunnel()) world_.set_tunnel(true);
        for (std::size_t link = 0; link < kLinks; ++link) {
            if (!world_.carrier(link)) world_.set_carrier(link, true);
            if (!world_.up(link)) world_.set_up(link, true);
            if (!world_.has_address(link)) world_.set_address(link, true);
            world_.set_deaf(link, false);
            world_.set_hung(link, false);
            world_.set_bfd_cut(link, false);
            if (world_.msee(link).voice() == msee::Msee::Voice::Silent) toggle_voice(link);
            if (world_.msee(link).maintenance() == msee::Msee::Maintenance::On) toggle_maintenance(link);
            order_drain(link, speaker::Order::What::Undrain, false);
            world_.order({.what = speaker::Order::What::DrillEnd, .name = {}});
            world_.poke(link);
        }
        for (const auto& key : theirs_)
            world_.others([&](FakeKernel& kernel) { remove_theirs(kernel, key); }, World::Heard::Yes);
        world_.kernel().refuse_writes(0);
        for (const auto& prefix : refused_) world_.kernel().allow_route(prefix);
        world_.run_for(kHealing);
        note(check_always(world_));
        note(check_foreign());
        note(check_kernel(world_));
        note(check_whole(world_));
    }

    Random draw_;
    Family family_ = Family::Ipv4;
    std::vector<FakeKernel::RouteKey> theirs_;  ///< routes that others put in the place of ours
    World world_;
    Instant believed_until_{};
    std::vector<Prefix> refused_;
    bool refused_all_ = false;
    std::vector<FakeKernel::RouteKey> foreign_;
    std::vector<std::string> broken_;
};

}  // namespace

Outcome tell_restart(std::uint64_t seed) {
    Random draw{seed};
    Setup setup;
    setup.routes = 1 + draw.below(2000);
    if (draw.below(3) == 0) setup.nexthops = fib::Nexthops::Plain;
    for (auto& opens : setup.opens) opens = static_cast<msee::Opens>(draw.below(3));
    if (draw.below(2) == 0) setup.backup_hold = 5s;
    draw_sessions(setup, draw);
    World world{seed, setup};
    world.run_for(60s);
    auto broken = check_whole(world);
    world.kernel().reset_counts();
    world.kill_speaker();
    const auto away = std::chrono::milliseconds{draw.below(5000)};
    world.run_for(away);
    world.start_speaker();
    world.run_for(kHealing);
    const auto writes = world.kernel().counts().route_writes();
    if (writes > 0) broken.push_back("restart: " + std::to_string(writes) + " routes were written");
    for (auto& more : check_whole(world)) broken.push_back(std::move(more));
    return {hash_mix(world.digest(), 0), world.turns(), 1, broken};
}

namespace {

enum class Loss : std::uint8_t { Carrier, CarrierWithNobodyThere, Silence };

void lose_both(World& world, Loss loss) {
    if (loss == Loss::CarrierWithNobodyThere) world.kill_speaker();
    for (std::size_t link = 0; link < kLinks; ++link) {
        if (loss == Loss::Silence)
            world.msee(link).voice(world.now(), msee::Msee::Voice::Silent);
        else
            world.set_carrier(link, false);
    }
}

void give_back(World& world, Loss loss) {
    for (std::size_t link = 0; link < kLinks; ++link) {
        if (loss == Loss::Silence)
            world.msee(link).voice(world.now(), msee::Msee::Voice::Speaks);
        else
            world.set_carrier(link, true);
        world.poke(link);
    }
}

}  // namespace

Outcome tell_way_round(std::uint64_t seed) {
    Random draw{seed};
    Setup setup;
    setup.routes = 1 + draw.below(2000);
    const auto hold = std::chrono::seconds{draw.below(20)};
    draw_sessions(setup, draw);
    if (setup.speaks == Speaks::Ipv4OverIpv6) setup.speaks = Speaks::Ipv4;
    setup.backup_hold = hold;
    World world{seed, setup};
    world.run_for(60s);
    auto broken = check_whole(world);
    const auto note = [&](std::vector<std::string> more) { broken.insert(broken.end(), more.begin(), more.end()); };
    const auto loss = static_cast<Loss>(draw.below(3));
    world.kernel().reset_counts();
    lose_both(world, loss);
    // What the kernel does of itself it has done by now; a hold timer is to run out first.
    if (loss != Loss::Silence) note(check_goes_round(world));
    world.run_for(200s);
    note(check_goes_round(world));
    if (!world.speaker()) world.start_speaker();
    const auto away = std::chrono::seconds{1 + draw.below(200)};
    world.run_for(away);
    note(check_goes_round(world));
    if (const auto writes = world.kernel().counts().route_writes(); writes > 0)
        broken.push_back("way round: " + std::to_string(writes) + " routes were written");
    give_back(world, loss);
    world.run_for(kHealing);
    note(check_kernel(world));
    note(check_whole(world));
    return {hash_mix(world.digest(), 1), world.turns(), 1, broken};
}

Outcome tell(std::uint64_t seed, Kernel kernel) { return Story{seed, kernel}.tell(); }

}  // namespace dyad::sim
