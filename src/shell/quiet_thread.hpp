#pragma once
#include <pthread.h>

#include <csignal>
#include <thread>
#include <utility>

namespace dyad::shell {

/// A thread that no signal reaches, not even as it begins: signals are the loop's business.
template <class Run>
std::thread quiet_thread(Run run) {
    sigset_t all, before;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before);
    std::thread thread{std::move(run)};  // begins with its maker's mask
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
    return thread;
}

}  // namespace dyad::shell
