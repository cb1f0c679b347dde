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

/// In the order to play them; each leaves both sessions up for the next.
std::span<const Chapter> demo_chapters();

}  // namespace dyad::shell
