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
