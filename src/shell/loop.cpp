#include "shell/loop.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "shell/clock.hpp"

namespace dyad::shell {

namespace asio = boost::asio;
using boost::system::error_code;

struct Loop::Parts {
    asio::io_context context{1};
    std::optional<asio::signal_set> signals;
    std::function<void(int)> on_signal;

    void wait_for_signal() {
        signals->async_wait([this](error_code error, int number) {
            if (error) return;
            wait_for_signal();
            on_signal(number);
        });
    }
};

Loop::Loop() : parts_(std::make_unique<Parts>()) {}
Loop::~Loop() = default;

void Loop::post(Callback work) { asio::post(parts_->context, std::move(work)); }

void Loop::on_signals(std::vector<int> numbers, std::function<void(int)> handler) {
    parts_->signals.emplace(parts_->context);
    for (const int number : numbers) parts_->signals->add(number);
    parts_->on_signal = std::move(handler);
    parts_->wait_for_signal();
}

void Loop::run() {
    const auto stay = asio::make_work_guard(parts_->context);
    parts_->context.run();
}

void Loop::stop() { parts_->context.stop(); }

bool Loop::run_until(const std::function<bool()>& condition, Duration at_most) {
    const auto stay = asio::make_work_guard(parts_->context);
    const auto end = now() + at_most;
    while (!condition()) {
        const auto left = end - now();
        if (left <= Duration::zero()) return false;
        parts_->context.restart();
        parts_->context.run_one_for(left);
    }
    return true;
}

struct Watched::State {
    asio::posix::stream_descriptor descriptor;
    Callback readable{};
    bool waiting = false;
    Callback writable{};
};

Watched::Watched() = default;
Watched::Watched(Loop& loop, Fd fd) : state_(std::make_shared<State>(State{{loop.parts_->context, fd.release()}})) {}
Watched::~Watched() { drop(); }
Watched::Watched(Watched&&) noexcept = default;
Watched& Watched::operator=(Watched&& other) noexcept {
    if (this == &other) return *this;
    drop();
    state_ = std::move(other.state_);
    return *this;
}

/// Handlers already queued keep the state alive, but find no callback in it.
void Watched::drop() {
    if (!state_) return;
    state_->readable = nullptr;
    state_->writable = nullptr;
    error_code ignored;
    state_->descriptor.close(ignored);
    state_.reset();
}

int Watched::fd() const { return state_ ? state_->descriptor.native_handle() : -1; }

void Watched::on_readable(Callback callback) {
    state_->readable = std::move(callback);
    wait_readable(state_);
}

void Watched::wait_readable(const std::shared_ptr<State>& state) {
    if (state->waiting || !state->readable) return;
    state->waiting = true;
    state->descriptor.async_wait(asio::posix::descriptor_base::wait_read, [state](error_code error) {
        state->waiting = false;
        // A copy: the callback may destroy the Watched, and itself with it.
        const Callback callback = state->readable;
        if (error || !callback) return;
        callback();
        wait_readable(state);
    });
}

void Watched::when_writable(Callback callback) {
    const bool waiting = static_cast<bool>(state_->writable);
    state_->writable = std::move(callback);
    if (waiting) return;
    state_->descriptor.async_wait(asio::posix::descriptor_base::wait_write, [state = state_](error_code error) {
        const Callback wanted = std::exchange(state->writable, nullptr);
        if (!error && wanted) wanted();
    });
}

struct Timer::State {
    asio::steady_timer timer;
    Callback callback{};
    std::uint64_t generation = 0;
};

Timer::Timer(Loop& loop) : state_(std::make_shared<State>(State{asio::steady_timer{loop.parts_->context}})) {}
Timer::~Timer() {
    if (state_) cancel();
}
Timer::Timer(Timer&&) noexcept = default;
Timer& Timer::operator=(Timer&& other) noexcept {
    if (this == &other) return *this;
    if (state_) cancel();
    state_ = std::move(other.state_);
    return *this;
}

void Timer::at(Instant when, Callback callback) {
    const auto generation = ++state_->generation;
    state_->callback = std::move(callback);
    state_->timer.expires_at(std::chrono::steady_clock::time_point{when.since_origin});
    state_->timer.async_wait([state = state_, generation](error_code error) {
        if (error || generation != state->generation) return;
        const Callback wanted = std::exchange(state->callback, nullptr);
        if (wanted) wanted();
    });
}

void Timer::after(Duration wait, Callback callback) { at(now() + wait, std::move(callback)); }

void Timer::cancel() {
    ++state_->generation;
    state_->callback = nullptr;
    state_->timer.cancel();
}

}  // namespace dyad::shell
