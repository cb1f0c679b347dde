#pragma once
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace dyad::ctl {

enum class VerbId : std::uint8_t {
    Run,
    Check,
    Reload,
    Reset,
    Refresh,
    Drain,
    Undrain,
    Drill,
    Clear,
    ShowSummary,
    ShowPeering,
    ShowSession,
    ShowRoutes,
    ShowFib,
    ShowRouteTable,
    ShowRoutesSummary,
    ShowArp,
    ShowBfd,
    ShowLimits,
    ShowConfig,
    Why,
    Doctor,
    Diff,
    Events,
    Health,
    Demo,
    Msee,
    Decode,
    Version,
    Help,
};

struct Option {
    std::string_view name;    ///< "--received"
    std::string_view letter;  ///< "-f"; "" for none
    std::string_view value;   ///< what it takes: "NAME"; "" for nothing
    std::string_view help;
};

struct Verb {
    VerbId id;
    std::string_view words;      ///< "show routes"
    std::string_view arguments;  ///< "[PREFIX]", as help prints it
    std::size_t min_arguments, max_arguments;
    std::span<const Option> options;
    std::string_view help;
};

/// In the order help prints them.
std::span<const Verb> verbs();
/// The word at this place, "" behind the last.
std::string_view word_at(const Verb& verb, std::size_t place);

}  // namespace dyad::ctl
