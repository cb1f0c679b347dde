#pragma once
#include <array>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "msee/script.hpp"
#include "msee/script_reading.hpp"

/// Plays a script: a value, driven as the Msee is. The driver carries outputs out, tells it what the connections did and
/// calls tick() at its deadline, until one of the outputs is ScriptFinished.
namespace dyad::msee {

/// Steps in one turn, so that a `repeat` of a million leaves the driver room to breathe.
inline constexpr std::size_t kStepsATurn = 256;
/// Octets of a connection handed out and not yet sent; a `send` beyond waits, and fails after kSendPatience.
inline constexpr std::size_t kScriptWindow = 1 << 20;
inline constexpr auto kSendPatience = std::chrono::seconds{60};
/// Messages kept for expectations to come; of more, the oldest are forgotten.
inline constexpr std::size_t kMaxHeard = 10'000;
/// Calls kept for a `listen` to come; more are closed.
inline constexpr std::size_t kMaxCalls = 16;
/// A dial that is refused is tried again until its time is over.
inline constexpr auto kDialAgain = std::chrono::milliseconds{200};

struct PlayDial {
    ConnectionId connection;
};
struct PlaySend {
    ConnectionId connection;
    Octets octets;
};
/// With a FIN, after what is queued.
struct PlayClose {
    ConnectionId connection;
};
/// With a RST, at once.
struct PlayReset {
    ConnectionId connection;
};
struct PlayReading {
    ConnectionId connection;
    Reading reading;
};

enum class Verdict : std::uint8_t { Held, Failed };
/// One step is over. After a failed one only ScriptFinished follows.
struct ScriptOutcome {
    std::uint32_t line = 0;
    std::string step;
    std::string connection;  ///< its name
    Verdict verdict = Verdict::Held;
    std::string expected;  ///< "" where nothing was
    std::string got;
    Octets octets;  ///< the message that decided, where one did
    Duration at{};  ///< since start()
};
struct ScriptFinished {
    Verdict verdict;
};
using PlayOutput = std::variant<PlayDial, PlaySend, PlayClose, PlayReset, PlayReading, ScriptOutcome, ScriptFinished>;

class ScriptPlayer {
public:
    explicit ScriptPlayer(Script script);

    void start(Instant now);
    void connected(Instant now, ConnectionId connection);
    /// The peer called; the driver numbers it: odd, never used before.
    void accepted(Instant now, ConnectionId connection);
    void received(Instant now, ConnectionId connection, Bytes octets);
    void sent(Instant now, ConnectionId connection, std::size_t octets);
    /// The dial failed or the connection ended: errno, 0 for an orderly close.
    void closed(Instant now, ConnectionId connection, int error);
    void tick(Instant now);
    /// When to call tick(); the past where steps wait only for their turn.
    std::optional<Instant> deadline() const;
    std::vector<PlayOutput> take_outputs();

private:
    enum class Progress : std::uint8_t { Done, Waiting };
    enum class Stage : std::uint8_t { None, Dialing, Open, Ended };
    struct Connection {
        ConnectionId id{};
        Stage stage = Stage::None;
        ScriptFramer framer{};
        std::deque<HeardMessage> heard{};
        bool garbled = false;  ///< what came is no BGP
        int error = 0;         ///< of Ended
        std::size_t in_flight = 0;
        std::optional<bool> we_as4{}, peer_as4{};  ///< in the OPENs; nothing while there was none
        AsWidth width() const {
            return we_as4.value_or(true) && peer_as4.value_or(true) ? AsWidth::Four : AsWidth::Two;
        }
    };

    Connection* find(ConnectionId id);
    Connection& current() { return connections_[step().connection]; }
    const ScriptStep& step() const { return script_.steps[at_]; }
    void play();
    void finish(Verdict verdict);
    void next();
    Progress held(std::string got = "", const HeardMessage* message = nullptr);
    Progress failed(std::string expected, std::string got, const HeardMessage* message = nullptr);
    Progress wait_until(Instant when);
    bool late(Duration within) const { return now_ >= began_ + within; }

    Progress perform(const ScriptDial& dial);
    Progress perform(const ScriptListen& listen);
    Progress perform(const ScriptSend& send);
    Progress perform(const ScriptExpect& expect);
    Progress perform(const ScriptWait& wait);
    Progress perform(const ScriptClose&);
    Progress perform(const ScriptReset&);
    Progress perform(const ScriptReading& reading);
    Progress perform(const ScriptRepeat& repeat);
    Progress perform(const ScriptRepeatEnd& end);
    Progress ended(const ScriptExpect& expect, const Connection& connection);
    Progress waited(const ScriptExpect& expect);
    std::optional<Progress> judge(const ScriptExpect& expect, Connection& connection);
    void pass_over(Connection& connection);
    std::string with_passed(std::string got) const;
    void say(Connection& connection, Octets octets);
    void forget(Connection& connection);

    Script script_;
    std::vector<Connection> connections_;  ///< by the script's names
    std::vector<Connection> calls_;        ///< accepted, and not yet listened for
    std::vector<std::uint32_t> repeats_;   ///< how often each open repeat is still to come
    std::vector<PlayOutput> outputs_;
    std::size_t at_ = 0;
    Instant start_{}, now_{}, began_{};
    std::optional<Instant> deadline_;
    std::size_t paced_ = 0;                ///< octets of a slow send that have gone
    std::optional<Instant> next_try_;      ///< of a dial or of a slow send's next part
    std::array<std::size_t, 6> passed_{};  ///< messages passed over in this step, by type
    std::string nearest_;                  ///< why one of the right kind was passed over
    std::uint32_t next_dial_ = 2;
    bool fresh_ = true;  ///< the step has not been looked at yet
    bool finished_ = false;
};

}  // namespace dyad::msee
