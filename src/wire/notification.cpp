#include "dyad/wire/notification.hpp"

#include <algorithm>

#include "dyad/base/reader.hpp"
#include "wire/envelope.hpp"
#include "wire/utf8.hpp"

namespace dyad::wire {
namespace {

bool may_carry_text(ErrorCode code, std::uint8_t subcode) {
    return code == ErrorCode::Cease &&
           (subcode == subcode::kAdministrativeShutdown || subcode == subcode::kAdministrativeReset);
}

}  // namespace

std::expected<Notification, Notification> decode_notification(Bytes body) {
    Reader in{body};
    Notification notification;
    notification.code = static_cast<ErrorCode>(in.u8());
    notification.subcode = in.u8();
    if (in.failed()) return std::unexpected(bad_message_length(kHeaderOctets + body.size()));
    const Bytes data = in.rest();
    notification.data.assign(data.begin(), data.end());
    return notification;
}

std::vector<std::uint8_t> encode_notification(const Notification& notification) {
    return whole_message(MessageType::Notification, [&](Writer& out) {
        out.u8(static_cast<std::uint8_t>(notification.code));
        out.u8(notification.subcode);
        out.bytes(Bytes{notification.data}.first(std::min(notification.data.size(), out.room())));
    });
}

std::string shutdown_text(const Notification& notification) {
    const Notification cause = inside_hard_reset(notification).value_or(notification);
    if (!may_carry_text(cause.code, cause.subcode)) return {};
    Reader in{cause.data};
    const Bytes text = in.bytes(in.u8());
    // RFC 9003 section 2: invalid UTF-8 must not be interpreted.
    if (in.failed() || valid_utf8_octets(text) != text.size()) return {};
    return {text.begin(), text.end()};
}

Notification cease(std::uint8_t subcode, const std::string& text) {
    Notification notification{ErrorCode::Cease, subcode, {}};
    if (text.empty() || !may_carry_text(ErrorCode::Cease, subcode)) return notification;
    const auto fits = std::min(text.size(), kMaxShutdownTextOctets);
    std::vector<std::uint8_t> octets(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(fits));
    octets.resize(valid_utf8_octets(octets));
    if (octets.empty()) return notification;
    notification.data.push_back(static_cast<std::uint8_t>(octets.size()));
    notification.data.insert(notification.data.end(), octets.begin(), octets.end());
    return notification;
}

Notification hard_reset(const Notification& inside) {
    Notification outer{ErrorCode::Cease, subcode::kHardReset, {static_cast<std::uint8_t>(inside.code), inside.subcode}};
    outer.data.insert(outer.data.end(), inside.data.begin(), inside.data.end());
    return outer;
}

std::optional<Notification> inside_hard_reset(const Notification& outer) {
    if (outer.code != ErrorCode::Cease || outer.subcode != subcode::kHardReset || outer.data.size() < 2)
        return std::nullopt;
    return Notification{
        static_cast<ErrorCode>(outer.data[0]), outer.data[1], {outer.data.begin() + 2, outer.data.end()}};
}

std::optional<PrefixLimit> prefix_limit(const Notification& notification) {
    const bool meant = notification.code == ErrorCode::Cease && notification.subcode == subcode::kMaximumPrefixes;
    constexpr std::size_t kOctets = 7;
    if (!meant || notification.data.size() != kOctets) return std::nullopt;
    Reader in{notification.data};
    PrefixLimit told;
    told.afi = in.u16();
    told.safi = in.u8();
    told.limit = in.u32();
    return told;
}

}  // namespace dyad::wire
