#include "mrt/file.hpp"

#include "dyad/base/reader.hpp"
#include "dyad/wire/message.hpp"
#include "dyad/wire/update.hpp"
#include "mrt/rib_entry.hpp"

namespace dyad::mrt {

namespace {

/// RFC 6396 4.3, RFC 8050 section 4.
enum TableDumpSubtype : std::uint16_t {
    kPeerIndexTable = 1,
    kRibIpv4Unicast = 2,
    kRibIpv6Unicast = 4,
    kRibIpv4UnicastAddPath = 8,
    kRibIpv6UnicastAddPath = 10,
};

/// RFC 6396 4.4, RFC 8050 section 3: what sort of record a BGP4MP subtype is.
struct MessageKind {
    bool message = false;  ///< else a state change, or unknown
    bool four_octet_as = false;
    bool add_path = false;
    bool local = false;  ///< sent by the collector, not heard by it
};

MessageKind kind_of(std::uint16_t subtype) {
    switch (subtype) {
        case 1:
            return {.message = true};
        case 4:
            return {.message = true, .four_octet_as = true};
        case 6:
            return {.message = true, .local = true};
        case 7:
            return {.message = true, .four_octet_as = true, .local = true};
        case 8:
            return {.message = true, .add_path = true};
        case 9:
            return {.message = true, .four_octet_as = true, .add_path = true};
        case 10:
            return {.message = true, .add_path = true, .local = true};
        case 11:
            return {.message = true, .four_octet_as = true, .add_path = true, .local = true};
        default:
            return {};
    }
}

/// An AS number of two or four octets.
Asn read_asn(Reader& in, bool four_octets) { return Asn{four_octets ? in.u32() : in.u16()}; }

Address read_address(Reader& in, Family family) {
    return Address::from_bytes(in.bytes(address_octets(family))).value_or(Address{});
}

/// A table holds routes of iBGP neighbours too, and what they carried is part of the route: nothing is discarded
/// for having come over eBGP.
constexpr wire::AttributeContext context(bool four_octet_as) {
    return {.four_octet_as = four_octet_as, .external = false};
}

std::vector<Prefix> prefixes_of(wire::NlriField field) {
    std::vector<Prefix> prefixes;
    wire::NlriCursor cursor{field};
    while (const auto prefix = cursor.next()) prefixes.push_back(*prefix);
    return prefixes;
}

}  // namespace

std::optional<Item> File::next() {
    while (items_.empty()) {
        const auto record = records_.next();
        if (!record) return std::nullopt;
        ++count_;
        if (*record)
            read(**record);
        else
            items_.push_back(record->error());
    }
    auto item = std::move(items_.front());
    items_.pop_front();
    return item;
}

void File::read(const Record& record) {
    if (record.type == kTableDumpV2) return read_table_dump(record);
    if (record.type == kBgp4mp || record.type == kBgp4mpEt) return read_message(record);
}

void File::read_table_dump(const Record& record) {
    if (record.subtype == kPeerIndexTable) return read_peer_index(record);
    if (record.subtype == kRibIpv4Unicast) return read_rib(record, Family::Ipv4, 0);
    if (record.subtype == kRibIpv6Unicast) return read_rib(record, Family::Ipv6, 0);
    if (record.subtype == kRibIpv4UnicastAddPath) return read_rib(record, Family::Ipv4, 4);
    if (record.subtype == kRibIpv6UnicastAddPath) return read_rib(record, Family::Ipv6, 4);
}

/// RFC 6396 4.3.1.
void File::read_peer_index(const Record& record) {
    Reader in{record.body};
    in.u32();            // collector's BGP identifier
    in.bytes(in.u16());  // view name
    const auto count = in.u16();
    std::vector<Neighbor> peers;
    for (unsigned i = 0; i < count && !in.failed(); ++i) {
        const auto type = in.u8();
        in.u32();  // the peer's BGP identifier
        const auto address = read_address(in, (type & 1) != 0 ? Family::Ipv6 : Family::Ipv4);
        const auto asn = read_asn(in, (type & 2) != 0);
        peers.push_back({address, asn});
    }
    if (in.failed())
        return fault(record.offset, "PEER_INDEX_TABLE ends before its " + std::to_string(count) + " peers");
    peers_ = std::move(peers);
}

/// RFC 6396 4.3.2 and 4.3.4; RFC 8050 4.1 puts a path identifier into each entry.
void File::read_rib(const Record& record, Family family, std::size_t path_id_octets) {
    Reader in{record.body};
    in.u32();  // sequence number
    const auto length = in.u8();
    if (length > address_bits(family))
        return fault(record.offset, "a prefix of " + std::to_string(length) + " bits in a RIB record");
    std::array<std::uint8_t, 16> octets{};
    const auto given = in.bytes((length + 7u) / 8);
    std::copy(given.begin(), given.end(), octets.begin());
    const Prefix prefix{*Address::from_bytes(Bytes{octets}.first(address_octets(family))), length};

    const auto count = in.u16();
    for (unsigned i = 0; i < count; ++i) {
        const auto at = record.body_offset + in.offset();
        const auto peer = in.u16();
        const auto seconds = in.u32();
        in.bytes(path_id_octets);
        const auto block = in.bytes(in.u16());
        if (in.failed())
            return fault(at, "RIB entry " + std::to_string(i + 1) + " of " + std::to_string(count) + " is cut off");
        if (peer >= peers_.size()) {
            fault(at, "RIB entry of peer " + std::to_string(peer) + ", the index has " + std::to_string(peers_.size()));
            continue;
        }
        auto attributes = decode_rib_attributes(block);
        if (!attributes) {
            fault(at, attributes.error());
            continue;
        }
        items_.push_back(News{
            .neighbor = peers_[peer], .seconds = seconds, .announced = {prefix}, .attributes = std::move(*attributes)});
    }
}

/// RFC 6396 4.4.2 and 4.4.3.
void File::read_message(const Record& record) {
    const auto kind = kind_of(record.subtype);
    if (!kind.message || kind.local) return;
    Reader in{record.body};
    Neighbor neighbor;
    neighbor.asn = read_asn(in, kind.four_octet_as);
    read_asn(in, kind.four_octet_as);  // the collector's
    in.u16();                          // interface index
    const auto afi = in.u16();
    if (!in.failed() && afi != 1 && afi != 2)
        return fault(record.offset, "a BGP4MP record with address family " + std::to_string(afi));
    const auto family = static_cast<Family>(afi);
    neighbor.address = read_address(in, family);
    read_address(in, family);  // the collector's
    in.bytes(16);              // marker
    const auto length = in.u16();
    const auto type = in.u8();
    if (in.failed()) return fault(record.offset, "a BGP4MP record that ends before its message's body");
    // Longer than 4,096 octets is allowed: the neighbour may have agreed on RFC 8654 with the collector.
    if (length < wire::kHeaderOctets || length - wire::kHeaderOctets > in.remaining())
        return fault(record.offset, "a BGP message of " + std::to_string(length) +
                                        " octets in a record with room for " +
                                        std::to_string(in.remaining() + wire::kHeaderOctets));
    if (type != static_cast<std::uint8_t>(wire::MessageType::Update)) return;
    if (kind.add_path) return fault(record.offset, "UPDATEs with path identifiers (RFC 8050 section 3) are not read");
    read_update(record, neighbor, in.bytes(length - wire::kHeaderOctets), kind.four_octet_as);
}

void File::read_update(const Record& record, const Neighbor& neighbor, Bytes body, bool four_octet_as) {
    const auto update = wire::parse_update(body);
    if (!update) return fault(record.offset, update.error().what);
    for (const auto& error : update->disabled) fault(record.offset, error.what);

    News v4{.neighbor = neighbor, .seconds = record.seconds, .microseconds = record.microseconds};
    News mp = v4;
    v4.withdrawn = prefixes_of(update->withdrawn);
    v4.announced = prefixes_of(update->announced);
    if (update->mp_withdrawn) mp.withdrawn = prefixes_of(*update->mp_withdrawn);
    if (update->mp_announced) mp.announced = prefixes_of(*update->mp_announced);

    if (update->announces()) {
        auto decoded = wire::decode_attributes(update->attributes, context(four_octet_as));
        for (auto* news : {&v4, &mp}) {
            if (news->announced.empty()) continue;
            if (decoded) {
                news->attributes = decoded->attributes;
                if (news == &mp) news->attributes->next_hop = update->mp_next_hop;
            } else {  // RFC 7606 section 2: treat-as-withdraw
                news->withdrawn.insert(news->withdrawn.end(), news->announced.begin(), news->announced.end());
                news->announced.clear();
            }
        }
        if (!decoded) fault(record.offset, decoded.error().what);
    }
    for (auto* news : {&v4, &mp})
        if (!news->withdrawn.empty() || !news->announced.empty()) items_.push_back(std::move(*news));
}

}  // namespace dyad::mrt
