#include "shell/lab_process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>

namespace dyad::shell {

namespace {

/// By its name, so that `ps` shows it; in a chroot the kernel may tell a name from outside, and only the link leads there.
std::string own_executable() {
    constexpr auto* kLink = "/proc/self/exe";
    std::array<char, PATH_MAX> path;
    const auto length = ::readlink(kLink, path.data(), path.size());
    const std::string name{path.data(), length > 0 ? static_cast<std::size_t>(length) : 0};
    return ::access(name.c_str(), X_OK) == 0 ? name : kLink;
}

struct Streams {
    int output = -1;
    int errors = -1;
};

/// fork and exec. Between the two only calls that a program with threads may make there.
pid_t launch(const std::string& executable, const std::vector<std::string>& words, int network, Streams streams) {
    std::vector<char*> arguments{const_cast<char*>("dyad")};
    for (const auto& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    const auto pid = ::fork();
    if (pid != 0) return pid;
    ::setpgid(0, 0);  // Ctrl-C is the story's to answer
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGINT, SIG_DFL);
    ::signal(SIGTERM, SIG_DFL);
    if (::setns(network, CLONE_NEWNET) != 0) ::_exit(127);
    const int nothing = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(streams.output, STDOUT_FILENO);
    ::dup2(streams.errors, STDERR_FILENO);
    ::execv(executable.c_str(), arguments.data());
    ::_exit(127);
}

Fd open_log(const std::string& path) {
    return Fd{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644)};
}

}  // namespace

LabProcesses::LabProcesses(std::string directory) : executable_(own_executable()), directory_(std::move(directory)) {}

pid_t LabProcesses::start(const NetNamespace& where, const std::string& name, const std::vector<std::string>& words) {
    const auto log = open_log(directory_ + "/" + name + ".log");
    return launch(executable_, words, where.fd(), {log.get(), log.get()});
}

std::optional<std::string> LabProcesses::ask(const NetNamespace& where, const std::vector<std::string>& words,
                                             std::chrono::milliseconds at_most) {
    std::array<int, 2> ends;
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return std::nullopt;
    const Fd reading{ends[0]};
    Fd writing{ends[1]};
    const auto log = open_log(directory_ + "/questions.log");
    const auto pid = launch(executable_, words, where.fd(), {writing.get(), log.get()});
    writing = Fd{};
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    std::string text;
    std::array<char, 65536> part;
    for (;;) {
        const auto left =
            std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
        pollfd wait{.fd = reading.get(), .events = POLLIN, .revents = 0};
        const int ready = left.count() > 0 ? ::poll(&wait, 1, static_cast<int>(left.count())) : 0;
        if (ready < 0 && errno == EINTR) continue;
        if (ready <= 0) ::kill(pid, SIGKILL);
        const auto got = ready > 0 ? ::read(reading.get(), part.data(), part.size()) : 0;
        if (got <= 0) break;
        text.append(part.data(), static_cast<std::size_t>(got));
    }
    int status = 0;
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::nullopt;
    return text;
}

void LabProcesses::kill(pid_t pid, int signal) {
    if (pid > 0) ::kill(pid, signal);
}

bool LabProcesses::running(pid_t pid) {
    if (pid <= 0) return false;
    reap();
    return !ended_.contains(pid);
}

/// As the first process of a pid namespace we are heir to every orphan in it.
void LabProcesses::reap() {
    int status = 0;
    for (pid_t pid = ::waitpid(-1, &status, WNOHANG); pid > 0; pid = ::waitpid(-1, &status, WNOHANG))
        ended_[pid] = true;
}

}  // namespace dyad::shell
