#include "shell/real_time.hpp"

#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>

namespace dyad::shell {

namespace {

/// Above everything that is not real-time; far below the kernel's own threads.
constexpr int kPriority = 10;

}  // namespace

int become_real_time() {
    // Timers of ordinary threads may fire 50 us late; those of real-time ones never wait.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    sched_param parameters{};
    parameters.sched_priority = kPriority;
    return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameters);
}

std::vector<int> processors() {
    cpu_set_t set;
    CPU_ZERO(&set);
    std::vector<int> found;
    if (::sched_getaffinity(0, sizeof set, &set) != 0) return found;
    for (int processor = 0; processor < CPU_SETSIZE; ++processor)
        if (CPU_ISSET(processor, &set)) found.push_back(processor);
    return found;
}

void stay_on(int processor) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(processor, &set);
    ::pthread_setaffinity_np(::pthread_self(), sizeof set, &set);
}

}  // namespace dyad::shell
