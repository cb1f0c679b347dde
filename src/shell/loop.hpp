#pragma once
#include <functional>
#include <memory>
#include <vector>

#include "dyad/base/time.hpp"
#include "shell/fd.hpp"

/// The event loop: readiness of descriptors, timers, signals and posted work, on one thread. Only loop.cpp knows that
/// it is Boost.Asio; the rest of the shell makes plain system calls when it is told that they will not block, so that
/// all connections can share one receive buffer. Posted work and news from the world take turns: however long the
/// queue of work, every handler is followed by a look at the descriptors.
namespace dyad::shell {

using Callback = std::function<void()>;

class Loop {
public:
    Loop();
    ~Loop();

    /// The one thing that other threads may call, too.
    void post(Callback work);
    void on_signals(std::vector<int> numbers, std::function<void(int)> handler);
    /// Until stop().
    void run();
    void stop();
    /// For tests: runs handlers until the condition holds or the time is over; says whether it held.
    bool run_until(const std::function<bool()>& condition, Duration at_most);

private:
    friend class Watched;
    friend class Timer;
    struct Parts;
    std::unique_ptr<Parts> parts_;
};

/// A non-blocking descriptor, owned, and whom to call when it is ready. After it is destroyed nobody is called any
/// more; a callback may destroy it.
class Watched {
public:
    Watched();
    Watched(Loop& loop, Fd fd);
    ~Watched();
    Watched(Watched&&) noexcept;
    Watched& operator=(Watched&&) noexcept;

    /// -1 when there is none.
    int fd() const;
    bool open() const { return fd() >= 0; }
    /// Called each time there is something to read, until replaced by nothing.
    void on_readable(Callback callback);
    /// Called once, when there is room to write.
    void when_writable(Callback callback);

private:
    struct State;
    static void wait_readable(const std::shared_ptr<State>& state);
    void drop();
    std::shared_ptr<State> state_;
};

/// One call at one time. Setting it again forgets the earlier one; destroying it too.
class Timer {
public:
    explicit Timer(Loop& loop);
    ~Timer();
    Timer(Timer&&) noexcept;
    Timer& operator=(Timer&&) noexcept;

    void at(Instant when, Callback callback);
    void after(Duration wait, Callback callback);
    void cancel();

private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace dyad::shell
