#pragma once
#include <expected>
#include <functional>
#include <string>

namespace dyad::shell {

/// Runs the play as the first process of user and process namespaces of its own, with a directory for its sockets and
/// logs that the rest of the machine can see. When it ends, or this process does, everything that was started inside
/// is gone, and so is the directory, unless the play did not answer 0: then its logs stay for whoever wants to know
/// why. Answers the play's exit code, or why there can be no such namespaces, in words for the user.
std::expected<int, std::string> run_in_sandbox(const std::function<int(const std::string& directory)>& play);

/// Inside: somebody wants it to end (Ctrl-C, SIGTERM).
bool interrupted();

}  // namespace dyad::shell
