#pragma once
#include <cstdint>
#include <string_view>

#include "dyad/session/reason.hpp"

namespace dyad::shell {

/// How many segments the kernel dropped over their MD5 signature (RFC 2385), in this network namespace.
struct Md5Counters {
    std::uint64_t wrong_key = 0;        ///< TCPMD5Failure
    std::uint64_t peer_sends_none = 0;  ///< TCPMD5NotFound
    std::uint64_t we_have_none = 0;     ///< TCPMD5Unexpected
    friend bool operator==(const Md5Counters&, const Md5Counters&) = default;
};

/// From the text of /proc/net/netstat; zeros for what is not in it.
Md5Counters parse_md5_counters(std::string_view netstat);
/// The counters now.
Md5Counters read_md5_counters();

/// How many of the three differ.
int kinds_moved(const Md5Counters& before, const Md5Counters& after);

enum class HasKey : std::uint8_t { No, Yes };
/// What moved between the two, as far as it can concern a connection with or without a key.
session::ConnectHint md5_hint(const Md5Counters& before, const Md5Counters& after, HasKey key);

}  // namespace dyad::shell
