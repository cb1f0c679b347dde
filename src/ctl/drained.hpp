#pragma once
#include <string>
#include <string_view>

namespace dyad::ctl {

/// `dyad drain --wait`: returns 0 when all sessions of the daemon's answer to the order are drained, 1 with the reason on stderr
/// when one of them will not be.
int wait_until_drained(const std::string& socket, std::string_view order_answer);

}  // namespace dyad::ctl
