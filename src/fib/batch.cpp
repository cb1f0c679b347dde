#include "fib/batch.hpp"

#include <linux/netlink.h>

#include <cstring>

#include "dyad/base/ensure.hpp"

namespace dyad::fib {

void Batch::start(std::uint32_t first_sequence) {
    forget();
    first_sequence_ = first_sequence;
}

bool Batch::has_room() const {
    return operations_.size() < kBatchMessages && octets_.size() + kLongestMessage <= kBatchOctets;
}

Bytes Batch::seal() {
    ensure(!empty());
    std::uint16_t flags;
    auto* at = octets_.data() + last_start_ + offsetof(nlmsghdr, nlmsg_flags);
    std::memcpy(&flags, at, sizeof flags);
    flags |= NLM_F_ACK;
    std::memcpy(at, &flags, sizeof flags);
    return octets_;
}

bool Batch::answered(netlink::Answer answer) {
    const auto position = position_of(answer.sequence);
    if (position >= operations_.size()) return false;
    const bool last = position + 1 == operations_.size();
    if (answer.error != 0) errors_.push_back(std::move(answer));
    return last;
}

std::vector<Outcome> Batch::take_outcomes() {
    std::vector<Outcome> outcomes;
    outcomes.reserve(operations_.size());
    for (const auto& operation : operations_) outcomes.push_back({operation, 0, {}});
    for (auto& answer : errors_) {
        auto& outcome = outcomes[position_of(answer.sequence)];
        outcome.error = answer.error;
        outcome.text = std::move(answer.text);
    }
    forget();
    return outcomes;
}

void Batch::forget() {
    octets_.clear();
    operations_.clear();
    errors_.clear();
}

void Batch::finish(const Operation& operation, std::size_t start, const Writer& out) {
    ensure(!out.failed());
    octets_.resize(start + out.size());
    last_start_ = start;
    operations_.push_back(operation);
}

}  // namespace dyad::fib
