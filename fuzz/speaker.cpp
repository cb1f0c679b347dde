// Bytes drive a whole Speaker with both sessions of a peering Established and a kernel that answers: what peers say (framed,
// so that it reaches the code behind the framer), time, carriers, kernel news, reloads, questions. Whatever comes, it keeps
// its promises: a session ends by an UPDATE if and only if the codec says so, nothing is said on a dead connection, every
// turn ends, and shutting down does.
#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/speaker/speaker.hpp"
#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/update.hpp"
#include "fake_kernel.hpp"

using namespace dyad;
using namespace dyad::speaker;

namespace {

constexpr std::size_t kLinks = 2;
constexpr std::uint32_t kInterface[kLinks] = {11, 12};
/// 192.168.15.17 <-> .18 and .21 <-> .22.
const Address kLocal[kLinks] = {Address::v4(0xc0a80f11), Address::v4(0xc0a80f15)};
const Address kPeer[kLinks] = {Address::v4(0xc0a80f12), Address::v4(0xc0a80f16)};
/// More turns than any input of a few kilobytes needs to come to rest.
constexpr int kMostTurns = 2000;

config::Config configuration(std::uint8_t choice) {
    config::Peering peering;
    for (std::size_t link = 0; link < kLinks; ++link) {
        auto& made = link == 0 ? peering.primary : peering.secondary;
        made.interface = "eth" + std::to_string(link + 1);
        made.local = kLocal[link];
        made.peer = kPeer[link];
    }
    peering.exchange.accept.any = (choice & 1) == 0;
    peering.exchange.limits.advertise = 4;
    peering.transport.bfd.enabled = (choice & 0x40) != 0;
    for (std::uint32_t i = 0; i < 2u + (choice >> 1) % 4u; ++i)
        peering.exchange.advertise.push_back({.prefix = {Address::v4(0xc0a86400u + (i << 8)), 24}});
    config::Circuit circuit;
    circuit.name = "er";
    circuit.peerings.push_back(std::move(peering));
    config::Config config;
    config.asn = Asn{65010};
    config.router_id = RouterId{0xc0a80f11u};
    config.circuits.push_back(std::move(circuit));
    return config;
}

std::vector<std::uint8_t> framed(std::uint8_t type, Bytes body) {
    std::vector<std::uint8_t> octets(16, 0xff);
    const auto length = wire::kHeaderOctets + body.size();
    octets.push_back(static_cast<std::uint8_t>(length >> 8));
    octets.push_back(static_cast<std::uint8_t>(length));
    octets.push_back(type);
    octets.insert(octets.end(), body.begin(), body.end());
    return octets;
}

/// An UPDATE whose attributes and NLRI are the input's, behind mandatory attributes that are good where asked for.
std::vector<std::uint8_t> update_body(Reader& in) {
    const auto choice = in.u8();
    std::vector<std::uint8_t> attributes;
    if (choice & 1) attributes = {0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0x2f, 0x2c, 0x40, 3, 4, 192, 168, 15, 18};
    const Bytes more = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
    attributes.insert(attributes.end(), more.begin(), more.end());
    std::vector<std::uint8_t> body;
    const Bytes withdrawn = choice & 2 ? in.bytes(std::min<std::size_t>(in.u8() % 32, in.remaining())) : Bytes{};
    body.insert(body.end(), {0, static_cast<std::uint8_t>(withdrawn.size())});
    body.insert(body.end(), withdrawn.begin(), withdrawn.end());
    body.insert(body.end(),
                {static_cast<std::uint8_t>(attributes.size() >> 8), static_cast<std::uint8_t>(attributes.size())});
    body.insert(body.end(), attributes.begin(), attributes.end());
    if (choice & 4) {
        const Bytes routes = in.bytes(std::min<std::size_t>(in.u8() % 64, in.remaining()));
        body.insert(body.end(), routes.begin(), routes.end());
    } else {
        body.insert(body.end(), {24, 10, choice, in.u8()});
    }
    return body;
}

enum class Fate : std::uint8_t { Stays, Resets, Either };

/// What the codec says must become of a session that gets this UPDATE.
Fate fate(Bytes body, const wire::AttributeContext& context) {
    const auto view = wire::parse_update(body);
    if (!view) return Fate::Resets;
    // Ours is the session's only family; others are not agreed on.
    if (!view->disabled.empty()) return Fate::Either;
    if (wire::error_without_routes(*view, context)) return Fate::Resets;
    if (!view->announces()) return Fate::Stays;
    std::vector<std::uint8_t> scratch;
    const auto decoded = wire::decode_attributes(wire::attributes_without_mp(*view, scratch), context);
    const bool reset = !decoded && decoded.error().severity >= wire::Severity::AfiSafiDisable;
    // A family that was not agreed on is not looked at, whatever its attributes say.
    return reset ? Fate::Either : Fate::Stays;
}

class World {
public:
    explicit World(Reader& in) : speaker_(now_, Host{"fuzz", "0", in.u8()}) {
        for (std::size_t link = 0; link < kLinks; ++link) {
            kernel_.add_link(kInterface[link], "eth" + std::to_string(link + 1));
            kernel_.add_address(kInterface[link], kLocal[link], 30);
        }
        kernel_.take_news();
        four_octet_as_ = (in.u8() & 1) == 0;
        speaker_.configure(now_, configuration(0));
        settle();
    }

