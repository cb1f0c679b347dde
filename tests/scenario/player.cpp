#include "player.hpp"

#include <algorithm>
#include <boost/json/serialize.hpp>
#include <charconv>
#include <fstream>
#include <sstream>
#include <utility>

#include "dyad/base/ensure.hpp"
#include "dyad/base/overloaded.hpp"
#include "dyad/config/parse.hpp"
#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"
#include "shell/config_json.hpp"
#include "shell/view_json.hpp"

namespace dyad::scenario {
namespace {

std::string read_file(const std::string& path) {
    std::ifstream file{path};
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
}

std::uint32_t number(const std::string& text) {
    std::uint32_t value = 0;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

/// "asn=12076" among the words, or the fallback.
std::string option(const std::vector<std::string>& words, const std::string& name, const std::string& fallback) {
    for (const auto& word : words)
        if (word.starts_with(name + "=")) return word.substr(name.size() + 1);
    return fallback;
}

std::vector<std::uint8_t> open_message(const std::vector<std::string>& words) {
    wire::Open open;
    open.asn = Asn{number(option(words, "asn", "12076"))};
    open.hold_time = std::chrono::seconds{number(option(words, "hold", "180"))};
    open.router_id = RouterId{Address::parse(option(words, "id", "10.0.0.1"))->to_u32()};
    open.capabilities = {wire::Multiprotocol{1, wire::kSafiUnicast}, wire::FourOctetAs{open.asn}};
    if (const auto time = option(words, "restart", ""); !time.empty()) {
        const auto flags = option(words, "flags", "");
        open.capabilities.emplace_back(wire::GracefulRestart{.restarting = flags.contains('R'),
                                                             .notification = flags.contains('N'),
                                                             .restart_time = std::chrono::seconds{number(time)},
                                                             .families = {{1, 1, flags.contains('F')}}});
    }
    if (option(words, "refresh", "") == "enhanced") {
        open.capabilities.emplace_back(wire::RouteRefreshCapability{});
        open.capabilities.emplace_back(wire::EnhancedRouteRefresh{});
    }
    return wire::encode_open(open);
}

std::vector<std::uint8_t> announcement(const std::vector<std::string>& words) {
    wire::Attributes attributes;
    attributes.origin = wire::Origin::Igp;
    std::stringstream path{option(words, "path", "12076")};
    wire::AsSegment segment;
    for (std::string asn; std::getline(path, asn, ',');) segment.asns.push_back(Asn{number(asn)});
    attributes.as_path.segments.push_back(segment);
    attributes.next_hop = Address::parse(option(words, "next-hop", words[0]));
    if (const auto med = option(words, "med", ""); !med.empty()) attributes.med = number(med);
    std::vector<std::uint8_t> block(512), message(wire::kMaxMessageOctets);
    Writer block_out{block}, out{message};
    wire::encode_attributes(attributes, {}, block_out);
    const std::vector prefixes{*Prefix::parse(words[2])};
    wire::encode_announcement(prefixes, block_out.written(), *attributes.next_hop, out);
    message.resize(out.size());
    return message;
}

std::vector<std::uint8_t> withdrawal(const std::string& prefix) {
    std::vector<std::uint8_t> message(wire::kMaxMessageOctets);
    Writer out{message};
    const std::vector prefixes{*Prefix::parse(prefix)};
    wire::encode_withdrawal(prefixes, out);
    message.resize(out.size());
    return message;
}

std::vector<std::uint8_t> from_hex(const std::string& text) {
    std::vector<std::uint8_t> octets;
    for (std::size_t i = 0; i + 1 < text.size(); i += 2)
        octets.push_back(static_cast<std::uint8_t>(std::stoul(text.substr(i, 2), nullptr, 16)));
    return octets;
}

std::vector<std::uint8_t> message_of(const std::vector<std::string>& words) {
    const auto& kind = words[1];
    if (kind == "open") return open_message(words);
    if (kind == "keepalive") return {wire::keepalive_message().begin(), wire::keepalive_message().end()};
    if (kind == "end-of-rib") return wire::encode_end_of_rib(Family::Ipv4);
    if (kind == "announce") return announcement(words);
    if (kind == "withdraw") return withdrawal(words[2]);
    if (kind == "refresh")
        return wire::encode_route_refresh({1, static_cast<std::uint8_t>(number(words[2])), wire::kSafiUnicast});
    if (kind == "notify")
        return wire::encode_notification(
            {static_cast<wire::ErrorCode>(number(words[2])), static_cast<std::uint8_t>(number(words[3])), {}});
    ensure(kind == "hex");
    return from_hex(words[2]);
}

std::string communities_text(const wire::Attributes& attributes) {
    std::string text;
    for (const auto community : attributes.communities)
        text += (text.empty() ? " communities=" : ",") + std::to_string(community >> 16) + ":" +
                std::to_string(community & 0xffff);
    return text;
}

std::string update_text(Bytes body) {
    const auto update = wire::decode_update(body, {});
    if (!update) return "UPDATE that does not decode: " + update.error().what;
    std::string text = "UPDATE";
    for (const auto& prefix : update->withdrawn) text += " withdraw " + prefix.to_string();
    for (const auto& prefix : update->announced) text += " announce " + prefix.to_string();
    if (update->attributes && !update->announced.empty())
        text += " path=" + update->attributes->as_path.to_string() +
                " next-hop=" + update->attributes->next_hop->to_string() + communities_text(*update->attributes);
    return update->withdrawn.empty() && update->announced.empty() ? "End-of-RIB" : text;
}

/// " R", " F": what is unusual at a first start.
std::string restart_flags(const wire::Open& open) {
    std::string text;
    for (const auto& capability : open.capabilities)
        if (const auto* restart = std::get_if<wire::GracefulRestart>(&capability)) {
            if (restart->restarting) text += " R";
            for (const auto& family : restart->families) text += family.forwarding_preserved ? " F" : "";
        }
    return text;
}

std::string refresh_text(Bytes body) {
    const auto refresh = wire::decode_route_refresh(body);
    if (!refresh) return "ROUTE-REFRESH that does not decode";
    return refresh->subtype == 0 ? "ROUTE-REFRESH" : refresh->subtype == 1 ? "BoRR" : "EoRR";
}

std::string message_text(const wire::MessageView& message) {
    switch (message.type) {
        case wire::MessageType::Open: {
            const auto open = wire::decode_open(message.body());
            return "OPEN asn=" + wire::asn_of(*open).to_string() + " hold=" + std::to_string(open->hold_time.count()) +
                   restart_flags(*open);
        }
        case wire::MessageType::Update:
            return update_text(message.body());
        case wire::MessageType::Notification:
            return "NOTIFICATION " + wire::decode_notification(message.body())->to_string();
        case wire::MessageType::Keepalive:
            return "KEEPALIVE";
        case wire::MessageType::RouteRefresh:
            return refresh_text(message.body());
    }
    return "";
}

/// When scenarios play: of no year in particular.
constexpr std::chrono::system_clock::time_point kFirstDay = std::chrono::sys_days{std::chrono::January / 1 / 2030};

speaker::Host host() {
    const auto first_day = std::chrono::duration_cast<std::chrono::seconds>(kFirstDay.time_since_epoch());
    return {.hostname = "edge1", .version = "scenario", .seed = 1, .unix_seconds = first_day.count()};
}

std::string order_json(const speaker::OrderAnswer& answer) {
    return std::visit([](const auto& view) { return boost::json::serialize(shell::to_json(view)); }, answer);
}

}  // namespace

Player::Player(std::string program)
    : speaker_(now_, host()),
      journal_([this] {
          return kFirstDay + std::chrono::duration_cast<std::chrono::system_clock::duration>(now_ - Instant{});
      }),
      operations_{.ask = [this](const speaker::Query& query) { return speaker_.answer(now_, query); },
                  .journal = &journal_,
                  .config_json = [this] { return shell::config_json(loaded_); },
                  .reload = [this] { return reload(); },
                  .look = [this] { return seen_; },
                  .order = [this](const speaker::Order& wanted) { return order_json(order(wanted)); }},
      operator_(std::move(program), [this](const std::string& question) { return answer(question); }) {
    journal_.configure({.target = "/dev/null", .levels = {}});
}

std::string Player::play(const std::string& script) {
    std::stringstream lines{script};
    for (std::string text; std::getline(lines, text);) {
        transcript_ += text + "\n";
        std::stringstream split{text};
        Words words;
        for (std::string word; split >> word;) words.push_back(word);
        if (text.starts_with("dyad "))
            types(text.substr(5));
        else if (!words.empty() && !words[0].starts_with("#"))
            act(words);
    }
    return transcript_;
}

void Player::act(const Words& words) {
    const auto& verb = words[0];
    if (verb == "link") return add_link(words);
    if (verb == "config") return load(words[1]);
    if (verb == "after") return pass(words[1]);
    if (verb == "connect") return give(speaker::TcpConnected{connections_.at(words[1])});
    if (verb == "refuse") return give(speaker::TcpClosed{connections_.at(words[1]), 111});
    if (verb == "close") return give(speaker::TcpClosed{connections_.at(words[1]), 0});
    if (verb == "why") return ask_why(words[1]);
    if (verb == "bfd") return tell_bfd(words);
    if (verb == "routes") return ask_routes();
    if (verb == "carrier") {
        kernel_.set_carrier(links_.at(words[1]), words[2] == "up");
        return give(speaker::KernelNews{kernel_.take_news()});
    }
    if (verb == "accept") {
        const ConnectionId connection{next_accepted_};
        next_accepted_ += 2;
        connections_[words[1]] = connection;
        peers_[connection.value] = words[1];
        return give(speaker::TcpAccepted{connection, *Address::parse(words[2]), *Address::parse(words[1])});
    }
    if (verb == "reset" || verb == "refresh") {
        std::string text;
        for (std::size_t i = 2; i < words.size(); ++i) text += (i > 2 ? " " : "") + words[i];
        order({verb == "reset" ? speaker::Order::What::Reset : speaker::Order::What::Refresh, words[1], text});
        return;
    }
    if (verb == "drain" || verb == "undrain") {
        order({.what = verb == "drain" ? speaker::Order::What::Drain : speaker::Order::What::Undrain,
               .name = words[1],
               .force = words.size() > 2 && words[2] == "force"});
        return;
    }
    if (verb == "arp") {
        const bool known = words[3] != "incomplete";
        using State = speaker::SeenNeighbour::State;
        return seen_.neighbours.push_back({.state = known ? State::Reachable : State::Incomplete,
                                           .interface = words[1],
                                           .address = *Address::parse(words[2]),
                                           .mac = known ? words[3] : "",
                                           .age = std::chrono::minutes{known ? 10 : 0}});
    }
    if (verb == "drill") return drill(words);
    if (verb == "drills") return ask_drills();
    if (verb == "stop") {
        speaker_.shut_down(now_, words[1]);
        turn();
        return begin_anew();
    }
    if (verb == "crash") return begin_anew();
    from_peer(words);
}

speaker::OrderAnswer Player::order(const speaker::Order& order) {
    auto answer = speaker_.order(now_, order);
    if (const auto* view = std::get_if<speaker::OrderView>(&answer)) {
        for (const auto& row : view->sessions) line(row.session + (row.done ? ": " : " NOT DONE: ") + row.what);
        if (!view->refused.empty()) line("refused: " + view->refused);
    }
    if (const auto* unknown = std::get_if<speaker::NotFound>(&answer)) line("NOT FOUND: " + unknown->what);
    turn();
    return answer;
}

void Player::types(const std::string& words) {
    const auto said = operator_.types(words);
    std::istringstream lines{words.contains("--json") ? readable_json(said.text) : said.text};
    for (std::string text; std::getline(lines, text);) text.empty() ? void(transcript_ += "\n") : line(text);
    if (said.code != 0) line("exit status " + std::to_string(said.code));
}

/// As the control socket would, to who may change things; nobody follows.
std::string Player::answer(const std::string& question) {
    const auto request = shell::parse_request(question);
    auto answer =
        request ? shell::answer_to(*request, operations_, shell::Rights::Change) : shell::refusal(request.error());
    std::string all;
    for (auto more = shell::More::AtOnce; more == shell::More::AtOnce;) {
        const auto piece = answer();
        all += piece.text;
        more = piece.more;
    }
    return all;
}

/// The file that was loaded last, again.
std::string Player::reload() {
    auto read = shell::load_config(loaded_.file, shell::Secrets::Fetch);
    if (!read) return shell::refused_json(read.error());
    loaded_ = *std::move(read);
    const auto changes = speaker_.configure(now_, loaded_.config);
    turn();
    return shell::reloaded_json(loaded_, changes);
}

/// What the one before had asked of the kernel is done; nobody hears the answers.
void Player::begin_anew() {
    speaker_ = speaker::Speaker{now_, host()};
    connections_.clear();
    answers_.clear();
    news_.clear();
}

void Player::add_link(const Words& words) {
    const auto index = static_cast<std::uint32_t>(links_.size() + 2);
    links_[words[1]] = index;
    kernel_.add_link(index, words[1]);
    const auto slash = words[2].find('/');
    kernel_.add_address(index, *Address::parse(words[2].substr(0, slash)),
                        static_cast<std::uint8_t>(number(words[2].substr(slash + 1))));
    kernel_.take_news();
}

void Player::load(const std::string& file) {
    const auto text = read_file(file);
    const auto parsed = config::parse(text);
    for (const auto& diagnostic : parsed.diagnostics) line(config::render(diagnostic, file, text));
    if (!parsed.ok()) return;
    loaded_ = {.config = parsed.config, .file = file, .text = text, .warnings = {}};
    for (const auto& change : speaker_.configure(now_, parsed.config))
        if (change.kind == config::Change::Kind::Changed)
            line("change " + change.item + " " + change.key + " " + change.before + " -> " + change.after);
    turn();
}

void Player::pass(const std::string& duration) {
    const bool milliseconds = duration.ends_with("ms");
    const auto end = now_ + Duration{std::chrono::milliseconds{number(duration) * (milliseconds ? 1u : 1000u)}};
    for (auto due = speaker_.deadline(); due && *due <= end; due = speaker_.deadline()) {
        now_ = std::max(now_, *due);
        turn();
    }
    now_ = end;
    turn();
}

void Player::from_peer(const Words& words) {
    const auto octets = message_of(words);
    give(speaker::TcpReceived{connections_.at(words[0]), octets});
}

void Player::tell_bfd(const Words& words) {
    const auto peer = *Address::parse(words[1]);
    const auto found = std::ranges::find_if(bfd_, [&](const bfd::Wanted& one) { return one.path.peer == peer; });
    ensure(found != bfd_.end());
    using enum bfd::State;
    if (words[2] == "facts") {
        const bfd::Facts facts{.state = Up,
                               .remote_state = Up,
                               .local_discriminator = 7,
                               .remote_discriminator = 9,
                               .transmit_interval = std::chrono::milliseconds{300},
                               .receive_interval = std::chrono::milliseconds{300},
                               .detection_time = std::chrono::milliseconds{900},
                               .remote_multiplier = 3,
                               .since = now_,
                               .sent = 12,
                               .received = 11,
                               .times_up = 1};
        return give(speaker::BfdFacts{found->id, facts});
    }
    const auto change = words[2] == "up"     ? bfd::Change{.before = Init, .after = Up, .remote = Up}
                        : words[2] == "down" ? bfd::Change{.before = Up,
                                                           .after = Down,
                                                           .diagnostic = bfd::Diagnostic::DetectionTimeExpired,
                                                           .remote = Up}
                                             : bfd::Change{.before = Up,
                                                           .after = Down,
                                                           .diagnostic = bfd::Diagnostic::NeighborSignaledDown,
                                                           .remote = AdminDown};
    give(speaker::BfdChanged{found->id, change});
}

void Player::ask_why(const std::string& subject) {
    const auto view = std::get<speaker::WhyView>(speaker_.answer(now_, speaker::AskWhy{subject, ""}));
    line(view.verdict);
    for (const auto& stage : view.stages)
        line("  " + stage.stage + (stage.session.empty() ? "" : " " + stage.session) +
             (stage.passed ? ": " : " STOPPED: ") + stage.sentence);
}

void Player::drill(const Words& words) {
    if (words[1] == "end") {
        order({.what = speaker::Order::What::DrillEnd, .name = {}});
        return;
    }
    speaker::Order wanted{.what = speaker::Order::What::Drill, .name = words[1]};
    wanted.span = std::chrono::seconds{number(words[2])};
    wanted.force = words.size() > 3 && words[3] == "force";
    order(wanted);
}

void Player::ask_drills() {
    const auto view = std::get<speaker::DrillsView>(speaker_.answer(now_, speaker::AskDrills{}));
    for (const auto& drill : view.drills) {
        const auto at = [](const std::optional<double>& seconds) { return seconds ? std::to_string(*seconds) : "-"; };
        line(drill.link + " " + drill.state + " " + drill.outcome + ": " + drill.reason);
        line("  " + std::to_string(drill.by_other) + " by the other, " + std::to_string(drill.elsewhere) +
             " elsewhere, " + std::to_string(drill.missing) + " missing of " + std::to_string(drill.prefixes) +
             ", after " + std::to_string(drill.prefixes_after));
        line("  off " + at(drill.off_link_seconds) + " verified " + at(drill.verified_seconds) + " shut " +
             at(drill.shut_seconds) + " established " + at(drill.established_seconds) + " whole " +
             at(drill.whole_seconds));
    }
}

void Player::ask_routes() {
    const auto page = std::get<speaker::RoutesPage>(speaker_.answer(now_, speaker::AskRoutes{}));
    for (const auto& route : page.routes) {
        std::string hops;
        for (const auto& hop : route.next_hops) hops += " " + hop.address;
        line(route.prefix.to_string() + " via" + hops + " path=" + route.as_path + " fib=" + route.fib);
    }
}

void Player::give(const speaker::Input& input) {
    speaker_.handle(now_, input);
    turn();
}

/// Turns until nothing moves any more; the kernel answers at once.
void Player::turn() {
    do {
        for (const auto& output : speaker_.turn(now_)) write(output);
        for (const auto& octets : std::exchange(answers_, {})) speaker_.handle(now_, speaker::KernelReplied{octets});
        for (const auto& octets : std::exchange(news_, {})) speaker_.handle(now_, speaker::KernelNews{octets});
    } while (speaker_.has_work());
}

void Player::write(const speaker::Output& output) {
    std::visit(Overloaded{
                   [&](const speaker::TcpConnect& dial) {
                       connections_[dial.peer.to_string()] = dial.connection;
                       peers_[dial.connection.value] = dial.peer.to_string();
                       line("dial " + dial.peer.to_string());
                   },
                   [&](const speaker::TcpSend& send) {
                       write_message(peers_.at(send.connection.value), send.octets);
                       speaker_.handle(now_, speaker::TcpSent{send.connection, send.octets.size()});
                   },
                   [&](const speaker::TcpRekey& rekey) { line("rekey " + peers_.at(rekey.connection.value)); },
                   [&](const speaker::TcpClose& close) { line("close " + peers_[close.connection.value]); },
                   [&](const speaker::Listen& listen) {
                       for (const auto& address : listen.addresses) line("listen " + address.local.to_string());
                   },
                   [&](const speaker::KernelSend& batch) { kernel(batch.octets); },
                   [&](const speaker::KernelAsk& ask) { news_.push_back(kernel_.request(ask.octets)); },
                   [&](const speaker::BfdSessions& sessions) {
                       bfd_ = sessions.sessions;
                       for (const auto& one : bfd_) line("bfd with " + one.path.peer.to_string());
                       if (bfd_.empty()) line("no bfd");
                   },
                   [&](const speaker::Event& event) { write(event); },
               },
               output);
}

void Player::write(const speaker::Event& event) {
    std::string text = "event " + std::string{speaker::event_id(event.kind)};
    if (const auto subject = speaker::event_subject(event.kind); !subject.empty()) text += " " + std::string{subject};
    if (const auto* down = std::get_if<speaker::SessionDown>(&event.kind))
        text += ": " + session::describe(down->reason);
    if (const auto* failed = std::get_if<speaker::SessionFailed>(&event.kind))
        text += ": " + session::describe(failed->reason);
    if (const auto* change = std::get_if<speaker::RedundancyChanged>(&event.kind))
        text += ": " + change->before + " -> " + change->after;
    if (const auto* retained = std::get_if<speaker::RoutesRetained>(&event.kind))
        text +=
            ": " + std::to_string(retained->routes) + " for " + std::to_string(retained->restart_time.count()) + " s";
    if (const auto* released = std::get_if<speaker::RoutesReleased>(&event.kind))
        text += ": " + std::to_string(released->routes) + ", " + released->why;
    if (const auto* swept = std::get_if<speaker::RefreshSwept>(&event.kind))
        text += ": " + std::to_string(swept->routes) + ", " + swept->why;
    if (const auto* ignored = std::get_if<speaker::RefreshIgnored>(&event.kind)) text += ": " + ignored->why;
    if (const auto* rekeyed = std::get_if<speaker::SessionRekeyed>(&event.kind)) text += ": " + rekeyed->what;
    if (const auto* damaged = std::get_if<speaker::UpdateDamaged>(&event.kind))
        text += ": " + damaged->severity + ", " + damaged->what;
    line(text);
    journal_.record(event);
}

void Player::write_message(const std::string& peer, Bytes octets) {
    while (!octets.empty()) {
        const auto message = wire::next_message(octets);
        ensure(message.has_value() && message->has_value());
        line(peer + " < " + message_text(**message));
        octets = octets.subspan((*message)->whole.size());
    }
}

/// What the batch did to the kernel's tables, in numbers.
void Player::kernel(Bytes request) {
    kernel_.reset_counts();
    answers_.push_back(kernel_.request(request));
    const auto& counts = kernel_.counts();
    if (counts.dumps > 0) return;
    line("kernel: " + std::to_string(counts.nexthop_writes()) + " nexthop, " + std::to_string(counts.routes_added) +
         " added, " + std::to_string(counts.routes_replaced) + " replaced, " + std::to_string(counts.routes_deleted) +
         " deleted" + (counts.refused > 0 ? ", " + std::to_string(counts.refused) + " refused" : ""));
}

}  // namespace dyad::scenario
