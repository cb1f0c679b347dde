#pragma once
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "shell/loop.hpp"

namespace dyad::shell {

/// A unix socket on which lines come in and lines go out, each answering one: what scripts drive an MSEE with.
class LineSocket {
public:
    using Answer = std::function<std::string(std::string_view line)>;
    LineSocket(Loop& loop, Answer answer) : loop_(loop), answer_(std::move(answer)) {}
    ~LineSocket();

    /// "" when it answers from now on, else what is in the way. A socket nobody answers on is replaced.
    std::string open(const std::string& path);

private:
    struct Client {
        Watched socket;
        std::string in{};
        std::string out{};
        bool blocked = false;
        bool ended = false;  ///< asks no more
    };

    void accept_all();
    void read(std::uint32_t id);
    void write(std::uint32_t id);

    Loop& loop_;
    Answer answer_;
    std::string path_;
    Watched listener_;
    std::map<std::uint32_t, Client> clients_;
    std::uint32_t next_id_ = 0;
};

/// The other end: sends one line and waits for the answer. False with the reason in words when there is none.
bool ask_line_socket(const std::string& path, const std::string& line, std::string& answer);

}  // namespace dyad::shell
