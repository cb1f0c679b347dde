#include "shell/availability.hpp"

#include <algorithm>

namespace dyad::shell {

namespace {

bool answers(const speaker::Seen& seen, const speaker::SessionRow& row) {
    if (row.state == "Established") return true;  // the kernel need not ask while segments come
    return std::ranges::any_of(seen.neighbours, [&](const speaker::SeenNeighbour& one) {
        return one.interface == row.interface && one.address.to_string() == row.peer &&
               one.state == speaker::SeenNeighbour::State::Reachable;
    });
}

double percent(std::size_t good, std::size_t all) {
    return 100.0 * static_cast<double>(good) / static_cast<double>(all);
}

}  // namespace

void Availability::sample(const speaker::SummaryView& summary, const speaker::Seen& seen) {
    for (auto& [name, history] : links_) history.seen_now = false;
    for (const auto& circuit : summary.circuits)
        for (const auto& peering : circuit.peerings)
            for (const auto& row : peering.links) {
                auto& history = links_[row.session];
                const auto at = history.count++ % kSamples;
                history.bgp[at] = row.state == "Established";
                history.arp[at] = answers(seen, row);
                history.seen_now = true;
            }
    std::erase_if(links_, [](const auto& link) { return !link.second.seen_now; });
}

std::optional<Availability::Percent> Availability::of(const std::string& session) const {
    const auto found = links_.find(session);
    if (found == links_.end()) return std::nullopt;
    const auto& history = found->second;
    const auto all = std::min(history.count, kSamples);
    const auto good = [&](const auto& samples) {
        return static_cast<std::size_t>(
            std::count(samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(all), true));
    };
    return Percent{percent(good(history.bgp), all), percent(good(history.arp), all)};
}

}  // namespace dyad::shell
