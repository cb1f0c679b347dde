#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dyad/net/prefix.hpp"
#include "netlink/messages.hpp"

namespace dyad::speaker {

/// The links and addresses of this host, as the kernel tells them.
class Interfaces {
public:
    struct Interface {
        std::uint32_t index = 0;
        std::string name;
        bool usable = false;  ///< up, with carrier
        std::vector<Address> addresses;
        std::vector<Prefix> subnets;  ///< of the addresses, in their order

        /// Ours in the subnet that holds the other address.
        std::optional<Address> address_toward(const Address& other) const;
    };

    /// True if usability or presence changed.
    bool update(const netlink::Link& link);
    bool update(const netlink::InterfaceAddress& address);

    const Interface* by_index(std::uint32_t index) const;
    const Interface* by_name(std::string_view name) const;
    /// The one whose subnet holds the address: where a neighbour without a named interface lives.
    const Interface* toward(const Address& address) const;
    bool has_address(const Address& address) const;
    /// Calls visit(interface) for each, in the order of their indexes.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (const auto& [index, interface] : by_index_) visit(interface);
    }

private:
    std::map<std::uint32_t, Interface> by_index_;
};

}  // namespace dyad::speaker
