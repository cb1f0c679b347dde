#include "rig.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <utility>

#include "dyad/base/overloaded.hpp"
#include "dyad/config/parse.hpp"

namespace dyad::conformance {
namespace {

/// Turns at one moment: more than that is a Speaker that spins.
constexpr int kMostTurns = 100'000;
/// Within which a Speaker that wants a session has dialled.
constexpr auto kPatience = 70s;

const speaker::Host kHost{"edge1", "conformance", 1};

struct Interface {
    std::uint32_t index;
    const char* name;
    const char* address;
    std::uint8_t length;
};
constexpr Interface kInterfaces[] = {{11, "eth-a", "192.0.2.1", 24},   {12, "eth-b", "198.51.100.1", 24},
                                     {13, "eth-c", "203.0.113.1", 24}, {14, "eth-i", "172.20.1.1", 24},
                                     {15, "eth-j", "172.20.2.1", 24},  {16, "eth-six", "2001:db8:6::1", 64}};

config::Config parsed(const std::string& toml) {
    const auto read = config::parse(toml);
    INFO(config::render(read, "lab", toml));
    REQUIRE(read.ok());
    return read.config;
}

}  // namespace

// ---- one connection ------------------------------------------------------------------------------------------------

void Call::sends(const Octets& octets) {
    if (!open()) return;  // said into the void, as TCP would
    rig_.give(speaker::TcpReceived{id_, octets});
}

void Call::trickles(const Octets& octets) {
    for (const auto octet : octets) sends({octet});
}

void Call::ends(int error) {
    if (!open()) return;
    ended_ = true;
    rig_.give(speaker::TcpClosed{id_, error});
}

std::string Call::fate() const {
    if (open()) return "open";
    if (ended_) return "ended";
    const auto& all = heard();
    if (all.empty() || all.back().type != kNotification) return "closed";
    const auto& last = all.back().whole;
    return "NOTIFICATION " + std::to_string(last[19]) + "/" + std::to_string(last[20]) + ", closed";
}

Octets Call::data() const {
    const auto& all = heard();
    REQUIRE(!all.empty());
    REQUIRE(all.back().type == kNotification);
    return {all.back().whole.begin() + 21, all.back().whole.end()};
}

const std::vector<Heard>& Call::heard() const {
    for (auto& heard : frame(Bytes{octets_}.subspan(framed_), most_octets_)) heard_.push_back(std::move(heard));
    framed_ = octets_.size();
    return heard_;
}

std::size_t Call::count(std::uint8_t type) const {
    const auto& all = heard();
    return static_cast<std::size_t>(std::ranges::count(all, type, &Heard::type));
}

// ---- a neighbour ---------------------------------------------------------------------------------------------------

Neighbour::Neighbour(Rig& rig, std::string session, std::string address, std::string local, std::uint32_t as,
                     std::string router_id)
    : name(std::move(session)),
      asn(as),
      id(std::move(router_id)),
      rig_(rig),
      address_(std::move(address)),
      local_(std::move(local)) {}

Call& Neighbour::picks_up() {
    for (Duration waited{}; !dial_ && waited < kPatience; waited += 250ms) rig_.run_for(250ms);
    REQUIRE_MESSAGE(dial_.has_value(), name << " is not dialled");
    const auto connection = *std::exchange(dial_, std::nullopt);
    calls_.emplace_back(rig_, connection);
    rig_.give(speaker::TcpConnected{connection});
    return calls_.back();
}

Call& Neighbour::calls() {
    const ConnectionId connection{rig_.next_accepted_};
    rig_.next_accepted_ += 2;
    calls_.emplace_back(rig_, connection);
    rig_.give(speaker::TcpAccepted{connection, *Address::parse(local_), *Address::parse(address_)});
    return calls_.back();
}

Call& Neighbour::comes_up() { return comes_up(open()); }

Call& Neighbour::comes_up(const OpenMessage& message) {
    auto& made = picks_up();
    made.sends(message);
    made.sends(keepalive());
    REQUIRE(state() == "Established");
    keeps_alive(keepalive_every_);
    return made;
}

Call& Neighbour::calls_up(const OpenMessage& message) {
    auto& made = calls();
    made.sends(message);
    made.sends(keepalive());
    REQUIRE(state() == "Established");
    keeps_alive(keepalive_every_);
    return made;
}

void Neighbour::refuses(int error, session::ConnectHint hint) {
    REQUIRE(dial_.has_value());
    const auto connection = *std::exchange(dial_, std::nullopt);
    rig_.give(speaker::TcpClosed{connection, error, hint});
}

void Neighbour::hints(session::ConnectHint hint) {
    REQUIRE(dial_.has_value());
    rig_.give(speaker::TcpHint{*dial_, hint});
}

OpenMessage Neighbour::open() const {
    auto message = OpenMessage{asn, id};
    if (name == "six") message = message.without(kMultiprotocol);
    if (name != "c") message = message.capability(kMultiprotocol, hex("0002 00 01"));
    return width == AsOctets::Two ? message.without(kFourOctetAs) : message;
}

UpdateMessage Neighbour::update() const {
    const bool internal = asn == 65010;
    auto message = UpdateMessage{width}.origin(0);
    message = internal ? message.as_path({}) : message.as_path({asn});
    if (name != "six") message = message.next_hop(address_);
    return internal ? message.local_pref(100) : message;
}

Call& Neighbour::call() {
    REQUIRE(!calls_.empty());
    return calls_.back();
}

void Neighbour::reads_again() {
    reads_ = true;
    for (auto& made : calls_)
        if (made.open() && made.unread_ > 0) rig_.give(speaker::TcpSent{made.id_, std::exchange(made.unread_, 0)});
}

std::string Neighbour::state() const { return rig_.session(name).row.state; }

std::string Neighbour::told(const std::string& prefix, std::uint8_t type) {
    const auto all = table();
    const auto route = all.find(prefix);
    if (route == all.end()) return "no route";
    const auto found = std::ranges::find(route->second, type, &HeardAttribute::type);
    return found == route->second.end() ? "none" : to_hex(found->value);
}

std::uint8_t Neighbour::flags(const std::string& prefix, std::uint8_t type) {
    const auto all = table();
    REQUIRE(all.contains(prefix));
    const auto& attributes = all.at(prefix);
    const auto found = std::ranges::find(attributes, type, &HeardAttribute::type);
    REQUIRE(found != attributes.end());
    return found->flags;
}

std::vector<HeardUpdate> Neighbour::updates() {
    std::vector<HeardUpdate> all;
    for (const auto& heard : call().heard())
        if (heard.type == kUpdate) all.push_back(read_update(heard));
    return all;
}

// ---- the world -----------------------------------------------------------------------------------------------------

Rig::Rig(const Lab& lab) : Rig(lab.toml()) {}

Rig::Rig(const std::string& toml)
    : a(*this, "a", "192.0.2.2", "192.0.2.1", 65001, "10.0.0.1"),
      b(*this, "b", "198.51.100.2", "198.51.100.1", 65002, "10.0.0.2"),
      c(*this, "c", "203.0.113.2", "203.0.113.1", 65001, "10.0.0.3"),
      i(*this, "i", "172.20.1.2", "172.20.1.1", 65010, "10.0.0.4"),
      j(*this, "j", "172.20.2.2", "172.20.2.1", 65010, "10.0.0.5"),
      six(*this, "six", "2001:db8:6::2", "2001:db8:6::1", 65006, "10.0.0.6"),
      stranger(*this, "stranger", "192.0.2.99", "192.0.2.1", 65099, "10.0.0.99"),
      speaker_(now_, kHost) {
    for (const auto& interface : kInterfaces) {
        kernel_.add_link(interface.index, interface.name);
        kernel_.add_address(interface.index, *Address::parse(interface.address), interface.length);
    }
    kernel_.take_news();
    speaker_.configure(now_, parsed(toml));
    toml_ = toml;
    settle();
}

void Rig::restart() {
    for (auto* neighbour : neighbours()) {
        neighbour->calls_.clear();
        neighbour->dial_.reset();
        neighbour->alive_ = false;
    }
    events_.clear();
    speaker_ = speaker::Speaker{now_, kHost};
    speaker_.configure(now_, parsed(toml_));
    settle();
}

void Rig::reset(const std::string& session) {
    speaker_.order(now_, {speaker::Order::What::Reset, session, ""});
    settle();
}

void Rig::refresh(const std::string& session) {
    speaker_.order(now_, {speaker::Order::What::Refresh, session, ""});
    settle();
}

std::string Rig::clear(const std::string& name) {
    const auto answer = speaker_.order(now_, {speaker::Order::What::Clear, name, ""});
    settle();
    const auto* view = std::get_if<speaker::OrderView>(&answer);
    return view == nullptr ? "not found" : view->refused.empty() ? view->sessions.front().what : view->refused;
}

std::string Rig::refusal(const Lab& lab) {
    const auto toml = lab.toml();
    const auto read = config::parse(toml);
    return read.ok() ? "" : config::render(read, "lab", toml);
}

void Rig::reload(const std::string& toml) {
    speaker_.configure(now_, parsed(toml));
    settle();
}

void Rig::shut_down(const std::string& text) {
    speaker_.shut_down(now_, text);
    settle();
}

void Rig::carrier(const std::string& interface, bool up) {
    const auto* found = std::ranges::find(kInterfaces, interface, &Interface::name);
    kernel_.set_carrier(found->index, up);
    kept_.push_back(kernel_.take_news());
    give(speaker::KernelNews{kept_.back()});
}

void Rig::bfd(bfd::State before, bfd::State after, bfd::Diagnostic diagnostic) {
    REQUIRE(!bfd_.empty());
    const bfd::Change change{.before = before, .after = after, .diagnostic = diagnostic, .remote = before};
    give(speaker::BfdChanged{bfd_.front().id, change});
}

void Rig::give(const speaker::Input& input) {
    speaker_.handle(now_, input);
    settle();
}

void Rig::settle() {
    for (int turns = 0;; ++turns) {
        REQUIRE_MESSAGE(turns < kMostTurns, "the Speaker spins");
        for (auto& output : speaker_.turn(now_)) carry_out(output);
        const bool answers = !inputs_.empty();
        while (!inputs_.empty()) {
            const auto input = inputs_.front();
            inputs_.pop_front();
            speaker_.handle(now_, input);
        }
        kept_.clear();
        const auto due = speaker_.deadline();
        if (!answers && !speaker_.has_work() && !(due && *due <= now_)) return;
    }
}

void Rig::run_for(Duration duration) {
    const auto end = now_ + duration;
    while (now_ < end) {
        auto next = end;
        if (const auto due = speaker_.deadline(); due && *due < next) next = std::max(*due, now_ + Duration{1});
        for (auto* neighbour : neighbours())
            if (neighbour->alive_) next = std::min(next, std::max(neighbour->next_keepalive_, now_ + Duration{1}));
        now_ = next;
        settle();
        keep_alive();
    }
}

void Rig::keep_alive() {
    for (auto* neighbour : neighbours()) {
        if (!neighbour->alive_ || now_ < neighbour->next_keepalive_) continue;
        neighbour->next_keepalive_ = now_ + neighbour->keepalive_every_;
        if (!neighbour->calls_.empty()) neighbour->call().sends(keepalive());
    }
}

void Rig::carry_out(speaker::Output& output) {
    std::visit(Overloaded{
                   [&](const speaker::TcpConnect& dial) {
                       auto& called = by_address(dial.peer);
                       called.dial_ = dial.connection;
                       called.dialled_at_.push_back(now_);
                       last_dial_ = dial;
                   },
                   [&](const speaker::TcpSend& send) {
                       auto* call = find(send.connection);
                       REQUIRE(call != nullptr);
                       REQUIRE_MESSAGE(!call->closed_, "octets after the close");
                       call->octets_.insert(call->octets_.end(), send.octets.begin(), send.octets.end());
                       if (owner(*call).reads_)
                           inputs_.emplace_back(speaker::TcpSent{send.connection, send.octets.size()});
                       else
                           call->unread_ += send.octets.size();
                   },
                   [&](const speaker::TcpRekey&) {},
                   [&](const speaker::TcpClose& close) {
                       if (auto* call = find(close.connection)) call->closed_ = true;
                       for (auto* neighbour : neighbours())
                           if (neighbour->dial_ == close.connection) neighbour->dial_.reset();
                   },
                   [&](const speaker::Listen& listen) { listening_ = listen.addresses; },
                   [&](const speaker::KernelSend& batch) {
                       kept_.push_back(kernel_.request(batch.octets));
                       inputs_.emplace_back(speaker::KernelReplied{kept_.back()});
                   },
                   [&](const speaker::BfdSessions& all) { bfd_ = all.sessions; },
                   [&](const speaker::KernelAsk& ask) {
                       kept_.push_back(kernel_.request(ask.octets));
                       inputs_.emplace_back(speaker::KernelNews{kept_.back()});
                   },
                   [&](speaker::Event& event) { events_.push_back(std::move(event)); },
               },
               output);
}

std::optional<speaker::RouteView> Rig::best(std::string_view prefix) const {
    speaker::AskRoutes ask;
    ask.prefix = *Prefix::parse(prefix);
    const auto page = std::get<speaker::RoutesPage>(speaker_.answer(now_, ask));
    for (const auto& route : page.routes)
        if (route.best) return route;
    return std::nullopt;
}

std::string Rig::used(std::string_view prefix) const {
    const auto route = best(prefix);
    return route ? route->session : "none";
}

bool Rig::in_kernel(std::string_view prefix) const {
    return std::ranges::any_of(kernel_.routes(),
                               [&](const auto& route) { return route.first.prefix == *Prefix::parse(prefix); });
}

speaker::SessionView Rig::session(const std::string& name) const {
    const auto view = speaker_.answer(now_, speaker::AskSession{name});
    REQUIRE(std::holds_alternative<speaker::SessionView>(view));
    return std::get<speaker::SessionView>(view);
}

Neighbour& Rig::by_address(const Address& address) {
    for (auto* neighbour : neighbours())
        if (*Address::parse(neighbour->address_) == address) return *neighbour;
    FAIL("dialled nobody's address " << address.to_string());
    return a;
}

Call* Rig::find(ConnectionId id) {
    for (auto* neighbour : neighbours())
        for (auto& call : neighbour->calls_)
            if (call.id_ == id) return &call;
    return nullptr;
}

Neighbour& Rig::owner(const Call& call) {
    for (auto* neighbour : neighbours())
        for (auto& made : neighbour->calls_)
            if (&made == &call) return *neighbour;
    FAIL("nobody's connection");
    return a;
}

}  // namespace dyad::conformance
