#include "operator.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <sstream>
#include <utility>

#include "dyad/base/ensure.hpp"

namespace dyad::scenario {
namespace {

namespace json = boost::json;

/// What fits the golden files' lines.
constexpr std::size_t kWide = 120;
constexpr std::size_t kIndent = 2;

void write(std::string& out, const json::value& value, std::size_t indent) {
    const auto flat = json::serialize(value);
    const bool nested = value.is_object() || value.is_array();
    if (!nested || flat.size() + indent <= kWide) {
        out += flat;
        return;
    }
    const std::string inside(indent + kIndent, ' ');
    bool first = true;
    const auto begin = [&] { out += std::exchange(first, false) ? "\n" + inside : ",\n" + inside; };
    out += value.is_object() ? '{' : '[';
    if (const auto* object = value.if_object())
        for (const auto& [key, member] : *object) {
            begin();
            out += json::serialize(key) + ": ";
            write(out, member, indent + kIndent);
        }
    else
        for (const auto& element : value.get_array()) {
            begin();
            write(out, element, indent + kIndent);
        }
    out += "\n" + std::string(indent, ' ') + (value.is_object() ? '}' : ']');
}

std::string read_line(int from) {
    std::string line;
    for (char octet = 0; ::read(from, &octet, 1) == 1 && octet != '\n';) line += octet;
    return line;
}

void write_all(int to, std::string_view octets) {
    while (!octets.empty()) {
        const auto sent = ::send(to, octets.data(), octets.size(), MSG_NOSIGNAL);
        if (sent <= 0) return;
        octets.remove_prefix(static_cast<std::size_t>(sent));
    }
}

}  // namespace

std::string readable_json(const std::string& text) {
    boost::system::error_code error;
    std::string out;
    if (const auto whole = json::parse(text, error); !error) {
        write(out, whole, 0);
        return out + "\n";
    }
    // One a line, as events come.
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);) {
        const auto value = json::parse(line, error);
        if (error)
            out += line;
        else
            write(out, value, 0);
        out += "\n";
    }
    return out;
}

Operator::Operator(std::string program, Answerer answer) : program_(std::move(program)), answer_(std::move(answer)) {
    std::string home = std::filesystem::temp_directory_path() / "dyad-scenario-XXXXXX";
    ensure(::mkdtemp(home.data()) != nullptr);
    home_ = home;
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    const auto path = home_ + "/socket";
    ensure(path.size() < sizeof address.sun_path);
    std::memcpy(address.sun_path, path.data(), path.size());
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ensure(::bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
    ensure(::listen(listener_, 8) == 0);
}

Operator::~Operator() {
    ::close(listener_);
    std::filesystem::remove_all(home_);
}

Operator::Said Operator::types(const std::string& words) {
    std::array<int, 2> pipe{};
    ensure(::pipe2(pipe.data(), O_CLOEXEC) == 0);
    const auto command = "exec '" + program_ + "' " + words + " 2>&1";
    const auto child = ::fork();
    ensure(child >= 0);
    if (child == 0) {
        ::dup2(pipe[1], STDOUT_FILENO);
        ::setenv("DYAD_SOCKET", (home_ + "/socket").c_str(), 1);
        ::setenv("NO_COLOR", "1", 1);
        ::setenv("TZ", "UTC", 1);
        ::execl("/bin/sh", "sh", "-c", command.c_str(), nullptr);
        ::_exit(127);
    }
    ::close(pipe[1]);
    Said said;
    std::array<pollfd, 2> waits{{{pipe[0], POLLIN, 0}, {listener_, POLLIN, 0}}};
    for (bool ends = false; !ends;) {
        ensure(::poll(waits.data(), waits.size(), -1) > 0);
        if (waits[1].revents != 0) serve();
        if (waits[0].revents == 0) continue;
        std::array<char, 4096> part{};
        const auto got = ::read(pipe[0], part.data(), part.size());
        if (got > 0) said.text.append(part.data(), static_cast<std::size_t>(got));
        ends = got <= 0;
    }
    ::close(pipe[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    said.code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return said;
}

void Operator::serve() {
    const int caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (caller < 0) return;
    write_all(caller, answer_(read_line(caller)));
    ::close(caller);
}

}  // namespace dyad::scenario
