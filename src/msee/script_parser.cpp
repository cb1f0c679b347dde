#include <algorithm>

#include "msee/script.hpp"
#include "msee/script_line.hpp"
#include "msee/script_steps.hpp"

namespace dyad::msee {

namespace {

// -- the rest -------------------------------------------------------------------------------------------------------------
ScriptAction read_dial(Line& line, const ScriptDefaults&) {
    const auto wanted = line.accept("refused") ? DialOutcome::Refused : DialOutcome::Connected;
    return ScriptDial{wanted, read_patience(line)};
}
ScriptAction read_listen(Line& line, const ScriptDefaults&) { return ScriptListen{read_patience(line)}; }
ScriptAction read_wait(Line& line, const ScriptDefaults&) { return ScriptWait{read_time(line)}; }
ScriptAction read_close(Line&, const ScriptDefaults&) { return ScriptClose{}; }
ScriptAction read_reset(Line&, const ScriptDefaults&) { return ScriptReset{}; }
ScriptAction read_reading(Line& line, Reading reading) {
    if (!line.accept("reading")) line.complain(line.peek(), "stop or start what?", "`stop reading`, `start reading`");
    return ScriptReading{reading};
}
ScriptAction read_stop(Line& line, const ScriptDefaults&) { return read_reading(line, Reading::Stopped); }
ScriptAction read_start(Line& line, const ScriptDefaults&) { return read_reading(line, Reading::On); }
ScriptAction read_repeat(Line& line, const ScriptDefaults&) {
    const auto& word = line.next();
    const auto count = read_number(line, word, word.text, kMaxRepeats);
    return ScriptRepeat{count, 0};
}
ScriptAction read_end(Line&, const ScriptDefaults&) { return ScriptRepeatEnd{}; }

struct Verb {
    std::string_view name;
    ScriptAction (*read)(Line&, const ScriptDefaults&);
};
constexpr Verb kVerbs[] = {{"send", read_send},     {"expect", read_expect}, {"wait", read_wait},   {"dial", read_dial},
                           {"listen", read_listen}, {"close", read_close},   {"reset", read_reset}, {"stop", read_stop},
                           {"start", read_start},   {"repeat", read_repeat}, {"end", read_end}};
constexpr std::string_view kSteps[] = {"send",      "expect", "wait",  "dial",         "listen",
                                       "establish", "close",  "reset", "stop reading", "start reading",
                                       "repeat",    "end",    "on"};

class Parser {
public:
    explicit Parser(const ScriptDefaults& defaults) : defaults_(defaults) { script_.connections.emplace_back(); }

