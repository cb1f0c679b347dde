#include "shell/control_request.hpp"

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <utility>

#include "dyad/wire/notification.hpp"

namespace dyad::shell {

namespace {

using namespace speaker;
namespace json = boost::json;

/// Nothing we know is nested at all.
constexpr std::size_t kMaxDepth = 4;

/// Takes keys out of a request; what is left at the end was not known. The first complaint stays.
class Keys {
public:
    explicit Keys(json::object object) : object_(std::move(object)) {}

    std::string text(std::string_view key) {
        const auto value = take(key);
        if (value.is_null()) return {};
        if (value.is_string()) return std::string{value.get_string()};
        return complain(key, "text"), std::string{};
    }
    bool flag(std::string_view key) {
        const auto value = take(key);
        if (value.is_null()) return false;
        if (value.is_bool()) return value.get_bool();
        return complain(key, "true or false"), false;
    }
    std::optional<std::int64_t> number(std::string_view key) {
        const auto value = take(key);
        if (value.is_null()) return std::nullopt;
        if (value.is_int64() && value.get_int64() >= 0) return value.get_int64();
        complain(key, "a whole number");
        return std::nullopt;
    }
    std::optional<Prefix> prefix(std::string_view key) {
        const auto written = text(key);
        if (written.empty()) return std::nullopt;
        const auto parsed = Prefix::parse(written);
        if (parsed) return *parsed;
        complain(key, "a prefix without host bits");
        return std::nullopt;
    }
    void complain(std::string_view key, std::string_view wanted) {
        if (complaint_.empty()) complaint_ = std::string{key} + " must be " + std::string{wanted};
    }
    /// "" when all was well.
    std::string complaint() const {
        if (!complaint_.empty() || object_.empty()) return complaint_;
        return "unknown key " + std::string{object_.begin()->key()};
    }

private:
    json::value take(std::string_view key) {
        const auto at = object_.find(key);
        if (at == object_.end()) return nullptr;
        json::value value = std::move(at->value());
        object_.erase(at);
        return value;
    }

    json::object object_;
    std::string complaint_;
};

RouteFilter filter(Keys& keys) {
    const auto name = keys.text("filter");
    if (name.empty() || name == "loc_rib") return RouteFilter::LocRib;
    if (name == "received") return RouteFilter::Received;
    if (name == "accepted") return RouteFilter::Accepted;
    if (name == "rejected") return RouteFilter::Rejected;
    if (name == "sent") return RouteFilter::Sent;
    if (name == "withheld") return RouteFilter::Withheld;
    keys.complain("filter", "loc_rib, received, accepted, rejected, sent or withheld");
    return RouteFilter::LocRib;
}

AskRoutes routes(Keys& keys) {
    AskRoutes ask;
    ask.filter = filter(keys);
    ask.session = keys.text("session");
    ask.prefix = keys.prefix("prefix");
    ask.longer = keys.flag("longer");
    if (auto community = keys.text("community"); !community.empty()) ask.community = std::move(community);
    if (ask.filter != RouteFilter::LocRib && ask.session.empty()) {
        keys.complain("session", "given with a filter");
    }
    return ask;
}

AskEvents events(Keys& keys) {
    AskEvents ask;
    ask.follow = keys.flag("follow");
    if (const auto seconds = keys.number("since_seconds")) ask.since = std::chrono::seconds{*seconds};
    return ask;
}

AskWhy why(Keys& keys) {
    AskWhy ask;
    ask.subject = keys.text("subject");
    ask.sent_to = keys.text("sent_to");
    if (ask.subject.empty()) keys.complain("subject", "an address or a prefix");
    return ask;
}

/// A minute at the shortest would be no trial for a lab; a day at the longest.
std::optional<std::chrono::seconds> span(Keys& keys) {
    constexpr std::int64_t kDay = 86'400;
    const auto seconds = keys.number("seconds");
    if (!seconds) return std::nullopt;
    if (*seconds < 1 || *seconds > kDay) keys.complain("seconds", "1 to 86400, a day");
    return std::chrono::seconds{*seconds};
}

AskDiff diff(Keys& keys) {
    AskDiff ask{.name = keys.text("name")};
    const auto seconds = keys.number("since_seconds");
    if (!seconds) keys.complain("since_seconds", "given");
    constexpr std::int64_t kLongest = 100LL * 366 * 86'400;  // within 64 bits of nanoseconds
    ask.since = std::chrono::seconds{std::min(seconds.value_or(0), kLongest)};
    return ask;
}

Order order(Order::What what, Keys& keys) {
    Order order{.what = what, .name = keys.text("name"), .text = {}};
    const bool drill = what == Order::What::Drill;
    const bool of_link = drill || what == Order::What::Drain || what == Order::What::Undrain;
    if (what == Order::What::Reset || drill) order.text = keys.text("text");
    if (what == Order::What::Drain || drill) order.force = keys.flag("force");
    if (drill) order.span = span(keys);
    if (order.name.empty()) keys.complain("name", of_link ? "a link" : "a session or a peering");
    if (order.text.size() > wire::kMaxShutdownTextOctets) keys.complain("text", "255 octets at most (RFC 9003)");
    return order;
}

std::optional<ControlRequest> request(const std::string& what, Keys& keys) {
    if (what == "summary") return Query{AskSummary{}};
    if (what == "peering") return Query{AskPeering{keys.text("name")}};
    if (what == "session") return Query{AskSession{keys.text("name")}};
    if (what == "doctor") return Query{AskDoctor{.name = keys.text("name")}};
    if (what == "arp") return Query{AskArp{}};
    if (what == "diff") return Query{diff(keys)};
    if (what == "drills") return Query{AskDrills{}};
    if (what == "fib") return Query{AskFib{}};
    if (what == "limits") return Query{AskLimits{}};
    if (what == "bfd") return Query{AskBfd{}};
    if (what == "routes") return Query{routes(keys)};
    if (what == "why") return Query{why(keys)};
    if (what == "config") return AskConfig{};
    if (what == "events") return events(keys);
    if (what == "reload") return AskReload{};
    if (what == "reset") return order(Order::What::Reset, keys);
    if (what == "refresh") return order(Order::What::Refresh, keys);
    if (what == "clear") return order(Order::What::Clear, keys);
    if (what == "drain") return order(Order::What::Drain, keys);
    if (what == "undrain") return order(Order::What::Undrain, keys);
    if (what == "drill") return order(Order::What::Drill, keys);
    if (what == "drill_end") return Order{.what = Order::What::DrillEnd, .name = {}};
    return std::nullopt;
}

}  // namespace

std::expected<ControlRequest, std::string> parse_request(std::string_view line) {
    if (line.size() > kMaxRequestOctets) return std::unexpected("the request is too long");
    boost::system::error_code error;
    json::parse_options options;
    options.max_depth = kMaxDepth;
    const auto value = json::parse(json::string_view{line.data(), line.size()}, error, {}, options);
    if (error) return std::unexpected("the request is not JSON: " + error.message());
    if (!value.is_object()) return std::unexpected("the request must be a JSON object on one line");
    Keys keys{value.get_object()};
    const auto what = keys.text("ask");
    auto parsed = request(what, keys);
    if (!parsed)
        return std::unexpected(
            "ask must be summary, peering, session, routes, fib, bfd, limits, why, config, events, reload, reset, "
            "refresh, clear, drain, undrain, drill, drill_end, drills, diff, doctor or arp");
    if (auto complaint = keys.complaint(); !complaint.empty()) return std::unexpected(std::move(complaint));
    return *std::move(parsed);
}

}  // namespace dyad::shell
