#include "decode/agreed.hpp"

#include <algorithm>

#include "dyad/wire/framer.hpp"
#include "wire/as_path_codec.hpp"
#include "wire/raw_attribute.hpp"

namespace dyad::decode {
namespace {

using wire::AsWidth;
using wire::AttributeType;
using wire::Multiprotocol;

constexpr std::uint8_t kMulticast = 2, kLabelled = 4, kVpn = 128;

/// Counts what can be read in one of two ways only.
void vote(bool yes, bool no, Votes& votes) {
    if (yes && !no) ++votes.yes;
    if (no && !yes) ++votes.no;
}

enum class Ids : bool { No, Yes };

/// Bits a route's length may say in a family whose routes begin with it; nothing for other families.
std::optional<std::size_t> most_bits(const Multiprotocol& family) {
    if (family.afi != 1 && family.afi != 2) return std::nullopt;
    if (family.safi == wire::kSafiUnicast || family.safi == kMulticast) return family.afi == 1 ? 32 : 128;
    if (family.safi == kLabelled || family.safi == kVpn) return 255;
    return std::nullopt;
}

/// Whether routes can be read so. Without identifiers, the small ones of a sender who has them look like default routes:
/// nobody names the same one twice.
bool reads(Bytes routes, std::size_t most, std::size_t least, Ids ids) {
    Reader in{routes};
    std::size_t defaults = 0;
    while (!in.empty()) {
        if (ids == Ids::Yes) in.u32();
        const std::size_t bits = in.u8();
        in.bytes((bits + 7) / 8);
        if (in.failed() || bits > most || bits < least) return false;
        if (bits == 0 && ++defaults == 2 && ids == Ids::No) return false;
    }
    return true;
}

void weigh_routes(Bytes routes, const Multiprotocol& family, Evidence& evidence) {
    const auto most = most_bits(family);
    if (!most || routes.empty()) return;
    constexpr std::size_t kOneLabel = 24;
    const std::size_t least = *most == 255 ? kOneLabel : 0;
    auto found = std::ranges::find(evidence.add_path, family, &Evidence::Paths::family);
    if (found == evidence.add_path.end()) found = evidence.add_path.insert(found, {family, {}});
    vote(reads(routes, *most, least, Ids::Yes), reads(routes, *most, least, Ids::No), found->with_ids);
}

void weigh_mp(Bytes value, bool reach, Evidence& evidence) {
    Reader in{value};
    const auto afi = in.u16();
    const Multiprotocol family{afi, in.u8()};
    if (reach) {
        in.bytes(in.u8());
        in.u8();
    }
    if (!in.failed()) weigh_routes(in.rest(), family, evidence);
}

void weigh_attribute(const wire::RawAttribute& attribute, Evidence& evidence) {
    const auto size = attribute.value.size();
    const auto type = static_cast<AttributeType>(attribute.type);
    if (type == AttributeType::AsPath)
        vote(wire::decode_as_path(attribute.value, AsWidth::FourOctets).has_value(),
             wire::decode_as_path(attribute.value, AsWidth::TwoOctets).has_value(), evidence.four_octet_as);
    if (type == AttributeType::Aggregator) vote(size == 8, size == 6, evidence.four_octet_as);
    // RFC 6793 section 3: only from a speaker to an old one.
    if (type == AttributeType::As4Path || type == AttributeType::As4Aggregator) ++evidence.four_octet_as.no;
    if (type == AttributeType::MpReachNlri) weigh_mp(attribute.value, true, evidence);
    if (type == AttributeType::MpUnreachNlri) weigh_mp(attribute.value, false, evidence);
}

void weigh(Bytes body, Evidence& evidence) {
    Reader in{body};
    const Bytes withdrawn = in.bytes(in.u16());
    Bytes attributes = in.bytes(in.u16());
    const Bytes announced = in.rest();
    if (in.failed()) return;
    weigh_routes(withdrawn, {1, wire::kSafiUnicast}, evidence);
    weigh_routes(announced, {1, wire::kSafiUnicast}, evidence);
    while (!attributes.empty()) {
        const auto attribute = wire::take_attribute(attributes);
        if (attribute.fit == wire::AttributeFit::Whole) weigh_attribute(attribute, evidence);
    }
}

template <class Kind>
const Kind* announced(const wire::Open& open) {
    for (const auto& capability : open.capabilities)
        if (const auto* kind = std::get_if<Kind>(&capability)) return kind;
    return nullptr;
}

/// RFC 7911 section 4: families that the one sends and the other takes.
std::vector<Multiprotocol> add_path_families(const wire::Open& sender, const wire::Open& receiver) {
    std::vector<Multiprotocol> families;
    const auto* sent = announced<wire::AddPath>(sender);
    const auto* taken = announced<wire::AddPath>(receiver);
    if (sent == nullptr || taken == nullptr) return families;
    for (const auto& offer : sent->families)
        for (const auto& wish : taken->families)
            if (offer.afi == wish.afi && offer.safi == wish.safi && offer.mode != wire::AddPathMode::Receive &&
                wish.mode != wire::AddPathMode::Send)
                families.push_back({offer.afi, offer.safi});
    return families;
}

std::string family_text(const Multiprotocol& family) {
    return std::to_string(family.afi) + "/" + std::to_string(family.safi);
}

/// What is to be believed whatever was heard.
Context said(const Options& options) {
    Context context;
    if (options.as_octets) context.four_octet_as = *options.as_octets == 4;
    if (options.add_path) context.add_path = {{1, wire::kSafiUnicast}, {2, wire::kSafiUnicast}};
    context.external = options.external;
    return context;
}

void guess_add_path(const Evidence& evidence, Reading& reading) {
    for (const auto& [family, votes] : evidence.add_path) {
        if (votes.yes == 0 || votes.no > 0 || reading.context.has_path_ids(family)) continue;
        reading.context.add_path.push_back(family);
        reading.assumptions.push_back("path identifiers (ADD-PATH) guessed for " + family_text(family) +
                                      ": without them the routes cannot be read");
    }
}

void guess_four_octet_as(const Learned& learned, Reading& reading) {
    Votes votes;
    for (const auto& evidence : learned.evidence) {
        votes.yes += evidence.four_octet_as.yes;
        votes.no += evidence.four_octet_as.no;
    }
    const auto& open = learned.opens[0] ? learned.opens[0] : learned.opens[1];
    if (open && !announced<wire::FourOctetAs>(*open)) {
        reading.context.four_octet_as = false;
        return;  // no guess: both must announce it
    }
    reading.context.four_octet_as = votes.yes >= votes.no;
    if (votes.yes + votes.no > 0)
        reading.assumptions.push_back(std::string{reading.context.four_octet_as ? "four" : "two"} +
                                      "-octet AS numbers guessed: " + std::to_string(std::max(votes.yes, votes.no)) +
                                      " attributes can be read only so");
    else
        reading.assumptions.push_back(
            open ? "four-octet AS numbers assumed: one OPEN announces them, the other was not captured"
                 : "four-octet AS numbers assumed: no OPEN was captured");
}

}  // namespace

void learn(Bytes message, std::size_t direction, Learned& learned) {
    const auto view = wire::next_message(message, wire::kMaxExtendedMessageOctets);
    if (!view || !*view) return;
    if ((*view)->type == wire::MessageType::Update) return weigh((*view)->body(), learned.evidence[direction]);
    if ((*view)->type != wire::MessageType::Open) return;
    auto open = wire::decode_open((*view)->body());
    if (!open) return;
    if (!learned.directions_known) direction = learned.opens[0] ? 1 : 0;
    learned.opens[direction] = *std::move(open);
}

Reading reading_of(const Learned& learned, std::size_t direction, const Options& options) {
    Reading reading{.context = said(options), .assumptions = {}};
    auto& context = reading.context;
    const auto& sender = learned.opens[direction];
    const auto& receiver = learned.opens[1 - direction];
    const bool both = sender && receiver;
    if (both) {
        if (!options.as_octets)
            context.four_octet_as = announced<wire::FourOctetAs>(*sender) && announced<wire::FourOctetAs>(*receiver);
        if (wire::asn_of(*sender) != wire::asn_of(*receiver)) context.external = true;
        context.extended_messages = announced<wire::ExtendedMessage>(*receiver) != nullptr;
    } else {
        // A message that long is the agreement's proof.
        context.extended_messages = true;
        if (!options.as_octets) guess_four_octet_as(learned, reading);
    }
    if (both && learned.directions_known)
        std::ranges::move(add_path_families(*sender, *receiver), std::back_inserter(context.add_path));
    else
        guess_add_path(learned.evidence[direction], reading);
    return reading;
}

}  // namespace dyad::decode
