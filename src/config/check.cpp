#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "config/readers.hpp"
#include "config/text.hpp"
#include "dyad/base/closest.hpp"

namespace dyad::config {
namespace {

constexpr Asn kAzureAsn{12076};

std::string peering_name(const Circuit& circuit, const Peering& peering) {
    return circuit.name + "/" + std::string{to_string(peering.kind)};
}

// ---- names ---------------------------------------------------------------------------------------------------------

/// Circuits and neighbours share one space of names: `pass_on`, `show` and `log.levels` take either.
void check_unique_names(Draft& draft) {
    std::map<std::string, std::pair<std::string, Place>> seen;
    const auto take = [&](const std::string& name, const std::string& what, const Place& place) {
        if (name.empty()) return;
        const auto [first, fresh] = seen.try_emplace(name, what, place);
        if (!fresh)
            draft.notes.error(place, "a second " + quoted(name),
                              {.mark = "the " + first->second.first + " on line " +
                                       std::to_string(first->second.second.line) + " is called so"});
    };
    for (const auto& circuit : draft.config.circuits) take(circuit.name, "circuit", circuit.place);
    for (const auto& neighbor : draft.config.neighbors) take(neighbor.name, "neighbor", neighbor.place);
}

struct Names {
    std::set<std::string> peerings, neighbors, sessions;
};

Names names_of(const Config& config) {
    Names names;
    for (const auto& neighbor : config.neighbors) names.neighbors.insert(neighbor.name);
    for (const auto& circuit : config.circuits) {
        for (const auto& peering : circuit.peerings) {
            const auto name = peering_name(circuit, peering);
            names.peerings.insert(name);
            for (const auto link : {LinkName::Primary, LinkName::Secondary}) {
                const auto session = name + "/" + std::string{to_string(link)};
                names.sessions.insert({session, session + "/v6"});
            }
        }
    }
    return names;
}

std::string closest(const std::string& name, const std::set<std::string>& candidates) {
    Closest closest{name};
    for (const auto& candidate : candidates) closest.offer(candidate);
    return closest.best() ? "did you mean " + quoted(*closest.best()) + "?" : "";
}

void check_pass_on(const Mention& mention, const Names& names, Notes& notes) {
    if (mention.name == "*" || names.peerings.contains(mention.name)) return;
    if (mention.name == mention.by)
        return notes.error(mention.place, "pass_on names the neighbor itself",
                           {.mark = "its own routes are never sent back to it"});
    if (names.neighbors.contains(mention.name)) return;
    auto all = names.peerings;
    all.insert(names.neighbors.begin(), names.neighbors.end());
    notes.error(mention.place, "no peering or neighbor is called " + quoted(mention.name),
                {.mark = closest(mention.name, all),
                 .hint = "a peering is CIRCUIT/private, CIRCUIT/microsoft or CIRCUIT/public; \"*\" is all of them"});
}

void check_mentions(Draft& draft) {
    const auto names = names_of(draft.config);
    for (const auto& mention : draft.mentions) {
        switch (mention.of) {
            case Mention::Of::PassOn:
                check_pass_on(mention, names, draft.notes);
                break;
            case Mention::Of::EndsOn:
                if (!names.neighbors.contains(mention.name))
                    draft.notes.warning(mention.place, "no neighbor is called " + quoted(mention.name),
                                        {.mark = closest(mention.name, names.neighbors),
                                         .hint = "without iBGP to that router traffic cannot use its link"});
                break;
            case Mention::Of::LogLevel:
                if (!names.sessions.contains(mention.name) && !names.neighbors.contains(mention.name))
                    draft.notes.warning(mention.place, "no session is called " + quoted(mention.name),
                                        {.mark = closest(mention.name, names.sessions)});
                break;
        }
    }
}

// ---- addresses -----------------------------------------------------------------------------------------------------

/// F1.3: the same subnet must not be used twice.
void check_overlaps(Draft& draft) {
    auto blocks = draft.blocks;
    std::ranges::sort(blocks, {}, [](const Block& b) { return std::tuple{b.prefix, b.place.line, b.place.column}; });
    // Sorted by address and length, a block that overlaps an earlier one lies inside the last that was not inside another.
    const Block* outer = nullptr;
    for (const auto& block : blocks) {
        if (outer == nullptr || !outer->prefix.covers(block.prefix)) {
            outer = &block;
            continue;
        }
        const auto& [earlier, later] =
            outer->place.line < block.place.line ? std::tie(*outer, block) : std::tie(block, *outer);
        const auto what = outer->prefix == block.prefix
                              ? block.prefix.to_string() + " is used twice"
                              : later.prefix.to_string() + " overlaps " + earlier.prefix.to_string();
        draft.notes.error(later.place, what,
                          {.mark = "also " + earlier.owner + ", line " + std::to_string(earlier.place.line),
                           .hint = "every link has a subnet of its own"});
    }
}

/// The blocks, sorted, none inside another where the file is right.
class PeeringSubnets {
public:
    explicit PeeringSubnets(std::vector<Block> blocks) : blocks_(std::move(blocks)) {
        std::ranges::sort(blocks_, {}, &Block::prefix);
    }
    /// The first block inside the prefix.
    const Block* inside(const Prefix& prefix) const {
        const auto found = std::ranges::lower_bound(blocks_, prefix, {}, &Block::prefix);
        return found != blocks_.end() && prefix.covers(found->prefix) ? &*found : nullptr;
    }
    /// The block that the prefix lies in.
    const Block* around(const Prefix& prefix) const {
        const auto found = std::ranges::upper_bound(blocks_, prefix, {}, &Block::prefix);
        if (found == blocks_.begin()) return nullptr;
        const auto& before = *std::prev(found);
        return before.prefix.covers(prefix) ? &before : nullptr;
    }

private:
    std::vector<Block> blocks_;
};

void check_advertised_subnets(const Peering& peering, const PeeringSubnets& subnets, Notes& notes) {
    const auto look = [&](const Advertise& entry) {
        if (entry.prefix.length() == 0) return;  // covers everything, and is meant to
        if (const auto* block = subnets.around(entry.prefix)) {
            const auto what = entry.prefix.to_string() + " is a peering subnet";
            const Advice advice{.mark = block->owner + ", line " + std::to_string(block->place.line),
                                .hint = "Azure knows its own links; nobody else needs them"};
            if (peering.kind == PeeringKind::Private)
                notes.warning(entry.place, what, advice);
            else
                notes.error(entry.place, what, advice);
        } else if (const auto* covered = subnets.inside(entry.prefix)) {
            notes.warning(entry.place, entry.prefix.to_string() + " covers a peering subnet",
                          {.mark = covered->prefix.to_string() + " of " + covered->owner + ", line " +
                                   std::to_string(covered->place.line),
                           .hint = "advertising it offers Azure a way to the link addresses through us"});
        }
    };
    std::ranges::for_each(peering.exchange.advertise, look);
    std::ranges::for_each(peering.exchange.held_back, look);
}

bool has_link(const Peering& peering, Family family) {
    const bool v4 = family == Family::Ipv4;
    return std::ranges::any_of(std::array{&peering.primary, &peering.secondary},
                               [&](const Link* link) { return (v4 ? link->subnet : link->subnet6).has_value(); });
}

/// What is listed for a family without a session, and what is more than the limit takes.
void check_counts(const std::string& name, const Peering& peering, Notes& notes) {
    for (const auto family : {Family::Ipv4, Family::Ipv6}) {
        const auto of_family = [&](const Advertise& entry) { return entry.prefix.family() == family; };
        const auto& list = peering.exchange.advertise;
        const auto count = static_cast<std::size_t>(std::ranges::count_if(list, of_family));
        if (count == 0) continue;
        const bool v4 = family == Family::Ipv4;
        const auto first = std::ranges::find_if(list, of_family)->place;
        const std::string word = v4 ? "IPv4" : "IPv6";
        if (!has_link(peering, family) && (has_link(peering, Family::Ipv4) || has_link(peering, Family::Ipv6)))
            notes.warning(first, name + " has no " + word + " session",
                          {.mark = std::to_string(count) + (count == 1 ? " prefix goes" : " prefixes go") + " nowhere",
                           .hint = v4 ? "subnet would make one" : "subnet6 would make one"});
        const auto limit = v4 ? peering.exchange.limits.advertise : peering.exchange.limits.advertise_v6;
        if (count > limit)
            notes.warning(
                first, std::to_string(count) + " " + word + " prefixes are listed for " + name,
                {.mark = std::to_string(limit) + " fit: " + std::to_string(count - limit) + " would be withheld"});
    }
}

void check_peerings(Draft& draft) {
    const PeeringSubnets subnets{draft.blocks};
    for (const auto& circuit : draft.config.circuits) {
        for (const auto& peering : circuit.peerings) {
            check_advertised_subnets(peering, subnets, draft.notes);
            check_counts(peering_name(circuit, peering), peering, draft.notes);
        }
    }
}

/// An MSEE is a peering's, not a neighbor; and two neighbors need two addresses.
void check_neighbor_addresses(Draft& draft) {
    std::map<Address, std::string> taken;
    for (const auto& circuit : draft.config.circuits) {
        for (const auto& peering : circuit.peerings) {
            const auto name = peering_name(circuit, peering);
            for (const auto* link : {&peering.primary, &peering.secondary}) {
                for (const auto& peer : {link->peer, link->peer6})
                    if (peer) taken.emplace(*peer, "the MSEE of " + name);
                for (const auto& local : {link->local, link->local6})
                    if (local) taken.emplace(*local, "our own address in " + name);
            }
        }
    }
    std::map<std::pair<Address, std::string>, std::string> neighbors;
    for (const auto& neighbor : draft.config.neighbors) {
        if (neighbor.address.is_unspecified()) continue;
        const auto text = neighbor.address.to_string();
        if (const auto found = taken.find(neighbor.address); found != taken.end())
            draft.notes.error(neighbor.place, text + " is " + found->second,
                              {.mark = "a neighbor has another address"});
        const auto zone = neighbor.address.is_link_local() ? neighbor.interface : "";
        const auto [first, fresh] = neighbors.try_emplace({neighbor.address, zone}, neighbor.name);
        if (!fresh)
            draft.notes.error(neighbor.place, "two neighbors at " + text, {.mark = "the other is " + first->second});
    }
}

/// A prefix has one route behind the one that forwards, so all ways round have one metric, and a worse one.
void check_backup_metrics(Draft& draft) {
    const auto metric = draft.config.backup_metric();
    const auto check = [&](const BackupUse& use, const Place& place) {
        if (use.metric <= draft.config.fib.metric)
            draft.notes.error(place,
                              "backup.metric " + std::to_string(use.metric) + " is not above fib.metric " +
                                  std::to_string(draft.config.fib.metric),
                              {.mark = "the kernel would send everything over the way round"});
        if (use.metric != metric)
            draft.notes.error(
                place, "two backups with metrics " + std::to_string(metric) + " and " + std::to_string(use.metric),
                {.mark = "all have the same"});
    };
    for (const auto& circuit : draft.config.circuits)
        for (const auto& peering : circuit.peerings)
            if (peering.backup) check(peering.backup->use, peering.backup->place);
    for (const auto& neighbor : draft.config.neighbors)
        if (neighbor.backup) check(*neighbor.backup, neighbor.place);
}

/// F5.6: by its AS path Azure leads traffic off an MSEE that it works on, and local preference is asked before that.
void check_azure_preferences(Draft& draft) {
    const Neighbor* first = nullptr;
    for (const auto& neighbor : draft.config.neighbors) {
        if (neighbor.asn != kAzureAsn) continue;
        if (!first) first = &neighbor;
        if (neighbor.exchange.local_preference == first->exchange.local_preference) continue;
        draft.notes.warning(
            neighbor.place, quoted(first->name) + " and " + quoted(neighbor.name) + " have other local preferences",
            {.mark = "this defeats Microsoft's maintenance draining",
             .hint = "a [[circuit]] has both links, and prefer = \"primary\" says which is better, below "
                     "the AS path's length"});
    }
}

void check_router_id(Draft& draft) {
    const auto& config = draft.config;
    const bool anyone = !config.neighbors.empty() ||
                        std::ranges::any_of(config.circuits, [](const Circuit& c) { return !c.peerings.empty(); });
    if (!anyone || draft.notes.errors() > 0 || config.effective_router_id().value != 0) return;
    draft.notes.error(draft.asn_place, "no router_id, and no IPv4 address of ours to take it from",
                      {.mark = "set router_id beside asn",
                       .hint = "any four octets unique in this AS, written as an address: router_id = \"10.1.0.2\""});
}

}  // namespace

void check_whole(Draft& draft) {
    check_unique_names(draft);
    check_overlaps(draft);
    check_peerings(draft);
    check_neighbor_addresses(draft);
    check_mentions(draft);
    check_router_id(draft);
    check_backup_metrics(draft);
    check_azure_preferences(draft);
    if (draft.config.circuits.empty() && draft.config.neighbors.empty() && draft.notes.errors() == 0)
        draft.notes.warning(draft.asn_place, "nobody to speak with", {.mark = "no circuit and no neighbor"});
}

}  // namespace dyad::config
