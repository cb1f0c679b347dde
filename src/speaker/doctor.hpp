#pragma once
#include "dyad/speaker/view.hpp"
#include "speaker/state.hpp"

/// Why a session does not work, step by step from the wire up, in the order of Microsoft's own guide (ExpressRoute facts F6.9,
/// requirement 56): interface, VLAN, address, ARP, TCP, MD5, OPEN, BFD, routes, kernel. The first step that fails ends it, and says whose
/// it is. What the core cannot know (who answers ARP, VLAN tags, sysctls) the driver has looked up and hands in.
namespace dyad::speaker {

View doctor_view(const State& state, Instant now, const AskDoctor& ask);
/// Azure's ARP table from this end: our address and Microsoft's, of every link.
View arp_view(const State& state, const AskArp& ask);

}  // namespace dyad::speaker
