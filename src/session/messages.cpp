#include "session/collision.hpp"
#include "session/negotiation.hpp"
#include "session/parts.hpp"

namespace dyad::session {

using fsm::EventNumber;

namespace {

bool is_collision(const wire::Notification& notification) {
    return notification.code == wire::ErrorCode::Cease && notification.subcode == wire::subcode::kCollisionResolution;
}

/// The peer did not want our call now (RFC 4486 section 4).
bool is_rejection(const wire::Notification& notification) {
    return notification.code == wire::ErrorCode::Cease && notification.subcode == wire::subcode::kConnectionRejected;
}

}  // namespace

std::optional<wire::MessageView> Session::Parts::read(Instant now, Connection& at) {
    while (at.has_tcp()) {
        const auto most = at.offer == Offer::Everything ? max_received_octets(parameters) : wire::kMaxMessageOctets;
        auto message = at.received.next(most);
        if (!message) {
            run(now, at, {.number = EventNumber::BgpHeaderErr, .notification = std::move(message.error())});
            return std::nullopt;
        }
        if (!*message) return std::nullopt;
        const auto type = (*message)->type;
        ++counters.received.at(static_cast<std::size_t>(type));
        handle(now, at, **message);
        const bool owners = type == wire::MessageType::Update || type == wire::MessageType::RouteRefresh;
        if (owners && at.name() == State::Established) return *message;
    }
    return std::nullopt;
}

void Session::Parts::handle(Instant now, Connection& at, const wire::MessageView& message) {
    switch (message.type) {
        case wire::MessageType::Open:
            return open_received(now, at, message.body());
        case wire::MessageType::Update:
            return run(now, at, {EventNumber::UpdateMsg});
        case wire::MessageType::Notification:
            return notification_received(now, at, message.body());
        case wire::MessageType::Keepalive:
            return run(now, at, {EventNumber::KeepAliveMsg});
        case wire::MessageType::RouteRefresh:
            return run(now, at, {EventNumber::RouteRefreshMsg});
    }
}

void Session::Parts::open_received(Instant now, Connection& at, Bytes body) {
    const bool delaying = fsm::delays_open(at.state);
    if (at.name() != State::OpenSent && !delaying)
        return run(now, at, {EventNumber::BgpOpen});  // unexpected (RFC 6608)

    const auto open = wire::decode_open(body);
    if (!open) return run(now, at, {.number = EventNumber::BgpOpenMsgErr, .notification = open.error()});
    if (delaying) at.offer = offer;  // our OPEN is to follow
    auto agreed = negotiate(reduced(parameters, at.offer), *open);
    if (!agreed) {
        const Reason& why = agreed.error();
        return run(now, at, {.number = EventNumber::BgpOpenMsgErr, .notification = why.notification}, why);
    }
    if (at.offer == Offer::Nothing) forget_capabilities(*agreed);
    if (resolve_collision(now, at, *agreed) == Fate::Lost) return;
    run(now, at,
        {.number = delaying ? EventNumber::BgpOpenWhileDelaying : EventNumber::BgpOpen,
         .negotiated = std::move(*agreed)});
}

/// Only a connection that has had its OPEN can be collided with; an Established one always stays.
Session::Parts::Fate Session::Parts::resolve_collision(Instant now, Connection& at, const Negotiated& agreed) {
    auto* rival = other(at);
    if (!rival || rival->name() < State::OpenConfirm) return Fate::Survives;

    const auto survivor =
        collision_survivor({parameters.router_id, parameters.local_as}, {agreed.peer_router_id, agreed.peer_as});
    const bool ours_survives = survivor == Opener::Us;
    const bool at_is_ours = &at == &ours;
    const bool rival_stays = rival->name() == State::Established || ours_survives != at_is_ours;
    run(now, rival_stays ? at : *rival, {EventNumber::OpenCollisionDump}, Reason{.cause = Cause::CollisionLost});
    return rival_stays ? Fate::Lost : Fate::Survives;
}

void Session::Parts::notification_received(Instant now, Connection& at, Bytes body) {
    auto notification = wire::decode_notification(body);
    if (!notification)
        return run(now, at, {.number = EventNumber::BgpHeaderErr, .notification = std::move(notification.error())});

    const bool about_open = notification->code == wire::ErrorCode::OpenMessage;
    const bool version = about_open && notification->subcode == wire::subcode::kUnsupportedVersion;
    Reason why = session::notification_received(*notification);
    if (about_open && notification->subcode == wire::subcode::kBadPeerAs)
        why.detail = "it expects another AS than our " + parameters.local_as.to_string();
    if (other(at) && other(at)->id() && is_collision(*notification)) why.cause = Cause::CollisionLost;
    if (refused(at, *notification) == Again::WithLess) why.detail = "trying again " + words(offer);
    // A call that is not wanted has failed as one that is refused by TCP: we listen, and call again after the retry time.
    // Counted as a failure, two speakers could keep each other out for ever, each held in Idle when the other calls.
    if (is_rejection(*notification) && at.name() < State::OpenConfirm) {
        drop(at.id());
        return run(now, at, {EventNumber::TcpConnectionFails}, std::move(why));
    }
    run(now, at, {version ? EventNumber::NotifMsgVerErr : EventNumber::NotifMsg}, std::move(why));
}

Session::Parts::Again Session::Parts::refused(const Connection& at, const wire::Notification& notification) {
    const bool about_offer = notification.code == wire::ErrorCode::OpenMessage &&
                             (notification.subcode == wire::subcode::kUnsupportedOptionalParameter ||
                              notification.subcode == wire::subcode::kUnsupportedCapability);
    const bool answers_open = at.name() == State::OpenSent || at.name() == State::OpenConfirm;
    if (!about_offer || !answers_open) return Again::No;
    if (at.offer != offer) return Again::WithLess;  // both connections' OPENs were refused
    const auto less = less_than(offer, parameters, notification);
    offer = less.value_or(Offer::Everything);  // nothing helped: from the beginning
    return less ? Again::WithLess : Again::No;
}

}  // namespace dyad::session
