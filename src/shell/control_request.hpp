#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "dyad/speaker/view.hpp"

/// The control socket's language: one JSON object on one line in, JSON lines out, and the connection closes.
///   {"ask":"summary"}   {"ask":"fib"}   {"ask":"bfd"}   {"ask":"limits"}   {"ask":"config"}   {"ask":"reload"}
///   {"ask":"peering","name":"er-ams/private"}      without name, or with "": all of them, as an array
///   {"ask":"session","name":"er-ams/private/primary"}                         likewise
///   {"ask":"routes","filter":"loc_rib|received|accepted|rejected|sent|withheld","session":"…","prefix":"10.0.0.0/8",
///    "longer":true,"community":"12076:5010"}
///   {"ask":"reset","name":"er-ams/private/primary","text":"words for the neighbour"}   {"ask":"refresh","name":"…"}
///   {"ask":"drain","name":"er-ams/private/primary","force":false}   {"ask":"undrain","name":"…"}
///   {"ask":"drill","name":"er-ams/private/primary","seconds":300,"force":false,"text":"…"}   {"ask":"drill_end"}
///   {"ask":"doctor","name":"er-ams/private"}   {"ask":"arp"}
///   {"ask":"drills"}   {"ask":"diff","since_seconds":3600,"name":"er-ams/private"}
///   {"ask":"clear","name":"er-ams/private"}
///   {"ask":"why","subject":"10.20.4.7","sent_to":"er-ams/private/primary"}
///   {"ask":"events","follow":true,"since_seconds":3600}
/// Keys that are not known are refused: a misspelt filter must not answer with everything.
namespace dyad::shell {

struct AskConfig {};
struct AskEvents {
    bool follow = false;
    std::optional<std::chrono::seconds> since;  ///< this long back; nothing: all there is
};
struct AskReload {};
using ControlRequest = std::variant<speaker::Query, AskConfig, AskEvents, AskReload, speaker::Order>;

/// No request needs more.
inline constexpr std::size_t kMaxRequestOctets = 4096;

/// The request, or one sentence on what is wrong with it.
std::expected<ControlRequest, std::string> parse_request(std::string_view line);

}  // namespace dyad::shell
