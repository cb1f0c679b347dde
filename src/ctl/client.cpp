#include "ctl/client.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

namespace dyad::ctl {

namespace {

/// A page of the longest routes is far shorter; a line without an end is no daemon of ours.
constexpr std::size_t kMaxLineOctets = 64 << 20;

/// Closes what it holds.
class Socket {
public:
    Socket() : fd_(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {}
    ~Socket() {
        if (fd_ >= 0) ::close(fd_);
    }
    Socket(const Socket&) = delete;
    Socket& operator=(const Socket&) = delete;
    int get() const { return fd_; }

private:
    int fd_;
};

std::string unreachable(const std::string& path, int error) {
    const auto reason = fmt::format("no dyad answers on {}: {}", path, std::strerror(error));
    if (error == EACCES || error == EPERM) {
        return reason + "; the socket belongs to root and the group of [control] group: try sudo";
    }
    return reason + "; is it running? sudo systemctl status dyad, or -s SOCKET";
}

int connect_to(int fd, const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return ENAMETOOLONG;
    std::memcpy(address.sun_path, path.data(), path.size());
    return ::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 ? 0 : errno;
}

bool send_all(int fd, std::string_view octets) {
    while (!octets.empty()) {
        const auto sent = ::send(fd, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent < 0 && errno == EINTR) continue;
        if (sent < 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
    return true;
}

}  // namespace

std::string ask(const std::string& path, const std::string& request,
                const std::function<GoOn(std::string_view)>& on_line) {
    const Socket socket;
    if (const int error = connect_to(socket.get(), path)) return unreachable(path, error);
    // A refusal may be there already although nothing can be sent any more.
    send_all(socket.get(), request + "\n");
    std::string buffered;
    std::array<char, 65536> part;
    for (;;) {
        const auto got = ::recv(socket.get(), part.data(), part.size(), 0);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) {
            if (got == 0 && buffered.empty()) return {};
            return fmt::format("{} ended in the middle of its answer", path);
        }
        buffered.append(part.data(), static_cast<std::size_t>(got));
        std::size_t start = 0;
        for (auto end = buffered.find('\n'); end != std::string::npos; end = buffered.find('\n', start)) {
            if (on_line(std::string_view{buffered}.substr(start, end - start)) == GoOn::No) return {};
            start = end + 1;
        }
        buffered.erase(0, start);
        if (buffered.size() > kMaxLineOctets) return fmt::format("{} does not answer as dyad does", path);
    }
}

}  // namespace dyad::ctl
