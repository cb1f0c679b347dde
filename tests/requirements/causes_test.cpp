#include <doctest/doctest.h>

#include <cerrno>
#include <functional>
#include <set>

#include "counting_peer.hpp"
#include "ctl/render.hpp"
#include "dyad/config/parse.hpp"
#include "shell/view_json.hpp"

/// Every state other than Established names one cause, since when, and the next try: in the row, in JSON, and in what `show summary` and
/// `show session` print. A walk through all of them.
namespace dyad::requirements {
namespace {

using session::Cause;
using session::ConnectHint;

constexpr const char* kShortHold = "hold_time = \"10s\"\nsend_hold_time = \"20s\"\n";
constexpr const char* kPrimary = "er/private/primary";

std::string file(const std::string& lines) {
    return "asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n[[circuit]]\nname = \"er\"\nsku = \"standard\"\n"
           "[circuit.private]\npeer_asn = 65001\nprimary = { subnet = \"192.0.2.0/30\", interface = \"eth-a\" }\n"
           "secondary = { subnet = \"198.51.100.0/30\", interface = \"eth-b\" }\n" +
           lines;
}

struct Story {
    Cause cause;
    const char* next;  ///< "": at a time that is known
    const char* lines;
    std::function<void(Rig&)> act;
};

void nothing(Rig&) {}
void waits(Rig& rig) {
    while (!rig.a.dialled()) rig.run_for(250ms);
}

const std::vector<Story>& stories() {
    using enum Cause;
    static const std::vector<Story> kAll = {
        {AdministrativelyDown, "when it is enabled", "enabled = false\n", nothing},
        {AdministrativelyDown, "", "",
         [](Rig& rig) {
             for (auto* msee : {&rig.a, &rig.b}) msee->comes_up(), msee->announces("10.20.0.0/16");
             rig.run_for(2s);
             rig.speaker().order(rig.now(), {.what = speaker::Order::What::Drill, .name = kPrimary, .span = 60s});
             rig.run_for(1s);
         }},
        {LinkDown, "when the link is up", "", [](Rig& rig) { rig.carrier("eth-a", false); }},
        {AddressMissing, "", "",
         [](Rig& rig) {
             waits(rig);
             rig.a.refuses(EADDRNOTAVAIL);
         }},
        {Connecting, "under way", "", waits},
        {WaitingForPeer, "when the peer calls", "passive = true\n", nothing},
        {ConnectRefused, "", "", [](Rig& rig) { waits(rig), rig.a.refuses(); }},
        {ConnectTimedOut, "", "", [](Rig& rig) { waits(rig), rig.a.refuses(ETIMEDOUT); }},
        {ConnectFailed, "", "", [](Rig& rig) { waits(rig), rig.a.refuses(EHOSTUNREACH); }},
        {Md5Mismatch, "under way", "md5 = \"aB3dE6gH9jK2mN5pQ8sT1vW4y\"\n",
         [](Rig& rig) { waits(rig), rig.a.hints(ConnectHint::Md5WrongKey); }},
        {Md5Mismatch, "", "", [](Rig& rig) { waits(rig), rig.a.refuses(ETIMEDOUT, ConnectHint::Md5WeHaveNone); }},
        {NoOpenReceived, "under way", "", [](Rig& rig) { rig.a.picks_up(); }},
        {NoKeepaliveReceived, "under way", "", [](Rig& rig) { rig.a.picks_up().sends(rig.a.open()); }},
        {WrongPeerAs, "", "",
         [](Rig& rig) {
             rig.a.asn = 65099;
             rig.a.picks_up().sends(rig.a.open());
         }},
        {PeerClosed, "", "", [](Rig& rig) { rig.a.comes_up().ends(); }},
        {HoldTimerExpired, "", "",
         [](Rig& rig) {
             rig.a.comes_up(rig.a.open().hold_time(3));
             rig.a.falls_silent();
             rig.run_for(3100ms);
         }},
        {SendHoldTimerExpired, "", kShortHold,
         [](Rig& rig) {
             rig.a.keeps_alive(2s);
             rig.a.comes_up();
             rig.a.stops_reading();
             rig.reload(file(std::string{kShortHold} + "advertise = [\"10.1.0.0/16\"]\n"));
             while (rig.a.state() == "Established") rig.run_for(250ms);
         }},
        {BfdDown, "", "bfd = true\n",
         [](Rig& rig) {
             rig.a.comes_up();
             rig.bfd(bfd::State::Down, bfd::State::Up);
             rig.bfd(bfd::State::Up, bfd::State::Down, bfd::Diagnostic::DetectionTimeExpired);
         }},
        {BfdDown, "when BFD is up", "bfd = { strict = true }\n", nothing},
        {NotificationReceived, "", "", [](Rig& rig) { rig.a.comes_up(), rig.a.sends(notification(6, 4)); }},
        {NotificationSent, "", "", [](Rig& rig) { rig.a.picks_up().sends(rig.a.open().hold_time(1)); }},
        {PrefixLimit, "by order", "limits = { receive = 1, on_receive = \"shutdown\" }\n",
         [](Rig& rig) {
             rig.a.comes_up();
             for (const auto* told : {"10.20.0.0/16", "10.21.0.0/16"}) rig.a.announces(told);
         }},
        {PrefixLimit, "when its prefixes fit the limit, or by order",
         "limits = { advertise = 1, reserve = 0, on_limit = \"shutdown\" }\nadvertise = [\"10.1.0.0/16\", "
         "\"10.2.0.0/16\"]\n",
         [](Rig& rig) { rig.a.picks_up().sends(rig.a.open()), rig.a.sends(keepalive()); }},
        {AdministrativelyReset, "", "", [](Rig& rig) { rig.a.comes_up(), rig.reset(kPrimary); }},
        {Connecting, "under way", "", [](Rig& rig) { rig.a.comes_up(), rig.reload(file("hold_time = \"30s\"\n")); }},
    };
    return kAll;
}

std::string in_one_line(const std::string& text) {
    std::string line;
    for (const char octet : text)
        if (octet != '\n' && octet != ' ')
            line += octet;
        else if (!line.ends_with(' '))
            line += ' ';
    return line;
}

std::string next_words(const speaker::SessionRow& row) {
    return row.next_attempt_milliseconds ? "next attempt in " : "next attempt " + row.next_try;
}

void check(const Rig& rig) {
    const auto view = rig.session(kPrimary);
    const auto& row = view.row;
    CHECK(row.state != "Established");
    CHECK_FALSE(row.reason.empty());
    CHECK(row.uptime_seconds == 0);
    CHECK(row.next_attempt_milliseconds.has_value() == row.next_try.empty());

    const auto json = shell::to_json(view);
    CHECK(json.at("cause").as_string() == row.cause);
    CHECK(json.at("reason").as_string() == row.reason);
    CHECK(json.at("down_seconds").to_number<std::uint64_t>() == row.down_seconds);
    CHECK(json.at("next_attempt_milliseconds").is_null() == json.at("next_try").is_string());

    const auto session = in_one_line(ctl::render_session(json, ctl::Colours::Off));
    CHECK(session.contains("reason " + in_one_line(row.reason)));
    CHECK(session.contains("down for "));
    CHECK_MESSAGE(session.contains(next_words(row)), session);
    const auto summary = const_cast<Rig&>(rig).speaker().answer(rig.now(), speaker::AskSummary{});
    const auto words =
        in_one_line(ctl::render_summary(shell::to_json(std::get<speaker::SummaryView>(summary)), ctl::Colours::Off));
    CHECK_MESSAGE(words.contains(row.peer + ": " + in_one_line(row.reason)), words);
    CHECK_MESSAGE(words.contains(next_words(row)), words);
    if (row.down_seconds > 0) CHECK(words.contains("down for "));
}

}  // namespace

TEST_CASE(
    "54: whatever keeps a session from being Established is named, with since when and the next try, wherever it is "
    "shown") {
    std::set<Cause> walked;
    for (const auto& story : stories()) {
        const auto name = std::string{session::to_string(story.cause)};
        CAPTURE(name);
        CAPTURE(std::string{story.next});
        walked.insert(story.cause);
        Rig rig{file(story.lines)};
        rig.a.name = kPrimary;
        rig.b.name = "er/private/secondary", rig.b.asn = 65001;
        story.act(rig);
        const auto row = rig.session(kPrimary).row;
        CHECK(row.cause == name);
        CHECK(row.next_try == story.next);
        check(rig);
        rig.run_for(2s);
        CHECK(rig.session(kPrimary).row.down_seconds == row.down_seconds + 2);  // through every retry
        check(rig);
    }
    // Told elsewhere: that the speaker leaves, has not begun, and who of two connections goes, which ends no session. A changed
    // configuration makes another session, which has not failed yet: the cause is the last one's, in the log and at the peer.
    for (const auto cause : {Cause::Restarting, Cause::NeverStarted, Cause::PeerRestarted, Cause::CollisionLost,
                             Cause::ConfigurationChanged})
        walked.insert(cause);
    CHECK(walked.size() == static_cast<std::size_t>(Cause::Restarting) + 1);
}

TEST_CASE("54: a session that has not begun, and one that is left for a restart, say so as well") {
    const auto read = config::parse(file(""));
    speaker::Speaker speaker{Instant{}, {"edge1", "test", 1}};
    speaker.configure(Instant{}, read.config);
    const auto before = std::get<speaker::SessionView>(speaker.answer(Instant{}, speaker::AskSession{kPrimary})).row;
    CHECK(before.cause == "never_started");
    CHECK(before.reason == "not started yet");
    CHECK(before.next_try == "when the interface is known");

    const auto restarts = hex("0078 0001 01 80");
    Rig rig{file("")};
    rig.a.name = kPrimary;
    rig.a.comes_up(rig.a.open().capability(kGracefulRestart, restarts));
    rig.a.calls();  // beside the one that stands: it has restarted
    CHECK(rig.session(kPrimary).row.last_error == "the peer restarted: it has opened a new connection");
    rig.a.sends(rig.a.open().capability(kGracefulRestart, restarts));
    rig.a.sends(keepalive());
    REQUIRE(rig.a.state() == "Established");
    rig.shut_down("upgrade");
    const auto after = rig.session(kPrimary).row;
    CHECK(after.cause == "restarting");
    CHECK(after.next_try == "after the restart");
}

}  // namespace dyad::requirements
