#include "decode/judge.hpp"

#include <algorithm>
#include <array>
#include <bitset>
#include <ranges>

#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"

namespace dyad::decode {
namespace {

using wire::AttributeType;
using wire::Severity;

std::string consequence_of(const wire::Notification& notification) {
    return "session-reset (NOTIFICATION " + notification.to_string() + ")";
}

std::string consequence_of(const wire::UpdateError& error) {
    if (error.severity == Severity::SessionReset) return consequence_of(error.notification());
    return std::string{to_string(error.severity)};
}

/// RFC 7606 5.3, 7.15, 7.16, RFC 7311 3.2, RFC 8669 section 6: what a fault inside an attribute leads to that our codec
/// carries on unread.
struct Unread {
    AttributeType type;
    std::string_view consequence;
};
constexpr std::array kCarriedUnread{
    Unread{AttributeType::MpReachNlri, "afi-safi-disable"}, Unread{AttributeType::MpUnreachNlri, "afi-safi-disable"},
    Unread{AttributeType{25}, "treat-as-withdraw"},         Unread{AttributeType{26}, "attribute-discard"},
    Unread{AttributeType{40}, "attribute-discard"},         Unread{AttributeType{128}, "treat-as-withdraw"}};

/// Mildest first; behind them all session resets, each with its own words.
std::size_t rank(std::string_view consequence) {
    constexpr std::array<std::string_view, 6> kOrder{
        "", "ignored", "attribute-discard", "treat-as-withdraw", "afi-safi-disable", "incomplete"};
    const auto found = std::ranges::find(kOrder, consequence);
    return static_cast<std::size_t>(found - kOrder.begin());
}

std::string worst_in(const Field& field) {
    std::string worst = field.fault ? field.fault->consequence : "";
    for (const auto& inner : field.fields)
        if (auto below = worst_in(inner); rank(below) > rank(worst)) worst = std::move(below);
    return worst;
}

/// Faults the reading found by itself get the consequence that the field around them has.
void inherit(Field& field, const std::string& consequence) {
    const auto& own = field.fault && !field.fault->consequence.empty() ? field.fault->consequence : consequence;
    if (field.fault && field.fault->consequence.empty()) field.fault->consequence = own;
    for (auto& inner : field.fields) inherit(inner, own);
}

void mark(Field& field, const wire::UpdateError& error) { field.fault = Fault{error.what, consequence_of(error)}; }
void mark(Field& field, const wire::Notification& error) {
    field.fault = Fault{error.to_string(), consequence_of(error)};
}

Field* path_attributes(Field& root) {
    const auto found = std::ranges::find(root.fields, "Path Attributes", &Field::name);
    return found != root.fields.end() ? &*found : nullptr;
}

/// Judges the parts of one UPDATE that framing let pass.
class UpdateJudge {
public:
    UpdateJudge(Bytes message, const Context& context, Field& root)
        : message_(message),
          format_{.ipv4_path_ids = context.has_path_ids({1, wire::kSafiUnicast}),
                  .ipv6_path_ids = context.has_path_ids({2, wire::kSafiUnicast}),
                  .ipv6_next_hop_of_ipv4 = true},
          context_(context.attributes()),
          root_(root),
          attributes_(path_attributes(root)) {}

    void judge() {
        const auto view = wire::parse_update(message_.subspan(wire::kHeaderOctets), format_);
        if (!view) return mark(place_of(view.error().attribute), view.error());
        for (const auto& error : view->disabled) mark(place_of(error.attribute), error);
        if (const auto error = wire::error_without_routes(*view, context_)) mark(place_of(error->attribute), *error);
        next_hop_counts_ = !view->announced.octets.empty() || !view->mp_announced;
        judge_each();
        if (view->announces()) judge_presence(*view);
    }

private:
    /// The attribute's field (of several the last: the first was good), or the message's.
    Field& place_of(std::uint8_t type) {
        if (type != 0 && attributes_ != nullptr)
            for (auto& field : attributes_->fields | std::views::reverse)
                if (field.number == type) return field;
        return root_;
    }

