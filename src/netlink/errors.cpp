#include "netlink/errors.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

namespace dyad::netlink {
namespace {

struct Words {
    int error;
    std::string_view text;
};

constexpr std::array kWords{Words{EPERM, "not permitted"},
                            Words{ENOENT, "no such object"},
                            Words{ESRCH, "no such route"},
                            Words{EAGAIN, "try again"},
                            Words{ENOMEM, "out of memory"},
                            Words{EACCES, "not permitted"},
                            Words{EBUSY, "busy"},
                            Words{EEXIST, "there is one already"},
                            Words{ENODEV, "no such interface"},
                            Words{EINVAL, "invalid"},
                            Words{ENOSPC, "no room"},
                            Words{EOPNOTSUPP, "not supported by this kernel"},
                            Words{EAFNOSUPPORT, "address family not supported"},
                            Words{ENETDOWN, "the interface is down"},
                            Words{ENETUNREACH, "the next hop is not on the interface's network"},
                            Words{ENOBUFS, "no buffer space"},
                            Words{EHOSTUNREACH, "no route to the next hop"}};

}  // namespace

std::string error_words(int error) {
    const auto found = std::ranges::find(kWords, error, &Words::error);
    return found != kWords.end() ? std::string{found->text} : "errno " + std::to_string(error);
}

}  // namespace dyad::netlink
