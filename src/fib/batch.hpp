#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/bytes.hpp"
#include "dyad/base/time.hpp"
#include "dyad/base/writer.hpp"
#include "fib/rows.hpp"
#include "netlink/messages.hpp"

namespace dyad::fib {

/// Beyond 4 kB nothing gets faster; 16 kB keep the kernel busy for less than a millisecond (measured).
inline constexpr std::size_t kBatchOctets = 16 * 1024;
/// The default receive buffer holds 256 answers: if every message failed, the last answer would still arrive.
inline constexpr std::size_t kBatchMessages = 250;
/// While the kernel works the next are on their way: waiting for each answer cost two thirds of the time again. So many last
/// for some turns of a loop that reads and decides at full speed, two to three milliseconds each. No request under way
/// depends on another, and what is urgent overtakes them.
inline constexpr std::size_t kBatchesUnderWay = 16;

enum class Does : std::uint8_t {
    CreateLeaf,      ///< id
    WriteGroup,      ///< slot
    DeleteLeaf,      ///< id
    DeleteGroup,     ///< slot
    InstallRow,      ///< row, slot: nothing of ours stood there
    ReplaceRow,      ///< row, slot
    DeleteRow,       ///< row
    DeleteLeftover,  ///< a route or nexthop of ours from before the configuration changed
};

/// What one message of a batch was for.
struct Operation {
    Does does = Does::CreateLeaf;
    Slot slot = kNowhere;
    std::uint32_t id = 0;
    RowId row{};
};

/// How one operation ended; error 0 is success.
struct Outcome {
    Operation operation{};
    int error = 0;
    std::string text{};
};

/// One send: messages, each with its own sequence number, and what each was for. The kernel answers each that
/// failed, and the last in any case.
class Batch {
public:
    void start(std::uint32_t first_sequence);
    /// Room for one more message, of any kind of ours.
    bool has_room() const;
    bool empty() const { return operations_.empty(); }
    /// encode(sequence, writer) writes one message.
    template <class Encode>
    void add(const Operation& operation, Encode&& encode) {
        const auto start = octets_.size();
        octets_.resize(start + kLongestMessage);
        Writer out{MutableBytes{octets_}.subspan(start)};
        encode(first_sequence_ + static_cast<std::uint32_t>(operations_.size()), out);
        finish(operation, start, out);
    }
    /// Asks for the last message's answer and gives the octets to send.
    Bytes seal();
    bool asked(std::uint32_t sequence) const { return position_of(sequence) < operations_.size(); }
    /// Records an answer; true if it was the last and all outcomes are known.
    bool answered(netlink::Answer answer);
    std::vector<Outcome> take_outcomes();
    std::size_t size() const { return operations_.size(); }
    void forget();

private:
    /// A group of 250 members, or a plain route of kMostHops.
    static constexpr std::size_t kLongestMessage = 2048;
    /// Unsigned: an answer to something older is far away.
    std::uint32_t position_of(std::uint32_t sequence) const { return sequence - first_sequence_; }
    void finish(const Operation& operation, std::size_t start, const Writer& out);

    std::vector<std::uint8_t> octets_;
    std::size_t last_start_ = 0;
    std::uint32_t first_sequence_ = 0;
    std::vector<Operation> operations_;
    std::vector<netlink::Answer> errors_;
};

}  // namespace dyad::fib
