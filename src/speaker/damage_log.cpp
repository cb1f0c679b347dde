#include "speaker/damage_log.hpp"

#include "dyad/base/hex.hpp"

namespace dyad::speaker {

DamageLog::Told& DamageLog::told(const wire::UpdateError& error) {
    const Kind kind{error.severity, error.attribute};
    const bool room = kinds_.size() < kMostKinds || kinds_.contains(kind);
    return kinds_[room ? kind : Kind{error.severity, 0}];
}

std::optional<UpdateDamaged> DamageLog::note(Instant now, const std::string& session, const wire::UpdateError& error,
                                             Bytes message, const RoutesOfUpdate& routes) {
    UpdateDamaged event{.session = session,
                        .severity = std::string{wire::to_string(error.severity)},
                        .what = error.what,
                        .octets = hex_text(error.data, kShownOctets),
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
        event.message = hex_text(message, kShownMessage);
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
