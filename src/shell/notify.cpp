#include "shell/notify.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

#include "shell/clock.hpp"
#include "shell/fd.hpp"

namespace dyad::shell {

void notify(std::string_view state) {
    const char* path = std::getenv("NOTIFY_SOCKET");
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    const std::size_t length = path ? std::strlen(path) : 0;
    if (length == 0 || length >= sizeof to.sun_path) return;
    std::memcpy(to.sun_path, path, length);
    // '@' stands for the octet 0 that an abstract name begins with.
    if (to.sun_path[0] == '@') to.sun_path[0] = '\0';
    const Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    if (!socket.open()) return;
    ::sendto(socket.get(), state.data(), state.size(), MSG_NOSIGNAL, reinterpret_cast<const sockaddr*>(&to),
             static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length));
}

void notify_ready(const std::string& status) { notify("READY=1\nSTATUS=" + status); }

void notify_reloading() {
    const auto now_us = std::chrono::duration_cast<std::chrono::microseconds>(now().since_origin).count();
    notify(fmt::format("RELOADING=1\nMONOTONIC_USEC={}", now_us));
}

std::optional<Duration> watchdog_interval() {
    const char* text = std::getenv("WATCHDOG_USEC");
    if (!text) return std::nullopt;
    std::int64_t microseconds = 0;
    std::from_chars(text, text + std::strlen(text), microseconds);
    if (microseconds <= 0) return std::nullopt;
    return std::chrono::microseconds{microseconds} / 2;
}

}  // namespace dyad::shell
