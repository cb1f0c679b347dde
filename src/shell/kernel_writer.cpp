#include "shell/kernel_writer.hpp"

#include <sys/socket.h>

#include <cerrno>

#include "shell/quiet_thread.hpp"

namespace dyad::shell {

namespace {

/// Some twenty requests: less work for the kernel than waking a thread is.
constexpr std::size_t kAtOnceOctets = 1024;

}  // namespace

KernelWriter::KernelWriter(int descriptor, std::function<void(int)> failed)
    : descriptor_(descriptor), failed_(std::move(failed)) {}

KernelWriter::~KernelWriter() {
    if (!thread_.joinable()) return;
    {
        const std::lock_guard lock{mutex_};
        ending_ = true;
    }
    more_.notify_one();
    thread_.join();
}

bool KernelWriter::write(Bytes octets, speaker::KernelTurn turn) {
    {
        const std::lock_guard lock{mutex_};
        if (waiting_.empty() && !writing_ && octets.size() <= kAtOnceOctets) {
            write_now(octets);
            return true;
        }
        const auto at = turn == speaker::KernelTurn::Ahead ? waiting_.begin() : waiting_.end();
        waiting_.emplace(at, octets.begin(), octets.end());
    }
    if (!thread_.joinable()) thread_ = quiet_thread([this] { run(); });
    more_.notify_one();
    return false;
}

void KernelWriter::write_now(Bytes octets) const {
    // To the kernel: a netlink socket that is not connected has no other destination.
    if (::send(descriptor_, octets.data(), octets.size(), 0) < 0) failed_(errno);
}

void KernelWriter::run() {
    std::unique_lock lock{mutex_};
    while (true) {
        more_.wait(lock, [this] { return ending_ || !waiting_.empty(); });
        if (waiting_.empty()) return;
        const auto octets = std::move(waiting_.front());
        waiting_.pop_front();
        writing_ = true;
        lock.unlock();
        write_now(octets);
        lock.lock();
        writing_ = false;
    }
}

}  // namespace dyad::shell
