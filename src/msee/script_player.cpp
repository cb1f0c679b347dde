#include "msee/script_player.hpp"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "dyad/base/contains.hpp"
#include "dyad/base/overloaded.hpp"

namespace dyad::msee {

namespace {

std::string seconds(Duration time) {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(time).count();
    return ms % 1000 == 0 ? std::to_string(ms / 1000) + " s" : std::to_string(ms) + " ms";
}

/// RFC 4271 keeps no order between these and what a script waits for.
bool may_pass(std::uint8_t type) { return type == 2 || type == 4 || type == 5; }

constexpr const char* kNames[] = {"other", "OPEN", "UPDATE", "NOTIFICATION", "KEEPALIVE", "ROUTE-REFRESH"};

std::string end_text(int error) {
    if (error == 0) return "the peer closed the connection";
    if (error == ECONNRESET || error == EPIPE) return "the peer reset the connection";
    return "the connection ended with error " + std::to_string(error);
}

/// The body of an OPEN that is long enough to be read; empty for anything else.
Bytes open_body(Bytes message) { return message.size() >= 29 && message[18] == 1 ? message.subspan(19) : Bytes{}; }

constexpr std::uint8_t kFourOctetAs = 65;

}  // namespace

ScriptPlayer::ScriptPlayer(Script script) : script_(std::move(script)), connections_(script_.connections.size()) {}

void ScriptPlayer::start(Instant now) {
    start_ = now_ = now;
    play();
}

ScriptPlayer::Connection* ScriptPlayer::find(ConnectionId id) {
    const auto is = [id](const Connection& c) { return c.id == id && c.stage != Stage::None; };
    if (const auto found = std::ranges::find_if(connections_, is); found != connections_.end()) return &*found;
    const auto found = std::ranges::find_if(calls_, is);
    return found == calls_.end() ? nullptr : &*found;
}

void ScriptPlayer::connected(Instant now, ConnectionId id) {
    now_ = now;
    if (auto* connection = find(id)) connection->stage = Stage::Open;
    play();
}

void ScriptPlayer::accepted(Instant now, ConnectionId id) {
    now_ = now;
    if (calls_.size() == kMaxCalls || finished_) {
        outputs_.emplace_back(PlayClose{id});
        return;
    }
    calls_.push_back({.id = id, .stage = Stage::Open});
    play();
}

void ScriptPlayer::received(Instant now, ConnectionId id, Bytes octets) {
    now_ = now;
    auto* connection = find(id);
    if (connection == nullptr || connection->garbled) return;
    std::vector<HeardMessage> messages;
    connection->garbled = !connection->framer.take(octets, messages);
    for (auto& message : messages) {
        if (const auto body = open_body(message.whole); !body.empty())
            connection->peer_as4 = contains(capabilities_of(body), kFourOctetAs);
        if (connection->heard.size() == kMaxHeard) connection->heard.pop_front();
        connection->heard.push_back(std::move(message));
    }
    play();
}

void ScriptPlayer::sent(Instant now, ConnectionId id, std::size_t octets) {
    now_ = now;
    if (auto* connection = find(id)) connection->in_flight -= std::min(octets, connection->in_flight);
    play();
}

void ScriptPlayer::closed(Instant now, ConnectionId id, int error) {
    now_ = now;
    if (auto* connection = find(id)) {
        connection->stage = Stage::Ended;
        connection->error = error;
    }
    play();
}

void ScriptPlayer::tick(Instant now) {
    now_ = now;
    play();
}

std::optional<Instant> ScriptPlayer::deadline() const { return finished_ ? std::nullopt : deadline_; }

std::vector<PlayOutput> ScriptPlayer::take_outputs() { return std::exchange(outputs_, {}); }

void ScriptPlayer::play() {
    deadline_.reset();
    for (std::size_t turns = 0; !finished_; ++turns) {
        if (at_ == script_.steps.size()) return finish(Verdict::Held);
        if (turns == kStepsATurn) {
            deadline_ = now_;
            return;
        }
        if (std::exchange(fresh_, false)) began_ = now_;
        if (std::visit([this](const auto& action) { return perform(action); }, step().action) == Progress::Waiting)
            return;
    }
}

void ScriptPlayer::finish(Verdict verdict) {
    finished_ = true;
    for (auto* list : {&connections_, &calls_})
        for (auto& connection : *list)
            if (connection.stage == Stage::Dialing || connection.stage == Stage::Open)
                outputs_.emplace_back(PlayClose{connection.id});
    outputs_.emplace_back(ScriptFinished{verdict});
}

void ScriptPlayer::next() {
    ++at_;
    fresh_ = true;
    paced_ = 0;
    next_try_.reset();
    passed_ = {};
    nearest_.clear();
}

ScriptPlayer::Progress ScriptPlayer::held(std::string got, const HeardMessage* message) {
    outputs_.emplace_back(ScriptOutcome{step().line, step().text, script_.connections[step().connection], Verdict::Held,
                                        "", with_passed(std::move(got)), message ? message->whole : Octets{},
                                        now_ - start_});
    next();
    return Progress::Done;
}

ScriptPlayer::Progress ScriptPlayer::failed(std::string expected, std::string got, const HeardMessage* message) {
    outputs_.emplace_back(ScriptOutcome{step().line, step().text, script_.connections[step().connection],
                                        Verdict::Failed, std::move(expected), with_passed(std::move(got)),
                                        message ? message->whole : Octets{}, now_ - start_});
    finish(Verdict::Failed);
    return Progress::Done;
}

ScriptPlayer::Progress ScriptPlayer::wait_until(Instant when) {
    deadline_ = earlier(deadline_, when);
    return Progress::Waiting;
}

std::string ScriptPlayer::with_passed(std::string got) const {
    std::string list;
    for (std::size_t type = 0; type < passed_.size(); ++type)
        if (passed_[type] > 0) list += (list.empty() ? "" : ", ") + std::to_string(passed_[type]) + " " + kNames[type] + (passed_[type] > 1 ? "s" : "");
    if (!nearest_.empty()) list += "; " + nearest_;
    return list.empty() ? got : got + (got.empty() ? "" : " ") + "(passed over: " + list + ")";
}

// -- steps ----------------------------------------------------------------------------------------------------------------
ScriptPlayer::Progress ScriptPlayer::perform(const ScriptDial& dial) {
    auto& connection = current();
    const auto wanted = dial.wanted == DialOutcome::Connected ? "a connection" : "none";
    if (connection.stage == Stage::Open)
        return dial.wanted == DialOutcome::Connected ? held("connected") : failed(wanted, "connected");
    const bool refused = connection.stage == Stage::Ended && next_try_;
    if (dial.wanted == DialOutcome::Refused && (refused || late(dial.within))) {
        auto got = refused ? "refused, error " + std::to_string(connection.error) : std::string{"no answer"};
        forget(connection);
        return held(std::move(got));
    }
    if (late(dial.within)) return failed(wanted, "no connection within " + seconds(dial.within));
    if (connection.stage != Stage::Dialing && (!next_try_ || now_ >= *next_try_)) {
        connection = {.id = {next_dial_}, .stage = Stage::Dialing};
        next_dial_ += 2;
        next_try_ = now_ + kDialAgain;
        outputs_.emplace_back(PlayDial{connection.id});
    }
    wait_until(began_ + dial.within);
    return connection.stage == Stage::Dialing ? Progress::Waiting : wait_until(*next_try_);
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptListen& listen) {
    if (!calls_.empty()) {
        forget(current());
        current() = std::move(calls_.front());
        calls_.erase(calls_.begin());
        return held("called");
    }
    if (late(listen.within)) return failed("a call", "none within " + seconds(listen.within));
    return wait_until(began_ + listen.within);
}

void ScriptPlayer::say(Connection& connection, Octets octets) {
    if (const auto body = open_body(octets); !body.empty())
        connection.we_as4 = contains(capabilities_of(body), kFourOctetAs);
    connection.in_flight += octets.size();
    outputs_.emplace_back(PlaySend{connection.id, std::move(octets)});
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptSend& send) {
    auto& connection = current();
    if (connection.stage == Stage::Ended) return failed("to send", end_text(connection.error));
    if (connection.stage != Stage::Open) return failed("to send", "no connection is open");
    if (connection.in_flight >= kScriptWindow) {
        if (late(kSendPatience)) return failed("to send", "the peer has not read for " + seconds(kSendPatience));
        return wait_until(began_ + kSendPatience);
    }
    const auto& octets = connection.width() == AsWidth::Two && !send.narrow.empty() ? send.narrow : send.octets;
    if (!send.pace) {
        say(connection, octets);
        return held(std::to_string(octets.size()) + " octets");
    }
    while (paced_ < octets.size() && (!next_try_ || now_ >= *next_try_)) {
        const auto count = std::min(send.pace->octets, octets.size() - paced_);
        const auto from = octets.begin() + static_cast<std::ptrdiff_t>(paced_);
        say(connection, {from, from + static_cast<std::ptrdiff_t>(count)});
        paced_ += count;
        next_try_ = now_ + send.pace->every;
        if (send.pace->every == Duration::zero()) break;
    }
    if (paced_ < octets.size()) return wait_until(*next_try_);
    if (const auto body = open_body(octets); !body.empty())
        connection.we_as4 = contains(capabilities_of(body), kFourOctetAs);
    return held(std::to_string(octets.size()) + " octets");
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptExpect& expect) {
    auto& connection = current();
    if (connection.stage == Stage::None) return failed(describe(expect.what), "no connection is open");
    while (!connection.heard.empty())
        if (const auto progress = judge(expect, connection)) return *progress;
    if (connection.garbled) return failed(describe(expect.what), "octets that are no BGP message");
    if (connection.stage == Stage::Ended) return ended(expect, connection);
    if (late(expect.within)) return waited(expect);
    return wait_until(began_ + expect.within);
}

/// The oldest message heard; nothing where it is passed over.
std::optional<ScriptPlayer::Progress> ScriptPlayer::judge(const ScriptExpect& expect, Connection& connection) {
    const auto message = connection.heard.front();
    const auto type = message.type();
    const auto text = describe(message, connection.width());
    if (std::holds_alternative<ExpectEnd>(expect.what)) {
        if (type == 3) nearest_ = text;
        pass_over(connection);
        return std::nullopt;
    }
    const bool nothing = std::holds_alternative<ExpectNothing>(expect.what);
    const bool peace = std::holds_alternative<ExpectPeace>(expect.what);
    if (nothing || peace) {
        if (nothing ? type != 4 : type == 3) return failed(describe(expect.what), text, &message);
        pass_over(connection);
        return std::nullopt;
    }
    const auto differs = difference(expect.what, message, connection.width());
    if (differs.empty()) {
        connection.heard.pop_front();
        return held(text, &message);
    }
    if (expect.order == Order::Next || !may_pass(type))
        return failed(describe(expect.what), differs == "another message" ? text : text + ": " + differs, &message);
    if (differs != "another message") nearest_ = differs;
    pass_over(connection);
    return std::nullopt;
}

void ScriptPlayer::pass_over(Connection& connection) {
    const auto type = connection.heard.front().type();
    ++passed_[type < passed_.size() ? type : 0];
    connection.heard.pop_front();
}

ScriptPlayer::Progress ScriptPlayer::ended(const ScriptExpect& expect, const Connection& connection) {
    const auto* end = std::get_if<ExpectEnd>(&expect.what);
    const bool fits = end != nullptr && (end->how == ExpectEnd::How::Any || connection.error != 0);
    return fits ? held(end_text(connection.error)) : failed(describe(expect.what), end_text(connection.error));
}

ScriptPlayer::Progress ScriptPlayer::waited(const ScriptExpect& expect) {
    const bool silence =
        std::holds_alternative<ExpectNothing>(expect.what) || std::holds_alternative<ExpectPeace>(expect.what);
    return silence ? held() : failed(describe(expect.what), "nothing of the kind within " + seconds(expect.within));
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptWait& wait) {
    return late(wait.time) ? held() : wait_until(began_ + wait.time);
}

void ScriptPlayer::forget(Connection& connection) {
    if (connection.stage == Stage::Dialing || connection.stage == Stage::Open)
        outputs_.emplace_back(PlayClose{connection.id});
    connection = {};
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptClose&) {
    forget(current());
    return held();
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptReset&) {
    auto& connection = current();
    if (connection.stage == Stage::Open) outputs_.emplace_back(PlayReset{connection.id});
    connection = {};
    return held();
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptReading& reading) {
    if (current().stage != Stage::Open) return failed("to read or not", "no connection is open");
    outputs_.emplace_back(PlayReading{current().id, reading.reading});
    return held();
}

/// A round that is over jumps back behind its `repeat`, and past `end` when it was the last.
ScriptPlayer::Progress ScriptPlayer::perform(const ScriptRepeat& repeat) {
    if (repeat.count == 0)
        at_ = repeat.end;
    else
        repeats_.push_back(repeat.count);
    next();
    return Progress::Done;
}

ScriptPlayer::Progress ScriptPlayer::perform(const ScriptRepeatEnd& end) {
    if (--repeats_.back() > 0)
        at_ = end.begin;
    else
        repeats_.pop_back();
    next();
    return Progress::Done;
}

}  // namespace dyad::msee