    void act(Reader& in) {
        const auto what = in.u8();
        const std::size_t link = what >> 7;
        switch (what % 16) {
            case 0:
            case 1:
            case 2:
            case 3:
                update(link, update_body(in));
                break;
            case 4:
                bfd(in);
                break;
            case 5: {
                const Bytes body = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
                update(link, {body.begin(), body.end()});
                break;
            }
            case 6: {
                const auto type = in.u8();
                receive_any(link, framed(type, in.bytes(std::min<std::size_t>(in.u8(), in.remaining()))));
                break;
            }
            case 7: {
                const Bytes octets = in.bytes(std::min<std::size_t>(in.u8(), in.remaining()));
                receive_any(link, octets);
                break;
            }
            case 8:
                pass(std::chrono::milliseconds{in.u16()});
                break;
            case 9:
                if (const auto due = speaker_.deadline()) pass(std::max(*due - now_, Duration{}));
                break;
            case 10:
                close(link, in.u8());
                break;
            case 11:
                kernel_.set_carrier(kInterface[link], (in.u8() & 1) != 0);
                inputs_.push_back(LookForNews{});
                break;
            case 12:
                give(KernelReplied{in.bytes(std::min<std::size_t>(in.u8(), in.remaining()))});
                break;
            case 13:
                kernel(in);
                break;
            case 14:
                speaker_.configure(now_, configuration(in.u8()));
                break;
            default:
                ask(in);
        }
        settle();
    }

    /// Shutting down ends, whatever was before.
    void end() {
        speaker_.shut_down(now_, "bye");
        for (int i = 0; i < 100 && !speaker_.idle(); ++i) {
            settle();
            pass(std::chrono::seconds{2});
        }
        ensure(speaker_.idle());
    }

private:
    struct Wire {
        std::size_t link = 0;
    };
    void give(const Input& input) { speaker_.handle(now_, input); }

    void pass(Duration time) {
        now_ = now_ + time;
        // Peers that live: a silent one is what hold timers are for, and the input can have it by passing more.
        if (time < std::chrono::seconds{30})
            for (std::size_t link = 0; link < kLinks; ++link) receive(link, wire::keepalive_message());
        settle();
    }

    bool established(std::size_t link) const {
        const auto view = speaker_.answer(now_, AskSummary{});
        const auto& links = std::get<SummaryView>(view).circuits.at(0).peerings.at(0).links;
        return link < links.size() && links[link].state == "Established";
    }

    std::optional<ConnectionId> living(std::size_t link) const {
        for (const auto& [id, wire] : wires_)
            if (wire.link == link) return ConnectionId{id};
        return std::nullopt;
    }

    void receive(std::size_t link, Bytes octets) {
        if (const auto id = living(link)) give(TcpReceived{*id, octets});
    }
    /// From here on a message may be half here, until the next connection.
    void receive_any(std::size_t link, Bytes octets) {
        receive(link, octets);
        partial_[link] = true;
    }

    void update(std::size_t link, const std::vector<std::uint8_t>& body) {
        const auto octets = framed(2, body);
        // An input that is cut may have left half a message before this one.
        const bool clean =
            established(link) && !partial_[link] && octets.size() <= wire::kMaxMessageOctets && body.size() >= 4;
        const auto expected = fate(body, {.four_octet_as = four_octet_as_, .external = true});
        receive(link, Bytes{octets});
        settle();
        if (!clean) return;
        if (expected == Fate::Stays) ensure(established(link));
        if (expected == Fate::Resets) ensure(!established(link));
    }

    void close(std::size_t link, int error) {
        const auto id = living(link);
        if (!id) return;
        wires_.erase(id->value);
        give(TcpClosed{*id, error});
    }

    /// Of any session there ever was: news may be late.
    void bfd(Reader& in) {
        const BfdSessionId id{in.u8() % 4u};
        const auto states = in.u8();
        const auto state = [&](unsigned shift) { return static_cast<bfd::State>((states >> shift) & 3u); };
        give(BfdChanged{id, {.before = state(0), .after = state(2), .remote = state(4)}});
    }

    void kernel(Reader& in) {
        switch (in.u8() % 6) {
            case 0:
                give(KernelOverrun{});
                break;
            case 1:
                kernel_.refuse_writes(in.u8() % 2 == 0 ? 0 : 12);  // ENOMEM
                break;
            case 2:
                give(KernelNews{in.bytes(std::min<std::size_t>(in.u8(), in.remaining()))});
                break;
            case 3:
                give(KernelTouchesLost{});
                break;
            case 4:
                give(KernelTouched{in.bytes(std::min<std::size_t>(in.u8(), in.remaining()))});
                break;
            default: {
                const auto id = in.u32();
                kernel_.put_leaf(id, {kPeer[0], kInterface[0], 4});
            }
        }
    }

