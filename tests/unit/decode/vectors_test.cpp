#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>

#include "decode/hex.hpp"
#include "decode/message.hpp"

using namespace dyad;
using namespace dyad::decode;
namespace json = boost::json;

namespace {

/// Vectors whose verdict we do not share, and why.
const std::map<std::string, std::string, std::less<>> kOtherReading{
    {"biord-052", "18 octets with a good marker are the beginning of a message (RFC 4271 4.1: TCP is a stream)"},
    {"tcpdump-163", "NEXT_HOP beside MP_REACH_NLRI alone is to be ignored (RFC 4760 section 3)"},
    {"frr-106", "an attribute that comes twice is malformed, even if nothing follows from it (RFC 7606 3.g)"},
    {"bgp4j-038", "an AS4_PATH from a four-octet AS speaker is discarded, whatever its flags are (RFC 6793 section 6)"},
    {"tcpdump-158",
     "its ATTR_SET, older than the RFC, has two-octet AS numbers inside (RFC 6368 section 5, RFC 7606 7.16)"},
};

/// $DYAD_SHARED, or a directory "shared" beside the source tree or one of the directories we are started in.
std::optional<std::filesystem::path> vectors_file() {
    const std::filesystem::path inside = "vectors/messages.jsonl";
    if (const char* shared = std::getenv("DYAD_SHARED")) return std::filesystem::path{shared} / inside;
    for (auto at = std::filesystem::current_path();; at = at.parent_path()) {
        if (std::filesystem::exists(at / "shared" / inside)) return at / "shared" / inside;
        if (at == at.parent_path()) return std::nullopt;
    }
}

Context context_of(const json::object& vector) {
    const auto& said = vector.at("context").as_object();
    Context context{.four_octet_as = said.at("as4").as_bool(),
                    .external = said.at("session").as_string() == "ebgp",
                    .extended_messages = said.at("ext_msg").as_bool()};
    for (const auto& family : said.at("addpath").as_array()) {
        const std::string text{family.as_string()};
        const auto slash = text.find('/');
        context.add_path.push_back({static_cast<std::uint16_t>(std::stoi(text)),
                                    static_cast<std::uint8_t>(std::stoi(text.substr(slash + 1)))});
    }
    return context;
}

/// In the vectors' words. What is passed over is accepted; a message that is not whole is none yet.
std::string action_of(const std::string& verdict) {
    const auto word = verdict.substr(0, verdict.find(' '));
    if (word.empty() || word == "ignored") return "accept";
    return word == "incomplete" ? "ignore" : word;
}

bool is_also_ok(const json::object& expected, std::string_view action) {
    const auto* also = expected.if_contains("also_ok");
    if (also == nullptr) return false;
    for (const auto& text : also->as_array())
        if (std::string_view{text.as_string()}.starts_with(action)) return true;
    return false;
}

/// RFC 7606 section 2 leaves the choice between these two to the speaker.
bool costs_the_session(std::string_view action) { return action == "session-reset" || action == "afi-safi-disable"; }

}  // namespace

TEST_CASE("what other speakers' test suites call malformed is marked, and what they call good is not") {
    const auto file = vectors_file();
    if (!file || !std::filesystem::exists(*file)) {
        MESSAGE("skipped: no shared/vectors/messages.jsonl here (DYAD_SHARED names the directory)");
        return;
    }
    std::size_t agree = 0, other_reading = 0, disagree = 0;
    std::ifstream in{*file};
    for (std::string line; std::getline(in, line);) {
        const auto vector = json::parse(line).as_object();
        const std::string id{vector.at("id").as_string()};
        const auto octets = read_hex(vector.at("hex").as_string());
        REQUIRE(octets.has_value());
        const auto read = dissect(*octets, context_of(vector));
        const auto& expected = vector.at("expected").as_object();
        const std::string action = action_of(read.verdict), wanted{expected.at("action").as_string()};
        CHECK_MESSAGE(is_malformed(read.message) == !read.verdict.empty(), id);
        const bool same = action == wanted || (costs_the_session(action) && costs_the_session(wanted));
        if (same || is_also_ok(expected, action)) {
            ++agree;
        } else if (kOtherReading.contains(id) || expected.at("by").as_string() == "disputed") {
            ++other_reading;
        } else {
            ++disagree;
            MESSAGE(id << ": " << (read.verdict.empty() ? "accept" : read.verdict) << ", not " << wanted);
        }
    }
    MESSAGE(agree << " agree, " << disagree << " disagree, " << other_reading << " disputed or read otherwise");
    CHECK(agree > 0);
    CHECK(disagree == 0);
}
