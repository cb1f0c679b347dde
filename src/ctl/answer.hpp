#pragma once
#include <boost/json/value.hpp>
#include <cstdint>
#include <string>
#include <string_view>

/// Reading a daemon's answer, which may be older or newer than we are: what is not there is empty.
namespace dyad::ctl {

using Json = boost::json::value;

/// "" when absent, null or no text.
std::string text(const Json& object, std::string_view key);
/// The text, or a dash.
std::string text_or_dash(const Json& object, std::string_view key);
std::uint64_t number(const Json& object, std::string_view key);
/// A number that may have a fraction, or be negative; 0 when absent.
double real(const Json& object, std::string_view key);
bool truth(const Json& object, std::string_view key);
bool is_null(const Json& object, std::string_view key);
/// An empty array when absent.
const boost::json::array& list(const Json& object, std::string_view key);
const Json& member(const Json& object, std::string_view key);
/// Texts of an array, with this between them.
std::string joined(const Json& object, std::string_view key, std::string_view between);

/// "4m12s", "2h15m", "3d04h": six columns at most for the first 99 days.
std::string short_duration(std::uint64_t seconds);
/// "2 h 15 min".
std::string long_duration(std::uint64_t seconds);

}  // namespace dyad::ctl