    std::expected<Script, std::vector<ScriptError>> parse(std::string_view text) {
        if (text.size() > kMaxScriptOctets) {
            errors_.push_back(
                {1, 1, 2, "the script is too long", std::to_string(kMaxScriptOctets) + " octets at most", ""});
            return std::unexpected(std::move(errors_));
        }
        std::uint32_t number = 0;
        while (!text.empty()) {
            const auto end = std::min(text.find('\n'), text.size());
            read_line(++number, text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
        while (!open_repeats_.empty()) {
            const auto& step = script_.steps[open_repeats_.back()];
            errors_.push_back({step.line, 1, 7, "this `repeat` has no `end`", "it begins here", ""});
            open_repeats_.pop_back();
        }
        std::ranges::sort(errors_, {}, &ScriptError::line);
        if (!errors_.empty()) return std::unexpected(std::move(errors_));
        return std::move(script_);
    }

private:
    void read_line(std::uint32_t number, std::string_view text) {
        Line line{text};
        if (!line.complaint && !line.empty()) read_step(number, text, line);
        if (line.complaint) {
            auto& c = *line.complaint;
            errors_.push_back(
                {number, c.column, c.end_column, std::move(c.what), std::move(c.mark), std::move(c.hint)});
        }
    }

    void read_step(std::uint32_t number, std::string_view text, Line& line) {
        if (line.accept("on")) {
            choose(line);
            if (line.empty()) return;
        }
        const auto word = line.next();
        if (word.text == "establish") return establish(number, line);
        const auto verb = std::ranges::find(kVerbs, word.text, &Verb::name);
        if (verb == std::end(kVerbs)) return unknown(line, word, "step", kSteps);
        auto action = verb->read(line, defaults_);
        if (!line.empty())
            line.complain(line.peek(), quoted(line.peek().text) + " is too much", "the step ends before it");
        if (line.complaint) return;
        open_first(number, action);
        if (!nest(action, line, word)) return;
        add(number, trimmed(text), std::move(action));
    }

    /// A script may begin with what it has to say: then the connection is opened before.
    void open_first(std::uint32_t number, const ScriptAction& action) {
        const bool opens = std::holds_alternative<ScriptDial>(action) || std::holds_alternative<ScriptListen>(action);
        const bool passive = std::holds_alternative<ScriptRepeat>(action) ||
                             std::holds_alternative<ScriptRepeatEnd>(action) ||
                             std::holds_alternative<ScriptWait>(action);
        if (opened_ || passive) return;
        opened_ = true;
        if (opens || current_ != 0) return;
        if (defaults_.opening == ScriptDefaults::Opening::Dial)
            add(number, "dial", ScriptDial{});
        else
            add(number, "listen", ScriptListen{});
    }

    /// OPENs and KEEPALIVEs both ways: what most scripts begin with.
    void establish(std::uint32_t number, Line& line) {
        auto open = read_open(line, defaults_);
        const auto within = read_patience(line);
        if (!line.empty())
            line.complain(line.peek(), quoted(line.peek().text) + " is too much", "the step ends before it");
        if (line.complaint) return;
        open_first(number, ScriptSend{});
        add(number, "establish: send open", ScriptSend{std::move(open), {}, {}});
        add(number, "establish: expect open", ScriptExpect{ExpectOpen{}, Order::Any, within});
        add(number, "establish: send keepalive", ScriptSend{framed(4, {}), {}, {}});
        add(number, "establish: expect keepalive", ScriptExpect{ExpectKeepalive{}, Order::Any, within});
    }

    void choose(Line& line) {
        const auto& word = line.next();
        auto name = word.text;
        if (name.ends_with(':')) name.pop_back();
        if (name.empty()) return line.complain(word, "on which connection?", "a name of your own");
        const auto found = std::ranges::find(script_.connections, name);
        current_ = static_cast<std::size_t>(found - script_.connections.begin());
        if (found != script_.connections.end()) return;
        if (script_.connections.size() == kMaxScriptConnections)
            return line.complain(word, "too many connections", std::to_string(kMaxScriptConnections) + " at most");
        script_.connections.push_back(std::move(name));
    }

    bool nest(ScriptAction& action, Line& line, const Word& word) {
        if (std::holds_alternative<ScriptRepeat>(action)) {
            if (open_repeats_.size() == kMaxRepeatDepth)
                return line.complain(word, "too many `repeat`s inside one another",
                                     std::to_string(kMaxRepeatDepth) + " at most"),
                       false;
            open_repeats_.push_back(script_.steps.size());
        }
        if (auto* end = std::get_if<ScriptRepeatEnd>(&action)) {
            if (open_repeats_.empty()) return line.complain(word, "`end` of what?", "no `repeat` is open"), false;
            end->begin = open_repeats_.back();
            open_repeats_.pop_back();
            std::get<ScriptRepeat>(script_.steps[end->begin].action).end = script_.steps.size();
        }
        return true;
    }

    void add(std::uint32_t number, std::string text, ScriptAction action) {
        script_.steps.push_back({number, std::move(text), current_, std::move(action)});
    }

    static std::string trimmed(std::string_view text) {
        const auto begin = text.find_first_not_of(" \t");
        const auto end = text.find_last_not_of(" \t\r");
        return std::string{text.substr(begin, end - begin + 1)};
    }

    const ScriptDefaults& defaults_;
    Script script_;
    std::vector<ScriptError> errors_;
    std::vector<std::size_t> open_repeats_;
    std::size_t current_ = 0;
    bool opened_ = false;
};

}  // namespace

bool Script::listens() const {
    return std::ranges::any_of(steps,
                               [](const auto& step) { return std::holds_alternative<ScriptListen>(step.action); });
}

std::expected<Script, std::vector<ScriptError>> parse_script(std::string_view text, const ScriptDefaults& defaults) {
    return Parser{defaults}.parse(text);
}

std::string_view script_help() {
    return R"(A script has one step a line; # begins a comment. Times: 10ms, 2s, 1m. Octets: hexadecimal.
  dial [refused] [within 10s]      the first step where neither stands there: dial (--passive: listen)
  listen [within 10s]
  establish [as=N hold=N id=A version=N capabilities=… parameters=HEX]      OPENs and KEEPALIVEs both ways
  send open [the same]             capabilities=ipv4,as4,refresh | none | hex:OCTETS: see an unknown name's error
  send keepalive | end-of-rib ipv4|ipv6 | refresh ipv4|ipv6 [request|begin|end]
  send update [announce=P,P withdraw=P,P path=N,N origin=N next-hop=A med=N local-pref=N communities=A:B path-id=N
               attributes=HEX (instead of ours) more=HEX (behind ours)]
  send notification 6/2 ["text"] [data=HEX]
  send message TYPE [HEX]          a header before it; send hex FFFF…: nothing before it
  send … slowly 1 octet every 10ms
  expect [next] open [as=N hold=N id=A capability=N,N no-capability=N] | keepalive | end-of-rib ipv4|ipv6 | close | reset
         | update [announce=P withdraw=P path=N,N contains=HEX] | refresh [ipv4|ipv6] [request|begin|end]
         | notification [6[/2]] ["text"] [data=HEX]   [within 10s]
                                   KEEPALIVEs, UPDATEs and ROUTE-REFRESHs before it are passed over; next: nothing is
  expect nothing for 2s            but KEEPALIVEs; expect peace for 2s: no NOTIFICATION and no end
  wait 2s | close | reset (RST) | stop reading | start reading
  repeat N … end
  on NAME [step]                   this and what follows is about another connection
)";
}

}  // namespace dyad::msee
