#include "speaker/damage_log.hpp"

#include <algorithm>
#include <string_view>

namespace dyad::speaker {
namespace {

std::string hex(Bytes octets, std::size_t most) {
    std::string text;
    constexpr std::string_view kDigits = "0123456789abcdef";
    for (const auto octet : octets.first(std::min(octets.size(), most))) {
        text += kDigits[octet >> 4];
        text += kDigits[octet & 15];
    }
    if (octets.size() > most) text += "…";
    return text;
}

std::string severity_name(wire::Severity severity) {
    switch (severity) {
        case wire::Severity::AttributeDiscard:
            return "attribute-discard";
        case wire::Severity::TreatAsWithdraw:
            return "treat-as-withdraw";
        case wire::Severity::AfiSafiDisable:
            return "afi-safi-disable";
        case wire::Severity::SessionReset:
            return "session-reset";
    }
    return "";
}

}  // namespace

DamageLog::Told& DamageLog::told(const wire::UpdateError& error) {
    const Kind kind{error.severity, error.attribute};
    const bool room = kinds_.size() < kMostKinds || kinds_.contains(kind);
    return kinds_[room ? kind : Kind{error.severity, 0}];
}

std::optional<UpdateDamaged> DamageLog::note(Instant now, const std::string& session, const wire::UpdateError& error,
                                             Bytes message, const RoutesOfUpdate& routes) {
    UpdateDamaged event{.session = session,
                        .severity = severity_name(error.severity),
                        .what = error.what,
                        .octets = hex(error.data, kShownOctets),
                        .routes = routes.count,
                        .prefixes = routes.first};
    auto& kind = told(error);
    if (now < kind.until) {
        ++kind.since;
        kind.last = std::move(event);
        return std::nullopt;
    }
    event.times += std::exchange(kind.since, 0);
    kind.until = now + kPause;
    if (!message_until_ || now >= *message_until_) {
        event.message = hex(message, kShownMessage);
        message_until_ = now + kPause;
    }
    return event;
}

std::vector<UpdateDamaged> DamageLog::due(Instant now) {
    std::vector<UpdateDamaged> events;
    for (auto& [kind, told] : kinds_) {
        if (told.since == 0 || now < told.until) continue;
        told.last.times = std::exchange(told.since, 0);
        told.until = now + kPause;
        events.push_back(std::move(told.last));
    }
    std::erase_if(kinds_, [&](const auto& one) { return one.second.since == 0 && now >= one.second.until; });
    return events;
}

std::optional<Instant> DamageLog::deadline() const {
    std::optional<Instant> deadline;
    for (const auto& [kind, told] : kinds_)
        if (told.since > 0) deadline = earlier(deadline, told.until);
    return deadline;
}

}  // namespace dyad::speaker
