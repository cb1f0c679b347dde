/// All neighbours of the device under test in one process, so that one clock sees an UPDATE leave and arrive. Commands
/// on standard input, a line each; what happened as JSON lines on standard output.
///
///   session NAME NETNS LOCAL REMOTE ASN HOLD   dials from there, again and again, and keeps the session up
///   announce NAME FIRST COUNT VARIANT          prefixes FIRST.. of the table; "start" is when the first octet may leave
///   withdraw NAME FIRST COUNT
///   expect NAME COUNT                          "reached" as soon as it holds exactly so many
///   churn FROM TO COUNT PER_SECOND SECONDS     so many of COUNT prefixes go and come again each second; then "churned"
///   probe FROM TO TIMES GAP_MS                 one route goes or comes at a time; then "probed" with each one's milliseconds
///   keepalives NAME                            when each came
///   state                                      how many sessions are up, and what each holds
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <sstream>

#include "neighbour.hpp"

namespace dyad::bench {
namespace {

constexpr unsigned kTicksPerSecond = 100;
/// Sessions and commands are looked at this often when nothing happens.
constexpr int kPollMilliseconds = 1;
/// The last change of a churn or a probe never takes longer; a device that loses one is told of, not waited for.
constexpr double kPatience = 20;

std::string list(const std::vector<double>& numbers) {
    std::ostringstream out;
    out.precision(6);
    out << std::fixed;
    for (const auto number : numbers) out << (out.tellp() > 0 ? ", " : "") << number;
    return "[" + out.str() + "]";
}

/// Something that goes on for a while; true when it is over.
class Task {
public:
    virtual ~Task() = default;
    virtual bool step(double at) = 0;
};

/// A tenth of the table flaps: each tick withdraws the next few and brings back those of the tick before. A marker goes
/// with every tick; when it comes out of the device tells how far behind the device is.
class Churn : public Task {
public:
    Churn(Neighbour& from, Neighbour& to, std::uint32_t count, std::uint32_t per_second, double seconds)
        : from_(from),
          to_(to),
          count_(count),
          share_(per_second / kTicksPerSecond),
          begin_(now()),
          ticks_(static_cast<std::uint32_t>(seconds * kTicksPerSecond)) {
        to_.on_marker = [this](double at, std::uint32_t number) {
            // Markers overtaken in the device came with this one.
            for (; seen_ < sent_at_.size() && seen_ <= number; ++seen_) lags_.push_back(1e3 * (at - sent_at_[seen_]));
        };
    }
    ~Churn() override { to_.on_marker = nullptr; }

    bool step(double at) override {
        while (sent_at_.size() < ticks_ && at >= begin_ + static_cast<double>(sent_at_.size()) / kTicksPerSecond)
            tick(at);
        if (sent_at_.size() < ticks_) return false;
        if (at >= begin_ + ticks_ / double{kTicksPerSecond} + kPatience) return end(at);
        const bool all = seen_ == ticks_ && to_.held() == count_;
        return all && end(at);
    }

private:
    void tick(double at) {
        const auto number = static_cast<std::uint32_t>(sent_at_.size());
        const auto first = number * share_ % count_;
        std::vector<std::uint8_t> octets;
        const auto append = [&](const std::vector<std::uint8_t>& more) {
            octets.insert(octets.end(), more.begin(), more.end());
        };
        const bool last = number + 1 == ticks_;
        if (!last) append(withdrawals(first, std::min(share_, count_ - first)));
        if (number > 0) {
            const auto before = (number - 1) * share_ % count_;
            append(announcements(from_.sender(), before, std::min(share_, count_ - before), 0));
        }
        append(marker(from_.sender(), number));
        sent_at_.push_back(at);
        from_.send(std::move(octets));
    }
    bool end(double at) {
        const double after = at - (begin_ + ticks_ / double{kTicksPerSecond});
        std::ranges::sort(lags_);
        const auto part = [&](double p) {
            return lags_.empty() ? -1 : lags_[static_cast<std::size_t>(p * double(lags_.size() - 1))];
        };
        tell(at, "\"event\": \"churned\", \"events\": " + std::to_string(2 * std::size_t{share_} * ticks_) +
                     ", \"lag_ms\": " + list({part(0.5), part(0.99), part(1)}) +
                     ", \"end_lag_ms\": " + std::to_string(1e3 * after) + ", \"held\": " + std::to_string(to_.held()) +
                     ", \"markers_missing\": " + std::to_string(ticks_ - seen_));
        return true;
    }

    Neighbour& from_;
    Neighbour& to_;
    std::uint32_t count_, share_;
    double begin_;
    std::uint32_t ticks_;
    std::uint32_t seen_ = 0;
    std::vector<double> sent_at_, lags_;
};

/// One route withdrawn or announced at a time, the next only when the sink knows of it.
class Probe : public Task {
public:
    Probe(Neighbour& from, Neighbour& to, std::size_t times, double gap)
        : from_(from), to_(to), times_(times), gap_(gap), next_(now()) {
        to_.on_change = [this](double at, std::uint32_t number) {
            if (!waiting_ || number != 0) return;
            waiting_ = false;
            took_.push_back(1e3 * (at - sent_.back()));
            next_ = at + gap_;
        };
    }
    ~Probe() override { to_.on_change = nullptr; }

