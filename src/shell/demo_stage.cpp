#include "shell/demo_stage.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
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
hostname = "{}"

[[circuit]]
name = "er-demo"
sku  = "{}"

[circuit.{}]
subnet    = "{}"
advertise = [{}]
primary   = {{ {} }}
secondary = {{ {} }}
bfd       = true
{}
{})";

/// The other router: iBGP by the cable between the two (conf/examples/two-routers-1.toml).
constexpr std::string_view kOtherRouter = R"(
[[neighbor]]
name          = "edge{}"
address       = "{}"
local_address = "{}"
interface     = "{}"
bfd           = true
asn           = 65010
accept        = {{ any = true }}
pass_on       = ["er-demo/private"]
)";

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

}  // namespace

std::uint64_t number_at(const json::value& value, std::string_view path) {
    const auto* found = find(value, path);
    if (found == nullptr || !found->is_number()) return 0;
    boost::system::error_code error;
    const auto result = found->to_number<std::uint64_t>(error);
    return error ? 0 : result;
}

double real_at(const json::value& value, std::string_view path) {
    const auto* found = find(value, path);
    if (found == nullptr || !found->is_number()) return 0;
    boost::system::error_code error;
    return found->to_number<double>(error);
}

std::string text_at(const json::value& value, std::string_view path) {
    const auto* found = find(value, path);
    return found != nullptr && found->is_string() ? std::string{found->get_string()} : "";
}

DemoStage::DemoStage(std::string directory, DemoSettings settings)
    : directory_(std::move(directory)),
      settings_(std::move(settings)),
      lab_(settings_.shape),
      processes_(directory_),
      daemons_(settings_.shape.routers),
      msees_(settings_.shape.links) {}

std::string DemoStage::build() {
    if (auto trouble = lab_.build(); !trouble.empty()) return trouble;
    for (std::size_t router = 0; router < lab_.routers(); ++router) edge_links_.emplace_back(lab_.edge(router));
    monitor_.emplace(lab_.edge());
    prober_.emplace(lab_);
    if (settings_.shape.middle == LabShape::Middle::Box)
        for (std::size_t link = 0; link < lab_.links(); ++link)
            firewalls_.push_back(std::make_unique<DemoFirewall>(lab_.box(link)));
    for (std::size_t router = 0; router < lab_.routers(); ++router)
        if (write_config(router) != 0) return config_file(router) + " cannot be written";
    for (std::size_t link = 0; link < lab_.links(); ++link) start_msee(link);
    const auto listening = [&] {
        for (std::size_t link = 0; link < lab_.links(); ++link)
            if (!msee(link)) return false;
        return true;
    };
    return wait(listening, std::chrono::seconds{20}) ? "" : "the MSEEs do not answer";
}

int DemoStage::write_config(std::size_t router) const {
    const auto& config = settings_.config;
    // The subnet begins one address before ours.
    const Prefix subnet{Address::v4(lab_.edge_address(0).to_u32() - 1), 29};
    auto* file = std::fopen(config_file(router).c_str(), "w");
    if (file == nullptr) return errno;
    const bool two = lab_.routers() > 1;
    const auto other = 1 - router;
    const auto link = [&](std::size_t number) {
        if (two && number != router) return fmt::format("on = \"edge{}\"", number + 1);
        return fmt::format("interface = \"{}\"", Lab::edge_interface(number));
    };
    const auto tail = two ? fmt::format(kOtherRouter, other + 1, Lab::router_address(other).to_string(),
                                        Lab::router_address(router).to_string(), Lab::router_interface())
                          : config.tail;
    fmt::print(file, kConfig, fmt::format("edge{}", two ? std::to_string(router + 1) : ""), config.sku, config.kind,
               subnet.to_string(),
               config.advertise.empty() ? "" : fmt::format("\"{}\"", fmt::join(config.advertise, "\", \"")), link(0),
               link(1), config.lines, tail);
    return std::fclose(file) == 0 ? 0 : errno;
}

void DemoStage::start_daemon(std::size_t router) {
    daemons_[router] = processes_.start(lab_.edge(router), fmt::format("edge{}", router + 1),
                                        {"run", "-c", config_file(router), "-s", socket(router)});
}

void DemoStage::kill_daemon(std::size_t router) {
    processes_.kill(daemons_[router], SIGKILL);
    wait([&] { return !processes_.running(daemons_[router]); }, std::chrono::seconds{5});
}

void DemoStage::start_msee(std::size_t link) {
    const auto name = fmt::format("msee{}", link + 1);
    std::vector<std::string> words{"msee",
                                   "--local",
                                   lab_.msee_address(link).to_string(),
                                   "--peer",
                                   lab_.edge_address(link).to_string(),
                                   "--peer-asn",
                                   "65010",
                                   "--routes",
                                   std::to_string(settings_.routes),
                                   "--bfd",
                                   "300",
                                   "--socket",
                                   msee_socket(link),
                                   "--name",
                                   name};
    words.insert(words.end(), settings_.msee.begin(), settings_.msee.end());
    msees_[link] = processes_.start(lab_.msee(link), name, words);
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

bool DemoStage::reconfigure() {
    for (std::size_t router = 0; router < lab_.routers(); ++router)
        if (write_config(router) != 0 || !ask({"reload"}, router)) return false;
    return true;
}

std::string DemoStage::config_file(std::size_t router) const {
    return fmt::format("{}/dyad{}.toml", directory_, router == 0 ? "" : "2");
}

std::string DemoStage::socket(std::size_t router) const {
    return fmt::format("{}/dyad{}.sock", directory_, router == 0 ? "" : "2");
}

std::optional<json::value> DemoStage::ask(std::vector<std::string> words, std::size_t router) {
    words.insert(words.begin(), {"-s", socket(router)});
    words.emplace_back("--json");
    const auto answer = processes_.ask(lab_.edge(router), words, std::chrono::seconds{20});
    return answer ? parse(*answer) : std::nullopt;
}

std::optional<std::vector<DemoSession>> DemoStage::sessions() {
    const auto value = ask({"show", "summary"});
    if (!value) return std::nullopt;
    std::vector<DemoSession> all;
    for (std::size_t link = 0; link < lab_.links(); ++link) {
        const auto row = fmt::format("/circuits/{}/peerings/0/links/{}", link / 2, link % 2);
        if (find(*value, row) == nullptr) return std::nullopt;
        all.push_back({.name = text_at(*value, row + "/session"),
                       .state = text_at(*value, row + "/state"),
                       .bfd = text_at(*value, row + "/bfd"),
                       .received = number_at(*value, row + "/received"),
                       .advertised = number_at(*value, row + "/advertised"),
                       .withheld = number_at(*value, row + "/withheld")});
    }
    return all;
}

bool DemoStage::all_established() {
    const auto all = sessions();
    return all && std::ranges::all_of(*all, &DemoSession::established);
}

bool DemoStage::on_backup() {
    const auto value = ask({"show", "summary"});
    return value && text_at(*value, "/circuits/0/peerings/0/backups/0/state") == "active";
}

std::optional<DemoMsee> DemoStage::msee(std::size_t link) const {
    const auto value = tell_msee(link, "status");
    if (!value) return std::nullopt;
    return DemoMsee{.state = text_at(*value, "/neighbors/0/state"),
                    .received = number_at(*value, "/neighbors/0/received"),
                    .limit_trips = number_at(*value, "/neighbors/0/limit_trips"),
                    .times_established = number_at(*value, "/neighbors/0/times_established")};
}

LabLinks::BgpRoutes DemoStage::kernel(std::size_t router) { return edge_links_[router].bgp_routes(); }

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
