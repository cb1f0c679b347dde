#include "ctl/fit.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <set>

#include "dyad/base/text.hpp"
#include "dyad/config/sku.hpp"

namespace dyad::ctl {

namespace {

/// In words; JSON has all.
constexpr std::size_t kShownWithheld = 8, kShownProposals = 5;

std::string peering_name(const config::Circuit& circuit, const config::Peering& peering) {
    return circuit.name + "/" + std::string{config::to_string(peering.kind)};
}

std::uint32_t of_family(const config::RouteLimits& limits, Family family) {
    return family == Family::Ipv4 ? limits.v4 : limits.v6;
}

/// A number of the file's own stands, as far as the SKU lets it.
std::size_t limit_under(const config::Circuit& circuit, const config::Peering& peering, Family family,
                        const std::optional<config::Sku>& sku) {
    const auto& limits = peering.exchange.limits;
    const auto configured = family == Family::Ipv4 ? limits.advertise : limits.advertise_v6;
    if (!sku) return configured;
    const auto usual = of_family(config::route_limits(peering.kind, circuit.sku), family);
    const auto asked = of_family(config::route_limits(peering.kind, *sku), family);
    return configured == usual ? asked : std::min(configured, asked);
}

std::string_view word(config::Limits::OnLimit on_limit) {
    switch (on_limit) {
        case config::Limits::OnLimit::Withhold:
            return "withhold";
        case config::Limits::OnLimit::Freeze:
            return "freeze";
        case config::Limits::OnLimit::Shutdown:
            return "shutdown";
    }
    return "";
}

/// What is advertised now has its places; then comes what is asked for.
class Trial {
public:
    Trial(Family family, std::size_t limit, const config::Exchange& exchange) : family_(family) {
        rule_ = {.limit = limit, .reserve = exchange.limits.reserve};
        for (const auto* list : {&exchange.advertise, &exchange.held_back})
            for (const auto& entry : *list)
                if (entry.prefix.family() == family && (entry.critical || entry.prefix.length() == 0))
                    ++rule_.critical_listed;
        admission_.set_rule(rule_);
        for (const auto& entry : exchange.advertise)
            want(entry.prefix, entry.critical ? peering::Priority::Critical : peering::Priority::Normal,
                 entry.communities);
        (void)admission_.decide(prefix_of_);
    }
    void add(const std::vector<Addition>& additions) {
        for (const auto& one : additions) want(one.prefix, one.priority, {});
    }
    void limit(std::size_t limit) {
        rule_.limit = limit;
        admission_.set_rule(rule_);
    }
    Fit outcome() {
        (void)admission_.decide(prefix_of_);
        Fit fit{.wanted = admission_.wanted(), .limit = rule_.limit};
        fit.withheld = admission_.first_withheld(admission_.withheld());
        for (const auto& [communities, prefixes] : alike_) {
            const auto cover = peering::minimal_cover(prefixes);
            fit.saving += cover.saving;
            fit.proposals.insert(fit.proposals.end(), cover.proposals.begin(), cover.proposals.end());
        }
        std::ranges::stable_sort(fit.proposals, std::ranges::greater{}, &peering::Proposal::replaces);
        return fit;
    }

private:
    void want(const Prefix& prefix, peering::Priority priority, const std::vector<std::uint32_t>& communities) {
        if (prefix.family() != family_) return;
        if (!seen_.insert(prefix).second) return;
        const PrefixId id{static_cast<std::uint32_t>(prefixes_.size())};
        prefixes_.push_back(prefix);
        alike_[{communities, priority}].push_back(prefix);
        admission_.want(0, id, prefix, priority, peering::Held::No);
    }

