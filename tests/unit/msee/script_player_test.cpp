#include <doctest/doctest.h>

#include <cerrno>

#include "msee/script_player.hpp"

using namespace dyad;
using namespace dyad::msee;
using namespace std::chrono_literals;

namespace {

/// A script, and a world in which every dial succeeds; the test plays the peer.
class Play {
public:
    explicit Play(std::string_view text)
        : player_(
              parse_script(text, {.as = Asn{12076}, .id = {0xc0a80f12}, .local = Address::v4(0xc0a80f12)}).value()) {
        player_.start(now_);
        collect();
    }

    void say(const Octets& octets) {
        player_.received(now_, connection, octets);
        collect();
    }
    void close(int error = 0) {
        player_.closed(now_, connection, error);
        collect();
    }
    void call() {
        connection = {1};
        player_.accepted(now_, connection);
        collect();
    }
    void pass(Duration time) {
        const auto end = now_ + time;
        while (const auto deadline = player_.deadline()) {
            if (*deadline > end) break;
            now_ = std::max(now_, *deadline);
            player_.tick(now_);
            collect();
        }
        now_ = end;
    }
    void sent(std::size_t octets) {
        player_.sent(now_, connection, octets);
        collect();
    }
    const ScriptOutcome& last() const { return outcomes.back(); }
    bool held() const { return verdict == Verdict::Held; }
    bool failed() const { return verdict == Verdict::Failed; }

    enum class Dials { Succeed, Fail } dials = Dials::Succeed;
    ConnectionId connection{};
    std::vector<ScriptOutcome> outcomes;
    std::vector<Octets> said;
    std::vector<PlayOutput> others;
    std::optional<Verdict> verdict;

private:
    void collect() {
        for (auto& output : player_.take_outputs()) {
            if (const auto* dial = std::get_if<PlayDial>(&output)) {
                connection = dial->connection;
                player_.connected(now_, connection);
                collect();
            } else if (auto* send = std::get_if<PlaySend>(&output)) {
                said.push_back(send->octets);
            } else if (auto* outcome = std::get_if<ScriptOutcome>(&output)) {
                outcomes.push_back(*outcome);
            } else if (const auto* finished = std::get_if<ScriptFinished>(&output)) {
                CHECK(!verdict);
                verdict = finished->verdict;
            } else {
                others.push_back(output);
            }
        }
    }

    ScriptPlayer player_;
    Instant now_{};
};

const Octets kKeepalive = framed(4, {});
const Octets kOpen = open_message(
    {.as = Asn{65010}, .hold_seconds = 180, .id = {7}, .capabilities = {65, 4, 0, 0, 0xfd, 0xf2}, .parameters = {}});
Octets announce(const char* prefix) {
    return update_message({.announce = {Prefix::parse(prefix).value()}, .path = {65010}, .next_hop = Address::v4(1)},
                          AsWidth::Four);
}

}  // namespace

TEST_CASE("establish says and hears OPEN and KEEPALIVE") {
    Play play{"establish"};
    REQUIRE(play.said.size() == 1);
    play.say(kOpen);
    REQUIRE(play.said.size() == 2);
    CHECK(play.said[1] == kKeepalive);
    CHECK(!play.verdict);
    play.say(kKeepalive);
    CHECK(play.held());
}

TEST_CASE("messages may come in pieces, and several at once") {
    Play play{"establish\nexpect update announce=10.0.0.0/8"};
    Octets all = kOpen;
    all.insert(all.end(), kKeepalive.begin(), kKeepalive.end());
    const auto update = announce("10.0.0.0/8");
    all.insert(all.end(), update.begin(), update.end());
    play.say({all.begin(), all.begin() + 10});
    play.say({all.begin() + 10, all.end() - 1});
    CHECK(!play.verdict);
    play.say({all.end() - 1, all.end()});
    CHECK(play.held());
}

TEST_CASE("what comes before the expected UPDATE is passed over and counted") {
    Play play{"expect update announce=10.0.0.0/8"};
    play.say(kKeepalive);
    play.say(announce("11.0.0.0/8"));
    CHECK(!play.verdict);
    play.say(announce("10.0.0.0/8"));
    CHECK(play.held());
    CHECK(
        play.last().got ==
        "UPDATE announce=10.0.0.0/8 path=\"65010\" (passed over: 1 UPDATE, 1 KEEPALIVE; 10.0.0.0/8 is not announced)");
}

TEST_CASE("`next` passes nothing over") {
    Play play{"expect next update"};
    play.say(kKeepalive);
    CHECK(play.failed());
    CHECK(play.last().expected == "UPDATE");
    CHECK(play.last().got == "KEEPALIVE");
}

TEST_CASE("a NOTIFICATION that nobody expected ends the script with its line") {
    Play play{"# first\nsend keepalive\nexpect update"};
    play.say(notification_message(6, 2, "bye", {}));
    CHECK(play.failed());
    CHECK(play.last().line == 3);
    CHECK(play.last().got == "NOTIFICATION 6/2 \"bye\"");
}

TEST_CASE("a NOTIFICATION is compared by code, subcode, text and data") {
    for (const auto* text : {"6/2", "6", "", "6/2 \"by\""}) {
        Play play{std::string{"expect notification "} + text};
        play.say(notification_message(6, 2, "bye", {}));
        CHECK_MESSAGE(play.held(), text);
    }
    for (const auto* text : {"6/3", "5", "6/2 \"hi\"", "6/2 data=00"}) {
        Play play{std::string{"expect notification "} + text};
        play.say(notification_message(6, 2, "bye", {}));
        CHECK_MESSAGE(play.failed(), text);
    }
}