    void ask(Reader& in) {
        static const std::array<const char*, 4> kNames{"er/private/primary", "er/private/secondary", "er/private", "x"};
        const std::string name = kNames[in.u8() % 4];
        const auto kind = in.u8();
        switch (kind % 6) {
            case 0:
                (void)speaker_.answer(now_, AskPeering{name});
                break;
            case 1:
                (void)speaker_.answer(now_, AskSession{name});
                break;
            case 2:
                (void)speaker_.answer(now_, AskFib{});
                break;
            case 3:
                (void)speaker_.answer(now_, AskWhy{"10." + std::to_string(in.u8()) + ".0.1", kind & 8 ? name : ""});
                break;
            default: {
                const AskRoutes question{
                    .filter = static_cast<RouteFilter>(in.u8() % 6), .session = name, .max_rows = 1 + kind % 8u};
                const auto view = speaker_.answer(now_, question);
                if (const auto* page = std::get_if<RoutesPage>(&view)) ensure(page->routes.size() <= question.max_rows);
            }
        }
    }

    void settle() {
        for (int i = 0; i < kMostTurns; ++i) {
            for (auto& output : speaker_.turn(now_)) carry_out(output);
            if (!inputs_.empty()) {
                auto input = std::move(inputs_.front());
                inputs_.pop_front();
                hand_over(input);
            } else if (!speaker_.has_work()) {
                return;
            }
        }
        ensure(false);  // it never comes to rest
    }

    struct Kernel {
        std::vector<std::uint8_t> octets;
        bool news = false;
    };
    struct Connected {
        ConnectionId connection;
    };
    struct LookForNews {};
    using Later = std::variant<Connected, Kernel, LookForNews>;

    void hand_over(const Later& later) {
        std::visit(Overloaded{[&](const Connected& news) { connected(news.connection); },
                              [&](const Kernel& answer) {
                                  if (answer.news)
                                      give(KernelNews{answer.octets});
                                  else
                                      give(KernelReplied{answer.octets});
                              },
                              [&](const LookForNews&) {
                                  const auto news = kernel_.take_news();
                                  if (!news.empty()) give(KernelNews{news});
                              }},
                   later);
    }

    /// A peer that is well: OPEN and KEEPALIVE come at once.
    void connected(ConnectionId id) {
        const auto found = wires_.find(id.value);
        if (found == wires_.end()) return;
        const auto link = found->second.link;
        partial_[link] = false;
        give(TcpConnected{id});
        std::vector<wire::Capability> capabilities{wire::Multiprotocol{1, wire::kSafiUnicast},
                                                   wire::RouteRefreshCapability{}};
        if (four_octet_as_) capabilities.push_back(wire::FourOctetAs{Asn{12076}});
        auto octets = wire::encode_open(
            {Asn{12076}, std::chrono::seconds{90}, RouterId{static_cast<std::uint32_t>(1 + link)}, capabilities});
        const auto keepalive = wire::keepalive_message();
        octets.insert(octets.end(), keepalive.begin(), keepalive.end());
        give(TcpReceived{id, octets});
    }

    void carry_out(Output& output) {
        std::visit(Overloaded{[&](TcpConnect& dial) {
                                  const std::size_t link = dial.peer == kPeer[0] ? 0 : 1;
                                  ensure(wires_.emplace(dial.connection.value, Wire{link}).second);
                                  inputs_.push_back(Connected{dial.connection});
                              },
                              [&](TcpSend& send) {
                                  ensure(wires_.contains(send.connection.value));
                                  Bytes octets{send.octets};
                                  while (!octets.empty()) {
                                      const auto message = wire::next_message(octets, wire::kMaxExtendedMessageOctets);
                                      ensure(message && *message);
                                      octets = octets.subspan((*message)->whole.size());
                                  }
                                  give(TcpSent{send.connection, send.octets.size()});
                              },
                              [&](TcpClose& close) { ensure(wires_.erase(close.connection.value) == 1); },
                              [](TcpRekey&) {}, [](Listen&) {}, [](BfdSessions&) {},
                              [&](KernelSend& batch) {
                                  inputs_.push_back(Kernel{kernel_.request(batch.octets), false});
                              },
                              [&](KernelAsk& ask) {
                                  inputs_.push_back(Kernel{kernel_.request(ask.octets), true});
                              },
                              [](Event& event) { ensure(!event_id(event.kind).empty()); }},
                   output);
    }

    Instant now_{std::chrono::seconds{1}};
    Speaker speaker_;
    sim::FakeKernel kernel_;
    std::map<std::uint32_t, Wire> wires_;
    std::deque<Later> inputs_;
    std::array<bool, kLinks> partial_{};
    bool four_octet_as_ = true;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    constexpr std::size_t kMostOctets = 2048;
    if (size > kMostOctets) return 0;
    Reader in{Bytes{data, size}};
    World world{in};
    while (!in.empty()) world.act(in);
    world.end();
    return 0;
}
