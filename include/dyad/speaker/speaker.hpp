#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/time.hpp"
#include "dyad/config/config.hpp"
#include "dyad/config/diff.hpp"
#include "dyad/speaker/input.hpp"
#include "dyad/speaker/output.hpp"
#include "dyad/speaker/view.hpp"

namespace dyad::speaker {

/// What the host is, told once.
struct Host {
    std::string hostname;
    std::string version;
    std::uint64_t seed = 0;   ///< of all jitter
    std::int64_t unix_seconds = 0;  ///< since 1970, when the Speaker is made: for what is told with a date
};

/// A whole BGP speaker as a value: sessions, RIB, policy, limits, FIB plan, reload, answers. It waits for
/// nothing, opens nothing and knows no clock. A driver turns the crank:
///
///     speaker.handle(now, input);            // every waiting input, bounded
///     for (auto& output : speaker.turn(now)) // settle dirty prefixes, collect what to do
///         carry_out(output);
///     wait until speaker.deadline(), or news
///
/// turn() does a bounded amount of work; while has_work() it wants to be called again, inputs first.
class Speaker {
public:
    explicit Speaker(Instant now, Host host);
    ~Speaker();
    Speaker(Speaker&&) noexcept;
    Speaker& operator=(Speaker&&) noexcept;

    /// Start is a change from nothing, shutdown (an empty Config with on_exit's rule) one to nothing. Secrets
    /// must be filled in. Answers what differed and how each took effect.
    std::vector<config::Change> configure(Instant now, config::Config config);
    /// Ends all sessions with Cease/2; routes stay or go as [fib] on_exit says. The driver turns until idle().
    void shut_down(Instant now, const std::string& text);

    /// Resets or refreshes sessions.
    OrderAnswer order(Instant now, const Order& order);

    void handle(Instant now, const Input& input);
    std::vector<Output> turn(Instant now);
    bool has_work() const;
    /// The last turn stopped where the kernel has its requests: the next one goes on with what peers are told, without new
    /// choices. Worth a turn at once.
    bool half_done() const;
    std::optional<Instant> deadline() const;
    /// After shut_down: everything has been said and answered.
    bool idle() const;

    /// Const: asking changes nothing. One page at a time where the answer is long.
    View answer(Instant now, const Query& query) const;
    const config::Config& configuration() const;

    /// A number that depends on everything decided so far: equal for equal inputs, on any compiler.
    std::uint64_t digest() const;

private:
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace dyad::speaker
