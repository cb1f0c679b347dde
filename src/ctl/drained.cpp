#include "ctl/drained.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <chrono>
#include <thread>
#include <vector>

#include "ctl/answer.hpp"
#include "ctl/client.hpp"
#include "ctl/complain.hpp"

namespace dyad::ctl {

namespace {

/// A drain takes a minute.
constexpr std::chrono::milliseconds kLookAgain{500};

Json parsed(std::string_view line) {
    boost::system::error_code error;
    auto value = boost::json::parse(boost::json::string_view{line.data(), line.size()}, error);
    return error ? Json{} : value;
}

/// "draining", "drained", "" for neither, or where there is no such session any more.
std::string drain_of(const Json& summary, const std::string& session) {
    for (const auto& circuit : list(summary, "circuits"))
        for (const auto& peering : list(circuit, "peerings"))
            for (const auto& link : list(peering, "links"))
                if (text(link, "session") == session) return text(link, "drain");
    return {};
}

}  // namespace

int wait_until_drained(const std::string& socket, std::string_view order_answer) {
    std::vector<std::string> waiting;
    const auto order = parsed(order_answer);
    for (const auto& row : list(order, "sessions")) waiting.push_back(text(row, "session"));
    for (;;) {
        Json summary;
        const auto trouble = ask(socket, R"({"ask":"summary"})", [&](std::string_view line) {
            summary = parsed(line);
            return GoOn::Yes;
        });
        if (!trouble.empty()) return complain(trouble), 1;
        for (const auto& session : waiting)
            if (drain_of(summary, session).empty())
                return complain(fmt::format("{} is not drained any more", session)), 1;
        std::erase_if(waiting, [&](const std::string& session) { return drain_of(summary, session) == "drained"; });
        if (waiting.empty()) return 0;
        std::this_thread::sleep_for(kLookAgain);
    }
}

}  // namespace dyad::ctl
