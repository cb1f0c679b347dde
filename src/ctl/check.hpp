#pragma once
#include "ctl/arguments.hpp"

namespace dyad::ctl {

/// `dyad check`: 0 valid, 1 invalid; every complaint on standard error, what was derived on standard output.
int check(const Invocation& invocation);

}  // namespace dyad::ctl
