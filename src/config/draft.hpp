#pragma once
#include <string>
#include <vector>

#include "config/notes.hpp"
#include "dyad/config/config.hpp"

namespace dyad::config {

/// A subnet as the file has it: the /29 of a peering or the /30 of a link.
struct Block {
    Prefix prefix;
    Place place;
    std::string owner;  ///< "er-ams/private"
};

/// A name that must turn out to be something's: whether it does is known when all is read.
struct Mention {
    enum class Of : std::uint8_t { PassOn, EndsOn, LogLevel } of = Of::PassOn;
    std::string name;
    std::string by;  ///< the neighbor or peering that says it
    Place place;
};

/// A configuration that is being read, and what is needed to judge it as a whole.
struct Draft {
    Config config;
    Notes notes;
    std::vector<Block> blocks;
    std::vector<Mention> mentions;
    Place asn_place;
};

}  // namespace dyad::config
