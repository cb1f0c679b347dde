#pragma once
#include <boost/json/array.hpp>
#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "dyad/config/config.hpp"
#include "dyad/net/prefix.hpp"
#include "peering/admission.hpp"
#include "peering/aggregation.hpp"

/// `dyad check --sku standard --add list`: would what is advertised fit, and what would be withheld? By the very rule that the
/// daemon goes by, from what it would advertise now.
namespace dyad::ctl {

struct Addition {
    Prefix prefix;
    peering::Priority priority = peering::Priority::Normal;
};

struct Question {
    std::optional<config::Sku> sku;  ///< nothing: the file's
    std::vector<Addition> add;
    std::string to;  ///< the peering that they are added to; "": every private one
};

/// One peering and family.
struct Fit {
    std::string peering, family;
    std::string on_limit;
    std::size_t wanted = 0, limit = 0;
    std::vector<Prefix> withheld;  ///< all, in the order in which they would be let out
    std::size_t saving = 0;
    std::vector<peering::Proposal> proposals;
    bool withholds() const { return !withheld.empty(); }
};

std::optional<config::Sku> sku_named(std::string_view word);
/// A prefix a line, with "critical" behind it where it is that; # begins a comment. What is wrong, with its line, else.
std::expected<std::vector<Addition>, std::string> parse_additions(std::string_view text);
std::expected<std::vector<Addition>, std::string> read_additions(const std::string& file);

std::expected<std::vector<Fit>, std::string> fits(const config::Config& config, const Question& question);

std::string fit_words(const Fit& fit);
boost::json::array to_json(const std::vector<Fit>& fits);

}  // namespace dyad::ctl
