#include "shell/files.hpp"

#include <fcntl.h>

#include <array>
#include <cerrno>

#include "shell/fd.hpp"

namespace dyad::shell {

std::expected<std::string, int> read_file(const std::string& path) {
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    if (!file.open()) return std::unexpected(errno);
    std::string text;
    std::array<char, 16384> part;
    for (;;) {
        const auto got = ::read(file.get(), part.data(), part.size());
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::unexpected(errno);
        if (got == 0) return text;
        text.append(part.data(), static_cast<std::size_t>(got));
        if (text.size() > kMaxFileOctets) return std::unexpected(EFBIG);
    }
}

int write_existing(const std::string& path, std::string_view text) {
    const Fd file{::open(path.c_str(), O_WRONLY | O_CLOEXEC)};
    if (!file.open()) return errno;
    return ::write(file.get(), text.data(), text.size()) < 0 ? errno : 0;
}

}  // namespace dyad::shell
