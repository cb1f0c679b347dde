#pragma once
#include <string>

#include "ctl/table.hpp"

namespace dyad::ctl {

/// After `dyad drill LINK` has begun one: waits for its end and prints the report (its JSON form with json). Returns 0 when it
/// passed, else 1. Who interrupts it leaves the drill to itself.
int follow_drill(const std::string& socket, bool json, Colours colours);

}  // namespace dyad::ctl
