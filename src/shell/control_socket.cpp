#include "shell/control_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "shell/groups.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

constexpr int kBacklog = 16;
/// Operators, their dashboards, a few followers; the next one waits in the backlog.
constexpr std::size_t kMaxClients = 32;
/// Without a request, or without reading the answer, for this long nobody is there any more.
constexpr auto kPatience = std::chrono::seconds{30};

struct UnixAddress {
    sockaddr_un address{};
    socklen_t length = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&address); }
};

std::optional<UnixAddress> unix_address(const std::string& path) {
    UnixAddress out;
    out.address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof out.address.sun_path) return std::nullopt;
    std::memcpy(out.address.sun_path, path.data(), path.size());
    out.length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size() + 1);
    return out;
}

Fd open_unix() { return Fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)}; }

bool answered(const UnixAddress& at) {
    const Fd probe = open_unix();
    return ::connect(probe.get(), at.get(), at.length) == 0 || errno == EAGAIN;
}

void make_directory(const std::string& path) {
    const auto slash = path.rfind('/');
    if (slash != path.npos && slash > 0) ::mkdir(path.substr(0, slash).c_str(), 0755);
}

int bind_for_group_only(int fd, const UnixAddress& at) {
    const auto before = ::umask(0117);
    const int error = ::bind(fd, at.get(), at.length) == 0 ? 0 : errno;
    ::umask(before);
    return error;
}

}  // namespace

ControlSocket::ControlSocket(Loop& loop, Journal& journal, const Operations& operations)
    : loop_(loop), journal_(journal), operations_(operations) {}

ControlSocket::~ControlSocket() {
    if (listener_.open()) ::unlink(settings_.socket.c_str());
}

std::string ControlSocket::open(const config::Control& settings) {
    const auto& path = settings.socket;
    const auto at = unix_address(path);
    if (!at) return fmt::format("{}: a socket's path has 1 to 107 characters", path);
    make_directory(path);
    Fd socket = open_unix();
    int error = bind_for_group_only(socket.get(), *at);
    if (error == EADDRINUSE) {
        if (answered(*at)) return fmt::format("{}: another dyad answers there", path);
        ::unlink(path.c_str());
        error = bind_for_group_only(socket.get(), *at);
    }
    if (error == 0 && ::listen(socket.get(), kBacklog) != 0) error = errno;
    if (error != 0) return fmt::format("{}: {}", path, std::strerror(error));
    if (const auto group = find_group(settings.group)) {
        if (::chown(path.c_str(), static_cast<uid_t>(-1), *group) != 0) {
            journal_.note(EventLevel::Warning, fmt::format("{} stays with our own group, not {}: {}", path,
                                                           settings.group, std::strerror(errno)));
        }
    }
    settings_ = settings;
    listener_ = Watched{loop_, std::move(socket)};
    listener_.on_readable([this] { accept_all(); });
    return {};
}

ControlSocket::Client* ControlSocket::find(std::uint32_t id) {
    const auto at = clients_.find(id);
    return at == clients_.end() ? nullptr : &at->second;
}

void ControlSocket::accept_all() {
    for (;;) {
        Fd socket{::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket.open()) return;
        // At once, not later: a client that waits in silence cannot tell a busy daemon from a dead one.
        if (clients_.size() >= kMaxClients) {
            constexpr std::string_view kBusy = "{\"error\":\"too many clients\"}\n";
            ::send(socket.get(), kBusy.data(), kBusy.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
            continue;
        }
        const auto id = next_id_++;
        const auto rights = may_change(socket.get(), settings_.writers) ? Rights::Change : Rights::Look;
        auto& client =
            clients_.try_emplace(id, Client{Watched{loop_, std::move(socket)}, Timer{loop_}, rights}).first->second;
        client.socket.on_readable([this, id] { read(id); });
        be_patient(id, client);
    }
}

void ControlSocket::be_patient(std::uint32_t id, Client& client) {
    client.patience.after(kPatience, [this, id] { clients_.erase(id); });
}

void ControlSocket::read(std::uint32_t id) {
    auto* client = find(id);
    if (!client) return;
    std::array<char, kMaxRequestOctets> part;
    const auto got = ::recv(client->socket.fd(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    const bool ended = got <= 0;
    if (got < 0 || (ended && client->stage == Stage::Following)) {
        clients_.erase(id);
        return;
    }
    if (ended) client->socket.on_readable(nullptr);
    if (client->stage != Stage::Asking) return;
    client->in.append(part.data(), static_cast<std::size_t>(got));
    const auto end = client->in.find('\n');
    if (end == client->in.npos && !ended && client->in.size() <= kMaxRequestOctets) return;
    if (ended && client->in.empty()) {
        clients_.erase(id);
        return;
    }
    const auto request = parse_request(std::string_view{client->in}.substr(0, end));
    begin(id, request ? answer_to(*request, operations_, client->rights) : refusal(request.error()));
}

void ControlSocket::begin(std::uint32_t id, Answer answer) {
    auto* client = find(id);
    if (!client) return;
    client->stage = Stage::Answering;
    client->answer = std::move(answer);
    pump(id);
}

/// One piece a call; the next is posted, so that everything else has its turn first.
void ControlSocket::pump(std::uint32_t id) {
    auto* client = find(id);
    if (!client || client->blocked) return;
    if (client->out.empty() && !client->last_piece) {
        Piece piece = client->answer();
        client->out = std::move(piece.text);
        client->last_piece = piece.more == More::No;
        client->stage = piece.more == More::Later ? Stage::Following : Stage::Answering;
    }
    if (!write(id, *client)) {
        clients_.erase(id);
        return;
    }
    if (client->blocked) return;
    if (client->last_piece) {
        clients_.erase(id);
    } else if (client->stage == Stage::Following) {
        client->patience.cancel();
    } else {
        loop_.post([this, id] { pump(id); });
    }
}

/// False when the client is gone.
bool ControlSocket::write(std::uint32_t id, Client& client) {
    while (client.sent < client.out.size()) {
        const auto got = ::send(client.socket.fd(), client.out.data() + client.sent, client.out.size() - client.sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) {
            client.blocked = true;
            be_patient(id, client);
            client.socket.when_writable([this, id] {
                if (auto* again = find(id)) again->blocked = false;
                pump(id);
            });
            return true;
        }
        if (got < 0) return false;
        client.sent += static_cast<std::size_t>(got);
        be_patient(id, client);
    }
    client.out.clear();
    client.sent = 0;
    return true;
}

/// Posted: what happened may be the doing of a client whose answer is being made.
void ControlSocket::wake_followers() {
    for (const auto& [id, client] : clients_) {
        if (client.stage == Stage::Following && !client.blocked) loop_.post([this, number = id] { pump(number); });
    }
}

}  // namespace dyad::shell
