#include "session/collision.hpp"

namespace dyad::session {

Opener collision_survivor(const Speaker& us, const Speaker& peer) {
    if (us.router_id != peer.router_id) return us.router_id > peer.router_id ? Opener::Us : Opener::Peer;
    return us.asn > peer.asn ? Opener::Us : Opener::Peer;
}

}  // namespace dyad::session
