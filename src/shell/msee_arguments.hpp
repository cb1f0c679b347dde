#pragma once
#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "msee/msee.hpp"

namespace dyad::shell {

/// What `dyad msee` was asked to play.
struct MseeSettings {
    std::string name = "msee";
    msee::Options options;      ///< customers included
    std::size_t routes_v4 = 0;  ///< made-up VNets
    std::size_t routes_v6 = 0;
    std::string mrt;  ///< a file, "-" for standard input, "" for none
    std::optional<Address> mrt_neighbor;
    std::string md5_key;
    std::string interface;
    std::uint8_t ttl = 1;
    std::chrono::milliseconds bfd{0};  ///< sent and expected so often; 0: none
    std::uint16_t port = 179;
    std::string script;  ///< a file to play instead, "-" for standard input
    bool json = false;   ///< the script's outcomes as JSON lines
    std::string socket;  ///< where commands come in; "" for nowhere
};

/// What stands behind the verb. The error is for the operator; empty where he asked for help.
std::expected<MseeSettings, std::string> parse_msee_arguments(const std::vector<std::string>& words);
std::string_view msee_usage();

}  // namespace dyad::shell
