#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/net/address.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::wire {

/// RFC 7606 section 2, mildest first: the whole UPDATE gets the worst of its parts. AfiSafiDisable is RFC 4760 section 7's:
/// the family's routes go and its further ones are ignored; a session reset is always right in its place.
enum class Severity : std::uint8_t { AttributeDiscard, TreatAsWithdraw, AfiSafiDisable, SessionReset };
/// "attribute-discard", "treat-as-withdraw", "afi-safi-disable", "session-reset": RFC 7606 section 2's names.
std::string_view to_string(Severity severity);

/// What is wrong with an UPDATE, and what follows from it.
struct UpdateError {
    Severity severity = Severity::SessionReset;
    std::uint8_t subcode = 0;             ///< RFC 4271 6.3
    std::uint8_t attribute = 0;           ///< type code; 0 when it is not about one attribute
    std::vector<std::uint8_t> data;       ///< the offending octets, as the NOTIFICATION's data wants them
    std::string what;                     ///< for the operator: "ORIGIN has 2 octets, not 1 (RFC 7606 7.1)"
    std::optional<Family> family{};       ///< AfiSafiDisable: which

    friend bool operator==(const UpdateError&, const UpdateError&) = default;
    Notification notification() const { return {ErrorCode::UpdateMessage, subcode, data}; }
};

}  // namespace dyad::wire
