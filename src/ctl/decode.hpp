#pragma once
#include "ctl/arguments.hpp"

namespace dyad::ctl {

/// `dyad decode [FILE]`: every message of a file, or of standard input, field by field. 0: read; 1: nothing could be read,
/// or (with --strict) something is malformed.
int decode(const Invocation& invocation);

}  // namespace dyad::ctl
