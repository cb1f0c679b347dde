#pragma once
#include <chrono>
#include <string>

#include "dyad/speaker/event.hpp"
#include "shell/journal.hpp"

namespace dyad::shell {

/// What an operator reads of an event, without its subject: "established with AS 12076, hold 180 s".
std::string sentence(const speaker::EventKind& kind);

/// "session.established", or "shell.note".
std::string_view entry_id(const Entry& entry);
speaker::EventLevel entry_level(const Entry& entry);
/// The session, peering or nothing it is about.
std::string_view entry_subject(const Entry& entry);
std::string entry_sentence(const Entry& entry);
std::string_view to_string(speaker::EventLevel level);

/// RFC 3339 with milliseconds, UTC.
std::string rfc3339(std::chrono::system_clock::time_point time);
/// One JSON object on one line, without the line's end: time, id, level, circuit, peering, link, session, old, new,
/// reason as far as they apply, then the event's own fields, then the text.
std::string entry_json(const Entry& entry);

}  // namespace dyad::shell
