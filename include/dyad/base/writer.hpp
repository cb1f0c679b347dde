#pragma once
#include <boost/endian/conversion.hpp>
#include <cstddef>
#include <cstring>

#include "dyad/base/bytes.hpp"

namespace dyad {

/// A cursor that fills a buffer in network byte order and cannot overrun: the first write that does
/// not fit makes it fail for good and is not done. Write everything, ask failed() once.
class Writer {
public:
    explicit constexpr Writer(MutableBytes buffer) : buffer_(buffer) {}

    void u8(std::uint8_t value) {
        if (auto* at = claim(1)) *at = value;
    }
    void u16(std::uint16_t value) {
        if (auto* at = claim(2)) boost::endian::store_big_u16(at, value);
    }
    void u32(std::uint32_t value) {
        if (auto* at = claim(4)) boost::endian::store_big_u32(at, value);
    }
    void bytes(Bytes value) {
        if (value.empty()) return;
        if (auto* at = claim(value.size())) std::memcpy(at, value.data(), value.size());
    }

    /// Writes a length or code over octets written before, at an offset that size() once gave.
    void patch_u8(std::size_t offset, std::uint8_t value) {
        if (!failed_) buffer_[offset] = value;
    }
    void patch_u16(std::size_t offset, std::uint16_t value) {
        if (!failed_) boost::endian::store_big_u16(buffer_.data() + offset, value);
    }
    /// Takes back everything after offset, and the failure with it: how a message that filled up ends
    /// at its last whole field.
    void rewind(std::size_t offset) {
        size_ = offset;
        failed_ = false;
    }

    /// For what has no form in octets: fails as a write that does not fit would.
    void fail() { failed_ = true; }

    std::size_t size() const { return size_; }
    std::size_t room() const { return buffer_.size() - size_; }
    bool failed() const { return failed_; }
    Bytes written() const { return Bytes{buffer_}.first(size_); }

private:
    std::uint8_t* claim(std::size_t count) {
        if (failed_ || count > room()) {
            failed_ = true;
            return nullptr;
        }
        auto* at = buffer_.data() + size_;
        size_ += count;
        return at;
    }

    MutableBytes buffer_;
    std::size_t size_ = 0;
    bool failed_ = false;
};

}  // namespace dyad
