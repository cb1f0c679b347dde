#pragma once
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "decode/field.hpp"
#include "dyad/base/bytes.hpp"

namespace dyad::decode {

using Octets = std::vector<std::uint8_t>;

/// A whole message around a body.
inline Octets message(std::uint8_t type, const Octets& body) {
    Octets octets(16, 0xff);
    const auto length = body.size() + 19;
    octets.push_back(static_cast<std::uint8_t>(length >> 8));
    octets.push_back(static_cast<std::uint8_t>(length));
    octets.push_back(type);
    octets.insert(octets.end(), body.begin(), body.end());
    return octets;
}

inline Octets operator+(Octets left, const Octets& right) {
    left.insert(left.end(), right.begin(), right.end());
    return left;
}

/// The first field of this name, anywhere in the tree.
inline const Field* find(const Field& field, std::string_view name) {
    if (field.name == name) return &field;
    for (const auto& inner : field.fields)
        if (const auto* found = find(inner, name)) return found;
    return nullptr;
}

/// "offset+octets name = value", with the fault behind it; how tests say what a field is.
inline std::string said(const Field* field) {
    if (field == nullptr) return "none";
    auto text =
        std::to_string(field->offset) + "+" + std::to_string(field->octets) + " " + field->name + " = " + field->value;
    if (field->fault) text += " !! " + field->fault->consequence + ": " + field->fault->what;
    return text;
}

}  // namespace dyad::decode
