#include <doctest/doctest.h>

#include <map>

#include "config/schema.hpp"
#include "dyad/config/diff.hpp"
#include "dyad/config/parse.hpp"

using namespace dyad;
using namespace dyad::config;

namespace {

const std::string kCircuit = "[[circuit]]\nname = \"er-ams\"\n";
const std::string kPeering =
    "[circuit.private]\nsubnet = \"192.168.15.16/29\"\nprimary = { interface = \"eth1\" }\nsecondary = { interface = "
    "\"eth2\" }\n";
const std::string kNeighbor = "[[neighbor]]\nname = \"vpn\"\naddress = \"10.0.0.2\"\nasn = 65020\n";

/// A file with this text put into that section; nothing for sections inside entries of lists.
std::optional<std::string> file_with(Section section, const std::string& text) {
    const std::map<Section, std::string> files = {
        {Section::Top, "asn = 65010\n" + text + kCircuit + kPeering},
        {Section::Circuit, "asn = 65010\n" + kCircuit + text + kPeering},
        {Section::Peering, "asn = 65010\n" + kCircuit + kPeering + text},
        {Section::Accept, "asn = 65010\n" + kCircuit + kPeering + "[circuit.private.accept]\n" + text},
        {Section::Limits, "asn = 65010\n" + kCircuit + kPeering + "[circuit.private.limits]\n" + text},
        {Section::Neighbor, "asn = 65010\n" + kCircuit + kPeering + kNeighbor + text},
        {Section::NeighborAccept,
         "asn = 65010\n" + kCircuit + kPeering + kNeighbor + "[neighbor.accept]\nprefixes = []\n" + text},
        {Section::NeighborLimits, "asn = 65010\n" + kCircuit + kPeering + kNeighbor + "[neighbor.limits]\n" + text},
        {Section::Fib, "asn = 65010\n" + kCircuit + kPeering + "[fib]\n" + text},
        {Section::Control, "asn = 65010\n" + kCircuit + kPeering + "[control]\n" + text},
        {Section::Log, "asn = 65010\n" + kCircuit + kPeering + "[log]\n" + text},
    };
    const auto found = files.find(section);
    return found == files.end() ? std::nullopt : std::optional{found->second};
}

}  // namespace

TEST_CASE("a default written out changes nothing, for every key of the schema") {
    int asked = 0;
    for (const auto& key : schema()) {
        const auto line = std::string{key.name} + " = " + std::string{key.default_text} + "\n";
        const auto text = file_with(key.section, line);
        const bool list_of_its_own = key.section == Section::NeighborAccept && key.name == "prefixes";
        if (key.default_text.empty() || !text || list_of_its_own) continue;
        CAPTURE(*text);
        const auto without = parse(*file_with(key.section, ""));
        const auto with = parse(*text);
        INFO(render(with, "with.toml", *text));
        CHECK(with.ok());
        // An accept that lists no prefixes accepts nothing; that key's default cannot be written beside another's.
        if (key.section == Section::Accept && key.name == "prefixes") continue;
        CHECK(with.config == without.config);
        CHECK(diff(without.config, with.config).empty());
        ++asked;
    }
    CHECK(asked > 50);
}

TEST_CASE("the sample of a key that has no default is valid where it stands") {
    for (const auto& key : schema()) {
        if (key.sample.empty() || (key.section != Section::Fib && key.section != Section::Log)) continue;
        const auto text = *file_with(key.section, std::string{key.name} + " = " + std::string{key.sample} + "\n");
        CAPTURE(text);
        CHECK(parse(text).ok());
    }
}
