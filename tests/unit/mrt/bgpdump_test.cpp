/// Real recordings, read by us and by bgpdump: both must say the same. Needs bgpdump and DYAD_MRT_DATA, a
/// directory with *.mrt.gz; without them there is nothing to compare.
#include <dirent.h>
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "mrt/file.hpp"

using namespace dyad;
using namespace dyad::mrt;

namespace {

std::vector<std::uint8_t> output_of(const std::string& command) {
    std::vector<std::uint8_t> all;
    std::array<std::uint8_t, 1 << 16> chunk;
    auto* pipe = popen(command.c_str(), "r");
    while (const auto n = fread(chunk.data(), 1, chunk.size(), pipe))
        all.insert(all.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(n));
    pclose(pipe);
    return all;
}

std::vector<std::string> files() {
    std::vector<std::string> found;
    const auto* directory = std::getenv("DYAD_MRT_DATA");
    if (directory == nullptr || std::system("command -v bgpdump >/dev/null") != 0) return found;
    auto* handle = opendir(directory);
    if (handle == nullptr) return found;
    while (const auto* entry = readdir(handle))
        if (std::string name = entry->d_name; name.ends_with(".mrt.gz")) found.push_back(directory + ("/" + name));
    closedir(handle);
    std::ranges::sort(found);
    return found;
}

std::vector<std::string> split(const std::string& line, char separator) {
    std::vector<std::string> fields(1);
    for (const auto c : line) {
        if (c == separator)
            fields.emplace_back();
        else
            fields.back() += c;
    }
    return fields;
}

/// One way to write an address (RFC 5952), whatever bgpdump's is.
std::string canonical(const std::string& field) {
    if (field == "255.255.255.255") return "";  // bgpdump's word for "none"
    if (const auto address = Address::parse(field)) return address->to_string();
    if (const auto prefix = Prefix::parse(field)) return prefix->to_string();
    return field;
}

/// Where we differ by intent: AS 0 in a path withdraws the route (RFC 7607 section 2).
bool has_as_0(const std::vector<std::string>& fields) {
    return fields[2] != "W" && std::ranges::count(split(fields[6], ' '), "0") > 0;
}

/// bgpdump's lines, cut to what we say too: kind, neighbour, prefix, path, origin, next hop, preference, MED, communities.
std::vector<std::string> theirs(const std::string& file) {
    const auto octets = output_of("zcat " + file + " | bgpdump -m - 2>/dev/null");
    std::vector<std::string> lines;
    for (const auto& line : split({octets.begin(), octets.end()}, '\n')) {
        auto fields = split(line, '|');
        if (fields.size() < 6 || fields[2] == "STATE") continue;
        if (fields[0] == "TABLE_DUMP2_AP") fields.erase(fields.begin() + 6);
        if (fields[2] == "B") fields[2] = "A";
        if (has_as_0(fields)) fields[2] = "W";
        const std::size_t count = fields[2] == "W" ? 6 : 12;
        std::string kept;
        for (std::size_t i = 2; i < count; ++i) kept += canonical(fields[i]) + "|";
        lines.push_back(kept);
    }
    std::ranges::sort(lines);
    return lines;
}

/// bgpdump names the three of RFC 1997 alone.
std::string community_text(std::uint32_t community) {
    if (community < 0xffff0000 || (community >= 0xffffff01 && community <= 0xffffff03))
        return wire::community_to_string(community);
    return "65535:" + std::to_string(community & 0xffff);
}

std::string communities_of(const wire::Attributes& attributes) {
    std::string text;
    for (const auto community : attributes.communities) text += (text.empty() ? "" : " ") + community_text(community);
    return text;
}

std::string upper(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::toupper(c));
    return text;
}

std::vector<std::string> ours(const std::string& file) {
    const auto octets = output_of("zcat " + file);
    std::vector<std::string> lines;
    File mrt{octets};
    while (const auto item = mrt.next()) {
        if (const auto* error = std::get_if<Error>(&*item)) {
            MESSAGE(file << " at " << error->offset << ": " << error->what);
            continue;
        }
        const auto& news = std::get<News>(*item);
        const auto who = news.neighbor.address.to_string() + "|" + news.neighbor.asn.to_string() + "|";
        for (const auto& prefix : news.withdrawn) lines.push_back("W|" + who + prefix.to_string() + "|");
        for (const auto& prefix : news.announced) {
            const auto& a = *news.attributes;
            lines.push_back("A|" + who + prefix.to_string() + "|" + a.as_path.to_string() + "|" +
                            upper(wire::to_string(a.origin)) + "|" + (a.next_hop ? a.next_hop->to_string() : "") + "|" +
                            std::to_string(a.local_pref.value_or(0)) + "|" + std::to_string(a.med.value_or(0)) + "|" +
                            communities_of(a) + "|");
        }
    }
    std::ranges::sort(lines);
    return lines;
}

}  // namespace

TEST_CASE("we read of a recording what bgpdump reads") {
    for (const auto& file : files()) {
        const auto a = ours(file);
        const auto b = theirs(file);
        std::vector<std::string> only_ours, only_theirs;
        std::ranges::set_difference(a, b, std::back_inserter(only_ours));
        std::ranges::set_difference(b, a, std::back_inserter(only_theirs));
        INFO(file << ": " << a.size() << " lines");
        CHECK(only_ours.empty());
        CHECK(only_theirs.empty());
        for (std::size_t i = 0; i < std::min<std::size_t>(only_ours.size(), 10); ++i)
            MESSAGE("ours   " << only_ours[i]);
        for (std::size_t i = 0; i < std::min<std::size_t>(only_theirs.size(), 10); ++i)
            MESSAGE("theirs " << only_theirs[i]);
        MESSAGE(file << ": " << a.size() << " lines");
    }
}
