#pragma once
#include <string>

#include "rig.hpp"

/// What RFC 7606 section 2 lets happen to a malformed UPDATE, each as a whole story on a fresh Speaker;
/// `b` is another neighbour that must hear of the consequences.
namespace dyad::conformance {

/// The route that is announced soundly first, and by the malformed UPDATE then.
inline constexpr auto kStruck = "20.1.0.0/16";
/// Another route of the same neighbour.
inline constexpr auto kUnharmed = "20.2.0.0/16";

/// Who sends it: a, i, or a without the four-octet AS capability.
enum class From : std::uint8_t { External, Internal, TwoOctet };

/// An UPDATE for kStruck as a neighbour of this kind sends it: to be spoilt.
UpdateMessage struck(From from = From::External);

/// "treat-as-withdraw": kStruck goes from here, the kernel and b; kUnharmed and the session stay; there is an event.
void check_treat_as_withdraw(const UpdateMessage& malformed, From from = From::External);
/// "attribute discard": kStruck is used, b is told of it without the attribute; the session stays; there is an event.
void check_attribute_discard(const UpdateMessage& malformed, std::uint8_t type, From from = From::External);
/// "session reset" with an UPDATE Message Error of this subcode; the sender's routes go.
void check_session_reset(const Octets& malformed, std::uint8_t subcode, From from = From::External);
/// An MP attribute that is incorrect (RFC 7606 5.3): the family is not used any more on the session, or the session is reset
/// with this subcode; reset it is where the family is the only one.
void check_family_lost(std::uint8_t type, std::uint8_t flags, const Octets& value, std::uint8_t subcode);
/// Not an error: kStruck is used, the session stays, nothing is reported.
void check_no_error(const UpdateMessage& sound, From from = From::External);

}  // namespace dyad::conformance
