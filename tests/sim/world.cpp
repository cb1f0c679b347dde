#include "world.hpp"

#include <algorithm>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "dyad/base/hash.hpp"
#include "dyad/base/overloaded.hpp"
#include "msee/vnets.hpp"

namespace dyad::sim {
namespace {

/// A segment that meets a dead link is tried again so much later, as TCP would.
constexpr Duration kRetransmission = std::chrono::milliseconds{200};

/// What BFD needs to notice, at 300 ms x 3; and to come up again.
constexpr Duration kDetection = std::chrono::milliseconds{900};

}  // namespace

World::World(std::uint64_t seed, Setup setup) : setup_(setup), random_(seed) {
    for (std::size_t link = 0; link < kLinks; ++link) {
        kernel_.add_link(kInterface[link], "eth" + std::to_string(link + 1));
        kernel_.add_address(kInterface[link], local(link), subnet_length(local(link)));
        const auto msee_seed = random_.next();
        msees_[link] = std::make_unique<msee::Msee>(msee_options(link, setup_), msee_seed);
        wire::Attributes vnet;
        vnet.origin = wire::Origin::Igp;
        const auto set = msees_[link]->add_set(vnet);
        for (const auto& prefix : msee::vnets(setup_.family(), setup_.routes)) msees_[link]->announce(prefix, set);
        msees_[link]->start(now_);
    }
    kernel_.add_link(kTunnel, "tun0");
    const auto tunnel = tunnel_address(setup_.family());
    kernel_.add_address(kTunnel, tunnel, subnet_length(tunnel));
    kernel_.take_news();
    start_speaker();
    for (std::size_t link = 0; link < kLinks; ++link) turn_msee(link);
}

void World::at(Instant when, Act act) { agenda_.emplace(std::pair{std::max(when, now_), order_++}, std::move(act)); }

Duration World::delay() { return std::chrono::microseconds{50 + random_.below(20'000)}; }

void World::run_for(Duration duration) {
    const auto end = now_ + duration;
    while (!agenda_.empty() && agenda_.begin()->first.first <= end) {
        now_ = agenda_.begin()->first.first;
        const auto act = std::move(agenda_.begin()->second);
        agenda_.erase(agenda_.begin());
        act();
    }
    now_ = end;
}

void World::start_speaker() {
    ensure(!speaker_);
    const auto seed = random_.next();
    speaker_ = std::make_unique<speaker::Speaker>(now_, speaker::Host{"edge1", "sim", seed});
    ++life_;
    speaker_alarm_.reset();
    kernel_.take_touches();  // nobody was listening
    speaker_->configure(now_, configuration(setup_));
    turn_speaker();
}

void World::kill_speaker() {
    speaker_.reset();
    bfd_.clear();
    listening_ = false;
    for (auto& wire : wires_) {
        if (!wire.open_here) continue;
        wire.open_here = false;
        wire.to_us.clear();
        const auto link = wire.link;
        const auto theirs = wire.theirs;
        at(now_ + delay(), [this, link, theirs] {
            if (auto* found = find_theirs(link, theirs)) {
                found->open_there = false;
                msees_[link]->closed(now_, theirs, 104);  // ECONNRESET
                turn_msee(link);
            }
        });
    }
}

void World::reconfigure(std::size_t advertised) {
    setup_.advertised = advertised;
    reconfigure();
}

void World::reconfigure(fib::Nexthops nexthops) {
    setup_.nexthops = nexthops;
    reconfigure();
}

void World::reconfigure(config::Prefer prefer) {
    setup_.prefer = prefer;
    reconfigure();
}

void World::reconfigure() {
    if (!speaker_) return;
    speaker_->configure(now_, configuration(setup_));
    turn_speaker();
}

void World::order(const speaker::Order& order) {
    if (!speaker_) return;
    speaker_->order(now_, order);
    turn_speaker();
}

void World::set_carrier(std::size_t link, bool carrier) {
    carrier_[link] = carrier;
    kernel_.set_carrier(kInterface[link], carrier);
    tell_links();
}

void World::set_tunnel(bool carrier) {
    tunnel_ = carrier;
    kernel_.set_carrier(kTunnel, carrier);
    tell_links();
}

void World::set_up(std::size_t link, bool up) {
    up_[link] = up;
    kernel_.set_up(kInterface[link], up);
    // An IPv6 address went with it; whoever switches it on again brings that.
    if (up && addressed_[link] && !kernel_.has_address(local(link)))
        kernel_.add_address(kInterface[link], local(link), subnet_length(local(link)));
    tell_links();
}

void World::set_address(std::size_t link, bool there) {
    addressed_[link] = there;
    if (there)
        kernel_.add_address(kInterface[link], local(link), subnet_length(local(link)));
    else
        kernel_.remove_address(kInterface[link], local(link));
    tell_links();
}

void World::set_deaf(std::size_t link, bool deaf) {
    deaf_[link] = deaf;
    watch_bfd();
}

void World::set_bfd_cut(std::size_t link, bool cut) {
    bfd_cut_[link] = cut;
    watch_bfd();
}

void World::tell_links() {
    watch_bfd();
    auto news = kernel_.take_news();
    at(now_ + std::chrono::microseconds{250}, [this, life = life_, news = std::move(news)] {
        if (life == life_ && speaker_) give(speaker::KernelNews{news});
    });
    tell_touches(Heard::Yes);  // routes may have gone with the link
}

void World::others(const std::function<void(FakeKernel&)>& act, Heard heard) {
    act(kernel_);
    tell_touches(heard);
}

void World::tell_touches(Heard heard) {
    auto touches = kernel_.take_touches();
    if (touches.empty()) return;
    const auto wait = std::chrono::microseconds{20 + random_.below(2000)};
    last_touch_ = std::max(last_touch_, now_ + wait);
    at(last_touch_, [this, life = life_, heard, touches = std::move(touches)] {
        if (life != life_ || !speaker_) return;
        if (heard == Heard::Yes)
            give(speaker::KernelTouched{touches});
        else
            give(speaker::KernelTouchesLost{});
    });
}

void World::poke(std::size_t link) { turn_msee(link); }

void World::give(const speaker::Input& input) {
    speaker_->handle(now_, input);
    turn_speaker();
}

void World::turn_speaker() {
    do {
        ++turns_;
        for (auto& output : speaker_->turn(now_)) carry_out(output);
    } while (speaker_->has_work());
    digest_ = hash_mix(digest_, speaker_->digest());
    note_deadlines();
}

void World::note_deadlines() {
    const auto due = speaker_->deadline();
    if (!due || (speaker_alarm_ && *speaker_alarm_ <= *due && *speaker_alarm_ > now_)) return;
    speaker_alarm_ = std::max(*due, now_ + std::chrono::microseconds{1});
    at(*speaker_alarm_, [this, life = life_] {
        if (life == life_ && speaker_) {
            speaker_alarm_.reset();
            turn_speaker();
        }
    });
}

void World::carry_out(speaker::Output& output) {
    std::visit(Overloaded{
                   [&](speaker::TcpConnect& dial) { dial_from_us(dial); },
                   [&](speaker::TcpSend& out) {
                       if (auto* wire = find_ours(out.connection)) send(*wire, false, std::move(out.octets));
                   },
                   [&](speaker::TcpClose& close) { close_here(close.connection); },
                   [](speaker::TcpRekey&) {},  // the wire here carries no signatures
                   [&](speaker::Listen&) { listening_ = true; },
                   [&](speaker::KernelSend& batch) {
                       auto answers = kernel_.request(batch.octets);
                       const bool lost = std::exchange(answers_are_lost_, false);
                       if (setup_.kernel_lies && random_.below(8) == 0) forget_a_route();
                       const auto wait = std::chrono::microseconds{20 + random_.below(2000)};
                       at(now_ + wait, [this, lost, life = life_, answers = std::move(answers)] {
                           if (life != life_ || !speaker_ || answers.empty()) return;
                           if (lost)
                               give(speaker::KernelOverrun{});
                           else
                               give(speaker::KernelReplied{answers});
                       });
                   },
                   [&](speaker::BfdSessions& sessions) { run_bfd(sessions.sessions); },
                   [&](speaker::KernelAsk& ask) {
                       auto answers = kernel_.request(ask.octets);
                       at(now_ + std::chrono::microseconds{100}, [this, life = life_, answers = std::move(answers)] {
                           if (life == life_ && speaker_) give(speaker::KernelNews{answers});
                       });
                   },
                   [&](speaker::Event& event) { events_.push_back(std::move(event)); },
               },
               output);
}

/// Sessions that go on keep their state.
void World::run_bfd(const std::vector<bfd::Wanted>& wanted) {
    auto before = std::exchange(bfd_, {});
    for (const auto& one : wanted) {
        const auto same = std::ranges::find_if(before, [&](const BfdLife& life) { return life.wanted.id == one.id; });
        const bool up = same != before.end() && same->up;
        bfd_.push_back({.wanted = one, .link = *link_of(one.path.peer), .up = up});
    }
    watch_bfd();
}

/// What has changed is noticed when it has lasted.
void World::watch_bfd() {
    for (const auto& life : bfd_)
        at(now_ + kDetection, [this, life = life_, id = life.wanted.id] {
            if (life == life_ && speaker_) look_at_bfd(id);
        });
}

/// Both ends notice.
void World::look_at_bfd(BfdSessionId id) {
    const auto found = std::ranges::find_if(bfd_, [&](const BfdLife& life) { return life.wanted.id == id; });
    if (found == bfd_.end()) return;
    const auto link = found->link;
    const bool up = passes(link) && !bfd_cut_[link];
    if (std::exchange(found->up, up) == up) return;
    using enum bfd::State;
    const auto expired = bfd::Diagnostic::DetectionTimeExpired;
    if (!up) msees_[link]->path_failed(now_, 0);
    give(speaker::BfdChanged{id, up ? bfd::Change{.before = Init, .after = Up, .remote = Up}
                                    : bfd::Change{.before = Up, .after = Down, .diagnostic = expired, .remote = Up}});
    turn_msee(link);
}

void World::forget_a_route() {
    if (!kernel_.routes().empty()) kernel_.drop_route(FakeKernel::RouteKey{kernel_.routes().begin()->first});
}

void World::turn_msee(std::size_t link) {
    auto& msee = *msees_[link];
    do {
        for (auto& output : msee.take_outputs()) carry_out(link, output);
    } while (msee.has_work());
    const auto due = msee.deadline();
    auto& alarm = msee_alarm_[link];
    if (!due || (alarm && *alarm <= *due && *alarm > now_)) return;
    alarm = std::max(*due, now_ + std::chrono::microseconds{1});
    at(*alarm, [this, link] {
        msee_alarm_[link].reset();
        msees_[link]->tick(now_);
        turn_msee(link);
    });
}

void World::carry_out(std::size_t link, msee::Output& output) {
    std::visit(Overloaded{
                   [&](msee::Dial& dial) { dial_from_them(link, dial); },
                   [&](msee::Send& out) {
                       if (auto* wire = find_theirs(link, out.connection)) send(*wire, true, std::move(out.octets));
                   },
                   [&](msee::Close& close) { close_there(link, close.connection); },
                   [](msee::Door&) {},  // its calls are closed one by one
                   [](msee::Happened&) {},
               },
               output);
}

void World::dial_from_us(const speaker::TcpConnect& dial) {
    const auto link = link_of(dial.peer);
    ensure(link.has_value());
    wires_.push_back({.link = *link, .ours = dial.connection, .theirs = {}, .open_here = true});
    const auto index = wires_.size() - 1;
    at(now_ + delay(), [this, index, life = life_] {
        auto& wire = wires_[index];
        if (life != life_ || !wire.open_here || !passes(wire.link)) return;  // a lost SYN: the dialler's timer speaks
        wire.theirs = ConnectionId{next_accepted_};
        next_accepted_ += 2;
        wire.open_there = msees_[wire.link]->accepted(now_, wire.theirs, gateway(wire.link), local(wire.link));
        if (!wire.open_there) {
            wire.open_here = false;
            give(speaker::TcpClosed{wire.ours, 111});  // ECONNREFUSED
            return;
        }
        give(speaker::TcpConnected{wire.ours});
        turn_msee(wires_[index].link);
    });
}

void World::dial_from_them(std::size_t link, const msee::Dial& dial) {
    wires_.push_back({.link = link, .ours = {}, .theirs = dial.connection, .open_there = true});
    const auto index = wires_.size() - 1;
    at(now_ + delay(), [this, index] {
        auto& wire = wires_[index];
        if (!wire.open_there || !passes(wire.link)) return;
        if (!speaker_ || !listening_) {
            wire.open_there = false;
            msees_[wire.link]->closed(now_, wire.theirs, 111);
            turn_msee(wire.link);
            return;
        }
        wire.ours = ConnectionId{next_accepted_};
        next_accepted_ += 2;
        wire.open_here = true;
        msees_[wire.link]->connected(now_, wire.theirs);
        give(speaker::TcpAccepted{wire.ours, local(wire.link), gateway(wire.link)});
        turn_msee(wires_[index].link);
    });
}

/// Cuts the octets anywhere and sends the pieces on their way, in order.
void World::send(Wire& wire, bool to_us, std::vector<std::uint8_t> octets) {
    const auto index =
        static_cast<std::size_t>(std::ranges::find(wires_, &wire, [](Wire& w) { return &w; }) - wires_.begin());
    auto& queue = to_us ? wire.to_us : wire.to_them;
    auto& last = to_us ? wire.last_to_us : wire.last_to_them;
    for (std::size_t start = 0; start < octets.size();) {
        const auto piece = std::min<std::size_t>(octets.size() - start, 1 + random_.below(4000));
        const auto wait = delay();
        last = std::max(last, now_ + wait);
        queue.emplace_back(octets.begin() + static_cast<std::ptrdiff_t>(start),
                           octets.begin() + static_cast<std::ptrdiff_t>(start + piece));
        at(last, [this, index, to_us] { deliver(index, to_us); });
        start += piece;
    }
}

void World::deliver(std::size_t index, bool to_us) {
    auto& wire = wires_[index];
    auto& queue = to_us ? wire.to_us : wire.to_them;
    if (queue.empty()) return;
    if (!passes(wire.link) || (!to_us && hung_[wire.link])) {
        at(now_ + kRetransmission, [this, index, to_us] { deliver(index, to_us); });
        return;
    }
    const auto octets = std::move(queue.front());
    queue.pop_front();
    if (to_us) {
        msees_[wire.link]->sent(wire.theirs, octets.size());
        if (wire.open_here)
            give(speaker::TcpReceived{wire.ours, octets});
        else
            reset_there(wire);
    } else {
        if (speaker_ && wire.open_here) give(speaker::TcpSent{wire.ours, octets.size()});
        if (wires_[index].open_there) msees_[wires_[index].link]->received(now_, wires_[index].theirs, octets);
    }
    turn_msee(wires_[index].link);
}

/// Octets for a socket that is gone are answered with a reset.
void World::reset_there(Wire& wire) {
    if (!wire.open_there) return;
    wire.open_there = false;
    msees_[wire.link]->closed(now_, wire.theirs, 104);
}

/// Our end closes: theirs hears of it once what was sent before has arrived.
void World::close_here(ConnectionId ours) {
    auto* wire = find_ours(ours);
    if (!wire) return;
    wire->open_here = false;
    if (!wire->open_there) return;
    const auto wait = delay();
    const auto when = std::max(now_ + wait, wire->last_to_them);
    at(when, [this, link = wire->link, theirs = wire->theirs] {
        auto* found = find_theirs(link, theirs);
        if (!found || !passes(link)) return;  // it finds out when it speaks
        found->open_there = false;
        msees_[link]->closed(now_, theirs, 0);
        turn_msee(link);
    });
}

void World::close_there(std::size_t link, ConnectionId theirs) {
    auto* wire = find_theirs(link, theirs);
    if (!wire) return;
    wire->open_there = false;
    if (!wire->open_here) return;
    const auto wait = delay();
    const auto when = std::max(now_ + wait, wire->last_to_us);
    at(when, [this, life = life_, ours = wire->ours] {
        auto* found = life == life_ ? find_ours(ours) : nullptr;
        if (!found || !passes(found->link)) return;
        found->open_here = false;
        give(speaker::TcpClosed{ours, 0});
    });
}

World::Wire* World::find_ours(ConnectionId ours) {
    for (auto& wire : wires_)
        if (wire.open_here && wire.ours == ours) return &wire;
    return nullptr;
}

World::Wire* World::find_theirs(std::size_t link, ConnectionId theirs) {
    for (auto& wire : wires_)
        if (wire.open_there && wire.link == link && wire.theirs == theirs) return &wire;
    return nullptr;
}

std::optional<std::size_t> World::link_of(const Address& msee) const {
    for (std::size_t link = 0; link < kLinks; ++link)
        if (msee == gateway(link)) return link;
    return std::nullopt;
}

}  // namespace dyad::sim
