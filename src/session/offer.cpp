#include "session/offer.hpp"

#include "dyad/base/contains.hpp"
#include "session/negotiation.hpp"

namespace dyad::session {

std::optional<Offer> less_than(Offer offer, const Parameters& parameters, const wire::Notification& refusal) {
    // Without Multiprotocol there is IPv4 only.
    const bool nothing_suffices = contains(parameters.families, Family::Ipv4);
    const bool knows_no_capabilities = refusal.subcode == wire::subcode::kUnsupportedOptionalParameter;
    if (offer == Offer::Everything && !knows_no_capabilities) return Offer::Essentials;
    if (offer != Offer::Nothing && nothing_suffices) return Offer::Nothing;
    return std::nullopt;
}

Parameters reduced(Parameters parameters, Offer offer) {
    if (offer == Offer::Everything) return parameters;
    parameters.extended_messages = false;
    parameters.enhanced_refresh = false;
    parameters.graceful_restart.reset();
    parameters.add_path_receive = false;
    parameters.add_path_send = false;
    parameters.extended_next_hop = false;
    parameters.role.reset();
    return parameters;
}

wire::Open offered_open(const Parameters& parameters, Offer offer) {
    auto open = our_open(reduced(parameters, offer));
    if (offer == Offer::Nothing) open.capabilities.clear();
    return open;
}

void forget_capabilities(Negotiated& agreed) {
    std::erase_if(agreed.families, [](Family family) { return family != Family::Ipv4; });
    agreed.four_octet_as = false;
    agreed.route_refresh = false;
    agreed.max_sent_octets = wire::kMaxMessageOctets;
}

std::string words(Offer offer) {
    switch (offer) {
        case Offer::Everything:
            return "with all capabilities";
        case Offer::Essentials:
            return "without optional capabilities";
        case Offer::Nothing:
            return "without any capability";
    }
    return "";
}

}  // namespace dyad::session