    Family family_;
    peering::AdmissionRule rule_;
    peering::Admission admission_;
    std::vector<Prefix> prefixes_;  ///< by id
    std::set<Prefix> seen_;
    const peering::PrefixOf prefix_of_ = [this](PrefixId id) { return prefixes_[id.index()]; };
    std::map<std::pair<std::vector<std::uint32_t>, peering::Priority>, std::vector<Prefix>> alike_;
};

}  // namespace

std::optional<config::Sku> sku_named(std::string_view word) {
    for (const auto sku : {config::Sku::Local, config::Sku::Standard, config::Sku::Premium})
        if (config::to_string(sku) == word) return sku;
    return std::nullopt;
}

std::expected<std::vector<Addition>, std::string> parse_additions(std::string_view text) {
    std::vector<Addition> additions;
    std::size_t number = 0;
    for (const auto& line : split(text, '\n')) {
        ++number;
        auto words = split(std::string_view{line}.substr(0, line.find('#')), ' ');
        std::erase_if(words, [](const auto& w) { return w.empty() || w == "\r"; });
        if (words.empty()) continue;
        std::string first{words[0]};
        while (!first.empty() && (first.back() == '\r' || first.back() == '\t' || first.back() == ','))
            first.pop_back();
        const auto prefix = Prefix::parse(first);
        if (!prefix)
            return std::unexpected(fmt::format("line {}: `{}` is no prefix such as 10.1.0.0/16", number, first));
        const bool critical = words.size() == 2 && words[1].starts_with("critical");
        if (words.size() > 1 && !critical)
            return std::unexpected(fmt::format("line {}: behind a prefix only `critical` may stand", number));
        additions.push_back({*prefix, critical ? peering::Priority::Critical : peering::Priority::Normal});
    }
    return additions;
}

std::expected<std::vector<Addition>, std::string> read_additions(const std::string& file) {
    if (file == "-") {
        auto parsed = parse_additions(std::string{std::istreambuf_iterator<char>{std::cin}, {}});
        return parsed ? parsed : std::unexpected("standard input: " + parsed.error());
    }
    std::ifstream in{file, std::ios::binary};
    if (!in) return std::unexpected(fmt::format("{}: {}", file, std::strerror(errno)));
    auto parsed = parse_additions(std::string{std::istreambuf_iterator<char>{in}, {}});
    return parsed ? parsed : std::unexpected(file + ": " + parsed.error());
}

std::expected<std::vector<Fit>, std::string> fits(const config::Config& config, const Question& question) {
    std::vector<Fit> found;
    bool named = question.to.empty();
    for (const auto& circuit : config.circuits)
        for (const auto& peering : circuit.peerings) {
            const auto name = peering_name(circuit, peering);
            const bool meant = question.to.empty() ? peering.kind == config::PeeringKind::Private : question.to == name;
            named = named || meant;
            for (const auto family : {Family::Ipv4, Family::Ipv6}) {
                const auto before = limit_under(circuit, peering, family, std::nullopt);
                Trial trial{family, before, peering.exchange};
                if (meant) trial.add(question.add);
                trial.limit(limit_under(circuit, peering, family, question.sku));
                auto fit = trial.outcome();
                if (fit.wanted == 0) continue;
                fit.peering = name;
                fit.family = family == Family::Ipv4 ? "ipv4" : "ipv6";
                fit.on_limit = word(peering.exchange.limits.on_limit);
                found.push_back(std::move(fit));
            }
        }
    if (!named) return std::unexpected("no peering is called " + question.to);
    return found;
}

std::string fit_words(const Fit& fit) {
    auto out = fmt::format("{} {}: {} of {}", fit.peering, fit.family, fit.wanted, fit.limit);
    if (!fit.withholds()) return out + ", all fit\n";
    out += fit.on_limit == "shutdown" ? ": the sessions would end (on_limit = shutdown), too many are\n"
                                      : fmt::format(", {} would be withheld:\n", fit.withheld.size());
    for (std::size_t i = 0; i < std::min(fit.withheld.size(), kShownWithheld); ++i)
        out += fmt::format("    {}\n", fit.withheld[i].to_string());
    if (fit.withheld.size() > kShownWithheld)
        out += fmt::format("    … and {} more: --json names all\n", fit.withheld.size() - kShownWithheld);
    if (fit.saving == 0) return out;
    out += fmt::format("  aggregation would save {}, and cover the same addresses:\n", fit.saving);
    for (std::size_t i = 0; i < std::min(fit.proposals.size(), kShownProposals); ++i)
        out += fmt::format("    {} for {}\n", fit.proposals[i].aggregate.to_string(),
                           counted(fit.proposals[i].replaces, "prefix", "prefixes"));
    return out;
}

boost::json::array to_json(const std::vector<Fit>& fits) {
    boost::json::array out;
    for (const auto& fit : fits) {
        boost::json::object one;
        one["peering"] = fit.peering;
        one["family"] = fit.family;
        one["wanted"] = fit.wanted;
        one["limit"] = fit.limit;
        one["on_limit"] = fit.on_limit;
        boost::json::array withheld;
        for (const auto& prefix : fit.withheld) withheld.emplace_back(prefix.to_string());
        one["withheld"] = std::move(withheld);
        one["aggregation_saves"] = fit.saving;
        boost::json::array proposals;
        for (const auto& proposal : fit.proposals)
            proposals.push_back({{"aggregate", proposal.aggregate.to_string()}, {"replaces", proposal.replaces}});
        one["proposals"] = std::move(proposals);
        out.push_back(std::move(one));
    }
    return out;
}

}  // namespace dyad::ctl
