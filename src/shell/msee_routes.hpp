#pragma once
#include <expected>
#include <string>
#include <vector>

#include "dyad/wire/attributes.hpp"
#include "shell/msee_arguments.hpp"

namespace dyad::shell {

/// What a whole MRT table held and what became of it, for the line that says so.
struct MrtLoaded {
    std::size_t records = 0;
    std::size_t routes = 0;
    std::size_t errors = 0;
    std::string first_error;
};

/// Announces the table of a file. The error says why not.
std::expected<MrtLoaded, std::string> load_mrt(const std::string& file, std::optional<Address> neighbor,
                                               msee::Msee& msee);

/// The made-up VNets an MSEE announces, or on Microsoft peering services: more are added at the end, fewer taken from there.
class VnetRoutes {
public:
    VnetRoutes(Family family, msee::PeeringKind kind) : family_(family), kind_(kind) {}
    std::size_t count() const { return announced_.size(); }
    void announce(msee::Msee& msee, std::size_t more);
    void withdraw(msee::Msee& msee, std::size_t fewer);
    /// The last so many.
    std::vector<Prefix> last(std::size_t count) const;

private:
    std::vector<msee::SetId> add_sets(msee::Msee& msee) const;

    Family family_;
    msee::PeeringKind kind_;
    std::vector<Prefix> announced_;
};

/// A route as it stands inside Azure: made by a VNet's gateway, whose AS is 65515.
wire::Attributes inside_azure(std::vector<Asn> path = {Asn{65515}});

}  // namespace dyad::shell
