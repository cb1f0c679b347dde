#include "neighbour.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::bench {
namespace {

constexpr std::uint16_t kBgpPort = 179;
constexpr double kDialAgain = 0.001;

sockaddr_in socket_address(const Address& address, std::uint16_t port) {
    sockaddr_in out{};
    out.sin_family = AF_INET;
    out.sin_port = htons(port);
    out.sin_addr.s_addr = htonl(address.to_u32());
    return out;
}

/// A socket that lives in another namespace than we do.
int socket_in(const std::string& netns) {
    static const int home = ::open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    const int there = ::open(("/run/netns/" + netns).c_str(), O_RDONLY | O_CLOEXEC);
    if (there < 0 || ::setns(there, CLONE_NEWNET) != 0) {
        std::perror(netns.c_str());
        std::exit(2);
    }
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (::setns(home, CLONE_NEWNET) != 0) std::exit(2);
    ::close(there);
    const int on = 1;
    ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    return fd;
}

}  // namespace

double now() {
    timespec at{};
    ::clock_gettime(CLOCK_MONOTONIC, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
}

void tell(double at, const std::string& fields) {
    std::printf("{\"t\": %.6f, %s}\n", at, fields.c_str());
    std::fflush(stdout);
}

Neighbour::~Neighbour() {
    if (fd_ >= 0) ::close(fd_);
}

void Neighbour::dial() {
    fd_ = socket_in(settings_.netns);
    const auto from = socket_address(settings_.local, 0);
    const auto to = socket_address(settings_.remote, kBgpPort);
    if (::bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
        (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0 && errno != EINPROGRESS))
        return close("");
    stage_ = Stage::Dialing;
}

short Neighbour::events() const {
    if (fd_ < 0) return 0;
    const bool writing = stage_ == Stage::Dialing || sent_ < out_.size();
    return static_cast<short>(POLLIN | (writing ? POLLOUT : 0));
}

void Neighbour::ready(short events) {
    if (stage_ == Stage::Dialing) {
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(fd_, SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return close("");
        if ((events & POLLOUT) == 0) return;
        say_open();
    }
    if ((events & (POLLIN | POLLHUP | POLLERR)) != 0) read();
    if (fd_ >= 0 && (events & POLLOUT) != 0) write();
}

void Neighbour::tick(double at) {
    if (stage_ == Stage::Idle && at >= dial_at_) dial();
    if (stage_ != Stage::Established || at < keepalive_at_) return;
    keepalive_at_ = at + settings_.hold_time / 3.0;
    const auto keepalive = wire::keepalive_message();
    // Between whole messages only: behind what is queued.
    out_.insert(out_.end(), keepalive.begin(), keepalive.end());
    write();
}

void Neighbour::say_open() {
    stage_ = Stage::OpenSent;
    const auto two_octets = settings_.asn.value <= 0xffff ? settings_.asn : kAsTrans;
    const auto open =
        wire::encode_open({.asn = two_octets,
                           .hold_time = std::chrono::seconds{settings_.hold_time},
                           .router_id = RouterId{settings_.local.to_u32()},
                           .capabilities = {wire::Multiprotocol{1, wire::kSafiUnicast}, wire::RouteRefreshCapability{},
                                            wire::FourOctetAs{settings_.asn}}});
    out_.assign(open.begin(), open.end());
    sent_ = 0;
    write();
}

void Neighbour::send(std::vector<std::uint8_t> octets) {
    out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(sent_));
    sent_ = 0;
    if (out_.empty())
        out_ = std::move(octets);
    else
        out_.insert(out_.end(), octets.begin(), octets.end());
    tell_sent_ = true;
    write();
}

void Neighbour::write() {
    while (sent_ < out_.size()) {
        const auto got = ::send(fd_, out_.data() + sent_, out_.size() - sent_, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return;
        if (got < 0) return close(std::strerror(errno));
        sent_ += static_cast<std::size_t>(got);
    }
    if (tell_sent_) tell(now(), "\"event\": \"sent\", \"session\": \"" + name() + "\"");
    tell_sent_ = false;
    out_.clear();
    sent_ = 0;
}

void Neighbour::read() {
    const auto got = ::recv(fd_, in_.data() + filled_, in_.size() - filled_, MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) return close(got == 0 ? "closed by the device" : std::strerror(errno));
    const auto at = now();
    filled_ += static_cast<std::size_t>(got);
    Bytes rest = Bytes{in_}.first(filled_);
    while (fd_ >= 0) {
        const auto message = wire::next_message(rest);
        if (!message) return close("a message that is none");
        if (!*message) break;
        take(at, (*message)->whole);
        rest = rest.subspan((*message)->whole.size());
    }
    if (fd_ < 0) return;
    std::memmove(in_.data(), rest.data(), rest.size());
    filled_ = rest.size();
    look_at_count(at);
}

void Neighbour::take(double at, Bytes message) {
    const auto body = message.subspan(wire::kHeaderOctets);
    switch (static_cast<wire::MessageType>(message[wire::kHeaderOctets - 1])) {
        case wire::MessageType::Open:
            tell(at, "\"event\": \"open\", \"session\": \"" + name() + "\"");
            out_.insert(out_.end(), wire::keepalive_message().begin(), wire::keepalive_message().end());
            return write();
        case wire::MessageType::Keepalive:
            keepalives_.push_back(at);
            if (stage_ == Stage::Established) return;
            stage_ = Stage::Established;
            keepalive_at_ = at;
            return tell(at, "\"event\": \"established\", \"session\": \"" + name() + "\"");
        case wire::MessageType::Update:
            return update(at, body);
        case wire::MessageType::Notification:
            return close("NOTIFICATION " + std::to_string(body[0]) + "/" + std::to_string(body[1]));
        case wire::MessageType::RouteRefresh:
            return;
    }
}

void Neighbour::update(double at, Bytes body) {
    const auto view = wire::parse_update(body);
    if (!view) return close("an UPDATE that does not parse");
    wire::NlriCursor withdrawn{view->withdrawn};
    while (const auto prefix = withdrawn.next())
        if (const auto number = number_of(*prefix)) set(at, *number, false);
    wire::NlriCursor announced{view->announced};
    while (const auto prefix = announced.next()) {
        const auto number = number_of(*prefix);
        if (number == kMarker) {
            last_marker_ = marked(view->attributes).value_or(0);
            if (on_marker) on_marker(at, last_marker_);
        } else if (number) {
            set(at, *number, true);
        }
    }
}

void Neighbour::set(double at, std::uint32_t number, bool held) {
    if (held_[number] != held) count_ += held ? 1 : std::size_t(-1);
    held_[number] = held;
    if (on_change) on_change(at, number);
}

void Neighbour::expect(std::size_t count) {
    expected_ = count;
    look_at_count(now());
}

void Neighbour::look_at_count(double at) {
    if (expected_ != count_) return;
    expected_.reset();
    tell(at, "\"event\": \"reached\", \"session\": \"" + name() + "\", \"held\": " + std::to_string(count_));
}

void Neighbour::close(const std::string& why) {
    ::close(fd_);
    fd_ = -1;
    // Before it is up, a device that is not ready yet refuses us as often as we call.
    const std::string what = stage_ == Stage::Established ? "closed" : "refused";
    if (stage_ == Stage::OpenSent || stage_ == Stage::Established)
        tell(now(), "\"event\": \"" + what + "\", \"session\": \"" + name() + "\", \"why\": \"" + why + "\"");
    stage_ = Stage::Idle;
    dial_at_ = now() + kDialAgain;
    out_.clear();
    sent_ = filled_ = 0;
    held_.assign(kTableSize, false);
    count_ = 0;
}

}  // namespace dyad::bench
