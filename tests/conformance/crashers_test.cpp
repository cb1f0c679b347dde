#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "rig.hpp"

/// Messages that others have broken speakers with, said to a whole Speaker: ../shared/vectors and ../shared/fuzz, where they
/// are (or in $DYAD_SHARED).
namespace dyad::conformance {
namespace {

std::filesystem::path shared(const std::string& inside) {
    if (const char* named = std::getenv("DYAD_SHARED")) return std::filesystem::path{named} / inside;
    for (auto at = std::filesystem::current_path(); at != at.root_path(); at = at.parent_path())
        if (std::filesystem::exists(at / "shared" / inside)) return at / "shared" / inside;
    return {};
}

/// The value behind "key": in a line of JSON, the first; without quotation marks.
std::string field(const std::string& line, const std::string& key) {
    const auto at = line.find("\"" + key + "\":");
    if (at == std::string::npos) return "";
    auto begin = at + key.size() + 3;
    const bool quoted = line[begin] == '"';
    begin += quoted ? 1 : 0;
    return line.substr(begin, line.find_first_of(quoted ? "\"" : ",}]", begin) - begin);
}

std::vector<std::string> vectors(const std::string& kind) {
    std::vector<std::string> lines;
    std::ifstream file{shared("vectors/messages.jsonl")};
    for (std::string line; std::getline(file, line);)
        if (field(line, "kind") == kind) lines.push_back(line);
    if (lines.empty()) MESSAGE("skipped: no shared/vectors/messages.jsonl here (DYAD_SHARED names the directory)");
    return lines;
}

std::vector<Octets> seeds() {
    std::vector<Octets> all;
    const auto folder = shared("fuzz/frr-fuzz");
    if (folder.empty()) return all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{folder}) {
        if (!entry.is_regular_file()) continue;
        std::ifstream file{entry.path(), std::ios::binary};
        all.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
    return all;
}

TEST_CASE("X-04: after all published OPENs and crashers the Speaker lives, and a sound session comes up") {
    Rig rig;
    rig.b.comes_up();
    const auto say = [&](const Octets& octets) {
        auto& call = rig.a.calls();
        call.sends(octets);
        call.ends();
        rig.run_for(1s);
    };
    for (const auto& line : vectors("open")) say(hex(field(line, "hex")));
    for (const auto& line : vectors("stream")) say(hex(field(line, "hex")));
    for (const auto& seed : seeds()) say(seed);
    CHECK(rig.b.state() == "Established");
    rig.run_for(2min);
    rig.a.comes_up();
}

/// Whether RFC 7606 wants the session kept; nothing where the vector is about other families, or in dispute.
std::optional<bool> wants_session(const std::string& line) {
    const auto by = field(line, "by");
    if (field(line, "scope") != "core" || by == "disputed" || field(line, "ext_msg") == "true") return std::nullopt;
    if (line.find("\"addpath\":[]") == std::string::npos || line.find("also_ok") != std::string::npos)
        return std::nullopt;
    // An AS4_PATH from a four-octet AS speaker is discarded, whatever its flags are (RFC 6793 section 6).
    if (field(line, "id") == "bgp4j-038") return true;
    return field(line, "action") != "session-reset";
}

bool disabled_a_family(const Rig& rig) {
    const auto events = rig.events<speaker::UpdateDamaged>();
    return std::ranges::any_of(events, [](const auto& event) { return event.severity == "afi-safi-disable"; });
}

TEST_CASE("X-05: of all published UPDATEs none resets a session that RFC 7606 wants kept") {
    std::size_t judged = 0;
    for (const auto& line : vectors("update")) {
        CAPTURE(field(line, "id"));
        const bool internal = field(line, "session") == "ibgp";
        Rig rig;
        auto& by = internal ? rig.i : rig.a;
        by.width = field(line, "as4") == "true" ? AsOctets::Four : AsOctets::Two;
        by.comes_up();
        by.sends(hex(field(line, "hex")));
        const auto wanted = wants_session(line);
        if (!wanted) continue;
        ++judged;
        if (*wanted) CHECK(by.state() == "Established");
        // README of the vectors: to disable the family conforms wherever a reset with code 3 does.
        if (!*wanted) CHECK((by.fate().starts_with("NOTIFICATION ") || disabled_a_family(rig)));
    }
    if (judged > 0) CHECK(judged > 100);
}

}  // namespace
}  // namespace dyad::conformance
