#pragma once
#include <functional>
#include <string>
#include <string_view>

namespace dyad::ctl {

inline constexpr std::string_view kDefaultSocket = "/run/dyad/dyad.sock";

enum class GoOn : bool { No, Yes };
/// Sends one request line and gives the answer's lines, without their ends, as they come. "" when the answer came to
/// its end (or the reader had enough), else what went wrong, in words for the operator.
std::string ask(const std::string& socket, const std::string& request,
                const std::function<GoOn(std::string_view)>& on_line);

}  // namespace dyad::ctl
