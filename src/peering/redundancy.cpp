#include "peering/redundancy.hpp"

namespace dyad::peering {

std::string_view to_string(Redundancy redundancy) {
    switch (redundancy) {
        case Redundancy::Down:
            return "down";
        case Redundancy::Degraded:
            return "degraded";
        case Redundancy::Full:
            return "full";
    }
    return "";
}

Redundancy redundancy_of(std::size_t links, std::size_t carrying) {
    if (carrying == 0) return Redundancy::Down;
    return carrying < links ? Redundancy::Degraded : Redundancy::Full;
}

}  // namespace dyad::peering
