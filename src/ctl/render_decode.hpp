#pragma once
#include <string>

#include "ctl/table.hpp"
#include "decode/decode.hpp"

namespace dyad::ctl {

/// A message as a head line and a line for each field: offset, octets, name, value, where it is defined; a note as one line.
std::string render_decoded(const decode::Item& item, Colours colours);

/// The same as one JSON object on one line.
std::string decoded_json(const decode::Item& item);

}  // namespace dyad::ctl
