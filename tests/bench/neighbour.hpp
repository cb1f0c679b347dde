#pragma once
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "dyad/base/time.hpp"
#include "table.hpp"

namespace dyad::bench {

/// CLOCK_MONOTONIC in seconds: what Python's time.monotonic() says too.
double now();
/// One JSON line on standard output, with the time of what happened.
void tell(double at, const std::string& fields);

/// A neighbour of the device under test that does as little as BGP allows, so that what is measured is the device: it
/// dials (again at once when refused), sends octets made before the clock starts, and counts what comes in an array of
/// bits. Lives in any network namespace.
class Neighbour {
public:
    struct Settings {
        std::string name, netns;
        Address local, remote;
        Asn asn;
        unsigned hold_time = 90;
    };
    explicit Neighbour(Settings settings) : settings_(std::move(settings)), held_(kTableSize) {}
    ~Neighbour();
    Neighbour(const Neighbour&) = delete;
    Neighbour& operator=(const Neighbour&) = delete;

    const std::string& name() const { return settings_.name; }
    Sender sender() const { return {settings_.asn, settings_.local}; }
    /// Queued; told as "sent" once the last octet is the kernel's.
    void send(std::vector<std::uint8_t> octets);
    /// Tells "reached" as soon as exactly so many are held.
    void expect(std::size_t count);

    bool established() const { return stage_ == Stage::Established; }
    bool holds(std::uint32_t number) const { return held_[number]; }
    std::size_t held() const { return count_; }
    std::uint32_t last_marker() const { return last_marker_; }
    const std::vector<double>& keepalives() const { return keepalives_; }
    /// Called when the marker prefix has come, and for each other prefix that is announced or withdrawn.
    std::function<void(double at, std::uint32_t marker)> on_marker;
    std::function<void(double at, std::uint32_t number)> on_change;

    // The poll loop's side.
    int descriptor() const { return fd_; }
    short events() const;
    void ready(short events);
    void tick(double at);

private:
    enum class Stage : std::uint8_t { Idle, Dialing, OpenSent, Established };
    void dial();
    void say_open();
    void write();
    void read();
    void take(double at, Bytes message);
    void update(double at, Bytes body);
    void set(double at, std::uint32_t number, bool held);
    void look_at_count(double at);
    void close(const std::string& why);

    Settings settings_;
    Stage stage_ = Stage::Idle;
    int fd_ = -1;
    double dial_at_ = 0, keepalive_at_ = 0;
    std::vector<std::uint8_t> out_, in_ = std::vector<std::uint8_t>(1 << 18);
    std::size_t sent_ = 0, filled_ = 0;
    bool tell_sent_ = false;

    std::vector<bool> held_;
    std::size_t count_ = 0;
    std::optional<std::size_t> expected_;
    std::uint32_t last_marker_ = 0;
    std::vector<double> keepalives_;
};

}  // namespace dyad::bench
