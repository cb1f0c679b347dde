#include "shell/http_server.hpp"

#include <fmt/format.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "shell/metrics.hpp"
#include "shell/socket_address.hpp"

namespace dyad::shell {

namespace {

using speaker::EventLevel;

constexpr int kBacklog = 16;
/// Two Prometheus servers, a load balancer's checks, and somebody who is curious.
constexpr std::size_t kMaxClients = 16;
/// A request's head; ours are of a hundred octets.
constexpr std::size_t kMaxHead = 8192;
constexpr auto kPatience = std::chrono::seconds{10};
constexpr std::string_view kPlain = "text/plain; charset=utf-8";
constexpr std::string_view kPrometheus = "text/plain; version=0.0.4; charset=utf-8";

std::string_view words_of(int status) {
    switch (status) {
        case 200:
            return "OK";
        case 400:
            return "Bad Request";
        case 404:
            return "Not Found";
        case 405:
            return "Method Not Allowed";
        case 431:
            return "Request Header Fields Too Large";
        default:
            return "Service Unavailable";
    }
}

bool any_up(const speaker::SummaryView& summary) {
    const auto up = [](const speaker::SessionRow& row) { return row.state == "Established"; };
    for (const auto& neighbor : summary.neighbors)
        if (up(neighbor.session)) return true;
    for (const auto& circuit : summary.circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto& link : peering.links)
                if (up(link)) return true;
    return false;
}

}  // namespace

HttpHead parse_http_head(std::string_view head) {
    const auto line = head.substr(0, head.find('\r'));
    const auto method_end = line.find(' ');
    const auto path_end = line.find(' ', method_end == line.npos ? 0 : method_end + 1);
    if (method_end == line.npos || path_end == line.npos || !line.substr(path_end + 1).starts_with("HTTP/1."))
        return {.status = 400, .path = {}};
    const auto method = line.substr(0, method_end);
    auto path = line.substr(method_end + 1, path_end - method_end - 1);
    path = path.substr(0, path.find('?'));
    const bool is_head = method == "HEAD";
    return {.status = method == "GET" || is_head ? 200 : 405, .path = path, .wants_body = !is_head};
}

std::string http_answer(int status, std::string_view type, std::string_view body, bool with_body) {
    return fmt::format("HTTP/1.1 {} {}\r\nContent-Type: {}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{}",
                       status, words_of(status), type, body.size(), with_body ? body : std::string_view{});
}

HttpServer::HttpServer(Loop& loop, Journal& journal, const Operations& operations)
    : loop_(loop), journal_(journal), operations_(operations), sampling_(loop) {}

void HttpServer::configure(const std::optional<config::Http>& http) {
    if (http == settings_ && (!http || listener_.open())) return;
    settings_ = http;
    listener_ = {};
    clients_.clear();
    sampling_.cancel();
    if (!http) return;
    const auto at = socket_address(http->address, http->port);
    Fd socket{::socket(socket_family(http->address.family()), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    constexpr int kOn = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &kOn, sizeof kOn);
    if (!socket.open() || ::bind(socket.get(), at.get(), at.length) != 0 || ::listen(socket.get(), kBacklog) != 0) {
        journal_.note(EventLevel::Error, fmt::format("no metrics on {}:{}: {}", http->address.to_string(), http->port,
                                                     std::strerror(errno)));
        return;
    }
    listener_ = Watched{loop_, std::move(socket)};
    listener_.on_readable([this] { accept_all(); });
    sample();
}

void HttpServer::sample() {
    const auto view = operations_.ask(speaker::AskSummary{});
    if (const auto* summary = std::get_if<speaker::SummaryView>(&view))
        availability_.sample(*summary, operations_.look ? operations_.look() : speaker::Seen{});
    sampling_.after(Availability::kSampleEvery, [this] { sample(); });
}

void HttpServer::accept_all() {
    for (;;) {
        Fd socket{::accept4(listener_.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
        if (!socket.open()) return;
        if (clients_.size() >= kMaxClients) continue;
        const auto id = next_id_++;
        auto& client = clients_.try_emplace(id, Client{Watched{loop_, std::move(socket)}, Timer{loop_}}).first->second;
        client.socket.on_readable([this, id] { read(id); });
        client.patience.after(kPatience, [this, id] { clients_.erase(id); });
    }
}

void HttpServer::read(std::uint32_t id) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    auto& client = found->second;
    std::array<char, kMaxHead> part;
    const auto got = ::recv(client.socket.fd(), part.data(), part.size(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
        clients_.erase(found);
        return;
    }
    if (!client.out.empty()) return;  // one request a connection
    client.in.append(part.data(), static_cast<std::size_t>(got));
    const auto end = client.in.find("\r\n\r\n");
    if (end == client.in.npos && client.in.size() <= kMaxHead) return;
    client.out =
        end == client.in.npos ? http_answer(431, kPlain, "too long\n", true) : answer(parse_http_head(client.in));
    write(id);
}

void HttpServer::write(std::uint32_t id) {
    const auto found = clients_.find(id);
    if (found == clients_.end()) return;
    auto& client = found->second;
    while (client.sent < client.out.size()) {
        const auto got = ::send(client.socket.fd(), client.out.data() + client.sent, client.out.size() - client.sent,
                                MSG_NOSIGNAL | MSG_DONTWAIT);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0 && errno == EAGAIN) return client.socket.when_writable([this, id] { write(id); });
        if (got < 0) break;
        client.sent += static_cast<std::size_t>(got);
    }
    ::shutdown(client.socket.fd(), SHUT_WR);
    clients_.erase(found);
}

std::string HttpServer::answer(const HttpHead& head) const {
    if (head.status != 200)
        return http_answer(head.status, kPlain, fmt::format("{}\n", words_of(head.status)), head.wants_body);
    if (head.path == "/metrics") return http_answer(200, kPrometheus, metrics(), head.wants_body);
    if (head.path == "/healthz") return http_answer(200, kPlain, "ok\n", head.wants_body);
    if (head.path == "/readyz") {
        const auto view = operations_.ask(speaker::AskSummary{});
        const auto* summary = std::get_if<speaker::SummaryView>(&view);
        const bool ready = summary && any_up(*summary);
        return http_answer(ready ? 200 : 503, kPlain, ready ? "ready\n" : "no session is Established\n",
                           head.wants_body);
    }
    return http_answer(404, kPlain, "there is /metrics, /healthz and /readyz\n", head.wants_body);
}

std::string HttpServer::metrics() const {
    MetricsInput input;
    const auto take = [&](const std::string& session) {
        auto view = operations_.ask(speaker::AskSession{session});
        if (auto* found = std::get_if<speaker::SessionView>(&view)) input.sessions.push_back(std::move(*found));
    };
    auto view = operations_.ask(speaker::AskSummary{});
    if (auto* summary = std::get_if<speaker::SummaryView>(&view)) input.summary = std::move(*summary);
    auto limits = operations_.ask(speaker::AskLimits{});
    if (auto* found = std::get_if<speaker::LimitsView>(&limits)) input.limits = std::move(*found);
    for (const auto& circuit : input.summary.circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto& link : peering.links) take(link.session);
    for (const auto& neighbor : input.summary.neighbors) take(neighbor.session.session);
    return metrics_text(input, availability_);
}

}  // namespace dyad::shell
