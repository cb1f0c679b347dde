#include "shell/groups.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <string>

#include "dyad/base/text.hpp"
#include "shell/fd.hpp"
#include "shell/files.hpp"

namespace dyad::shell {

namespace {

/// Supplementary groups looked at; NGROUPS_MAX is 65,536, people have a dozen.
constexpr std::size_t kMaxGroups = 1024;

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return part;
}

bool belongs_to(int socket, gid_t own_group, gid_t wanted) {
    if (own_group == wanted) return true;
    std::array<gid_t, kMaxGroups> groups;
    socklen_t length = sizeof groups;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, groups.data(), &length) != 0) return false;
    const auto end = groups.begin() + static_cast<std::ptrdiff_t>(length / sizeof(gid_t));
    return std::find(groups.begin(), end, wanted) != end;
}

}  // namespace

/// Lines of name:password:id:members.
std::optional<gid_t> find_group(std::string_view etc_group, std::string_view name) {
    if (const auto id = whole_number(name)) return id;
    while (!etc_group.empty()) {
        auto line = take_until(etc_group, '\n');
        if (take_until(line, ':') != name) continue;
        take_until(line, ':');
        return whole_number(take_until(line, ':'));
    }
    return std::nullopt;
}

std::optional<gid_t> find_group(std::string_view name) {
    return find_group(read_file("/etc/group").value_or(""), name);
}

bool may_change(int socket, std::string_view writers) {
    ucred who{};
    socklen_t length = sizeof who;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &who, &length) != 0) return false;
    if (who.uid == 0 || who.uid == ::geteuid()) return true;
    // "root" is the user: group 0 has members that are not meant.
    if (writers == "root" || writers.empty()) return false;
    const auto group = find_group(writers);
    return group && belongs_to(socket, who.gid, *group);
}

}  // namespace dyad::shell
