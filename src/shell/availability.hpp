#pragma once
#include <array>
#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "dyad/speaker/view.hpp"

namespace dyad::shell {

/// Azure's BgpAvailability and ArpAvailability from this end: of the last five minutes the share in which the session was
/// Established, and somebody answered ARP (or ND) for the peer's address. Looked at every kSampleEvery.
class Availability {
public:
    static constexpr std::chrono::seconds kSampleEvery{10};
    static constexpr std::size_t kSamples = 30;

    struct Percent {
        double bgp = 0, arp = 0;
    };

    /// Of all links; those that are no longer there are forgotten.
    void sample(const speaker::SummaryView& summary, const speaker::Seen& seen);
    /// Nothing before the first sample.
    std::optional<Percent> of(const std::string& session) const;

private:
    struct History {
        std::array<bool, kSamples> bgp{}, arp{};
        std::size_t count = 0;  ///< ever
        bool seen_now = false;
    };
    std::map<std::string, History> links_;
};

}  // namespace dyad::shell
