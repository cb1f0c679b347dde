#pragma once
#include <array>
#include <optional>
#include <string>
#include <vector>

#include "decode/context.hpp"
#include "decode/options.hpp"
#include "dyad/wire/open.hpp"

namespace dyad::decode {

/// How often UPDATEs could be read in one way and in no other.
struct Votes {
    std::size_t yes = 0, no = 0;
};

/// What the UPDATEs of one direction give away of what was agreed: for captures that begin in mid-session.
struct Evidence {
    Votes four_octet_as;
    struct Paths {
        wire::Multiprotocol family;
        Votes with_ids;
    };
    std::vector<Paths> add_path;
};

/// What was heard of one conversation. Where octets came without addresses (hex), all are of direction 0, and the first
/// two OPENs are taken for the two sides'.
struct Learned {
    std::array<std::optional<wire::Open>, 2> opens;
    std::array<Evidence, 2> evidence;
    bool directions_known = true;
};

/// Takes in one message, header included.
void learn(Bytes message, std::size_t direction, Learned& learned);

struct Reading {
    Context context;
    std::vector<std::string> assumptions;  ///< what neither OPENs nor operator say, a sentence each
};
/// How messages of this direction are to be read: as the operator says; else by both OPENs where both were heard; else by
/// what the UPDATEs give away.
Reading reading_of(const Learned& learned, std::size_t direction, const Options& options);

}  // namespace dyad::decode
