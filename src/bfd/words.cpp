#include "bfd/packet.hpp"

namespace dyad::bfd {

std::string_view to_string(State state) {
    switch (state) {
        case State::AdminDown:
            return "AdminDown";
        case State::Down:
            return "Down";
        case State::Init:
            return "Init";
        case State::Up:
            return "Up";
    }
    return "";
}

std::string_view to_string(Diagnostic diagnostic) {
    switch (diagnostic) {
        case Diagnostic::None:
            return "no diagnostic";
        case Diagnostic::DetectionTimeExpired:
            return "control detection time expired";
        case Diagnostic::EchoFailed:
            return "echo function failed";
        case Diagnostic::NeighborSignaledDown:
            return "neighbor signaled session down";
        case Diagnostic::ForwardingPlaneReset:
            return "forwarding plane reset";
        case Diagnostic::PathDown:
            return "path down";
        case Diagnostic::ConcatenatedPathDown:
            return "concatenated path down";
        case Diagnostic::AdministrativelyDown:
            return "administratively down";
        case Diagnostic::ReverseConcatenatedPathDown:
            return "reverse concatenated path down";
    }
    return "unassigned diagnostic";
}

std::string_view to_string(Discard discard) {
    switch (discard) {
        case Discard::Version:
            return "the version is not 1";
        case Discard::Length:
            return "the length is too small, or more than came";
        case Discard::ZeroMultiplier:
            return "the detection multiplier is zero";
        case Discard::Multipoint:
            return "the multipoint bit is set";
        case Discard::ZeroMyDiscriminator:
            return "My Discriminator is zero";
        case Discard::NoSession:
            return "there is no such session";
        case Discard::ZeroYourDiscriminator:
            return "Your Discriminator is zero in Init or Up";
        case Discard::WrongPath:
            return "it came by another interface or port";
        case Discard::LowTtl:
            return "the TTL is not 255";
        case Discard::UnexpectedAuthentication:
            return "it is authenticated, and no key is configured";
        case Discard::MissingAuthentication:
            return "it is not authenticated";
        case Discard::WrongAuthentication:
            return "the authentication is of another type or key, or wrong";
        case Discard::Replayed:
            return "its sequence number is not the next";
        case Discard::WeAreAdminDown:
            return "the session is administratively down here";
    }
    return "";
}

}  // namespace dyad::bfd
