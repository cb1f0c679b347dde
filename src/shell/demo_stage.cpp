#include "shell/demo_stage.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <boost/json/parse.hpp>
#include <cstdio>
#include <thread>

#include "shell/demo_sandbox.hpp"
#include "shell/msee_socket.hpp"

namespace dyad::shell {

namespace {

namespace json = boost::json;

/// How often conditions are looked at: a question costs a few milliseconds of the machine that is being measured.
constexpr auto kPollEvery = std::chrono::milliseconds{25};

constexpr std::string_view kConfig = R"(asn = 65010

[[circuit]]
name = "er-demo"
sku  = "standard"

[circuit.private]
subnet    = "192.168.15.16/29"
advertise = ["10.1.0.0/16"{}]
primary   = {{ interface = "er1" }}
secondary = {{ interface = "er2" }}
bfd       = true
{})";
constexpr std::string_view kBackup = "backup    = { gateway = \"10.255.0.2\", interface = \"vpn0\", hold = \"1s\" }\n";

/// 10.16.0.0/24 and what follows: far from the LAN's and the VNets' prefixes.
std::string more(std::uint32_t count) {
    std::string list;
    for (std::uint32_t i = 0; i < count; ++i)
        list += fmt::format(", \"{}/24\"", Address::v4(0x0a100000 + (i << 8)).to_string());
    return list;
}

std::optional<json::value> parse(const std::string& text) {
    boost::system::error_code error;
    auto value = json::parse(text, error);
    if (error) return std::nullopt;
    return value;
}

/// A member by its path ("/circuits/0/name"), or nothing.
const json::value* find(const json::value& value, std::string_view path) {
    boost::system::error_code error;
    return value.find_pointer(path, error);
}

std::uint64_t number(const json::value& value, std::string_view path) {
    const auto* found = find(value, path);
    if (found == nullptr || !found->is_number()) return 0;
    boost::system::error_code error;
    const auto result = found->to_number<std::uint64_t>(error);
    return error ? 0 : result;
}

std::string text(const json::value& value, std::string_view path) {
    const auto* found = find(value, path);
    return found != nullptr && found->is_string() ? std::string{found->get_string()} : "";
}

}  // namespace

DemoStage::DemoStage(std::string directory) : directory_(std::move(directory)), processes_(directory_) {}

std::string DemoStage::build() {
    if (auto trouble = lab_.build(); !trouble.empty()) return trouble;
    edge_links_.emplace(lab_.edge());
    monitor_.emplace(lab_.edge());
    prober_.emplace(lab_);
    if (write_config() != 0) return directory_ + "/dyad.toml cannot be written";
    for (std::size_t link = 0; link < 2; ++link) start_msee(link);
    const auto listening = [&] { return msee(0) && msee(1); };
    return wait(listening, std::chrono::seconds{20}) ? "" : "the MSEEs do not answer";
}

int DemoStage::write_config(std::uint32_t more_prefixes) const {
    auto* file = std::fopen((directory_ + "/dyad.toml").c_str(), "w");
    if (file == nullptr) return errno;
    fmt::print(file, kConfig, more(more_prefixes), with_vpn_ ? kBackup : "");
    return std::fclose(file) == 0 ? 0 : errno;
}

void DemoStage::start_daemon() {
    daemon_ = processes_.start(lab_.edge(), "edge", {"run", "-c", directory_ + "/dyad.toml", "-s", socket()});
}

void DemoStage::kill_daemon() {
    processes_.kill(daemon_, SIGKILL);
    wait([&] { return !processes_.running(daemon_); }, std::chrono::seconds{5});
}

void DemoStage::start_msee(std::size_t link) {
    const auto name = fmt::format("msee{}", link + 1);
    msees_[link] =
        processes_.start(lab_.msee(link), name,
                         {"msee", "--local", Lab::msee_address(link).to_string(), "--peer",
                          Lab::edge_address(link).to_string(), "--peer-asn", "65010", "--routes",
                          std::to_string(kRoutes), "--bfd", "300", "--socket", msee_socket(link), "--name", name});
}

void DemoStage::kill_msee(std::size_t link) {
    processes_.kill(msees_[link], SIGKILL);
    wait([&] { return !processes_.running(msees_[link]); }, std::chrono::seconds{5});
}

std::optional<json::value> DemoStage::tell_msee(std::size_t link, const std::string& command) const {
    std::string answer;
    if (!ask_line_socket(msee_socket(link), command, answer)) return std::nullopt;
    auto value = parse(answer);
    const auto* ok = value ? find(*value, "/ok") : nullptr;
    return ok != nullptr && ok->is_bool() && ok->get_bool() ? value : std::nullopt;
}

bool DemoStage::reload() {
    return processes_.ask(lab_.edge(), {"-s", socket(), "reload", "--json"}, std::chrono::seconds{20}).has_value();
}

std::optional<std::array<DemoSession, 2>> DemoStage::sessions() {
    const auto answer = processes_.ask(lab_.edge(), {"-s", socket(), "show", "summary", "--json"});
    const auto value = answer ? parse(*answer) : std::nullopt;
    if (!value || find(*value, "/circuits/0/peerings/0/links/1") == nullptr) return std::nullopt;
    std::array<DemoSession, 2> both;
    for (std::size_t link = 0; link < both.size(); ++link) {
        const auto row = fmt::format("/circuits/0/peerings/0/links/{}", link);
        both[link] = {.state = text(*value, row + "/state"),
                      .bfd = text(*value, row + "/bfd"),
                      .received = number(*value, row + "/received"),
                      .advertised = number(*value, row + "/advertised"),
                      .withheld = number(*value, row + "/withheld")};
    }
    return both;
}

bool DemoStage::both_established() {
    const auto both = sessions();
    return both && (*both)[0].established() && (*both)[1].established();
}

bool DemoStage::on_backup() {
    const auto answer = processes_.ask(lab_.edge(), {"-s", socket(), "show", "summary", "--json"});
    const auto value = answer ? parse(*answer) : std::nullopt;
    return value && text(*value, "/circuits/0/peerings/0/backups/0/state") == "active";
}

std::optional<DemoMsee> DemoStage::msee(std::size_t link) const {
    const auto value = tell_msee(link, "status");
    if (!value) return std::nullopt;
    return DemoMsee{.state = text(*value, "/neighbors/0/state"),
                    .received = number(*value, "/neighbors/0/received"),
                    .limit_trips = number(*value, "/neighbors/0/limit_trips"),
                    .times_established = number(*value, "/neighbors/0/times_established")};
}

LabLinks::BgpRoutes DemoStage::kernel() { return edge_links_->bgp_routes(); }

bool DemoStage::wait(const std::function<bool()>& condition, std::chrono::milliseconds at_most) {
    const auto deadline = std::chrono::steady_clock::now() + at_most;
    while (!interrupted()) {
        if (condition()) return true;
        if (std::chrono::steady_clock::now() >= deadline) return false;
        std::this_thread::sleep_for(kPollEvery);
    }
    return false;
}

void DemoStage::pause(std::chrono::milliseconds time) {
    wait([] { return false; }, time);
}

std::string DemoStage::msee_socket(std::size_t link) const {
    return fmt::format("{}/msee{}.sock", directory_, link + 1);
}

}  // namespace dyad::shell
