#include "shell/md5_counters.hpp"

#include <charconv>

#include "shell/files.hpp"

namespace dyad::shell {

namespace {

std::string_view take_until(std::string_view& text, char separator) {
    const auto end = text.find(separator);
    const auto part = text.substr(0, end);
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    return part;
}

std::uint64_t number(std::string_view text) {
    std::uint64_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

}  // namespace

/// Pairs of lines: the names, then the numbers in the same order.
Md5Counters parse_md5_counters(std::string_view netstat) {
    Md5Counters counters;
    while (!netstat.empty()) {
        auto names = take_until(netstat, '\n');
        auto numbers = take_until(netstat, '\n');
        while (!names.empty() && !numbers.empty()) {
            const auto name = take_until(names, ' ');
            const auto value = take_until(numbers, ' ');
            if (name == "TCPMD5Failure") counters.wrong_key = number(value);
            if (name == "TCPMD5NotFound") counters.peer_sends_none = number(value);
            if (name == "TCPMD5Unexpected") counters.we_have_none = number(value);
        }
    }
    return counters;
}

Md5Counters read_md5_counters() { return parse_md5_counters(read_file("/proc/net/netstat").value_or("")); }

int kinds_moved(const Md5Counters& before, const Md5Counters& after) {
    return (after.wrong_key != before.wrong_key ? 1 : 0) + (after.peer_sends_none != before.peer_sends_none ? 1 : 0) +
           (after.we_have_none != before.we_have_none ? 1 : 0);
}

session::ConnectHint md5_hint(const Md5Counters& before, const Md5Counters& after, HasKey key) {
    using session::ConnectHint;
    if (key == HasKey::No) {
        return after.we_have_none > before.we_have_none ? ConnectHint::Md5WeHaveNone : ConnectHint::None;
    }
    if (after.wrong_key > before.wrong_key) return ConnectHint::Md5WrongKey;
    if (after.peer_sends_none > before.peer_sends_none) return ConnectHint::Md5PeerSendsNone;
    return ConnectHint::None;
}

}  // namespace dyad::shell
