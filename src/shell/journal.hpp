#pragma once
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <variant>

#include "dyad/config/config.hpp"
#include "dyad/speaker/event.hpp"

namespace dyad::shell {

/// Something the shell itself has to say: a sysctl it set, a socket option it was not allowed.
struct Note {
    speaker::EventLevel level = speaker::EventLevel::Info;
    std::string text;
};

struct Entry {
    std::chrono::system_clock::time_point time;
    std::variant<speaker::Event, Note> what;
};

/// Enough for the worst night, about 3 MB.
inline constexpr std::size_t kMaxEntries = 10'000;

/// What happened: each entry goes to the log in words and stays in a ring for `dyad events`. Entries are numbered from
/// 0 for the life of the process.
class Journal {
public:
    using Clock = std::function<std::chrono::system_clock::time_point()>;
    explicit Journal(Clock clock = std::chrono::system_clock::now);
    ~Journal();

    /// At every reload: a file is opened anew.
    void configure(const config::Log& log);
    void record(speaker::Event event);
    void note(speaker::EventLevel level, std::string text);
    /// Called after each new entry.
    void on_entry(std::function<void()> callback) { on_entry_ = std::move(callback); }

    /// The number of the oldest entry still here, and one past the newest.
    std::uint64_t begin() const { return first_; }
    std::uint64_t end() const { return first_ + ring_.size(); }
    /// By the clock that dates entries.
    std::chrono::system_clock::time_point now() const { return clock_(); }
    const Entry& at(std::uint64_t number) const { return ring_[static_cast<std::size_t>(number - first_)]; }

private:
    void add(Entry entry);

    Clock clock_;
    std::deque<Entry> ring_;
    std::uint64_t first_ = 0;
    std::function<void()> on_entry_;
    struct Sink;
    std::unique_ptr<Sink> sink_;
};

}  // namespace dyad::shell
