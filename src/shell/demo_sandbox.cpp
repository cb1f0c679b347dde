#include "shell/demo_sandbox.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include "shell/files.hpp"

namespace dyad::shell {

namespace {

volatile std::sig_atomic_t interrupted_ = 0;
pid_t play_ = 0;

constexpr int kOurs = CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWNS;

/// Root does not need a user namespace; where even root may not (a container), it may be let into one of its own.
int enter_namespaces(uid_t uid, gid_t gid) {
    if (uid == 0 && ::unshare(kOurs) == 0) return 0;
    if (::unshare(CLONE_NEWUSER | kOurs) != 0) return errno;
    // user_namespaces(7): we become root inside, and nobody else exists there.
    write_existing("/proc/self/setgroups", "deny");
    if (const int error = write_existing("/proc/self/uid_map", fmt::format("0 {} 1", uid))) return error;
    return write_existing("/proc/self/gid_map", fmt::format("0 {} 1", gid));
}

std::string refusal(int error) {
    return fmt::format(
        "this system does not let you make private networks: {}\n"
        "  Ubuntu 24.04:     sysctl -w kernel.apparmor_restrict_unprivileged_userns=0\n"
        "  other systems:    sysctl -w user.max_user_namespaces=10000 kernel.unprivileged_userns_clone=1\n"
        "  in a container:   --privileged, or --security-opt seccomp=unconfined --cap-add SYS_ADMIN,NET_ADMIN\n"
        "  or as root:       sudo dyad demo        touches only namespaces of its own and removes them\n",
        std::strerror(error));
}

std::string make_directory() {
    const auto* runtime = std::getenv("XDG_RUNTIME_DIR");
    for (const std::string base : {runtime != nullptr ? runtime : "/tmp", "/tmp"}) {
        auto path = base + "/dyad-demo-XXXXXX";
        if (::mkdtemp(path.data()) != nullptr) return path;
    }
    return "";
}

void handle(int number, void (*handler)(int)) {
    struct sigaction action {};
    action.sa_handler = handler;
    ::sigaction(number, &action, nullptr);
}

/// A terminal tells the play of Ctrl-C too; being told twice does no harm.
int wait_for_play() {
    for (const int number : {SIGINT, SIGTERM, SIGHUP}) handle(number, [](int signal) { ::kill(play_, signal); });
    int status = 0;
    while (::waitpid(play_, &status, 0) < 0 && errno == EINTR) {
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

}  // namespace

bool interrupted() { return interrupted_ != 0; }

std::expected<int, std::string> run_in_sandbox(const std::function<int(const std::string&)>& play) {
    const auto directory = make_directory();
    if (directory.empty()) return std::unexpected(fmt::format("no directory for its files: {}", std::strerror(errno)));
    const auto remove = [&] {
        std::error_code ignored;
        std::filesystem::remove_all(directory, ignored);
    };
    if (const int error = enter_namespaces(::geteuid(), ::getegid())) {
        remove();
        return std::unexpected(refusal(error));
    }
    std::fflush(nullptr);
    play_ = ::fork();
    if (play_ < 0) {
        const int error = errno;
        remove();
        return std::unexpected(refusal(error));
    }
    if (play_ == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const int number : {SIGINT, SIGTERM, SIGHUP}) handle(number, [](int) { interrupted_ = 1; });
        const int code = play(directory);
        std::fflush(nullptr);
        ::_exit(code);
    }
    const int code = wait_for_play();
    if (code == 1)
        fmt::print(stderr, "logs are in {}\n", directory);
    else
        remove();
    return code;
}

}  // namespace dyad::shell
