#include "counting_peer.hpp"

#include <doctest/doctest.h>

#include <algorithm>

namespace dyad::requirements {

Counted count(Call& call, std::size_t first_message) {
    Counted counted;
    constexpr std::uint8_t kUpdate = 2;
    const auto& heard = call.heard();
    for (std::size_t i = 0; i < heard.size(); ++i) {
        if (heard[i].type != kUpdate) continue;
        const auto update = read_update(heard[i]);
        const auto before = counted.holds.size();
        for (const auto& gone : update.withdrawn) counted.holds.erase(gone);
        const bool counts = i >= first_message;
        if (counts) {
            counted.withdrawn += update.withdrawn.size();
            counted.announced += update.announced.size();
            counted.mixed = counted.mixed || (!update.withdrawn.empty() && !update.announced.empty());
            counted.strict_peak = std::max(counted.strict_peak, before + update.announced.size());
        }
        for (const auto& come : update.announced) {
            counted.holds.insert(come);
            if (counts) counted.peak = std::max(counted.peak, counted.holds.size());
        }
    }
    return counted;
}

std::string prefix(std::size_t number) {
    return "10." + std::to_string(number / 256) + "." + std::to_string(number % 256) + ".0/24";
}

Peering& Peering::lists(std::size_t first, std::size_t count) {
    for (std::size_t i = 0; i < count; ++i) list.push_back("\"" + prefix(first + i) + "\"");
    return *this;
}

Peering& Peering::lists(const std::string& entry) {
    list.push_back(entry);
    return *this;
}

Peering& Peering::without(std::size_t number) {
    std::erase(list, "\"" + prefix(number) + "\"");
    return *this;
}

std::string Peering::toml() const {
    std::string entries;
    for (const auto& entry : list) entries += entry + ", ";
    auto keys = sku.empty() ? "advertise = " + std::to_string(limit) : std::string{};
    if (!limits.empty()) keys += (keys.empty() ? "" : ", ") + limits;
    return "asn = 65010\nrouter_id = \"10.0.0.10\"\nlab = true\n[[circuit]]\nname = \"er\"\nsku = \"" +
           (sku.empty() ? "premium" : sku) +
           "\"\n[circuit.private]\npeer_asn = 65001\nprimary = { subnet = \"192.0.2.0/30\", interface = \"eth-a\" }\n"
           "secondary = { subnet = \"198.51.100.0/30\", interface = \"eth-b\" }\nlimits = { " +
           keys + " }\nadvertise = [" + entries + "]\n" + lines + "\n";
}

Edge::Edge(const Peering& peering) : rig{peering.toml()} {
    rig.a.name = "er/private/primary";
    rig.b.name = "er/private/secondary";
    rig.b.asn = 65001;
}

void Edge::up() {
    rig.a.comes_up();
    rig.b.comes_up();
}

speaker::LimitRow Edge::limit() const {
    const auto view = const_cast<Rig&>(rig).speaker().answer(rig.now(), speaker::AskLimits{});
    const auto& limits = std::get<speaker::LimitsView>(view).limits;
    REQUIRE(limits.size() == 1);
    return limits.front();
}

std::set<std::string> Edge::held() {
    const auto one = count(rig.a.call()), other = count(rig.b.call());
    CHECK(one.holds == other.holds);
    CHECK_FALSE(one.mixed);
    CHECK_FALSE(other.mixed);
    return one.holds;
}

}  // namespace dyad::requirements
