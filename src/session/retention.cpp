#include <algorithm>

#include "dyad/base/contains.hpp"
#include "session/parts.hpp"

namespace dyad::session {
namespace {

using fsm::EventNumber;

const Negotiated* agreed_on(const Connection& at) {
    const auto* up = std::get_if<fsm::Established>(&at.state);
    return up ? &up->negotiated : nullptr;
}

bool names(const wire::GracefulRestart& restart, Family family) {
    return std::ranges::any_of(restart.families, [&](const wire::GracefulRestart::PerFamily& one) {
        return one.afi == static_cast<std::uint16_t>(family) && one.safi == wire::kSafiUnicast;
    });
}

/// Of those agreed on, the families whose forwarding the peer preserves through a restart.
std::vector<Family> preserved_families(const Negotiated& agreed) {
    std::vector<Family> families;
    for (const auto family : agreed.families)
        if (names(*agreed.graceful_restart, family)) families.push_back(family);
    return families;
}

bool is_hard_reset(const std::optional<Reason>& why) {
    if (!why || !why->notification) return false;
    const auto& notification = *why->notification;
    return notification.code == wire::ErrorCode::Cease && notification.subcode == wire::subcode::kHardReset;
}

}  // namespace

bool Session::Parts::by_notification(const Connection& at) const {
    const auto* agreed = agreed_on(at);
    return agreed && agreed->graceful_restart && agreed->graceful_restart->notification &&
           at.offer == Offer::Everything && parameters.graceful_restart && parameters.graceful_restart->notification;
}

std::optional<Retained> Session::Parts::retained_after(const Connection& at, EventNumber event,
                                                       const std::optional<Reason>& why) const {
    const auto* agreed = agreed_on(at);
    const bool offered = parameters.graceful_restart && at.offer == Offer::Everything;
    if (!agreed || !agreed->graceful_restart || !offered) return std::nullopt;
    // TCP that ends without a word is a restart (RFC 4724 section 5); with a NOTIFICATION it is one between speakers
    // that have exchanged N, unless it is a Hard Reset (RFC 8538 section 4). A hold timer that expires sends one.
    const bool silent = event == EventNumber::TcpConnectionFails || event == EventNumber::PeerRestarts;
    const bool for_good = is_hard_reset(why) || (event == EventNumber::ManualStop && ending == Ending::Hard);
    if (for_good || (!silent && !by_notification(at))) return std::nullopt;
    Retained retained{.families = preserved_families(*agreed),
                      .restart_time = agreed->graceful_restart->restart_time,
                      .by_notification = by_notification(at)};
    return retained.families.empty() ? std::nullopt : std::optional{std::move(retained)};
}

/// However young it is: the other half of a collision that comes so late costs a second handshake, and no route.
Connection* Session::Parts::restartable() {
    auto* up = established();
    return up && retained_after(*up, EventNumber::PeerRestarts, std::nullopt) ? up : nullptr;
}

}  // namespace dyad::session
