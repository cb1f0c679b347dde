#include <algorithm>

#include "config/martians.hpp"
#include "config/readers.hpp"
#include "config/text.hpp"

/// The way round a pair of links: a gateway of a peering, or a neighbour whose routes only stand in.
namespace dyad::config {
namespace {

/// Azure's VPN gateways speak with this AS unless they were given another (facts of ExpressRoute, F5.12).
constexpr Asn kVpnGateway{65515};

void read_use(const Fields& fields, BackupUse& use) {
    fields.read("metric", use.metric);
    fields.read("hold", use.hold);
}

std::optional<std::vector<Prefix>> read_prefixes(const Fields& fields, Family family, Draft& draft) {
    const auto* value = fields.find("prefixes");
    const auto* list = value == nullptr ? nullptr : value->as<Array>();
    if (list == nullptr) return std::nullopt;
    std::vector<Prefix> prefixes;
    for (const auto& element : *list) {
        const auto* text = element.as<std::string>();
        if (text == nullptr) {
            draft.notes.error(element.place, "an element of prefixes cannot be a table",
                              {.mark = "wants a prefix such as \"10.1.0.0/16\""});
            continue;
        }
        const auto prefix = read_prefix(*text, element.place, draft.notes);
        if (prefix && prefix->family() != family)
            draft.notes.error(element.place, prefix->to_string() + " and the gateway are of different families");
        if (prefix) prefixes.push_back(*prefix);
    }
    std::ranges::sort(prefixes);
    const auto repeated = std::ranges::unique(prefixes);
    prefixes.erase(repeated.begin(), repeated.end());
    return prefixes;
}

}  // namespace

void read_backup(const Fields& peering, const Party& party, std::optional<Backup>& backup, Draft& draft) {
    const auto fields = table_at(peering, "backup", Section::Backup, draft);
    if (!fields) return;
    if (party.is_public_side())
        draft.notes.error(fields->place(), "only private peering can have a backup",
                          {.mark = "the Internet is Microsoft peering's"});
    const auto gateway = fields->address("gateway");
    if (!fields->has("gateway"))
        draft.notes.error(fields->place(), "backup has no gateway",
                          {.mark = "the tunnel's far end, as  gateway = \"10.255.0.2\""});
    if (gateway && !is_unicast(*gateway))
        draft.notes.error(fields->place("gateway"), gateway->to_string() + " is no host's address");
    backup.emplace();
    backup->place = fields->place();
    backup->gateway = gateway.value_or(Address{});
    fields->read("interface", backup->interface);
    if (fields->find("interface")) check_interface(backup->interface, fields->place("interface"), draft.notes);
    backup->prefixes = read_prefixes(*fields, backup->gateway.family(), draft);
    read_use(*fields, backup->use);
}

void read_backup(const Fields& fields, Neighbor& neighbor, Draft& draft) {
    const bool internal = neighbor.asn == draft.config.asn;
    if (neighbor.asn == kVpnGateway && !internal) neighbor.backup.emplace();
    const auto* value = fields.find("backup");
    if (value != nullptr) {
        const auto* flag = value->as<bool>();
        neighbor.backup.reset();
        if (flag == nullptr || *flag) neighbor.backup.emplace();
        if (flag == nullptr) read_use(*table_at(fields, "backup", Section::NeighborBackup, draft), *neighbor.backup);
        if (neighbor.backup && internal)
            draft.notes.error(fields.place("backup"), "a backup inside the AS",
                              {.mark = "local_preference ranks iBGP's routes"});
    }
    if (neighbor.backup && neighbor.multihop > 1 && !fields.has("interface"))
        draft.notes.warning(
            neighbor.place, neighbor.name + " is several hops away and has no interface",
            {.mark = "its routes would have no way",
             .hint = "name the tunnel:  interface = \"ipsec0\", and a host route to the neighbor over it"});
}

}  // namespace dyad::config
