#pragma once
#include <sys/types.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "shell/lab_namespace.hpp"

namespace dyad::shell {

/// The programs a lab runs: this very executable with other words, each in a namespace of the lab, each with a log.
class LabProcesses {
public:
    explicit LabProcesses(std::string directory);

    /// Starts `dyad WORDS…` in the namespace, its output appended to NAME.log. Its pid.
    pid_t start(const NetNamespace& where, const std::string& name, const std::vector<std::string>& words);
    /// Runs it to its end, and answers what it wrote to standard output; nothing if it failed or took too long.
    std::optional<std::string> ask(const NetNamespace& where, const std::vector<std::string>& words,
                                   std::chrono::milliseconds at_most = std::chrono::seconds{10});
    void kill(pid_t pid, int signal);
    /// Collects those that have ended. True while it runs.
    bool running(pid_t pid);
    const std::string& directory() const { return directory_; }

private:
    void reap();

    std::string executable_;
    std::string directory_;
    std::map<pid_t, bool> ended_;
};

}  // namespace dyad::shell
