#pragma once
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "dyad/config/config.hpp"
#include "shell/control_answer.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"

namespace dyad::shell {

/// The unix socket operators ask on: one request a connection, answers page by page with the driver running between.
class ControlSocket {
public:
    ControlSocket(Loop& loop, Journal& journal, const Operations& operations);
    ~ControlSocket();

    /// "" when it answers from now on, else what is in the way. A socket left by a dead daemon is replaced, one that
    /// is answered is not.
    std::string open(const config::Control& settings);
    /// Something happened that followers wait for.
    void wake_followers();

private:
    enum class Stage : std::uint8_t { Asking, Answering, Following };
    struct Client {
        Watched socket;
        Timer patience;
        Rights rights = Rights::Look;
        Stage stage = Stage::Asking;
        std::string in{};
        std::string out{};
        std::size_t sent = 0;
        bool blocked = false;
        bool last_piece = false;
        Answer answer{};
    };

    void accept_all();
    void read(std::uint32_t id);
    void begin(std::uint32_t id, Answer answer);
    void pump(std::uint32_t id);
    bool write(std::uint32_t id, Client& client);
    void be_patient(std::uint32_t id, Client& client);
    Client* find(std::uint32_t id);

    Loop& loop_;
    Journal& journal_;
    const Operations& operations_;
    config::Control settings_;
    Watched listener_;
    std::map<std::uint32_t, Client> clients_;
    std::uint32_t next_id_ = 0;
};

}  // namespace dyad::shell
