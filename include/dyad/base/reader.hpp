#pragma once
#include <boost/endian/conversion.hpp>
#include <cstddef>

#include "dyad/base/bytes.hpp"

namespace dyad {

/// A cursor over received octets (network byte order) that cannot overrun: the first read past the end
/// makes it fail for good, and every read from then on gives zero. Read everything, ask failed() once.
class Reader {
public:
    explicit constexpr Reader(Bytes bytes) : bytes_(bytes) {}

    std::uint8_t u8() {
        const auto part = take(1);
        return part.empty() ? 0 : part[0];
    }
    std::uint16_t u16() {
        const auto part = take(2);
        return part.empty() ? 0 : boost::endian::load_big_u16(part.data());
    }
    std::uint32_t u32() {
        const auto part = take(4);
        return part.empty() ? 0 : boost::endian::load_big_u32(part.data());
    }
    /// The next count octets; empty (and failed) if there are fewer.
    Bytes bytes(std::size_t count) { return take(count); }
    /// All that is left.
    Bytes rest() { return take(remaining()); }
    /// A cursor of its own over the next count octets; if there are fewer, both have failed.
    Reader sub(std::size_t count) {
        Reader inner{take(count)};
        inner.failed_ = failed_;
        return inner;
    }

    std::size_t remaining() const { return bytes_.size() - position_; }
    bool empty() const { return remaining() == 0; }
    bool failed() const { return failed_; }
    /// Octets consumed so far: where in the block the next read begins.
    std::size_t offset() const { return position_; }

private:
    Bytes take(std::size_t count) {
        if (failed_ || count > remaining()) {
            failed_ = true;
            position_ = bytes_.size();
            return {};
        }
        const auto part = bytes_.subspan(position_, count);
        position_ += count;
        return part;
    }

    Bytes bytes_;
    std::size_t position_ = 0;
    bool failed_ = false;
};

}  // namespace dyad
