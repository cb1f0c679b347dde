#include "limit_world.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "dyad/base/overloaded.hpp"
#include "dyad/base/writer.hpp"
#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::requirements {

namespace {

using namespace std::chrono_literals;

struct Place {
    const char* session;
    const char* interface;
    const char* ours;
    const char* theirs;
    std::uint32_t asn;
    std::uint32_t index;
};
constexpr std::array<Place, kPeers> kPlaces{{{"er/private/primary", "a", "192.168.15.17", "192.168.15.18", 12076, 11},
                                             {"er/private/secondary", "b", "192.168.15.21", "192.168.15.22", 12076, 12},
                                             {"fw", "lan", "192.168.16.1", "192.168.16.2", 64512, 13}}};
/// Turns at one moment: more is a Speaker that spins.
constexpr int kMostTurns = 10'000;

/// One look at links and addresses, made once for all histories.
sim::FakeKernel make_kernel() {
    sim::FakeKernel kernel;
    for (const auto& place : kPlaces) {
        kernel.add_link(place.index, place.interface);
        kernel.add_address(place.index, *Address::parse(place.ours), 30);
    }
    kernel.take_news();
    return kernel;
}

/// Hold time 0: nobody has to be kept alive, and time can be skipped.
std::vector<std::uint8_t> open_of(std::size_t peer) {
    const Asn asn{kPlaces[peer].asn};
    return wire::encode_open({.asn = asn,
                              .hold_time = 0s,
                              .router_id = RouterId{0x0a000001 + static_cast<std::uint32_t>(peer)},
                              .capabilities = {wire::Multiprotocol{1, wire::kSafiUnicast}, wire::FourOctetAs{asn},
                                               wire::RouteRefreshCapability{}}});
}

/// One UPDATE, written into as much as it may take.
template <class Write>
std::vector<std::uint8_t> update(const Write& write) {
    std::vector<std::uint8_t> message(wire::kMaxMessageOctets);
    Writer out{message};
    write(out);
    message.resize(out.size());
    return message;
}

}  // namespace

LimitWorld::LimitWorld(std::uint64_t seed)
    : speaker_(now_, speaker::Host{"edge1", "histories", seed}), kernel_([] {
          static const auto kKernel = make_kernel();
          return kKernel;
      }()) {}

std::string LimitWorld::session_name(std::size_t peer) { return kPlaces[peer].session; }

void LimitWorld::configure(const config::Config& config) {
    config_ = config;
    take_limits();
    speaker_.configure(now_, config);
}

std::size_t LimitWorld::limit_of(std::size_t peer) const {
    return peer == kInside ? config_.neighbors.front().exchange.limits.advertise
                           : config_.circuits.front().peerings.front().exchange.limits.advertise;
}

void LimitWorld::take_limits() {
    for (std::size_t i = 0; i < kPeers; ++i)
        peers_[i].most = std::max(limit_of(i), std::min(peers_[i].most, peers_[i].holds.size()));
}

// ---- what peers do ---------------------------------------------------------------------------------------------------

void LimitWorld::announce(std::size_t msee, const std::vector<Prefix>& prefixes) {
    if (!peers_[msee].up || prefixes.empty()) return;
    wire::Attributes attributes;
    attributes.origin = wire::Origin::Igp;
    attributes.as_path.prepend(Asn{kPlaces[msee].asn});
    attributes.next_hop = Address::parse(kPlaces[msee].theirs);
    std::vector<std::uint8_t> block(512);
    Writer block_out{block};
    wire::encode_attributes(attributes, {}, block_out);
    const auto message = update(
        [&](Writer& out) { wire::encode_announcement(prefixes, block_out.written(), *attributes.next_hop, out); });
    give(speaker::TcpReceived{*calls_[msee], message});
}

void LimitWorld::withdraw(std::size_t msee, const std::vector<Prefix>& prefixes) {
    if (!peers_[msee].up || prefixes.empty()) return;
    const auto message = update([&](Writer& out) { wire::encode_withdrawal(prefixes, out); });
    give(speaker::TcpReceived{*calls_[msee], message});
}

void LimitWorld::ask_for_refresh(std::size_t peer) {
    if (!peers_[peer].up) return;
    const auto message = wire::encode_route_refresh({1, 0, wire::kSafiUnicast});
    give(speaker::TcpReceived{*calls_[peer], message});
}

void LimitWorld::reset(std::size_t peer) {
    speaker_.order(now_, {.what = speaker::Order::What::Reset, .name = session_name(peer)});
    gone(peer);
}

void LimitWorld::refresh(std::size_t peer) {
    speaker_.order(now_, {.what = speaker::Order::What::Refresh, .name = session_name(peer)});
}

void LimitWorld::clear() { speaker_.order(now_, {.what = speaker::Order::What::Clear, .name = "er/private"}); }

void LimitWorld::set_cable(std::size_t peer, bool up) {
    peers_[peer].cable = up;
    if (!up) gone(peer);
    kernel_.set_carrier(kPlaces[peer].index, up);
    const auto news = kernel_.take_news();
    give(speaker::KernelNews{news});
}

void LimitWorld::end_session(std::size_t peer, Ending how) {
    if (!peers_[peer].up) return;
    const auto call = *calls_[peer];
    gone(peer);
    if (how == Ending::Notification) {
        const auto message = wire::encode_notification({wire::ErrorCode::Cease, 4, {}});
        give(speaker::TcpReceived{call, message});
    } else {
        give(speaker::TcpClosed{call, ECONNRESET});
    }
}

