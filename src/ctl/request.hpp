#pragma once
#include <expected>
#include <string>

#include "ctl/arguments.hpp"

namespace dyad::ctl {

/// The line for the daemon's socket, or what is wrong with the words (exit 2). Only for verbs that ask the daemon.
std::expected<std::string, std::string> request_for(const Invocation& invocation);

/// "90s", "15m", "1h", "2d", "90": seconds.
std::optional<std::uint64_t> parse_span(std::string_view text);

}  // namespace dyad::ctl
