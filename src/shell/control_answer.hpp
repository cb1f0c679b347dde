#pragma once
#include <functional>
#include <string>

#include "dyad/speaker/view.hpp"
#include "shell/control_request.hpp"
#include "shell/journal.hpp"

namespace dyad::shell {

enum class More : std::uint8_t { AtOnce, Later, No };
/// A part of an answer: whole lines, and whether there is more now, more when something has happened, or no more.
struct Piece {
    std::string text;
    More more = More::No;
};
/// Called for one piece after the other until there is no more.
using Answer = std::function<Piece()>;

/// Who asks, by SO_PEERCRED: everybody who can open the socket may look, writers may change.
enum class Rights : std::uint8_t { Look, Change };

/// What answers are made of. It outlives them.
struct Operations {
    std::function<speaker::View(const speaker::Query&)> ask;
    const Journal* journal = nullptr;
    std::function<std::string()> config_json;
    /// Reads the file again: what changed, or what is wrong with it.
    std::function<std::string()> reload;
    /// What the host's kernel knows beside what the Speaker is told.
    std::function<speaker::Seen()> look{};
    /// Resets or refreshes sessions: a line of JSON.
    std::function<std::string(const speaker::Order&)> order{};
};

/// A long answer comes in pages of this many rows, the driver runs between them.
inline constexpr std::size_t kRowsPerPage = 500;

Answer answer_to(const ControlRequest& request, const Operations& operations, Rights rights);
/// {"error":"…"} on a line.
Answer refusal(std::string_view what);

}  // namespace dyad::shell
