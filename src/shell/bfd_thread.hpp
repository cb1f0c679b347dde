#pragma once
#include <atomic>
#include <boost/lockfree/spsc_queue.hpp>
#include <functional>
#include <memory>
#include <thread>
#include <variant>
#include <vector>

#include "bfd/endpoint.hpp"
#include "dyad/speaker/input.hpp"
#include "dyad/speaker/output.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"

namespace dyad::shell {

/// Runs the BFD machines beside the core, with real-time priority where that is allowed, so that neither a full table nor
/// other processes make a peer believe that we died. It shares no lock with the core, which could hold one while it is kept from
/// running: wishes go in by one exchanged pointer (only the latest counts), news comes out by a ring that one writes and one
/// reads, and an eventfd each wakes the other side.
///
/// Priority does not help where the kernel itself does not let go of a processor: it grows the IPv4 table for a million routes
/// in steps of up to 100 ms, which nothing preempts unless it was built to, and lets whoever comes along free what was
/// dropped (30 ms). So there are two threads, each bound to a processor of its own. The regular one waits for packets and
/// for the time; the stand-in looks whether that happened, a moment late, and does it if not. They share one lock, which nobody
/// holds during a system call that touches packets.
class BfdThread {
public:
    BfdThread(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell);
    /// Says AdminDown for the sessions that are left.
    ~BfdThread();
    BfdThread(const BfdThread&) = delete;
    BfdThread& operator=(const BfdThread&) = delete;

    /// All sessions there are to be from now on. The first that are starts the threads.
    void apply(const speaker::BfdSessions& wanted);

private:
    using Wanted = std::vector<bfd::Wanted>;
    using News = std::variant<speaker::BfdChanged, speaker::BfdFacts, Note>;
    struct Side;  // what the threads alone touch

    void start();
    void read_news();

    /// News that the core has not read yet. Reports, one a session and second, fill it in 68 minutes with one session, in 41
    /// seconds with a hundred: no turn of the core is that long. Changes that find it full wait on the thread's side.
    static constexpr std::size_t kNewsRing = 4096;

    Loop& loop_;
    Journal& journal_;
    std::function<void(const speaker::Input&)> tell_;
    std::atomic<Wanted*> wanted_{nullptr};
    std::atomic<bool> stop_{false};
    Fd wake_regular_, wake_stand_in_;
    boost::lockfree::spsc_queue<News, boost::lockfree::capacity<kNewsRing>> news_;
    Watched news_waiting_;
    std::unique_ptr<Side> side_;
    std::thread regular_, stand_in_;
};

}  // namespace dyad::shell
