#pragma once
#include <cstdint>
#include <cstring>
#include <initializer_list>
#include <vector>

#include "dyad/base/bytes.hpp"

/// Builds netlink octets field by field, in the host's byte order as the kernel does.
namespace dyad::netlink::test {

class Octets {
public:
    Octets& u8(std::initializer_list<int> values) {
        for (const int value : values) octets_.push_back(static_cast<std::uint8_t>(value));
        return *this;
    }
    Octets& u16(unsigned value) { return raw(static_cast<std::uint16_t>(value)); }
    Octets& u32(unsigned value) { return raw(static_cast<std::uint32_t>(value)); }
    Octets& i32(int value) { return raw(value); }
    Octets& text(const char* value) {
        while (*value) octets_.push_back(static_cast<std::uint8_t>(*value++));
        return *this;
    }
    const std::vector<std::uint8_t>& octets() const { return octets_; }
    operator Bytes() const { return octets_; }

private:
    template <class Value>
    Octets& raw(Value value) {
        std::uint8_t copy[sizeof value];
        std::memcpy(copy, &value, sizeof value);
        octets_.insert(octets_.end(), copy, copy + sizeof value);
        return *this;
    }
    std::vector<std::uint8_t> octets_;
};

}  // namespace dyad::netlink::test