TEST_CASE("an OPEN is compared by AS, hold time, identifier and capabilities") {
    for (const auto* text : {"", "as=65010", "hold=180", "id=0.0.0.7", "capability=as4", "no-capability=refresh"}) {
        Play play{std::string{"expect open "} + text};
        play.say(kOpen);
        CHECK_MESSAGE(play.held(), text);
    }
    for (const auto* text : {"as=1", "hold=3", "id=0.0.0.8", "capability=2", "no-capability=65"}) {
        Play play{std::string{"expect open "} + text};
        play.say(kOpen);
        CHECK_MESSAGE(play.failed(), text);
    }
}

TEST_CASE("an expectation has its time") {
    Play play{"expect keepalive within 2s"};
    play.pass(1999ms);
    CHECK(!play.verdict);
    play.pass(1ms);
    CHECK(play.failed());
    CHECK(play.last().got == "nothing of the kind within 2 s");
}

TEST_CASE("silence is expected, too: nothing but KEEPALIVEs, or no NOTIFICATION and no end") {
    Play nothing{"expect nothing for 1s"};
    nothing.say(kKeepalive);
    nothing.pass(1s);
    CHECK(nothing.held());
    Play broken{"expect nothing for 1s"};
    broken.say(announce("10.0.0.0/8"));
    CHECK(broken.failed());
    Play peace{"expect peace for 1s"};
    peace.say(announce("10.0.0.0/8"));
    peace.pass(1s);
    CHECK(peace.held());
    Play ended{"expect peace for 1s"};
    ended.close();
    CHECK(ended.failed());
}

TEST_CASE("an end is a close or a reset") {
    Play close{"expect close"};
    close.say(notification_message(6, 2, std::nullopt, {}));
    close.close();
    CHECK(close.held());
    CHECK(close.last().got == "the peer closed the connection (passed over: 1 NOTIFICATION; NOTIFICATION 6/2)");
    Play reset{"expect reset"};
    reset.close(ECONNRESET);
    CHECK(reset.held());
    Play orderly{"expect reset"};
    orderly.close();
    CHECK(orderly.failed());
}

TEST_CASE("what was said before the end is heard before it") {
    Play play{"dial\nwait 1s\nexpect notification 6/2\nexpect close"};
    play.say(notification_message(6, 2, std::nullopt, {}));
    play.close();
    play.pass(1s);
    CHECK(play.held());
}

TEST_CASE("a slow message leaves in parts, each at its time") {
    Play play{"send keepalive slowly 10 octets every 10ms"};
    CHECK(play.said.size() == 1);
    play.pass(9ms);
    CHECK(play.said.size() == 1);
    play.pass(1ms);
    REQUIRE(play.said.size() == 2);
    CHECK(play.said[0].size() == 10);
    CHECK(play.said[1].size() == 9);
    CHECK(play.held());
}

TEST_CASE("a repeat plays what is between it and its end so many times") {
    Play play{"dial\nrepeat 2\nrepeat 3\nsend keepalive\nend\nend\nrepeat 0\nsend keepalive\nend"};
    CHECK(play.said.size() == 6);
    CHECK(play.held());
}

TEST_CASE("a long repeat gives the driver its turn") {
    Play play{"dial\nrepeat 1000\nsend keepalive\nend"};
    CHECK(play.said.size() < 300);
    play.pass(0s);
    CHECK(play.said.size() == 1000);
    CHECK(play.held());
}

TEST_CASE("what is not sent bounds what is said") {
    Play play{"dial\nrepeat 200000\nsend keepalive\nend"};
    play.pass(0s);
    const auto said = play.said.size() * kKeepalive.size();
    CHECK(said >= kScriptWindow);
    CHECK(said < kScriptWindow + 100);
    play.sent(said);
    play.pass(0s);
    CHECK(play.said.size() > said / kKeepalive.size());
    play.pass(60s);
    CHECK(play.failed());
    CHECK(play.last().got == "the peer has not read for 60 s");
}

TEST_CASE("a script may listen, and a call that came early is kept") {
    Play play{"wait 1s\nlisten\nexpect keepalive"};
    play.call();
    play.say(kKeepalive);
    play.pass(1s);
    CHECK(play.held());
}

TEST_CASE("without a call the script fails when its time is over") {
    Play play{"listen within 3s"};
    play.pass(3s);
    CHECK(play.failed());
}

TEST_CASE("octets that are no BGP fail what is expected") {
    Play play{"expect keepalive"};
    play.say(Octets(19, 0));
    CHECK(play.failed());
    CHECK(play.last().got == "octets that are no BGP message");
}

TEST_CASE("nothing can be said on a connection that is gone") {
    Play play{"dial\nwait 1s\nsend keepalive"};
    play.close(ECONNRESET);
    play.pass(1s);
    CHECK(play.failed());
    CHECK(play.last().got == "the peer reset the connection");
}

TEST_CASE("close, reset and stop reading are done to the connection") {
    Play play{"dial\nstop reading\nstart reading\nreset\ndial\nclose"};
    REQUIRE(play.others.size() == 4);
    CHECK(std::holds_alternative<PlayReading>(play.others[0]));
    CHECK(std::holds_alternative<PlayReset>(play.others[2]));
    CHECK(std::holds_alternative<PlayClose>(play.others[3]));
    CHECK(play.held());
}

TEST_CASE("what is open at the end is closed") {
    Play play{"dial\non b dial"};
    CHECK(play.others.size() == 2);
    CHECK(play.held());
}
