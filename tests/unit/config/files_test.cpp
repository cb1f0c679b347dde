#include <doctest/doctest.h>

#include "config/reference.hpp"
#include "config/schema.hpp"
#include "dyad/config/explain.hpp"
#include "dyad/config/parse.hpp"
#include "files.hpp"

using namespace dyad::config;

TEST_CASE("conf/dyad.toml is what the schema says, and parses without a word") {
    const auto path = source_root() / "conf/dyad.toml";
    if (blessing()) bless(path, reference_file());
    const auto text = content_of(path);
    const auto parsed = parse(text);
    CHECK(text == reference_file());
    CHECK(render(parsed, "dyad.toml", text) == "");
}

TEST_CASE("conf/dyad.toml names every key of which something comes") {
    const auto text = content_of(source_root() / "conf/dyad.toml");
    for (const auto& key : schema()) {
        CAPTURE(key.name);
        const bool of_another =
            key.section == Section::Record || key.section == Section::Mrt || key.section == Section::Bmp;
        CHECK((text.contains(key.name) || of_another || key.acts == Acts::NotYet));
        CHECK_FALSE(key.help.empty());
    }
}

TEST_CASE("conf/dyad.toml parses with every commented key of a heading put to use") {
    std::string text = content_of(source_root() / "conf/dyad.toml");
    // The keys a heading has stand behind "# " and one letter more; explanations are indented deeper.
    std::string used;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = text.find('\n', at);
        auto line = text.substr(at, end - at);
        at = end + 1;
        const bool key = line.starts_with("# ") && line.size() > 2 && line[2] >= 'a' && line[2] <= 'z' &&
                         line.contains(" = ") && line.contains("# [");
        if (key || line.starts_with("# [http]")) line.erase(0, 2);
        used += line + "\n";
    }
    const auto parsed = parse(used);
    INFO(render(parsed, "used.toml", used));
    CHECK(parsed.ok());
    CHECK(std::ranges::all_of(parsed.diagnostics, [](const Diagnostic& d) {
        return d.what.contains("registered") || d.what.contains("multihop");
    }));
}

TEST_CASE("every example parses without a word and can be explained in 100 columns") {
    const auto files = toml_files(source_root() / "conf/examples");
    CHECK(files.size() >= 6);
    for (const auto& file : files) {
        CAPTURE(file.filename().string());
        const auto text = content_of(file);
        const auto parsed = parse(text);
        CHECK(render(parsed, file.filename().string(), text) == "");
        for (const auto& line : explain(parsed.config)) {
            CAPTURE(line);
            CHECK(line.size() <= 100);
        }
    }
}

TEST_CASE("the explanation of the ten lines tells addresses, limit and timers") {
    const auto parsed = parse(content_of(source_root() / "conf/examples/private.toml"));
    std::string text;
    for (const auto& line : explain(parsed.config)) text += line + "\n";
    CHECK(text ==
          "AS 65010  router id 192.168.15.17 (lowest local address)\n"
          "circuit er-ams  standard\n"
          "  er-ams/private  AS 12076\n"
          "    primary     eth1.100  ours 192.168.15.17/30  Microsoft's 192.168.15.18\n"
          "    secondary   eth2.100  ours 192.168.15.21/30  Microsoft's 192.168.15.22\n"
          "    prefer      both links, equal cost\n"
          "    timers      hold 180 s, keepalive 60 s (proposed: the lower of both sides counts)\n"
          "    ttl         1\n"
          "    restart     routes are kept: ours for 120 s, a peer's for 180 s after its return\n"
          "    md5         none\n"
          "    bfd         off\n"
          "    advertise   1 IPv4 prefix of 4000\n"
          "    accept      anything but \"0.0.0.0/0\" and \"::/0\"; guard on\n"
          "    limits      warnings at 75 %, 90 %, 16 kept for critical ones; receive 12000\n"
          "kernel  table main, metric 20, protocol 186, routes stay when we go\n");
}
