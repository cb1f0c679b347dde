#pragma once
#include <cstdint>

/// The operator's side: words of the command line to one question, the answer to a table or to JSON as it came. It
/// asks the daemon's socket and shares no state with it. One table of verbs (verbs.cpp) gives parsing,
/// abbreviations, `?`, help and suggestions.
namespace dyad::ctl {

enum class Program : std::uint8_t { Run, Demo, Msee, Ctl };
/// Which part of the program the first word means; an abbreviation will do.
Program program_of(int argc, char** argv);

/// Everything that asks a daemon or a file. Exit code: 0 done, 1 refused or failed with a reason on standard error,
/// 2 usage.
int main(int argc, char** argv);

}  // namespace dyad::ctl
