#include <algorithm>
#include <array>

#include "config/martians.hpp"
#include "config/readers.hpp"
#include "config/text.hpp"
#include "dyad/base/text.hpp"
#include "dyad/config/sku.hpp"

namespace dyad::config {
namespace {

/// A circuit is a contract with a provider; whoever has more runs more than one router.
constexpr std::size_t kMostCircuits = 256;

/// What differs between the families in how a peering gets its addresses.
struct AddressPlan {
    std::string_view key;
    Family family;
    std::uint8_t peering_length;
    std::uint8_t link_length;
    std::string_view host_bits_mark;
};
constexpr AddressPlan kPlans[] = {
    {"subnet", Family::Ipv4, 29, 30, "a peering subnet starts on a multiple of 8"},
    {"subnet6", Family::Ipv6, 125, 126, "a peering subnet ends in a multiple of 8"},
};

struct LinkFields {
    std::string_view name;
    std::optional<Fields> fields;
    Link* link;
};

std::string length_text(std::uint8_t length) { return "/" + std::to_string(length); }

/// ".17" for the last octet of IPv4, the whole of IPv6.
std::string short_address(const Address& address) {
    const auto text = address.to_string();
    return address.is_v4() ? text.substr(text.rfind('.')) : text;
}

/// "primary .17 <-> .18, secondary .21 <-> .22"
std::string pairs_of(const Prefix& subnet) {
    const auto pair = [&](std::uint32_t first) {
        return short_address(subnet.address().plus(first)) + " <-> " + short_address(subnet.address().plus(first + 1));
    };
    return "primary " + pair(1) + ", secondary " + pair(5);
}

/// F1.1, F1.2: ours is the first usable address of the link's subnet, the MSEE's the second.
void set_subnet(Link& link, const Prefix& subnet) {
    const bool ours = !link.on;
    const auto local = subnet.address().plus(1);
    const auto peer = subnet.address().plus(2);
    if (subnet.family() == Family::Ipv4) {
        link.subnet = subnet;
        if (ours) link.local = local, link.peer = peer;
    } else {
        link.subnet6 = subnet;
        if (ours) link.local6 = local, link.peer6 = peer;
    }
}

/// A subnet of the right family and length; the text is looked at again where a better hint can be given.
std::optional<Prefix> read_subnet(const Fields& fields, const AddressPlan& plan, std::uint8_t length, Draft& draft) {
    const auto* value = fields.find(plan.key);
    if (value == nullptr) return std::nullopt;
    const auto& text = *value->as<std::string>();
    const auto prefix = Prefix::parse(text);
    const auto around = prefix_around(text);
    const bool whole = length == plan.peering_length;
    if (!prefix && prefix.error() == PrefixError::HostBitsSet && whole && around && around->length() == length &&
        around->family() == plan.family) {
        draft.notes.error(value->place, text + " has host bits set",
                          {.mark = std::string{plan.host_bits_mark},
                           .hint = "did you mean " + quoted(around->to_string()) + "?  (" + pairs_of(*around) + ")"});
        return std::nullopt;
    }
    const auto good = read_prefix(text, value->place, draft.notes);
    if (!good) return std::nullopt;
    if (good->family() != plan.family) {
        const bool six = plan.family == Family::Ipv6;
        draft.notes.error(value->place, std::string{plan.key} + " wants " + (six ? "IPv6" : "IPv4"),
                          {.hint = six ? "IPv4 stands behind subnet" : "IPv6 stands behind subnet6"});
        return std::nullopt;
    }
    if (good->length() != length) {
        const auto mark = std::string{whole ? "a peering" : "a link"} + " has a " + length_text(length);
        const auto wider = Prefix{good->address(), plan.peering_length};
        const auto hint = whole && good->length() == plan.link_length
                              ? "did you mean " + quoted(wider.to_string()) + "? or a " +
                                    length_text(plan.link_length) + " each in primary and secondary"
                              : "";
        draft.notes.error(value->place, good->to_string() + " has the wrong size", {.mark = mark, .hint = hint});
        return std::nullopt;
    }
    if (!is_unicast(good->address().plus(1))) {
        draft.notes.error(value->place, good->to_string() + " holds no addresses for hosts");
        return std::nullopt;
    }
    return good;
}

void note_block(const Prefix& prefix, const Place& place, const Party& party, Draft& draft) {
    draft.blocks.push_back({prefix, place, party.name});
    if (party.is_public_side() && is_private_space(prefix))
        draft.notes.warning(place, prefix.to_string() + " is not public",
                            {.mark = "Microsoft peering wants addresses that are yours on the Internet"});
}

/// One /29 for both links.
void read_whole_subnet(const Fields& fields, const AddressPlan& plan, std::array<LinkFields, 2>& links,
                       const Party& party, Draft& draft) {
    for (const auto& link : links)
        if (link.fields && link.fields->has(plan.key))
            draft.notes.error(link.fields->place(plan.key), std::string{plan.key} + " stands here and in the peering",
                              {.mark = "a " + length_text(plan.peering_length) + " there or a " +
                                       length_text(plan.link_length) + " in each link"});
    const auto whole = read_subnet(fields, plan, plan.peering_length, draft);
    if (!whole) return;
    note_block(*whole, fields.place(plan.key), party, draft);
    set_subnet(*links[0].link, {whole->address(), plan.link_length});
    set_subnet(*links[1].link, {whole->address().plus(4), plan.link_length});
}

/// A /30 in each link.
void read_link_subnets(const AddressPlan& plan, std::array<LinkFields, 2>& links, const Party& party, Draft& draft) {
    const auto has = [&](const LinkFields& link) { return link.fields && link.fields->has(plan.key); };
    for (std::size_t i = 0; i < links.size(); ++i) {
        const auto& other = links[1 - i];
        if (!has(links[i])) continue;
        if (!has(other) && other.fields && !other.link->on)
            draft.notes.error(other.fields->place(), std::string{other.name} + " has no " + std::string{plan.key},
                              {.mark = std::string{links[i].name} + " has one"});
        const auto subnet = read_subnet(*links[i].fields, plan, plan.link_length, draft);
        if (!subnet) continue;
        note_block(*subnet, links[i].fields->place(plan.key), party, draft);
        set_subnet(*links[i].link, *subnet);
    }
}

void read_subnets(const Fields& fields, std::array<LinkFields, 2>& links, const Party& party, Draft& draft) {
    bool any = false;
    for (const auto& plan : kPlans) {
        const bool whole = fields.has(plan.key);
        any = any || whole ||
              std::ranges::any_of(links, [&](const LinkFields& l) { return l.fields && l.fields->has(plan.key); });
        if (whole)
            read_whole_subnet(fields, plan, links, party, draft);
        else
            read_link_subnets(plan, links, party, draft);
    }
    const bool elsewhere = links[0].link->on && links[1].link->on;
    if (!any && !elsewhere)
        draft.notes.error(
            fields.place(), party.name + " has no subnet",
            {.mark = "here",
             .hint = "the /29 of the peering, as Azure's portal shows it: subnet = \"192.168.15.16/29\""});
}

void read_link(LinkFields& side, const Fields& peering, const Party& party, Draft& draft) {
    side.fields = table_at(peering, side.name, Section::Link, draft);
    auto& link = *side.link;
    link.place = side.fields ? side.fields->place() : peering.place();
    if (!side.fields) {
        if (!peering.has(side.name))
            draft.notes.error(peering.place(), party.name + " has no " + std::string{side.name},
                              {.hint = "a peering has two links; where one ends on another router: " +
                                       std::string{side.name} + " = { on = \"edge2\" }"});
        return;
    }
    const auto& fields = *side.fields;
    fields.read("interface", link.interface);
    if (fields.find("interface")) check_interface(link.interface, fields.place("interface"), draft.notes);
    if (const auto* on = fields.find("on")) {
        link.on = *on->as<std::string>();
        draft.mentions.push_back({Mention::Of::EndsOn, *link.on, party.name, on->place});
    }
    if (fields.has("on") && fields.has("interface"))
        draft.notes.error(fields.place("on"), std::string{side.name} + " has an interface here and ends elsewhere",
                          {.mark = "interface or on"});
    if (!fields.has("on") && !fields.has("interface"))
        draft.notes.error(fields.place(), std::string{side.name} + " has no interface",
                          {.mark = "such as { interface = \"eth1.100\" }"});
}

/// "eth1.100" has VLAN 100 by custom.
void check_vlan(const Peering& peering, const Fields& fields, Draft& draft) {
    if (!peering.vlan) return;
    for (const auto* link : {&peering.primary, &peering.secondary}) {
        const auto dot = link->interface.rfind('.');
        if (dot == std::string::npos) continue;
        const auto number = whole_number(std::string_view{link->interface}.substr(dot + 1));
        if (number && *number != *peering.vlan)
            return draft.notes.warning(fields.place("vlan"),
                                       link->interface + " looks like VLAN " + std::to_string(*number),
                                       {.mark = "this is " + std::to_string(*peering.vlan),
                                        .hint = "both links of a peering have the same VLAN"});
    }
}

/// The other router tells of its link by the link's subnet.
void check_elsewhere(const Peering& peering, const Party& party, Draft& draft) {
    for (const auto& [link, twin] :
         {std::tie(peering.primary, peering.secondary), std::tie(peering.secondary, peering.primary)}) {
        if (!link.on || twin.on) continue;
        const bool known = (!twin.subnet || link.subnet) && (!twin.subnet6 || link.subnet6);
        if (!known)
            draft.notes.warning(
                link.place, "what " + quoted(*link.on) + " says of its link of " + party.name + " is not understood",
                {.mark = "its subnet is missing here",
                 .hint = "the /29 of the peering, or the link's /30 here: { subnet = \"…/30\", on = " +
                         quoted(*link.on) + " }"});
    }
}

void check_links(const Peering& peering, const Party& party, Draft& draft) {
    const auto& [first, second] = std::tie(peering.primary, peering.secondary);
    if (first.on && second.on)
        draft.notes.warning(second.place, party.name + " has no link on this router",
                            {.hint = "without links here the peering can be left out"});
    check_elsewhere(peering, party, draft);
    if (!first.interface.empty() && first.interface == second.interface)
        draft.notes.warning(second.place, "both links of " + party.name + " use " + first.interface,
                            {.mark = "what breaks one breaks both"});
}

void check_peer_asn(const Peering& peering, const Fields& fields, Draft& draft) {
    const auto place = fields.place("peer_asn");
    if (peering.peer_asn == draft.config.asn && !draft.config.lab && draft.asn_place.line != 0)
        draft.notes.error(place, "peer_asn is our own AS", {.mark = "Microsoft's is 12076"});
    else if (peering.peer_asn == Asn{8075})
        draft.notes.warning(place, "peer_asn = 8075",
                            {.mark = "Microsoft's AS on the Internet; on ExpressRoute it is 12076"});
}

bool is_private_asn(Asn asn) { return (asn.value >= 64512 && asn.value <= 65534) || asn.value >= 4'200'000'000; }

void check_kind(const Peering& peering, const Fields& fields, const Party& party, Draft& draft) {
    if (peering.kind == PeeringKind::Public)
        draft.notes.warning(fields.place(), "public peering was retired on 2024-03-31",
                            {.mark = "Microsoft peering has what it had"});
    if (party.is_public_side() && peering.prepend > 0 && is_private_asn(draft.config.asn))
        draft.notes.warning(fields.place("prepend"),
                            "prepending AS " + draft.config.asn.to_string() + " does nothing here",
                            {.mark = "Microsoft strips private AS numbers"});
    if (!party.is_public_side() && fields.has("registered"))
        draft.notes.warning(fields.place("registered"), "registered belongs to Microsoft peering",
                            {.mark = "private peering validates nothing"});
}

/// F3.5: what Azure has validated and we never say is no harm, and mostly a mistake in one of the two lists.
void check_registered(const Peering& peering, const Fields& fields, Draft& draft) {
    const auto advertised = [&](const Prefix& registered) {
        return std::ranges::any_of(peering.exchange.advertise,
                                   [&](const Advertise& entry) { return registered.covers(entry.prefix); });
    };
    for (const auto& registered : peering.registered)
        if (!advertised(registered))
            draft.notes.warning(fields.place("registered"),
                                registered.to_string() + " is registered and not advertised",
                                {.mark = "nothing in advertise lies in it"});
}

Peering read_peering(const Fields& fields, const Party& party, Sku sku, Draft& draft) {
    Peering peering{.kind = *party.kind, .place = fields.place()};
    fields.read("enabled", peering.enabled);
    fields.read("description", peering.description);
    fields.read("peer_asn", peering.peer_asn.value);
    if (const auto vlan = fields.number("vlan")) peering.vlan = static_cast<std::uint16_t>(*vlan);
    if (const auto vlan = fields.number("s_vlan")) peering.s_vlan = static_cast<std::uint16_t>(*vlan);
    std::array<LinkFields, 2> links = {{{"primary", {}, &peering.primary}, {"secondary", {}, &peering.secondary}}};
    for (auto& link : links) read_link(link, fields, party, draft);
    read_subnets(fields, links, party, draft);
    fields.read_choice("prefer", peering.prefer);
    fields.read("prepend", peering.prepend);
    // Without a route filter Microsoft peering is up and empty, and nothing is wrong (F4.6).
    peering.expect_routes = peering.kind != PeeringKind::Microsoft;
    fields.read("expect_routes", peering.expect_routes);
    fields.read("expect_at_least", peering.expect_at_least);
    read_transport(fields, party, peering.transport, draft);
    const auto azure = route_limits(peering.kind, sku);
    peering.exchange.limits.advertise = azure.v4;
    peering.exchange.limits.advertise_v6 = azure.v6;
    read_exchange(fields, party, peering.exchange, draft);
    if (const auto* registered = fields.find("registered"))
        for (const auto& element : *registered->as<Array>())
            if (const auto prefix = Prefix::parse(*element.as<std::string>())) peering.registered.push_back(*prefix);
    std::ranges::sort(peering.registered);
    fields.read_choice("advertise_only_if_receiving", peering.only_if_receiving);
    if (const auto watch = table_at(fields, "watch", Section::Watch, draft)) {
        watch->read("drop", peering.watch.drop);
        watch->read("empty", peering.watch.empty);
        watch->read("differ", peering.watch.differ);
    }
    read_backup(fields, party, peering.backup, draft);
    check_vlan(peering, fields, draft);
    check_links(peering, party, draft);
    check_peer_asn(peering, fields, draft);
    check_kind(peering, fields, party, draft);
    check_registered(peering, fields, draft);
    return peering;
}

/// F1.4: a VLAN belongs to one peering of the circuit; the outer tag is the same for all of them.
void check_vlans(const Circuit& circuit, const Fields& fields, Draft& draft) {
    for (std::size_t i = 1; i < circuit.peerings.size(); ++i) {
        for (std::size_t k = 0; k < i; ++k) {
            const auto& [later, earlier] = std::tie(circuit.peerings[i], circuit.peerings[k]);
            const std::string kind{to_string(later.kind)};
            if (later.vlan && later.vlan == earlier.vlan)
                draft.notes.error(later.place,
                                  "two peerings of " + circuit.name + " have VLAN " + std::to_string(*later.vlan),
                                  {.mark = "the other is " + std::string{to_string(earlier.kind)}});
            if (later.s_vlan && earlier.s_vlan && later.s_vlan != earlier.s_vlan)
                draft.notes.warning(later.place, "two peerings of " + circuit.name + " have different outer VLANs",
                                    {.mark = "a circuit has one"});
        }
    }
    if (circuit.peerings.empty() && !fields.has("private") && !fields.has("microsoft") && !fields.has("public"))
        draft.notes.warning(fields.place(), "this circuit has no peering",
                            {.hint = "its peerings follow it: [circuit.private], [circuit.microsoft]"});
}

Circuit read_circuit(const Fields& fields, Draft& draft) {
    Circuit circuit{.place = fields.place("name")};
    fields.read("name", circuit.name);
    if (!fields.has("name"))
        draft.notes.error(fields.place(), "this circuit has no name", {.hint = "any name, such as  name = \"er-ams\""});
    else if (fields.find("name"))
        check_name(circuit.name, "circuit", circuit.place, draft.notes);
    fields.read_choice("sku", circuit.sku);
    fields.read("location", circuit.location);
    fields.read("service_key", circuit.service_key);
    for (const auto kind : {PeeringKind::Private, PeeringKind::Microsoft, PeeringKind::Public}) {
        const auto* value = fields.find(to_string(kind));
        if (value == nullptr) continue;
        const Fields peering{*value->as<Table>(), Section::Peering, "[circuit." + std::string{to_string(kind)} + "]",
                             value->place, draft.notes};
        const Party party{circuit.name + "/" + std::string{to_string(kind)}, kind};
        circuit.peerings.push_back(read_peering(peering, party, circuit.sku, draft));
    }
    check_vlans(circuit, fields, draft);
    return circuit;
}

}  // namespace

void read_circuits(const Fields& top, Draft& draft) {
    const auto* list = top.find("circuit");
    if (list == nullptr) return;
    const auto& circuits = *list->as<Array>();
    if (circuits.size() > kMostCircuits)
        return draft.notes.error(circuits[kMostCircuits].place, "more than 256 circuits");
    for (const auto& element : circuits) {
        const Fields fields{*element.as<Table>(), Section::Circuit, "[[circuit]]", element.place, draft.notes};
        draft.config.circuits.push_back(read_circuit(fields, draft));
    }
}

}  // namespace dyad::config
