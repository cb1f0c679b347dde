#include "shell/metrics.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <sstream>

#include "shell/http_server.hpp"

using namespace dyad;
using namespace dyad::shell;

namespace {

speaker::SummaryView summary(const std::string& state) {
    speaker::SessionRow row{.session = "er/private/primary",
                            .link = "primary",
                            .interface = "eth1",
                            .local = "192.168.15.17",
                            .peer = "192.168.15.18"};
    row.state = state;
    speaker::PeeringRow peering{.name = "er/private", .kind = "private", .redundancy = "degraded"};
    peering.links.push_back(row);
    speaker::SummaryView view;
    view.version = "0.1.0";
    view.circuits.push_back({"er", "standard", {peering}});
    return view;
}

MetricsInput input() {
    MetricsInput input{.summary = summary("Established"), .sessions = {}, .limits = {}};
    speaker::SessionView session;
    session.row = input.summary.circuits[0].peerings[0].links[0];
    session.row.received = 12;
    session.row.loop_rejected = 3;
    session.row.guard_rejected = 2;
    session.row.bfd = "Up";
    session.messages.received[2] = 7;
    session.last_notification_received = wire::Notification{wire::ErrorCode::Cease, 4, {}};
    input.sessions.push_back(session);
    input.limits.limits.push_back(
        {.name = "er/private", .family = "ipv4", .configured = 4000, .limit = 4000, .wanted = 10});
    return input;
}

bool has(const std::string& text, const std::string& line) {
    return ("\n" + text).find("\n" + line + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("metrics have Azure's availabilities, counts, limits, messages and what was dropped") {
    Availability availability;
    availability.sample(summary("Active"), {});
    availability.sample(summary("Established"), {});
    const auto text = metrics_text(input(), availability);
    for (const auto* line :
         {R"(dyad_azure_BgpAvailability{peering="er/private",peer="primary"} 50)",
          R"(dyad_azure_ArpAvailability{peering="er/private",peer="primary"} 50)",
          R"(dyad_session_up{session="er/private/primary"} 1)", R"(dyad_session_state{session="er/private/primary"} 6)",
          R"(dyad_bfd_up{session="er/private/primary"} 1)",
          R"(dyad_prefixes{session="er/private/primary",kind="received"} 12)",
          R"(dyad_prefixes{session="er/private/primary",kind="withheld"} 0)",
          R"(dyad_loop_dropped{session="er/private/primary"} 3)",
          R"(dyad_guard_dropped{session="er/private/primary"} 2)",
          R"(dyad_prefix_limit{peering="er/private",family="ipv4"} 4000)",
          R"(dyad_messages_total{session="er/private/primary",direction="received",type="update"} 7)",
          R"(dyad_last_notification_info{session="er/private/primary",direction="received",code="6",subcode="4"} 1)",
          R"(dyad_redundancy{peering="er/private"} 1)", R"(dyad_build_info{version="0.1.0"} 1)"})
        CHECK_MESSAGE(has(text, line), line);
    CHECK(text.find("direction=\"sent\",code") == std::string::npos);
}

TEST_CASE("every family of metrics has its help and type once, before its samples, and nothing stands twice") {
    const auto text = metrics_text(input(), {});
    std::istringstream lines{text};
    std::string family;
    std::vector<std::string> families, samples;
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("# HELP ")) {
            family = line.substr(7, line.find(' ', 7) - 7);
            CHECK(std::ranges::find(families, family) == families.end());
            families.push_back(family);
        } else if (!line.starts_with("# TYPE ")) {
            CHECK_MESSAGE(line.starts_with(family), line);
            const auto key = line.substr(0, line.rfind(' '));
            CHECK_MESSAGE(std::ranges::find(samples, key) == samples.end(), line);
            samples.push_back(key);
        }
    }
    CHECK(families.size() > 10);
    CHECK(text.find("Availability") == std::string::npos);  // before the first sample
}

TEST_CASE("availability is the share of the last five minutes, and what is older is forgotten") {
    Availability availability;
    CHECK_FALSE(availability.of("er/private/primary"));
    for (std::size_t i = 0; i < Availability::kSamples; ++i) availability.sample(summary("Established"), {});
    CHECK(availability.of("er/private/primary")->bgp == 100);
    speaker::Seen seen;
    seen.neighbours.push_back(
        {speaker::SeenNeighbour::State::Reachable, "eth1", *Address::parse("192.168.15.18"), "", {}});
    for (std::size_t i = 0; i < Availability::kSamples / 2; ++i) availability.sample(summary("Idle"), seen);
    CHECK(availability.of("er/private/primary")->bgp == 50);
    CHECK(availability.of("er/private/primary")->arp == 100);
    availability.sample({}, {});
    CHECK_FALSE(availability.of("er/private/primary"));
}

TEST_CASE("a label's quotes and ends of lines are escaped") {
    auto strange = input();
    strange.summary.version = "a\"b\\c\nd";
    CHECK(has(metrics_text(strange, {}), R"(dyad_build_info{version="a\"b\\c\nd"} 1)"));
}

TEST_CASE("of a request the path counts; what is not HTTP, or would change something, is refused") {
    CHECK(parse_http_head("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n").path == "/metrics");
    CHECK(parse_http_head("GET /metrics?a=b HTTP/1.0\r\n\r\n").path == "/metrics");
    CHECK_FALSE(parse_http_head("HEAD / HTTP/1.1\r\n\r\n").wants_body);
    CHECK(parse_http_head("POST /metrics HTTP/1.1\r\n\r\n").status == 405);
    for (const auto* bad : {"", "GET", "GET /metrics", "GET /metrics SPDY/3\r\n\r\n", "\r\n\r\n"})
        CHECK(parse_http_head(bad).status == 400);
    CHECK(http_answer(200, "text/plain", "ok\n", true) ==
          "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 3\r\nConnection: close\r\n\r\nok\n");
}
