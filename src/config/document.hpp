#pragma once
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dyad/config/config.hpp"
#include "dyad/config/parse.hpp"

namespace dyad::config {

/// A TOML file as plain values that know their place. The rest of the room sees this and never the library that
/// reads the syntax: that one costs seconds a file to compile.
struct Value;
struct Entry;
using Array = std::vector<Value>;
using Table = std::vector<Entry>;  ///< in the order of the file

/// A date or a time: TOML has them, this configuration does not.
struct Moment {};

struct Value {
    Place place;
    std::variant<bool, std::int64_t, double, std::string, Moment, Array, Table> data;

    template <typename T>
    const T* as() const {
        return std::get_if<T>(&data);
    }
};

struct Entry {
    std::string key;
    Place place;  ///< of the key
    Value value;
};

/// The file as a tree, or the first thing that is not TOML (what comes behind it cannot be known).
std::expected<Table, Diagnostic> read_document(std::string_view text);

}  // namespace dyad::config
