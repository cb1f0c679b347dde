#include "peering/link_health.hpp"

namespace dyad::peering {

std::string_view fault_of(const LinkHealth& health) {
    if (health.healthy() || !health.established) return "";
    if (health.bfd == BfdSign::Down) return "BFD finds its path dead";
    return "it brings fewer routes than are expected";
}

}  // namespace dyad::peering