void LimitWorld::set_reads(std::size_t peer, bool reads) {
    peers_[peer].reads = reads;
    if (reads && unread_[peer] > 0 && calls_[peer])
        give(speaker::TcpSent{*calls_[peer], std::exchange(unread_[peer], 0)});
}

void LimitWorld::gone(std::size_t peer) {
    calls_[peer].reset();
    unread_[peer] = 0;
    peers_[peer].holds.clear();
    peers_[peer].up = false;
    peers_[peer].most = limit_of(peer);
}

// ---- the crank -------------------------------------------------------------------------------------------------------

void LimitWorld::give(const speaker::Input& input) { speaker_.handle(now_, input); }

void LimitWorld::settle() {
    for (int turns = 0;; ++turns) {
        if (turns == kMostTurns) return breaks(0, "the Speaker spins");
        for (auto& output : speaker_.turn(now_)) carry_out(output);
        const auto due = speaker_.deadline();
        if (!speaker_.has_work() && !(due && *due <= now_)) return;
    }
}

std::optional<std::size_t> LimitWorld::run_for(Duration duration) {
    for (const auto until = now_ + duration;;) {
        while (!dials_.empty()) {
            const auto connect = dials_.front();
            dials_.erase(dials_.begin());
            if (const auto up = dial(connect)) return up;
        }
        if (now_ >= until || !broken_.empty()) return std::nullopt;
        const auto due = speaker_.deadline();
        now_ = due ? std::clamp(*due, now_, until) : until;
        settle();
    }
}

std::optional<std::size_t> LimitWorld::dial(const speaker::TcpConnect& connect) {
    const auto at = std::ranges::find_if(
        kPlaces, [&](const Place& place) { return *Address::parse(place.theirs) == connect.peer; });
    const auto peer = static_cast<std::size_t>(at - kPlaces.begin());
    if (!peers_[peer].cable || !peers_[peer].answers) {
        give(speaker::TcpClosed{connect.connection, ECONNREFUSED});
        return std::nullopt;
    }
    calls_[peer] = connect.connection;
    give(speaker::TcpConnected{connect.connection});
    give(speaker::TcpReceived{connect.connection, open_of(peer)});
    give(speaker::TcpReceived{connect.connection, wire::keepalive_message()});
    peers_[peer].up = true;
    return peer;
}

void LimitWorld::carry_out(speaker::Output& output) {
    const auto of_call = [&](ConnectionId id) {
        return static_cast<std::size_t>(std::ranges::find(calls_, std::optional{id}) - calls_.begin());
    };
    std::visit(Overloaded{
                   [&](const speaker::TcpConnect& connect) { dials_.push_back(connect); },
                   [&](const speaker::TcpSend& send) {
                       const auto peer = of_call(send.connection);
                       if (peer == kPeers) return;
                       read(peer, send.octets);
                       if (peers_[peer].reads)
                           give(speaker::TcpSent{send.connection, send.octets.size()});
                       else
                           unread_[peer] += send.octets.size();
                   },
                   [&](const speaker::TcpClose& close) {
                       std::erase_if(dials_, [&](const auto& dial) { return dial.connection == close.connection; });
                       const auto peer = of_call(close.connection);
                       if (peer == kPeers) return;
                       gone(peer);
                   },
                   [&](const speaker::KernelSend& batch) {
                       const auto reply = kernel_.request(batch.octets);
                       give(speaker::KernelReplied{reply});
                   },
                   [&](const speaker::KernelAsk& ask) {
                       const auto news = kernel_.request(ask.octets);
                       give(speaker::KernelNews{news});
                   },
                   [](const speaker::TcpRekey&) {},
                   [](const speaker::Listen&) {},
                   [](const speaker::BfdSessions&) {},
                   [](const speaker::Event&) {},
               },
               output);
}

// ---- what peers count ------------------------------------------------------------------------------------------------

void LimitWorld::read(std::size_t peer, Bytes octets) {
    while (!octets.empty()) {
        const auto message = wire::next_message(octets, wire::kMaxExtendedMessageOctets);
        if (!message || !*message) return breaks(peer, "is told what is no message");
        if ((*message)->type == wire::MessageType::Update) count(peer, (*message)->body());
        octets = octets.subspan((*message)->whole.size());
    }
}

void LimitWorld::count(std::size_t number, Bytes body) {
    auto& peer = peers_[number];
    const auto update = wire::decode_update(body, {.four_octet_as = true, .external = true});
    if (!update) return breaks(number, "is told an UPDATE that is malformed");
    if (!update->withdrawn.empty() && !update->announced.empty())
        breaks(number, "is told an UPDATE that withdraws and announces");
    for (const auto& prefix : update->withdrawn) {
        if (peer.holds.erase(prefix) == 0) breaks(number, "does not hold what is withdrawn");
        peer.most = std::max(limit_of(number), std::min(peer.most, peer.holds.size()));
    }
    for (const auto& prefix : update->announced) {
        const auto& communities = update->attributes->communities;
        peer.holds[prefix] = communities.empty() ? 0 : communities.front();
        if (peer.holds.size() > peer.most) breaks(number, "holds more than the limit");
        if (peer.holds.size() == peer.most) ++peer.at_limit;
    }
}

void LimitWorld::breaks(std::size_t peer, const std::string& what) {
    if (broken_.empty()) broken_ = session_name(peer) + " " + what;
}

}  // namespace dyad::requirements
