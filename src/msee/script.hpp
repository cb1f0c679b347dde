#pragma once
#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dyad/base/time.hpp"
#include "dyad/net/asn.hpp"
#include "dyad/net/prefix.hpp"

/// A script plays one side of BGP, message by message, right or wrong: what no real speaker would say can be said, and
/// what the peer answers is held against what the script expects. One step a line; script_player.hpp plays it.
///
/// Messages are written and read here by hand and not by the codec of the library: a codec that judges itself finds
/// nothing.
namespace dyad::msee {

/// A script is written by hand or by a test; this is far beyond both, and bounds what a mistake can cost.
inline constexpr std::size_t kMaxScriptOctets = 1 << 20;
inline constexpr std::uint32_t kMaxRepeats = 1'000'000;
inline constexpr std::size_t kMaxRepeatDepth = 4;
/// One against a peer's collision handling needs two; a few more do no harm.
inline constexpr std::size_t kMaxScriptConnections = 8;
inline constexpr Duration kDefaultPatience = std::chrono::seconds{10};

/// The Length field has two octets (RFC 4271 4.1; RFC 8654 uses them all).
inline constexpr std::size_t kMaxScriptMessage = 65'535;

enum class DialOutcome : std::uint8_t { Connected, Refused };
struct ScriptDial {
    DialOutcome wanted = DialOutcome::Connected;
    Duration within = kDefaultPatience;
};
struct ScriptListen {
    Duration within = kDefaultPatience;
};

/// So many octets at a time.
struct ScriptPace {
    std::size_t octets = 1;
    Duration every{};
};
struct ScriptSend {
    std::vector<std::uint8_t> octets;
    /// The same with two-octet AS numbers, where that differs: for a connection whose OPENs did not agree on RFC 6793.
    std::vector<std::uint8_t> narrow;
    std::optional<ScriptPace> pace;
};

struct ExpectOpen {
    std::optional<Asn> as;
    std::optional<std::uint32_t> hold_seconds;
    std::optional<RouterId> id;
    std::vector<std::uint8_t> with, without;  ///< capability codes
};
struct ExpectKeepalive {};
struct ExpectUpdate {
    std::vector<Prefix> announces, withdraws;  ///< all of these in one message
    std::optional<std::string> path;           ///< as text: "65010 64512"
    std::vector<std::uint8_t> contains;        ///< these octets somewhere in the body
    std::optional<Family> end_of_rib;
};
struct ExpectRefresh {
    std::optional<Family> family;
    std::optional<std::uint8_t> subtype;  ///< RFC 7313
};
struct ExpectNotification {
    std::optional<std::uint8_t> code, subcode;
    std::optional<std::string> text;                ///< RFC 9003, or a part of it
    std::optional<std::vector<std::uint8_t>> data;  ///< exactly
};
struct ExpectEnd {
    enum class How : std::uint8_t { Any, Reset } how = How::Any;
};
/// Nothing but KEEPALIVEs for so long.
struct ExpectNothing {};
/// No NOTIFICATION and no end for so long, whatever else comes.
struct ExpectPeace {};
using Expected = std::variant<ExpectOpen, ExpectKeepalive, ExpectUpdate, ExpectRefresh, ExpectNotification, ExpectEnd,
                              ExpectNothing, ExpectPeace>;

enum class Order : std::uint8_t { Any, Next };
struct ScriptExpect {
    Expected what;
    /// Any: KEEPALIVEs, UPDATEs and ROUTE-REFRESHs that come before are passed over. Next: it is the next message.
    Order order = Order::Any;
    Duration within = kDefaultPatience;
};
struct ScriptWait {
    Duration time;
};
struct ScriptClose {};
struct ScriptReset {};
enum class Reading : std::uint8_t { On, Stopped };
struct ScriptReading {
    Reading reading;
};
struct ScriptRepeat {
    std::uint32_t count = 1;
    std::size_t end = 0;  ///< index of its ScriptRepeatEnd
};
struct ScriptRepeatEnd {
    std::size_t begin = 0;
};
using ScriptAction = std::variant<ScriptDial, ScriptListen, ScriptSend, ScriptExpect, ScriptWait, ScriptClose,
                                  ScriptReset, ScriptReading, ScriptRepeat, ScriptRepeatEnd>;

struct ScriptStep {
    std::uint32_t line = 0;      ///< from 1
    std::string text;            ///< as it stands there
    std::size_t connection = 0;  ///< index into Script::connections
    ScriptAction action;
};
struct Script {
    std::vector<ScriptStep> steps;
    std::vector<std::string> connections;  ///< names; the first is "", the one that needs none
    bool listens() const;
};

/// What is wrong with a line, and where; columns are octets from 1.
struct ScriptError {
    std::uint32_t line = 0, column = 0, end_column = 0;
    std::string what, mark, hint;
};

/// Who the script speaks as where a line does not say.
struct ScriptDefaults {
    Asn as{12076};
    RouterId id;
    Address local;
    std::uint16_t hold_seconds = 180;
    /// The first step where the script begins with neither dial nor listen.
    enum class Opening : std::uint8_t { Dial, Listen } opening = Opening::Dial;
};

/// The whole script, or all that is wrong with it: at most one error a line.
std::expected<Script, std::vector<ScriptError>> parse_script(std::string_view text, const ScriptDefaults& defaults);

/// The language, for --help.
std::string_view script_help();

}  // namespace dyad::msee
