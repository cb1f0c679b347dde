#pragma once
#include <string>

#include "ctl/answer.hpp"
#include "ctl/table.hpp"

/// Answers as a human reads them: one function a view, each in its file, pure, with a golden file in the tests.
/// Everything fits 80 columns as long as names do.
namespace dyad::ctl {

std::string render_summary(const Json& summary, Colours colours);
std::string render_peering(const Json& peering, Colours colours);
std::string render_session(const Json& session, Colours colours);
/// Routes come one by one: the titles, then a line each.
std::string render_routes_titles(Colours colours);
std::string render_route(const Json& route, Colours colours);
std::string render_fib(const Json& fib, Colours colours);
std::string render_limits(const Json& limits, Colours colours);
std::string render_bfd(const Json& bfd, Colours colours);
/// A session after the other, step by step, and the verdict.
std::string render_doctor(const Json& doctor, Colours colours);
std::string render_diff(const Json& diff, Colours colours);
std::string render_why(const Json& why, Colours colours);
std::string render_event(const Json& event, Colours colours);
std::string render_reload(const Json& reload);
/// The answer to the order, or how all drills went; and one of them.
std::string render_drill_answer(const Json& answer, Colours colours);
std::string render_drill(const Json& drill, Colours colours);
/// What became of `reset` and `refresh`, a line a session.
std::string render_order(const Json& order);

/// Established, or what it is instead.
Colour state_colour(std::string_view state);
/// What there is to say of a limit beside its numbers, a line each; and how it grows, in words.
std::string limit_notes(const Json& row);
std::string growth_sentence(const Json& row);
/// "full", "degraded: …", "down: …".
std::string redundancy_words(const std::string& redundancy);
/// "on backup (VPN) for 12s: …", "backup … stands by for …".
std::string backup_words(const Json& backup);

}  // namespace dyad::ctl
