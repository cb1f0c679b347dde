#include "wire/attribute_faults.hpp"

namespace dyad::wire {
namespace {

/// For the operator, who has seen enough then; a message has room for more than a thousand.
constexpr std::size_t kMaxDiscarded = 16;

}  // namespace

std::string_view to_string(Severity severity) {
    switch (severity) {
        case Severity::AttributeDiscard:
            return "attribute-discard";
        case Severity::TreatAsWithdraw:
            return "treat-as-withdraw";
        case Severity::AfiSafiDisable:
            return "afi-safi-disable";
        case Severity::SessionReset:
            return "session-reset";
    }
    return "";
}

std::string attribute_name(std::uint8_t type) {
    switch (static_cast<AttributeType>(type)) {
        case AttributeType::Origin:
            return "ORIGIN";
        case AttributeType::AsPath:
            return "AS_PATH";
        case AttributeType::NextHop:
            return "NEXT_HOP";
        case AttributeType::MultiExitDisc:
            return "MULTI_EXIT_DISC";
        case AttributeType::LocalPref:
            return "LOCAL_PREF";
        case AttributeType::AtomicAggregate:
            return "ATOMIC_AGGREGATE";
        case AttributeType::Aggregator:
            return "AGGREGATOR";
        case AttributeType::Communities:
            return "COMMUNITIES";
        case AttributeType::OriginatorId:
            return "ORIGINATOR_ID";
        case AttributeType::ClusterList:
            return "CLUSTER_LIST";
        case AttributeType::MpReachNlri:
            return "MP_REACH_NLRI";
        case AttributeType::MpUnreachNlri:
            return "MP_UNREACH_NLRI";
        case AttributeType::ExtendedCommunities:
            return "EXTENDED COMMUNITIES";
        case AttributeType::As4Path:
            return "AS4_PATH";
        case AttributeType::As4Aggregator:
            return "AS4_AGGREGATOR";
        case AttributeType::LargeCommunities:
            return "LARGE_COMMUNITY";
        case AttributeType::OnlyToCustomer:
            return "ONLY_TO_CUSTOMER";
    }
    return "attribute " + std::to_string(type);
}

UpdateError attribute_error(Severity severity, std::uint8_t subcode, const RawAttribute& attribute,
                            const std::string& what) {
    return {severity,
            subcode,
            attribute.type,
            {attribute.whole.begin(), attribute.whole.end()},
            attribute_name(attribute.type) + " " + what};
}

void AttributeFaults::add(UpdateError error) {
    if (error.severity == Severity::AttributeDiscard) {
        if (discarded_.size() < kMaxDiscarded) discarded_.push_back(std::move(error));
    } else if (!worst_ || error.severity > worst_->severity) {
        worst_ = std::move(error);
    }
}

}  // namespace dyad::wire
