#include "shell/bfd_thread.hpp"

#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/random.h>

#include <cerrno>
#include <cstring>
#include <deque>
#include <mutex>
#include <optional>

#include "dyad/base/overloaded.hpp"
#include "shell/bfd_sockets.hpp"
#include "shell/clock.hpp"
#include "shell/quiet_thread.hpp"
#include "shell/real_time.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

/// Without real-time priority four busy processes on two cores held our packets up by this much (100 ms x 3 was safe).
constexpr auto kSafeWithoutPriority = "100ms";
/// What `show bfd` says is this old at most.
constexpr auto kReportEvery = std::chrono::seconds{1};
constexpr auto kRetryListen = std::chrono::seconds{5};
/// So late is the regular thread that the other does its work: a fifth of the shortest interval there is, and far more than a
/// thread with priority needs to begin.
constexpr auto kLate = std::chrono::milliseconds{2};

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

/// Until one of them can be read, or it is time; no time: for as long as it takes.
void wait_for(std::vector<pollfd> descriptors, std::optional<Instant> until) {
    if (!until) {
        ::ppoll(descriptors.data(), descriptors.size(), nullptr, nullptr);
        return;
    }
    const auto left = std::max(*until - now(), Duration::zero());
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(left);
    const timespec timeout{.tv_sec = seconds.count(), .tv_nsec = (left - seconds).count()};
    ::ppoll(descriptors.data(), descriptors.size(), &timeout, nullptr);
}

pollfd readable(int fd) { return {.fd = fd, .events = POLLIN, .revents = 0}; }

}  // namespace

struct BfdThread::Side {
    explicit Side(BfdThread& owner_) : owner(owner_) {}

    BfdThread& owner;
    /// Of all below. Never held while packets are read or sent: the kernel may do errands of its own in such a call.
    std::mutex mutex{};
    bfd::Endpoint endpoint{random_seed()};
    BfdSockets sockets{[this](std::string text) { complain(std::move(text)); }};
    Wanted wanted{};
    std::optional<Instant> listen_again{};
    Instant report_at{};
    std::deque<News> overflow{};

    void run_regular(int processor);
    void run_stand_in(int processor);
    void wait();
    std::optional<Instant> next_look();
    bool is_late();
    void turn();
    void send(const std::vector<BfdDatagram>& datagrams);

    // With the lock held.
    void read_wanted(Instant at);
    void listen(Instant at);
    void report(Instant at);
    void report_one(BfdSessionId id);
    std::vector<BfdDatagram> carry_out();
    void push(News news);
    void complain(std::string text) { push(Note{EventLevel::Error, "BFD: " + std::move(text)}); }
};

BfdThread::BfdThread(Loop& loop, Journal& journal, std::function<void(const speaker::Input&)> tell)
    : loop_(loop), journal_(journal), tell_(std::move(tell)) {}

BfdThread::~BfdThread() {
    if (side_) {
        stop_ = true;
        wake(wake_regular_.get());
        wake(wake_stand_in_.get());
        if (stand_in_.joinable()) stand_in_.join();
        regular_.join();
    }
    delete wanted_.exchange(nullptr);
}

void BfdThread::apply(const speaker::BfdSessions& wanted) {
    if (!side_ && wanted.sessions.empty()) return;
    delete wanted_.exchange(new Wanted{wanted.sessions});
    if (!side_) start();
    wake(wake_regular_.get());
}

/// The last processors: the first has most of the interrupts.
void BfdThread::start() {
    wake_regular_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    wake_stand_in_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    news_waiting_ = Watched{loop_, Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)}};
    news_waiting_.on_readable([this] { read_news(); });
    side_ = std::make_unique<Side>(*this);
    const auto ours = processors();
    const auto last = ours.empty() ? 0 : ours.back();
    regular_ = quiet_thread([this, last] { side_->run_regular(last); });
    if (ours.size() < 2) return;
    const auto other = ours[ours.size() - 2];
    stand_in_ = quiet_thread([this, other] { side_->run_stand_in(other); });
}

void BfdThread::read_news() {
    clear(news_waiting_.fd());
    News news;
    while (news_.pop(news))
        std::visit(Overloaded{[this](Note& note) { journal_.note(note.level, std::move(note.text)); },
                              [this](const auto& input) { tell_(input); }},
                   news);
}

