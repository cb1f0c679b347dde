#include "shell/msee_socket.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>

namespace dyad::shell {

namespace {

/// No command is longer; whoever sends more without an end of line is not a script of ours.
constexpr std::size_t kMaxLine = 64 * 1024;
constexpr int kBacklog = 16;

std::optional<sockaddr_un> address_of(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.empty() || path.size() >= sizeof address.sun_path) return std::nullopt;
    std::memcpy(address.sun_path, path.data(), path.size());
    return address;
}

const sockaddr* generic(const sockaddr_un& address) { return reinterpret_cast<const sockaddr*>(&address); }

}  // namespace

LineSocket::~LineSocket() {
    if (listener_.open()) ::unlink(path_.c_str());
}

std::string LineSocket::open(const std::string& path) {
    const auto at = address_of(path);
    if (!at) return fmt::format("{}: a socket's path has 1 to 107 characters", path);
    const Fd probe{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(probe.get(), generic(*at), sizeof *at) == 0) return fmt::format("{}: somebody answers there", path);
    if (errno == ECONNREFUSED) ::unlink(path.c_str());
    Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const auto before = ::umask(0077);  // whoever may command an MSEE is whoever started it
    const int bound = ::bind(socket.get(), generic(*at), sizeof *at);
    ::umask(before);
    if (bound != 0 || ::listen(socket.get(), kBacklog) != 0) return fmt::format("{}: {}", path, std::strerror(errno));
    path_ = path;
    listener_ = Watched{loop_, std::move(socket)};
    listener_.on_readable([this] { accept_all(); });
    return {};
}

void LineSocket::accept_all() {
    for (;;) {
        Fd socket{::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket.open()) return;
        const auto id = next_id_++;
        auto& client = clients_.try_emplace(id, Client{Watched{loop_, std::move(socket)}}).first->second;
        client.socket.on_readable([this, id] { read(id); });
    }
}

void LineSocket::read(std::uint32_t id) {
    const auto at = clients_.find(id);
    if (at == clients_.end()) return;
    auto& client = at->second;
    std::array<char, 4096> part;
    const auto got = ::recv(client.socket.fd(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got < 0 || client.in.size() > kMaxLine) {
        clients_.erase(at);
        return;
    }
    if (got == 0) {
        client.ended = true;
        client.socket.on_readable(nullptr);
    }
    client.in.append(part.data(), static_cast<std::size_t>(got));
    for (auto end = client.in.find('\n'); end != client.in.npos; end = client.in.find('\n')) {
        const auto line = client.in.substr(0, end);
        client.in.erase(0, end + 1);
        client.out += answer_(line) + "\n";
    }
    write(id);
}

void LineSocket::write(std::uint32_t id) {
    const auto at = clients_.find(id);
    if (at == clients_.end() || at->second.blocked) return;
    auto& client = at->second;
    while (!client.out.empty()) {
        const auto got = ::send(client.socket.fd(), client.out.data(), client.out.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) {
            client.blocked = true;
            client.socket.when_writable([this, id] {
                if (const auto again = clients_.find(id); again != clients_.end()) again->second.blocked = false;
                write(id);
            });
            return;
        }
        if (got < 0) break;
        client.out.erase(0, static_cast<std::size_t>(got));
    }
    if (client.ended || !client.out.empty()) clients_.erase(at);
}

bool ask_line_socket(const std::string& path, const std::string& line, std::string& answer) {
    const auto at = address_of(path);
    const Fd socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto request = line + "\n";
    if (!at || ::connect(socket.get(), generic(*at), sizeof *at) != 0 ||
        ::send(socket.get(), request.data(), request.size(), MSG_NOSIGNAL) < 0) {
        answer = fmt::format("{}: {}", path, at ? std::strerror(errno) : "not a socket's path");
        return false;
    }
    ::shutdown(socket.get(), SHUT_WR);
    answer.clear();
    std::array<char, 65536> part;
    for (;;) {
        const auto got = ::recv(socket.get(), part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) break;
        answer.append(part.data(), static_cast<std::size_t>(got));
    }
    if (answer.ends_with('\n')) answer.pop_back();
    if (answer.empty()) answer = fmt::format("{}: no answer", path);
    return answer.starts_with('{');
}

}  // namespace dyad::shell
