#pragma once
#include "msee/script.hpp"
#include "msee/script_line.hpp"

/// The steps with most to say: what is sent, and what is waited for.
namespace dyad::msee {

ScriptAction read_send(Line& line, const ScriptDefaults& defaults);
ScriptAction read_expect(Line& line, const ScriptDefaults& defaults);
/// An OPEN's settings, as an OPEN.
Octets read_open(Line& line, const ScriptDefaults& defaults);

}  // namespace dyad::msee