    bool step(double at) override {
        if (waiting_ && at < sent_.back() + kPatience) return false;
        if (waiting_ || sent_.size() == times_) {
            tell(at, "\"event\": \"probed\", \"ms\": " + list(took_) + ", \"sent\": " + list(sent_));
            return true;
        }
        if (at < next_) return false;
        waiting_ = true;
        auto octets = to_.holds(0) ? withdrawals(0, 1) : announcements(from_.sender(), 0, 1, 0);
        sent_.push_back(now());
        from_.send(std::move(octets));
        return false;
    }

private:
    Neighbour& from_;
    Neighbour& to_;
    std::size_t times_;
    double gap_, next_;
    bool waiting_ = false;
    std::vector<double> sent_, took_;
};

class Load {
public:
    int run() {
        std::string input;
        while (!ended_) {
            std::vector<pollfd> polled{{.fd = STDIN_FILENO, .events = POLLIN, .revents = 0}};
            std::vector<Neighbour*> of;
            for (auto& [name, neighbour] : neighbours_) {
                polled.push_back({.fd = neighbour->descriptor(), .events = neighbour->events(), .revents = 0});
                of.push_back(neighbour.get());
            }
            ::poll(polled.data(), polled.size(), kPollMilliseconds);
            if (polled[0].revents != 0) read_commands(input);
            for (std::size_t i = 1; i < polled.size(); ++i)
                if (polled[i].revents != 0) of[i - 1]->ready(polled[i].revents);
            for (auto* neighbour : of) neighbour->tick(now());
            if (task_ && task_->step(now())) task_.reset();
        }
        return 0;
    }

private:
    void read_commands(std::string& input) {
        char part[4096];
        const auto got = ::read(STDIN_FILENO, part, sizeof part);
        if (got <= 0) ended_ = true;
        input.append(part, got > 0 ? static_cast<std::size_t>(got) : 0);
        for (auto end = input.find('\n'); end != input.npos; end = input.find('\n')) {
            std::istringstream line{input.substr(0, end)};
            input.erase(0, end + 1);
            obey(line);
        }
    }

    void obey(std::istringstream& line) {
        std::string verb, name;
        line >> verb;
        if (verb == "state") return tell_state();
        line >> name;
        if (verb == "session") return add(name, line);
        if (!neighbours_.contains(name)) {
            std::cerr << "no session " << name << "\n";
            std::exit(2);
        }
        auto& neighbour = *neighbours_[name];
        if (verb == "keepalives")
            return tell(now(), "\"event\": \"keepalives\", \"at\": " + list(neighbour.keepalives()));
        std::uint32_t first = 0, count = 0, variant = 0;
        if (verb == "announce" && line >> first >> count >> variant)
            return start(neighbour, announcements(neighbour.sender(), first, count, variant));
        if (verb == "withdraw" && line >> first >> count) return start(neighbour, withdrawals(first, count));
        if (verb == "expect" && line >> count) return neighbour.expect(count);
        std::string to;
        double last = 0;
        if (verb == "churn" && line >> to >> count >> variant >> last && neighbours_.contains(to)) {
            task_ = std::make_unique<Churn>(neighbour, *neighbours_[to], count, variant, last);
            return;
        }
        if (verb == "probe" && line >> to >> count >> last && neighbours_.contains(to)) {
            task_ = std::make_unique<Probe>(neighbour, *neighbours_[to], count, last * 1e-3);
            return;
        }
        std::cerr << "not understood: " << line.str() << "\n";
        std::exit(2);
    }

    void add(const std::string& name, std::istringstream& line) {
        std::string netns, local, remote;
        Neighbour::Settings settings{.name = name};
        line >> settings.netns >> local >> remote >> settings.asn.value >> settings.hold_time;
        settings.local = Address::parse(local).value_or(Address{});
        settings.remote = Address::parse(remote).value_or(Address{});
        neighbours_[name] = std::make_unique<Neighbour>(settings);
    }

    static void start(Neighbour& neighbour, std::vector<std::uint8_t> octets) {
        tell(now(), "\"event\": \"start\", \"session\": \"" + neighbour.name() +
                        "\", \"octets\": " + std::to_string(octets.size()));
        neighbour.send(std::move(octets));
    }

    void tell_state() const {
        std::size_t up = 0;
        std::string held;
        for (const auto& [name, neighbour] : neighbours_) {
            up += neighbour->established() ? 1 : 0;
            held += (held.empty() ? "\"" : ", \"") + name + "\": " + std::to_string(neighbour->held());
        }
        tell(now(), "\"event\": \"state\", \"up\": " + std::to_string(up) + ", \"held\": {" + held + "}");
    }

    std::map<std::string, std::unique_ptr<Neighbour>> neighbours_;
    std::unique_ptr<Task> task_;
    bool ended_ = false;
};

}  // namespace
}  // namespace dyad::bench

int main() { return dyad::bench::Load{}.run(); }
