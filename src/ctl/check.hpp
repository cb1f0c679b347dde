#pragma once
#include <string>

#include "ctl/arguments.hpp"
#include "dyad/config/config.hpp"

namespace dyad::ctl {

/// `dyad check`: 0 valid, 1 invalid; every complaint on standard error, what was derived on standard output.
int check(const Invocation& invocation);

/// Addresses, peers, limits and timers as the daemon would use them.
std::string derived_text(const config::Config& config);

}  // namespace dyad::ctl
