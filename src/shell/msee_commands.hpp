#pragma once
#include <string>
#include <string_view>

#include "shell/msee_server.hpp"

namespace dyad::shell {

/// What a command line led to: one line of JSON, and whether the MSEE is to end.
struct MseeReply {
    std::string json;
    bool quit = false;
};

/// Does one command ("announce 100", "maintenance on") and answers {"ok":true,…} or {"ok":false,"error":"…"}.
MseeReply do_msee_command(std::string_view line, MseeServer& server);

}  // namespace dyad::shell
