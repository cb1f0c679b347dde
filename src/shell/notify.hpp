#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "dyad/base/time.hpp"

namespace dyad::shell {

/// Tells the service manager how we are (sd_notify(3)): one datagram to $NOTIFY_SOCKET. Without one it does nothing.
void notify(std::string_view state);
void notify_ready(const std::string& status);
void notify_reloading();
/// How often "WATCHDOG=1" is due: half of what $WATCHDOG_USEC allows; nothing when nobody watches.
std::optional<Duration> watchdog_interval();

}  // namespace dyad::shell
