#include "config/reference.hpp"

#include <algorithm>
#include <initializer_list>

#include "config/schema.hpp"
#include "config/text.hpp"

namespace dyad::config {
namespace {

/// Where the remarks begin, if the key leaves room.
constexpr std::size_t kRemarkColumn = 38;

enum class Stands : std::uint8_t { Live, CommentedOut };

/// Without these the file would not be one.
bool is_essential(const Key& key) {
    constexpr std::pair<Section, std::string_view> kEssential[] = {
        {Section::Top, "asn"},          {Section::Circuit, "name"},      {Section::Peering, "subnet"},
        {Section::Peering, "primary"},  {Section::Peering, "secondary"}, {Section::Neighbor, "name"},
        {Section::Neighbor, "address"}, {Section::Neighbor, "asn"},      {Section::Peering, "accept"},
    };
    return std::ranges::any_of(kEssential,
                               [&](const auto& e) { return e.first == key.section && e.second == key.name; });
}

std::string remark(const Key& key) {
    std::string text = "# [" + std::string{to_string(key.reload)} + "] " + std::string{key.help};
    if (key.type == Type::Choice) {
        text += "; ";
        for (const char c : key.choices) text += c == '|' ? std::string{" | "} : std::string(1, c);
    }
    return text;
}

std::string with_remark(std::string line, const Key& key) {
    const auto width = code_points(line).size();
    line.append(width < kRemarkColumn ? kRemarkColumn - width : 1, ' ');
    return line + remark(key) + "\n";
}

std::size_t longest_name(Section section) {
    std::size_t longest = 0;
    for (const auto& key : schema())
        if (key.section == section) longest = std::max(longest, key.name.size());
    return longest;
}

/// The keys of a heading. Tables among them have headings or explanations of their own.
std::string keys_of(Section section, Stands stands) {
    std::string out;
    const auto width = longest_name(section);
    for (const auto& key : schema()) {
        const bool elsewhere = key.default_text.empty() && key.sample.empty();
        if (key.section != section || elsewhere || key.acts == Acts::NotYet) continue;
        const bool out_of_use = stands == Stands::CommentedOut || (key.default_text.empty() && !is_essential(key));
        auto line = std::string{out_of_use ? "# " : ""} + std::string{key.name};
        line.append(width - key.name.size(), ' ');
        out += with_remark(line + " = " + std::string{key.default_text.empty() ? key.sample : key.default_text}, key);
    }
    return out;
}

/// The keys of a table inside a value, explained.
std::string explained(std::string_view title, Section section) {
    std::string out = "#\n# " + std::string{title} + ":\n";
    for (const auto& key : schema()) {
        if (key.section != section || key.acts == Acts::NotYet) continue;
        auto line = "#   " + std::string{key.name};
        if (!key.default_text.empty()) line += " = " + std::string{key.default_text};
        out += with_remark(line, key);
    }
    return out;
}

std::string heading(std::string_view title, std::string_view help) {
    std::string rule = "\n# ---- " + std::string{help} + " ";
    const auto width = code_points(rule).size();
    if (width < 100) rule.append(100 - width, '-');
    return rule + "\n" + std::string{title} + "\n";
}

std::string peering_part() {
    std::string out =
        heading("[circuit.private]",
                "private peering: your virtual networks; [circuit.microsoft] (and .public) has the same keys");
    out += keys_of(Section::Peering, Stands::Live);
    out += explained("primary and secondary", Section::Link);
    out += explained("an advertise entry is a prefix in quotes or a table", Section::Advertise);
    out += explained("accept is a table, or the list of its prefixes alone", Section::Accept);
    out += explained("an entry of prefixes or except is \"10.1.0.0/16\", \"10.1.0.0/16 longer 24\" or a table",
                     Section::Range);
    out += explained("an entry of communities_in", Section::CommunityRule);
    out += explained("md5 (one of them)", Section::Md5);
    out += explained("graceful_restart", Section::GracefulRestart);
    out += explained("bfd", Section::Bfd);
    out += explained("redistribute", Section::Redistribute);
    out += explained("watch", Section::Watch);
    out += explained("backup", Section::Backup);
    out += "\n[circuit.private.limits]\n" + keys_of(Section::Limits, Stands::Live);
    return out;
}

}  // namespace

std::string reference_file() {
    std::string out =
        "# /etc/dyad/dyad.toml: every key with its default. Leave out the lines you do not need: ten are enough,\n"
        "# see examples/private.toml. Lines that are commented out have no default, or do not go with the others.\n"
        "#\n"
        "# [live] changes at once | [refresh] re-evaluates routes | [session] resets the sessions it touches |\n"
        "# [start] needs a restart\n\n";
    out += keys_of(Section::Top, Stands::Live);
    out += heading("[[circuit]]", "one for each ExpressRoute circuit; its peerings follow it");
    out += keys_of(Section::Circuit, Stands::Live);
    out += peering_part();
    out += heading("[[neighbor]]", "any other BGP neighbour: the second edge router, a VPN gateway, a route server");
    out += keys_of(Section::Neighbor, Stands::Live);
    out += explained("accept, as a peering's but for the defaults", Section::NeighborAccept);
    out += explained("backup", Section::NeighborBackup);
    out += "\n[neighbor.limits]\n" + keys_of(Section::NeighborLimits, Stands::Live);
    out += heading("[fib]", "the kernel's routing table");
    out += keys_of(Section::Fib, Stands::Live);
    out += heading("[control]", "the socket of dyad show and friends");
    out += keys_of(Section::Control, Stands::Live);
    out += heading("[log]", "what is told, where and how loud");
    out += keys_of(Section::Log, Stands::Live);
    out += heading("# [http]", "metrics and health over HTTP; off when absent");
    out += keys_of(Section::Http, Stands::CommentedOut);
    return out;
}

}  // namespace dyad::config
