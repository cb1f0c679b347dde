#pragma once
#include <optional>
#include <string>

#include "dyad/session/reason.hpp"
#include "dyad/session/session.hpp"

/// From what happened to a Reason: what the operator will read in `show`.
namespace dyad::session {

/// A TCP attempt failed with this errno.
Reason dial_failed(int error, ConnectHint hint);
/// A TCP attempt got no answer in time; the hint may know why.
Reason dial_timed_out(ConnectHint hint);
/// A dial hangs, and the driver saw why.
Reason signature_mismatch(ConnectHint hint);
/// TCP ended in this state without a NOTIFICATION; error as in Session::closed.
Reason tcp_ended(State state, int error);
/// Nothing was heard for the hold time. Before Established it is the missing message that counts.
Reason hold_expired(State state, Duration hold_time);
/// Nothing of ours has been taken for so long.
Reason send_hold_expired(Duration send_hold_time);
Reason peer_restarted();
Reason notification_received(wire::Notification notification);
Reason notification_sent(wire::Notification notification, std::string detail);

/// What an operator should read while a session waits to try again: the last failure that says most. A bare TCP failure
/// does not displace what the peer's BGP told us shortly before.
class LastFailure {
public:
    /// Then the old story is no longer the truth: several attempts have failed in another way since.
    static constexpr Duration kStaleAfter = std::chrono::minutes{2};

    void note(Instant now, const Reason& reason);
    void clear() { noted_.reset(); }
    const Reason* get() const { return noted_ ? &noted_->reason : nullptr; }

private:
    struct Noted {
        Reason reason;
        Instant when;
    };
    std::optional<Noted> noted_;
};

}  // namespace dyad::session
