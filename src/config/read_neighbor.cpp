#include <algorithm>

#include "config/martians.hpp"
#include "config/readers.hpp"
#include "config/text.hpp"

namespace dyad::config {
namespace {

/// A route server of a large exchange has fewer; each costs memory and a socket.
constexpr std::size_t kMostNeighbors = 4096;

void require(const Fields& fields, std::string_view name, std::string_view example, Draft& draft) {
    if (!fields.has(name))
        draft.notes.error(fields.place(), "this neighbor has no " + std::string{name},
                          {.hint = "such as  " + std::string{name} + " = " + std::string{example}});
}

void read_addresses(const Fields& fields, Neighbor& neighbor, Draft& draft) {
    const auto address = fields.address("address");
    const auto local = fields.address("local_address");
    if (address) neighbor.address = *address;
    neighbor.local_address = local;
    fields.read("interface", neighbor.interface);
    if (fields.find("interface")) check_interface(neighbor.interface, fields.place("interface"), draft.notes);
    if (address && !is_unicast(*address))
        draft.notes.error(fields.place("address"), address->to_string() + " is no host's address");
    if (local && !is_unicast(*local))
        draft.notes.error(fields.place("local_address"), local->to_string() + " is no host's address");
    if (!address) return;
    if (address->is_link_local() && !fields.has("interface"))
        draft.notes.error(fields.place("address"), address->to_string() + " is link-local",
                          {.mark = "needs an interface"});
    if (local && local->family() != address->family())
        draft.notes.error(fields.place("local_address"), "address and local_address are of different families");
    else if (local == address)
        draft.notes.error(fields.place("address"), "address and local_address are the same");
}

void read_families(const Fields& fields, Neighbor& neighbor, Draft& draft) {
    neighbor.families = {neighbor.address.family()};
    const auto* list = fields.find("families");
    if (list == nullptr) return;
    neighbor.families.clear();
    for (const auto& element : *list->as<Array>()) {
        const auto& text = *element.as<std::string>();
        if (text == "ipv4" || text == "ipv6")
            neighbor.families.push_back(text == "ipv4" ? Family::Ipv4 : Family::Ipv6);
        else
            draft.notes.error(element.place, "unknown family " + quoted(text), {.mark = "\"ipv4\" or \"ipv6\""});
    }
    if (list->as<Array>()->empty())
        draft.notes.error(list->place, "no family at all", {.mark = "\"ipv4\", \"ipv6\" or both"});
    std::ranges::sort(neighbor.families);
    const auto repeated = std::ranges::unique(neighbor.families);
    neighbor.families.erase(repeated.begin(), repeated.end());
}

/// What hosts send by default; an AS is not wider.
constexpr std::uint8_t kInternalTtl = 64;

/// A neighbour so many hops away sees so much of our TTL; iBGP neighbours may be anywhere in the AS.
void read_reach(const Fields& fields, Neighbor& neighbor, Draft& draft) {
    const bool internal = neighbor.asn == draft.config.asn;
    fields.read("multihop", neighbor.multihop);
    if (!fields.has("ttl")) neighbor.transport.ttl = internal ? kInternalTtl : neighbor.multihop;
    if (neighbor.transport.gtsm && neighbor.multihop > 1)
        draft.notes.error(fields.place("ttl"), "gtsm and multihop do not go together",
                          {.mark = "gtsm demands a neighbour on the same link"});
    if (internal && neighbor.transport.role != Role::None)
        draft.notes.error(fields.place("role"), "a role inside the AS",
                          {.mark = "RFC 9234 is about neighbours of other ASes"});
    if (internal && neighbor.multihop > 1)
        draft.notes.warning(fields.place("multihop"), "multihop does nothing here",
                            {.mark = "iBGP neighbours may be any number of hops away"});
}

void read_pass_on(const Fields& fields, Neighbor& neighbor, Draft& draft) {
    const auto* list = fields.find("pass_on");
    if (list == nullptr) return;
    for (const auto& element : *list->as<Array>()) {
        const auto& name = *element.as<std::string>();
        neighbor.pass_on.push_back(name);
        draft.mentions.push_back({Mention::Of::PassOn, name, neighbor.name, element.place});
    }
    std::ranges::sort(neighbor.pass_on);
    const auto repeated = std::ranges::unique(neighbor.pass_on);
    neighbor.pass_on.erase(repeated.begin(), repeated.end());
}

Neighbor read_neighbor(const Fields& fields, Draft& draft) {
    Neighbor neighbor{.place = fields.place("name")};
    require(fields, "name", "\"edge2\"", draft);
    require(fields, "address", "\"10.1.0.3\"", draft);
    require(fields, "asn", "65010", draft);
    fields.read("name", neighbor.name);
    if (fields.find("name")) check_name(neighbor.name, "neighbor", neighbor.place, draft.notes);
    fields.read("asn", neighbor.asn.value);
    if (neighbor.asn == kAsTrans && !draft.config.lab)
        draft.notes.error(fields.place("asn"), "AS 23456 stands for others (RFC 6793)",
                          {.mark = "the neighbour's real one"});
    read_addresses(fields, neighbor, draft);
    read_families(fields, neighbor, draft);
    const Party party{neighbor.name, std::nullopt};
    read_transport(fields, party, neighbor.transport, draft);
    fields.read("port", neighbor.transport.port);
    read_reach(fields, neighbor, draft);
    // A full table is a neighbour's usual upper end; an MSEE's is far below.
    constexpr std::uint32_t kUsualReceive = 100'000;
    neighbor.exchange.limits.receive = kUsualReceive;
    read_exchange(fields, party, neighbor.exchange, draft);
    read_pass_on(fields, neighbor, draft);
    fields.read_choice("next_hop", neighbor.next_hop);
    read_backup(fields, neighbor, draft);
    return neighbor;
}

}  // namespace

void read_neighbors(const Fields& top, Draft& draft) {
    const auto* list = top.find("neighbor");
    if (list == nullptr) return;
    const auto& neighbors = *list->as<Array>();
    if (neighbors.size() > kMostNeighbors)
        return draft.notes.error(neighbors[kMostNeighbors].place, "more than 4096 neighbors");
    for (const auto& element : neighbors) {
        const Fields fields{*element.as<Table>(), Section::Neighbor, "[[neighbor]]", element.place, draft.notes};
        draft.config.neighbors.push_back(read_neighbor(fields, draft));
    }
}

}  // namespace dyad::config
