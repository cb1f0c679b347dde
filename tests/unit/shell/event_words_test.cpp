#include "shell/event_words.hpp"

#include <doctest/doctest.h>

using namespace dyad;
using namespace dyad::shell;
using namespace dyad::speaker;
using namespace std::chrono_literals;

namespace {

Entry entry(EventKind kind) { return {std::chrono::system_clock::time_point{1795418162118ms}, Event{std::move(kind)}}; }

}  // namespace

TEST_CASE("an event is one JSON line with its time, its names and its words") {
    const auto line = entry_json(entry(SessionEstablished{.session = "er-ams/private/primary/v6",
                                                          .peer_as = Asn{12076},
                                                          .peer_router_id = RouterId{1},
                                                          .hold_time = 180s}));
    CHECK(line == R"({"time":"2026-11-23T07:16:02.118Z","id":"session.established","level":"info","circuit":"er-ams",)"
                  R"("peering":"er-ams/private","link":"primary","session":"er-ams/private/primary/v6",)"
                  R"("old":"OpenConfirm","new":"Established","peer_asn":12076,"peer_router_id":"0.0.0.1",)"
                  R"("hold_time_seconds":180,"text":"established with AS 12076, router id 0.0.0.1, hold 180 s"})");
}

TEST_CASE("a neighbour's event has a session and no circuit") {
    const auto line = entry_json(entry(SessionFailed{.session = "edge2", .reason = {}}));
    CHECK(line.find(R"("session":"edge2")") != std::string::npos);
    CHECK(line.find("circuit") == std::string::npos);
}

TEST_CASE("a BFD that is not answered names the likely cause") {
    const auto line =
        entry_json(entry(BfdUnanswered{.session = "a/b/c", .peer = Address::v4(1), .after = 30s, .at_azure = true}));
    CHECK(line.find("after a reset of the peering in Azure") != std::string::npos);
    CHECK(sentence(BfdUnanswered{.session = "x", .peer = Address::v4(1), .after = 30s}).find("UDP port 3784") !=
          std::string::npos);
}

TEST_CASE("a peer's words in an event are made harmless") {
    const auto line =
        entry_json(entry(UpdateDamaged{.session = "a/b/c", .severity = "withdraw", .what = "x\x1b[2J", .octets = {}}));
    CHECK(line.find("x?[2J") != std::string::npos);
}

TEST_CASE("every count agrees with its noun") {
    CHECK(sentence(FibSwept{1}).starts_with("1 route of"));
    CHECK(sentence(FibSwept{2}).starts_with("2 routes of"));
}

TEST_CASE("what the shell itself says is an entry too") {
    const Entry note{std::chrono::system_clock::time_point{}, Note{EventLevel::Warning, "please set it"}};
    CHECK(entry_json(note) ==
          R"({"time":"1970-01-01T00:00:00.000Z","id":"shell.note","level":"warning","text":"please set it"})");
}
