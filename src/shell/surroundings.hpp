#pragma once
#include "dyad/speaker/view.hpp"

namespace dyad::shell {

/// What this host's kernel knows beside links, addresses and routes: ARP and neighbour discovery, VLAN tags, sysctls that are not as
/// they should be. Looked up now, in this network namespace; what cannot be read is left out.
speaker::Seen look_around();

}  // namespace dyad::shell
