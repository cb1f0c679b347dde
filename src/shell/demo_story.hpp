#pragma once
#include <span>
#include <string>
#include <string_view>

#include "shell/demo_stage.hpp"

namespace dyad::shell {

/// How a chapter ended: whether what it promised held, and the figures that say so.
struct Verdict {
    bool held = false;
    std::string figures;
};

struct Chapter {
    std::string_view title;
    Verdict (*play)(DemoStage& stage);
};

/// One run of `dyad demo`: what is set up, and what happens then.
struct Story {
    std::string_view name;
    std::string_view about;    ///< one line
    std::string_view drawing;  ///< shown before it begins
    DemoSettings (*settings)();
    std::span<const Chapter> chapters;  ///< in the order to play them; each leaves all sessions up for the next
};

/// The first is the one that is told where none is named. Each has a file of its own.
std::span<const Story> demo_stories();

extern const Story kTourStory, kCircuitStory, kVpnStory;                // demo_stories.cpp
extern const Story kMaintenanceStory, kLimitStory;                      // story_maintenance.cpp, story_limit.cpp
extern const Story kDrillStory, kPairOfRoutersStory;                    // story_drill.cpp
extern const Story kMicrosoftStory, kTwoCircuitsStory, kFirewallStory;  // story_microsoft.cpp and so on

}  // namespace dyad::shell
