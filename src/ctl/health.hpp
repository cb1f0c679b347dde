#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "ctl/answer.hpp"
#include "ctl/arguments.hpp"

/// `dyad health`: a monitoring plugin. One line with performance data, and an exit status that Nagios and its relatives, and
/// containers, understand.
namespace dyad::ctl {

/// In the order of the plugins' exit statuses.
enum class Level : std::uint8_t { Ok, Warning, Critical, Unknown };

struct Finding {
    Level level = Level::Ok;
    std::string what;
};

/// What is looked at, and from what part of a limit on it is news, in percent.
struct HealthScope {
    std::string peering;  ///< "" for all, neighbours and kernel too
    std::uint64_t warning = 90, critical = 100;
};

struct Health {
    Level level = Level::Ok;
    std::vector<Finding> findings;         ///< the worst first
    std::vector<std::string> performance;  ///< 'label'=value;warning;critical;minimum;maximum
};

/// From the daemon's answers to `summary` and `limits`. A peering whose links carry no routes is critical, one with one such
/// link a warning (ExpressRoute requirement 44), prefixes withheld are critical (19), a Microsoft peering without any routes is
/// none of both (36).
Health judge_health(const Json& summary, const Json& limits, const HealthScope& scope);
/// "DYAD WARNING: …; … | …".
std::string plugin_line(const Health& health);
std::string to_json(const Health& health);

std::expected<HealthScope, std::string> health_scope(const Invocation& invocation);
/// Asks the daemon at this socket and prints; the exit status. A daemon that does not answer is unknown.
int health(const Invocation& invocation, const std::string& socket);

}  // namespace dyad::ctl
