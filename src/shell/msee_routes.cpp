#include "shell/msee_routes.hpp"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "mrt/table.hpp"
#include "msee/vnets.hpp"

namespace dyad::shell {

namespace {

/// A full table of today unpacked is some hundred megabytes; a file beyond this is not what was meant.
constexpr std::size_t kMaxMrtOctets = std::size_t{4} << 30;

/// Whose services they are.
constexpr Asn kMicrosoft{8075};

std::expected<std::vector<std::uint8_t>, std::string> read_all(const std::string& name) {
    const auto close = [](std::FILE* file) {
        if (file != stdin) std::fclose(file);
    };
    const std::unique_ptr<std::FILE, decltype(close)> file{name == "-" ? stdin : std::fopen(name.c_str(), "rb"), close};
    if (!file) return std::unexpected(fmt::format("{}: {}", name, std::strerror(errno)));
    std::vector<std::uint8_t> octets;
    std::array<std::uint8_t, 1 << 16> part;
    while (const auto got = std::fread(part.data(), 1, part.size(), file.get())) {
        octets.insert(octets.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(got));
        if (octets.size() > kMaxMrtOctets) return std::unexpected(fmt::format("{}: more than 4 GiB", name));
    }
    if (std::ferror(file.get()) != 0) return std::unexpected(fmt::format("{}: {}", name, std::strerror(errno)));
    return octets;
}

}  // namespace

std::expected<MrtLoaded, std::string> load_mrt(const std::string& name, std::optional<Address> neighbor,
                                               msee::Msee& msee) {
    const auto octets = read_all(name);
    if (!octets) return std::unexpected(octets.error());
    MrtLoaded loaded;
    mrt::Table table;
    mrt::File file{*octets};
    while (auto item = file.next()) {
        if (auto* news = std::get_if<mrt::News>(&*item)) {
            table.apply(std::move(*news));
            continue;
        }
        const auto& error = std::get<mrt::Error>(*item);
        if (loaded.errors++ == 0) loaded.first_error = fmt::format("offset {}: {}", error.offset, error.what);
    }
    loaded.records = file.records();
    const auto routes = table.choose(neighbor);
    if (routes.empty() && loaded.errors > 0) return std::unexpected(fmt::format("{}: {}", name, loaded.first_error));
    if (routes.empty()) return std::unexpected(fmt::format("{}: no routes in it", name));
    loaded.routes = routes.size();
    auto set = msee.add_set(table.attributes(routes.front().attributes));
    for (std::size_t i = 0; i < routes.size(); ++i) {
        if (i > 0 && routes[i].attributes != routes[i - 1].attributes)
            set = msee.add_set(table.attributes(routes[i].attributes));
        msee.announce(routes[i].prefix, set);
    }
    return loaded;
}

void VnetRoutes::announce(msee::Msee& msee, std::size_t more) {
    const auto space = kind_ == msee::PeeringKind::Private ? msee::Space::Vnets : msee::Space::Services;
    const auto networks = msee::vnets(family_, announced_.size() + more, space);
    const auto sets = add_sets(msee);
    for (auto i = announced_.size(); i < networks.size(); ++i) {
        announced_.push_back(networks[i]);
        msee.announce(networks[i], sets[i % sets.size()]);
    }
}

/// What they bear, in turn: a VNet has no community unless its owner gives it one, a service has always.
std::vector<msee::SetId> VnetRoutes::add_sets(msee::Msee& msee) const {
    if (kind_ == msee::PeeringKind::Private) return {msee.add_set(inside_azure())};
    std::vector<msee::SetId> sets;
    for (std::size_t i = 0; i < msee::kServiceKinds; ++i) {
        auto attributes = inside_azure({kMicrosoft});
        const auto tags = msee::service_communities(i);
        attributes.communities.assign(tags.begin(), tags.end());
        sets.push_back(msee.add_set(std::move(attributes)));
    }
    return sets;
}

void VnetRoutes::withdraw(msee::Msee& msee, std::size_t fewer) {
    for (; fewer > 0 && !announced_.empty(); --fewer) {
        msee.withdraw(announced_.back());
        announced_.pop_back();
    }
}

std::vector<Prefix> VnetRoutes::last(std::size_t count) const {
    return {announced_.end() - static_cast<std::ptrdiff_t>(std::min(count, announced_.size())), announced_.end()};
}

wire::Attributes inside_azure(std::vector<Asn> path) {
    wire::Attributes attributes;
    attributes.origin = wire::Origin::Igp;
    attributes.as_path.segments = {{wire::SegmentType::AsSequence, std::move(path)}};
    return attributes;
}

}  // namespace dyad::shell
