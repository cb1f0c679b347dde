#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/speaker/output.hpp"

namespace dyad::shell {

/// Requests on their way into the kernel. The kernel does all the work inside the call, some microseconds a route: a full
/// table is seconds. So a thread makes the calls, one after another, while the loop reads, decides and answers; it touches
/// nothing but the octets and the descriptor. A few requests are quicker written than handed over, and are written at once.
class KernelWriter {
public:
    /// failed(errno) is called on the thread that a write failed on.
    KernelWriter(int descriptor, std::function<void(int error)> failed);
    /// Writes what was handed over first.
    ~KernelWriter();
    KernelWriter(const KernelWriter&) = delete;
    KernelWriter& operator=(const KernelWriter&) = delete;

    /// True: it is written, and the kernel has answered.
    bool write(Bytes octets, speaker::KernelTurn turn);

private:
    void write_now(Bytes octets) const;
    void run();

    const int descriptor_;
    const std::function<void(int)> failed_;
    std::mutex mutex_;
    std::condition_variable more_;
    std::deque<std::vector<std::uint8_t>> waiting_;
    bool writing_ = false;
    bool ending_ = false;
    std::thread thread_;  ///< from the first large batch on
};

}  // namespace dyad::shell
