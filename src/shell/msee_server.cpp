#include "shell/msee_server.hpp"

#include <fmt/format.h>

#include "dyad/base/overloaded.hpp"
#include "shell/clock.hpp"
#include "shell/msee_words.hpp"

namespace dyad::shell {

namespace {

/// How long goodbyes may take.
constexpr auto kGoodbye = std::chrono::seconds{1};
constexpr auto kSendAgain = std::chrono::milliseconds{5};

/// Jitter differs from MSEE to MSEE, and is the same for the same one on every run.
std::uint64_t seed_of(const MseeSettings& settings) {
    return hash_bytes(settings.options.customers.front().local.bytes());
}

}  // namespace

MseeServer::MseeServer(Loop& loop, Journal& journal, MseeSettings settings)
    : loop_(loop),
      settings_(std::move(settings)),
      msee_(settings_.options, seed_of(settings_)),
      vnets_v4_(Family::Ipv4, settings_.options.kind),
      vnets_v6_(Family::Ipv6, settings_.options.kind),
      doors_(settings_.options.customers.size()),
      connections_(loop, journal, [this](const speaker::Input& input) { tell(input); }),
      listeners_(
          loop, journal, [this](Call call) { connections_.accepted(std::move(call)); },
          [this](const speaker::Input& input) { tell(input); }),
      bfd_(loop, journal, [this](const speaker::Input& input) { tell(input); }),
      deadline_(loop),
      patience_(loop) {}

std::string MseeServer::load() {
    vnets_v4_.announce(msee_, settings_.routes_v4);
    vnets_v6_.announce(msee_, settings_.routes_v6);
    if (settings_.mrt.empty()) return {};
    const auto loaded = load_mrt(settings_.mrt, settings_.mrt_neighbor, msee_);
    if (!loaded) return loaded.error();
    print_msee_line(settings_.name,
                    fmt::format("{}: {} routes out of {} records", settings_.mrt, loaded->routes, loaded->records));
    if (loaded->errors > 0)
        print_msee_line(settings_.name,
                        fmt::format("{} records not understood, the first at {}", loaded->errors, loaded->first_error));
    return {};
}

void MseeServer::start() {
    listen();
    start_bfd();
    msee_.start(now());
    turn_soon();
}

void MseeServer::stop(Callback done) {
    done_ = std::move(done);
    listeners_.apply({});
    bfd_.apply({});
    msee_.stop(now(), "dyad msee ends");
    patience_.after(kGoodbye, [this] { finish(); });
    turn_soon();
}

void MseeServer::listen() {
    const auto& customers = settings_.options.customers;
    speaker::Listen wanted;
    for (std::size_t i = 0; i < customers.size(); ++i)
        if (customers[i].opens != msee::Opens::Dials && doors_[i] != msee::TurnAway::Refuses)
            wanted.addresses.push_back({customers[i].local, settings_.port, {{customers[i].peer, tcp_options()}}});
    listeners_.apply(wanted);
    for (std::size_t i = 0; i < customers.size(); ++i)
        listeners_.set_ear(customers[i].local, doors_[i] == msee::TurnAway::Ignores ? Ear::Deaf : Ear::Hears);
}

void MseeServer::move(const msee::Door& door) {
    doors_[door.customer] = door.shut;
    if (!done_) listen();
}

/// With every customer, numbered as they are.
void MseeServer::start_bfd() {
    if (settings_.bfd.count() == 0) return;
    speaker::BfdSessions sessions;
    for (const auto& customer : settings_.options.customers) {
        const BfdSessionId id{static_cast<std::uint32_t>(sessions.sessions.size())};
        const bfd::Path path{.local = customer.local, .peer = customer.peer, .interface = settings_.interface};
        // Microsoft's is there and waits for the customer's first packet (RFC 5880 6.1).
        sessions.sessions.push_back(
            {id, path, {.transmit = settings_.bfd, .receive = settings_.bfd, .role = bfd::Role::Passive}});
    }
    bfd_.apply(sessions);
}

void MseeServer::bfd_changed(const speaker::BfdChanged& news) {
    const auto customer = news.session.index();
    const auto& peer = settings_.options.customers[customer].peer;
    print_msee_line(settings_.name,
                    fmt::format("BFD with {} is {}", peer.to_string(), bfd::to_string(news.change.after)));
    if (bfd::means_path_failure(news.change)) msee_.path_failed(now(), customer);
}

speaker::TcpOptions MseeServer::tcp_options() const {
    return {.interface = settings_.interface, .ttl = settings_.ttl, .md5_key = settings_.md5_key};
}

void MseeServer::tell(const speaker::Input& input) {
    std::visit(Overloaded{
                   [this](const speaker::TcpConnected& in) { msee_.connected(now(), in.connection); },
                   [this](const speaker::TcpAccepted& in) {
                       if (!msee_.accepted(now(), in.connection, in.local, in.peer)) connections_.close(in.connection);
                   },
                   [this](const speaker::TcpReceived& in) { msee_.received(now(), in.connection, in.octets); },
                   [this](const speaker::TcpSent& in) { msee_.sent(in.connection, in.octets); },
                   [this](const speaker::TcpClosed& in) { msee_.closed(now(), in.connection, in.error); },
                   [this](const speaker::ListenFailed& in) {
                       print_msee_line(settings_.name, fmt::format("cannot listen on {}: {}", in.local.to_string(),
                                                                   std::strerror(in.error)));
                   },
                   [this](const speaker::BfdChanged& in) { bfd_changed(in); },
                   [](const auto&) {},  // the kernel's routes, and hints for `show`: nothing for us
               },
               input);
    turn_soon();
}

void MseeServer::turn_soon() {
    if (std::exchange(turn_posted_, true)) return;
    loop_.post([this] { turn(); });
}

void MseeServer::turn() {
    turn_posted_ = false;
    if (const auto deadline = msee_.deadline(); deadline && *deadline <= now()) msee_.tick(now());
    for (auto& output : msee_.take_outputs()) carry_out(std::move(output));
    connections_.flush();
    if (msee_.has_work()) turn_soon();
    if (const auto deadline = msee_.deadline())
        deadline_.at(*deadline, [this] { turn_soon(); });
    else
        deadline_.cancel();
    if (!done_ || turn_posted_) return;
    if (connections_.quiet()) return finish();
    deadline_.after(kSendAgain, [this] { turn_soon(); });
}

void MseeServer::carry_out(msee::Output output) {
    std::visit(
        Overloaded{
            [this](const msee::Dial& dial) {
                connections_.connect({dial.connection, dial.local, dial.peer, settings_.port, tcp_options()});
            },
            [this](msee::Send& send) {
                connections_.send({send.connection, std::move(send.octets)});
            },
            [this](const msee::Close& close) { connections_.close(close.connection); },
            [this](const msee::Door& door) { move(door); },
            [this](const msee::Happened& happened) { print_msee_line(settings_.name, msee_sentence(happened, msee_)); },
        },
        output);
}

void MseeServer::finish() {
    patience_.cancel();
    if (const auto done = std::exchange(done_, nullptr)) done();
}

}  // namespace dyad::shell
