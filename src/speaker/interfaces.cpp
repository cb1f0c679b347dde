#include "speaker/interfaces.hpp"

#include <algorithm>
#include "dyad/base/contains.hpp"

namespace dyad::speaker {

bool Interfaces::update(const netlink::Link& link) {
    if (link.gone) return by_index_.erase(link.index) > 0;
    auto& interface = by_index_[link.index];
    const bool usable = link.up && link.carrier;
    const bool changed = interface.index == 0 || interface.usable != usable || interface.name != link.name;
    interface.index = link.index;
    interface.name = link.name;
    interface.usable = usable;
    return changed;
}

bool Interfaces::update(const netlink::InterfaceAddress& news) {
    const auto found = by_index_.find(news.interface_index);
    if (found == by_index_.end()) return false;
    auto& addresses = found->second.addresses;
    auto& subnets = found->second.subnets;
    const Prefix subnet{news.address, news.prefix_length};
    const bool had = contains(addresses, news.address);
    const bool has = !news.gone && news.usable;
    if (had == has) return false;
    if (has) {
        addresses.push_back(news.address);
        subnets.push_back(subnet);
    } else {
        const auto at = std::ranges::find(addresses, news.address) - addresses.begin();
        addresses.erase(addresses.begin() + at);
        subnets.erase(subnets.begin() + at);
    }
    return true;
}

std::optional<Address> Interfaces::Interface::address_toward(const Address& other) const {
    for (std::size_t i = 0; i < subnets.size(); ++i)
        if (subnets[i].contains(other)) return addresses[i];
    return std::nullopt;
}

const Interfaces::Interface* Interfaces::by_index(std::uint32_t index) const {
    const auto found = by_index_.find(index);
    return found == by_index_.end() ? nullptr : &found->second;
}

const Interfaces::Interface* Interfaces::by_name(std::string_view name) const {
    for (const auto& [index, interface] : by_index_)
        if (interface.name == name) return &interface;
    return nullptr;
}

const Interfaces::Interface* Interfaces::toward(const Address& address) const {
    const Interface* best = nullptr;
    std::uint8_t longest = 0;
    for (const auto& [index, interface] : by_index_)
        for (const auto& subnet : interface.subnets)
            if (subnet.contains(address) && (!best || subnet.length() > longest)) {
                best = &interface;
                longest = subnet.length();
            }
    return best;
}

bool Interfaces::has_address(const Address& address) const {
    return std::ranges::any_of(by_index_, [&](const auto& entry) { return contains(entry.second.addresses, address); });
}

}  // namespace dyad::speaker
