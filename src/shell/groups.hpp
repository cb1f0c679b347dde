#pragma once
#include <sys/types.h>

#include <optional>
#include <string_view>

namespace dyad::shell {

/// The id of a group by its name in the text of /etc/group, or its number. Not by getgrnam(): the static program has
/// no name service.
std::optional<gid_t> find_group(std::string_view etc_group, std::string_view name);
std::optional<gid_t> find_group(std::string_view name);

/// The process at the other end of a unix socket is root, runs as we do, or belongs to the writers' group.
bool may_change(int socket, std::string_view writers);

}  // namespace dyad::shell