void BfdThread::Side::run_regular(int processor) {
    ::pthread_setname_np(::pthread_self(), "dyad-bfd");
    if (const int error = become_real_time(); error == 0) {
        stay_on(processor);
    } else {
        const std::lock_guard lock{mutex};
        push(Note{EventLevel::Warning, std::string{"BFD runs without real-time priority ("} + std::strerror(error) +
                                           "): on a busy host intervals below " + kSafeWithoutPriority +
                                           " are not safe; CAP_SYS_NICE allows it"});
    }
    while (!owner.stop_) {
        wait();
        clear(owner.wake_regular_.get());
        turn();
    }
    std::vector<BfdDatagram> last;
    {
        const std::lock_guard lock{mutex};
        read_wanted(now());
        endpoint.configure(now(), {});
        last = carry_out();
    }
    send(last);
}

/// Without priority it is bound to no processor: where nobody is sure to be let run, the scheduler may choose.
void BfdThread::Side::run_stand_in(int processor) {
    ::pthread_setname_np(::pthread_self(), "dyad-bfd-2");
    if (become_real_time() == 0) stay_on(processor);
    while (!owner.stop_) {
        wait_for({readable(owner.wake_stand_in_.get())}, next_look());
        clear(owner.wake_stand_in_.get());
        if (is_late()) turn();
    }
}

/// Until there is something to read, or it is time.
void BfdThread::Side::wait() {
    std::vector<pollfd> descriptors{readable(owner.wake_regular_.get())};
    std::optional<Instant> until;
    {
        const std::lock_guard lock{mutex};
        for (const auto& socket : sockets.listening()) descriptors.push_back(readable(socket.descriptor));
        until = earlier(endpoint.deadline(), listen_again);
        if (!wanted.empty() || !overflow.empty()) until = earlier(until, report_at);
    }
    wait_for(std::move(descriptors), until);
}

/// When the stand-in looks whether all was done: a moment after it was due. What becomes due earlier than was known now is at
/// least as far away as the shortest interval.
std::optional<Instant> BfdThread::Side::next_look() {
    const std::lock_guard lock{mutex};
    const auto due = endpoint.deadline();
    if (!due) return std::nullopt;
    auto at = *due + kLate;
    for (const auto& one : wanted) at = std::min(at, now() + std::min(one.parameters.transmit, one.parameters.receive));
    return at;
}

bool BfdThread::Side::is_late() {
    const std::lock_guard lock{mutex};
    const auto due = endpoint.deadline();
    return due && now() >= *due + kLate;
}

void BfdThread::Side::turn() {
    // Before the sockets are read: what came before it has been heard when the machines look at the time, however
    // late this thread was.
    const auto at = now();
    std::vector<BfdListening> listening;
    {
        const std::lock_guard lock{mutex};
        listening = sockets.listening();
    }
    for (const auto& socket : listening)
        socket.drain([&](const bfd::Arrival& arrival) {
            const std::lock_guard lock{mutex};
            (void)endpoint.received(now(), arrival);
        });
    std::vector<BfdDatagram> datagrams;
    {
        const std::lock_guard lock{mutex};
        read_wanted(now());
        listen(now());
        endpoint.tick(at);
        datagrams = carry_out();
        report(now());
    }
    send(datagrams);
}

void BfdThread::Side::send(const std::vector<BfdDatagram>& datagrams) {
    for (const auto& datagram : datagrams) {
        const int error = datagram.transmit();
        const std::lock_guard lock{mutex};
        sockets.sent(datagram, error);
    }
}

void BfdThread::Side::read_wanted(Instant at) {
    const std::unique_ptr<Wanted> news{owner.wanted_.exchange(nullptr)};
    if (!news) return;
    wanted = *news;
    endpoint.configure(at, wanted);
    listen_again = at;
    // It may sleep for want of anything to look after.
    wake(owner.wake_stand_in_.get());
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

/// What is to be sent for it.
std::vector<BfdDatagram> BfdThread::Side::carry_out() {
    std::vector<BfdDatagram> datagrams;
    for (auto& action : endpoint.take_actions())
        std::visit(Overloaded{
                       [&](bfd::Transmit& packet) {
                           auto datagram = sockets.address(packet.session, packet.path, std::move(packet.octets));
                           if (datagram) datagrams.push_back(std::move(*datagram));
                       },
                       [&](const bfd::StateChanged& changed) {
                           push(speaker::BfdChanged{changed.session, changed.change});
                           report_one(changed.session);
                       },
                       [&](const bfd::Ended& ended) { sockets.close(ended.session); },
                   },
                   action);
    return datagrams;
}

/// Never lost, never out of order.
void BfdThread::Side::push(News news) {
    if (!overflow.empty() || !owner.news_.push(news)) overflow.push_back(std::move(news));
    wake(owner.news_waiting_.fd());
}

}  // namespace dyad::shell
