#pragma once
#include <cstddef>

#include "dyad/base/time.hpp"

namespace dyad::fib {

/// Routes are moved to another group one by one only when the RIB has been quiet this long: a peer's table comes in
/// many pieces, and after the last of them a whole group may turn out to want the same.
inline constexpr Duration kQuietBeforeMoves = std::chrono::milliseconds{100};
/// The same where the RIB is never quiet, counted from the last wish that could wait: others' churn is no reason to wait
/// longer, and within a table that comes in there is no such pause.
inline constexpr Duration kQuietWhileBusy = std::chrono::milliseconds{300};
/// What can wait does not wait longer, however busy the RIB is.
inline constexpr Duration kLongestDeferral = std::chrono::seconds{1};
/// ... but so long before routes are moved one by one: a full table on a busy machine takes longer than a second to come in, and
/// a hundred thousand writes in the middle of it are worth nothing, since the last of it makes them one message.
inline constexpr Duration kLongestBeforeMoves = std::chrono::seconds{5};
/// Up to this many routes moving them is as cheap as changing their group, and leaves no twin behind.
inline constexpr std::size_t kFewRoutes = 16;
/// Batches of routes that may follow one another before all else is looked at: some 100 milliseconds. What does not bear
/// that is looked for at each.
inline constexpr std::size_t kRoutesFollow = 255;
/// The kernel answers within the send; an answer not here by then is lost. A dump's time runs from its last octets.
inline constexpr Duration kAnswerTime = std::chrono::seconds{5};
/// What others do to ours is told together when it comes in a burst, and at most once in a while.
inline constexpr Duration kTouchBurst = std::chrono::milliseconds{20};
inline constexpr Duration kTouchPause = std::chrono::seconds{1};
/// Somebody who undoes what we do as soon as we do it is not to keep us busy: in one such pause every route is put right
/// twice (a table may be flushed and flushed again) and these besides. What comes after that waits for the next.
inline constexpr std::size_t kTouchedRoutes = 1000;
inline constexpr std::size_t kTouchedNexthops = 50;
/// A conflict is looked at again after this, then less and less often: the other's route may have been a mistake.
inline constexpr Duration kConflictPause = std::chrono::seconds{1};
/// Refused routes whose reason is remembered, for who asks: of more nobody reads.
inline constexpr std::size_t kRefusedKept = 1024;
/// Gateways that one plain route carries at most: its request stays within what a batch keeps free for one.
inline constexpr std::size_t kMostHops = 56;
/// News of single prefixes that wait to be fetched; the totals count what was not told.
inline constexpr std::size_t kNewsLimit = 256;

}  // namespace dyad::fib
