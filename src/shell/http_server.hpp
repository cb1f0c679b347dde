#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "dyad/config/config.hpp"
#include "shell/availability.hpp"
#include "shell/control_answer.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"

namespace dyad::shell {

/// The path of a whole request head ("GET /metrics HTTP/1.1…"); the status to answer with where it is none that we serve.
struct HttpHead {
    int status = 200;
    std::string_view path;
    bool wants_body = true;  ///< not HEAD
};
HttpHead parse_http_head(std::string_view head);
/// A whole answer; the connection closes behind it.
std::string http_answer(int status, std::string_view type, std::string_view body, bool with_body);

/// Metrics and health for machines: /metrics (Prometheus), /healthz, /readyz. One request a connection, a few connections at a
/// time; nothing can be changed by it. Off unless [http] listen says where.
class HttpServer {
public:
    HttpServer(Loop& loop, Journal& journal, const Operations& operations);

    /// As configured from now on; what cannot be opened is told in the journal.
    void configure(const std::optional<config::Http>& http);

private:
    struct Client {
        Watched socket;
        Timer patience;
        std::string in{};
        std::string out{};
        std::size_t sent = 0;
    };

    void sample();
    void accept_all();
    void read(std::uint32_t id);
    void write(std::uint32_t id);
    std::string answer(const HttpHead& head) const;
    std::string metrics() const;

    Loop& loop_;
    Journal& journal_;
    const Operations& operations_;
    std::optional<config::Http> settings_;
    Watched listener_;
    Timer sampling_;
    Availability availability_;
    std::map<std::uint32_t, Client> clients_;
    std::uint32_t next_id_ = 0;
};

}  // namespace dyad::shell