    void judge_each() {
        if (attributes_ == nullptr) return;
        std::bitset<256> seen;
        for (auto& field : attributes_->fields) {
            if (field.fault) continue;
            const auto type = field.octets > 1 ? message_[field.offset + 1] : std::uint8_t{0};
            if (field.number && seen[type])
                field.fault =
                    Fault{field.name + " is there twice; the first counts (RFC 7606 3.g)", "attribute-discard"};
            else
                judge_alone(field, static_cast<AttributeType>(type));
            seen.set(type);
        }
    }

    /// Behind the mandatory attributes, which are good, only this one can be at fault.
    void judge_alone(Field& field, AttributeType type) {
        if (type == AttributeType::MpReachNlri || type == AttributeType::MpUnreachNlri) return;
        if (type == AttributeType::NextHop && !next_hop_counts_) return;  // RFC 4760 section 3
        std::vector<std::uint8_t> block;
        if (type != AttributeType::Origin) block.insert(block.end(), {0x40, 1, 1, 0});
        if (type != AttributeType::AsPath) block.insert(block.end(), {0x40, 2, 0});
        const Bytes whole = message_.subspan(field.offset, field.octets);
        block.insert(block.end(), whole.begin(), whole.end());
        const auto decoded = wire::decode_attributes(block, context_);
        if (!decoded)
            mark(field, decoded.error());
        else if (!decoded->discarded.empty())
            mark(field, decoded->discarded.front());
    }

    void judge_presence(const wire::UpdateView& view) {
        std::vector<std::uint8_t> scratch;
        const auto decoded = wire::decode_attributes(wire::attributes_without_mp(view, scratch), context_);
        if (!decoded) {
            if (decoded.error().subcode == wire::subcode::kMissingWellKnown) mark(root_, decoded.error());
        } else if (!view.announced.octets.empty() && !decoded->attributes.next_hop) {
            mark(root_, wire::missing_attribute(AttributeType::NextHop));
        }
    }

    Bytes message_;
    /// IPv6 next hops of IPv4 routes are taken for agreed on: a capture tells more than its OPENs (RFC 8950).
    wire::NlriFormat format_;
    wire::AttributeContext context_;
    Field& root_;
    Field* attributes_;
    bool next_hop_counts_ = true;
};

void judge_unread_attributes(Field& root) {
    auto* attributes = path_attributes(root);
    if (attributes == nullptr) return;
    for (auto& field : attributes->fields) {
        const auto found = std::ranges::find_if(kCarriedUnread, [&](const Unread& unread) {
            return field.number == static_cast<std::uint8_t>(unread.type);
        });
        inherit(field, found != kCarriedUnread.end() ? std::string{found->consequence} : "ignored");
    }
}

template <class Decoded>
void judge_decoded(const Decoded& decoded, Field& root) {
    if (!decoded) mark(root, decoded.error());
}

void judge_body(const wire::MessageView& message, const Context& context, Field& root) {
    switch (message.type) {
        case wire::MessageType::Open:
            return judge_decoded(wire::decode_open(message.body()), root);
        case wire::MessageType::Update:
            UpdateJudge{message.whole, context, root}.judge();
            return judge_unread_attributes(root);
        case wire::MessageType::Notification:
            return judge_decoded(wire::decode_notification(message.body()), root);
        case wire::MessageType::Keepalive:
            return;
        case wire::MessageType::RouteRefresh:
            return judge_decoded(wire::decode_route_refresh(message.body()), root);
    }
}

}  // namespace

std::string judge(Bytes message, const Context& context, Field& root) {
    const auto view = wire::next_message(
        message, context.extended_messages ? wire::kMaxExtendedMessageOctets : wire::kMaxMessageOctets);
    if (!view)
        mark(root, view.error());
    else if (!*view)
        root.fault = Fault{"the message is not whole", "incomplete"};
    else
        judge_body(**view, context, root);
    // What a receiver passes over: a capability that is not as it should be (RFC 5492 section 3), data nobody reads.
    inherit(root, "ignored");
    return worst_in(root);
}

}  // namespace dyad::decode
