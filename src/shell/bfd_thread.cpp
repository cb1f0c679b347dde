#include "shell/bfd_thread.hpp"

#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <optional>

#include "dyad/base/overloaded.hpp"
#include "shell/bfd_sockets.hpp"
#include "shell/clock.hpp"
#include "shell/quiet_thread.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// Above everything that is not real-time; far below the kernel's own threads.
constexpr int kPriority = 10;
/// Without real-time priority four busy processes on two cores held our packets up by this much (100 ms x 3 was safe).
constexpr auto kSafeWithoutPriority = "100ms";
/// What `show bfd` says is this old at most.
constexpr auto kReportEvery = std::chrono::seconds{1};
constexpr auto kRetryListen = std::chrono::seconds{5};

void wake(int fd) {
    const std::uint64_t one = 1;
    [[maybe_unused]] const auto written = ::write(fd, &one, sizeof one);
}

void clear(int fd) {
    std::uint64_t count = 0;
    [[maybe_unused]] const auto got = ::read(fd, &count, sizeof count);
}

std::uint64_t random_seed() {
    std::uint64_t seed = 0;
    if (::getrandom(&seed, sizeof seed, 0) == sizeof seed) return seed;
    return static_cast<std::uint64_t>(now().since_origin.count());
}

/// 0 or an errno.
int become_real_time() {
    // Timers of ordinary threads may fire 50 us late; those of real-time ones never wait.
    ::prctl(PR_SET_TIMERSLACK, 1UL);
    sched_param parameters{};
    parameters.sched_priority = kPriority;
    return ::pthread_setschedparam(::pthread_self(), SCHED_FIFO, &parameters);
}

}  // namespace

struct BfdThread::Side {
    explicit Side(BfdThread& owner_) : owner(owner_) {}

    BfdThread& owner;
    bfd::Endpoint endpoint{random_seed()};
    BfdSockets sockets{[this](std::string text) { complain(std::move(text)); }};
    Wanted wanted{};
    std::optional<Instant> listen_again{};
    Instant report_at{};
    std::deque<News> overflow{};

    void run();
    void wait() const;
    void read_wanted(Instant at);
    void listen(Instant at);
    void report(Instant at);
    void report_one(BfdSessionId id);
    void carry_out();
    void push(News news);
    void complain(std::string text) { push(Note{EventLevel::Error, "BFD: " + std::move(text)}); }
};

BfdThread::BfdThread(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell)
    : loop_(loop), journal_(journal), tell_(std::move(tell)) {}

BfdThread::~BfdThread() {
    if (thread_.joinable()) {
        stop_ = true;
        wake(wake_thread_.get());
        thread_.join();
    }
    delete wanted_.exchange(nullptr);
}

void BfdThread::apply(const speaker::BfdSessions& wanted) {
    if (!thread_.joinable() && wanted.sessions.empty()) return;
    delete wanted_.exchange(new Wanted{wanted.sessions});
    if (!thread_.joinable()) start();
    wake(wake_thread_.get());
}

void BfdThread::start() {
    wake_thread_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    news_waiting_ = Watched{loop_, Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}};
    news_waiting_.on_readable([this] { read_news(); });
    thread_ = quiet_thread([this] { Side{*this}.run(); });
}

void BfdThread::read_news() {
    clear(news_waiting_.fd());
    News news;
    while (news_.pop(news))
        std::visit(Overloaded{[this](Note& note) { journal_.note(note.level, std::move(note.text)); },
                              [this](const auto& input) { tell_(input); }},
                   news);
}

void BfdThread::Side::run() {
    ::pthread_setname_np(::pthread_self(), "dyad-bfd");
    if (const int error = become_real_time(); error != 0)
        push(Note{EventLevel::Warning, std::string{"BFD runs without real-time priority ("} + std::strerror(error) +
                                           "): on a busy host intervals below " + kSafeWithoutPriority +
                                           " are not safe; CAP_SYS_NICE allows it"});
    while (!owner.stop_) {
        wait();
        // Before the sockets are read: what came before it has been heard when the machines look at the time, however
        // late this thread was.
        const auto at = now();
        clear(owner.wake_thread_.get());
        read_wanted(at);
        listen(at);
        sockets.drain([&](const bfd::Arrival& arrival) { (void)endpoint.received(at, arrival); });
        endpoint.tick(at);
        carry_out();
        report(at);
    }
    read_wanted(now());
    endpoint.configure(now(), {});
    carry_out();
}

/// Until there is something to read, or it is time.
void BfdThread::Side::wait() const {
    std::vector<pollfd> descriptors{{.fd = owner.wake_thread_.get(), .events = POLLIN, .revents = 0}};
    for (const int fd : sockets.listening()) descriptors.push_back({.fd = fd, .events = POLLIN, .revents = 0});
    auto deadline = earlier(endpoint.deadline(), listen_again);
    if (!wanted.empty() || !overflow.empty()) deadline = earlier(deadline, report_at);
    if (!deadline) {
        ::ppoll(descriptors.data(), descriptors.size(), nullptr, nullptr);
        return;
    }
    const auto left = std::max(*deadline - now(), Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
}

void BfdThread::Side::read_wanted(Instant at) {
    const std::unique_ptr<Wanted> news{owner.wanted_.exchange(nullptr)};
    if (!news) return;
    wanted = *news;
    endpoint.configure(at, wanted);
    listen_again = at;
}

void BfdThread::Side::listen(Instant at) {
    if (!listen_again || at < *listen_again) return;
    listen_again = sockets.listen(wanted) ? std::nullopt : std::optional{at + kRetryListen};
}

void BfdThread::Side::report(Instant at) {
    if (at < report_at) return;
    report_at = at + kReportEvery;
    for (const auto id : endpoint.sessions()) report_one(id);
    while (!overflow.empty() && owner.news_.push(overflow.front())) overflow.pop_front();
    wake(owner.news_waiting_.fd());
}

void BfdThread::Side::report_one(BfdSessionId id) {
    // What is only for display can wait for the next report when the core is far behind.
    if (const auto facts = endpoint.facts(id); facts && overflow.empty())
        if (!owner.news_.push(speaker::BfdFacts{id, *facts})) return;
}

void BfdThread::Side::carry_out() {
    for (auto& action : endpoint.take_actions())
        std::visit(Overloaded{
                       [&](const bfd::Transmit& packet) { sockets.send(packet.session, packet.path, packet.octets); },
                       [&](const bfd::StateChanged& changed) {
                           push(speaker::BfdChanged{changed.session, changed.change});
                           report_one(changed.session);
                       },
                       [&](const bfd::Ended& ended) { sockets.close(ended.session); },
                   },
                   action);
}

/// Never lost, never out of order.
void BfdThread::Side::push(News news) {
    if (!overflow.empty() || !owner.news_.push(news)) overflow.push_back(std::move(news));
    wake(owner.news_waiting_.fd());
}

}  // namespace dyad::shell
