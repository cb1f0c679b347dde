#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace dyad::decode {

/// What is wrong at a place, and what the RFCs have a receiver do about it.
struct Fault {
    std::string what;         ///< "ORIGIN has 2 octets, not 1 (RFC 7606 7.1)"
    std::string consequence;  ///< "treat-as-withdraw"; "" where a field further up says it
};

/// One field of a message, with the fields inside it: the tree that is printed.
struct Field {
    std::size_t offset = 0;  ///< octets from the message's first
    std::size_t octets = 0;
    std::string name;
    std::string value;     ///< in words
    std::string_view rfc;  ///< "RFC 4271 4.3"; a literal of our tables; "" where the field above says it
    std::optional<std::uint64_t> number{};  ///< the octets as a number, of fields that are one
    std::optional<Fault> fault{};
    std::vector<Field> fields{};
};
using Fields = std::vector<Field>;

inline bool is_malformed(const Field& field) {
    if (field.fault) return true;
    for (const auto& inner : field.fields)
        if (is_malformed(inner)) return true;
    return false;
}

}  // namespace dyad::decode
