#include "decode/decode.hpp"

#include <doctest/doctest.h>

#include "octets.hpp"

using namespace dyad;
using namespace dyad::decode;

namespace {

std::vector<Message> messages_of(const Octets& input, const Options& options = {}) {
    std::vector<Message> messages;
    const auto trouble = dyad::decode::decode(input, options, [&](const Item& item) {
        if (const auto* message = std::get_if<Message>(&item)) messages.push_back(*message);
    });
    CHECK(trouble.empty());
    return messages;
}

Octets text(std::string_view words) { return {words.begin(), words.end()}; }

Octets open(const Octets& capabilities) {
    const auto length = static_cast<std::uint8_t>(capabilities.size());
    const auto both = static_cast<std::uint8_t>(length + 2);
    return message(1, Octets{4, 0xfd, 0xe8, 0, 90, 192, 0, 2, 1, both, 2, length} + capabilities);
}

const Octets kTwoOctetPath{0, 0, 0, 18, 0x40, 1, 1, 0, 0x40, 2, 4, 2, 1, 0xfd, 0xe8, 0x40, 3, 4, 192, 0, 2, 1, 8, 10};

}  // namespace

TEST_CASE("an input is known by its first octets") {
    CHECK(kind_of(text("ff ff")) == InputKind::Hex);
    CHECK(kind_of(message(4, {})) == InputKind::Octets);
    CHECK(kind_of(Octets{0xd4, 0xc3, 0xb2, 0xa1}) == InputKind::Pcap);
    CHECK(kind_of(Octets{0x0a, 0x0d, 0x0d, 0x0a}) == InputKind::Pcapng);
}

TEST_CASE("messages one behind the other say where they begin") {
    const auto messages = messages_of(message(4, {}) + message(5, {0, 1, 0, 1}));
    REQUIRE(messages.size() == 2);
    CHECK(messages[1].offset == 19);
    CHECK(messages[1].field.name == "ROUTE-REFRESH");
}

TEST_CASE("octets that are no message stand between those that are, and are marked") {
    const auto messages = messages_of(Octets(30, 7) + message(4, {}));
    REQUIRE(messages.size() == 2);
    CHECK(messages[0].verdict.starts_with("session-reset"));
    CHECK(messages[0].field.octets == 30);
    CHECK(messages[1].verdict.empty());
}

TEST_CASE("without OPENs the width of AS numbers is guessed from the paths, and said") {
    const auto messages = messages_of(message(2, kTwoOctetPath));
    CHECK(messages[0].verdict.empty());
    CHECK(messages[0].assumptions ==
          std::vector<std::string>{"two-octet AS numbers guessed: 1 attributes can be read only so"});
}

TEST_CASE("with both OPENs nothing is guessed: what they agreed on decides what is malformed") {
    const Octets as4{65, 4, 0, 0, 0xfd, 0xe8};
    const auto agreed = messages_of(open(as4) + open(as4) + message(2, kTwoOctetPath));
    REQUIRE(agreed.size() == 3);
    CHECK(agreed[2].assumptions.empty());
    CHECK(agreed[2].verdict == "treat-as-withdraw");
    const auto refused = messages_of(open(as4) + open({2, 0}) + message(2, kTwoOctetPath));
    CHECK(refused[2].verdict.empty());
}

TEST_CASE("what the operator says counts") {
    const auto messages = messages_of(message(2, kTwoOctetPath), {.as_octets = 4});
    CHECK(messages[0].verdict == "treat-as-withdraw");
    CHECK(messages[0].assumptions.empty());
}

TEST_CASE("path identifiers are guessed where routes cannot be read without") {
    const Octets nlri{0, 0, 0, 1, 24, 10, 1, 2, 0, 0, 0, 2, 24, 10, 1, 2};
    const auto messages = messages_of(message(
        2, Octets{0, 0, 0, 20, 0x40, 1, 1, 0, 0x40, 2, 6, 2, 1, 0, 0, 0xfd, 0xe8, 0x40, 3, 4, 192, 0, 2, 1} + nlri));
    CHECK(find(messages[0].field, "Path Identifier") != nullptr);
    CHECK(messages[0].assumptions.size() == 2);
}

TEST_CASE("what the operator says of path identifiers is not told as a guess") {
    const Octets with_id{0, 0, 0, 0, 0, 0, 0, 1, 24, 10, 1, 2, 0, 0, 0, 2, 24, 10, 1, 2};
    const auto messages = messages_of(message(2, with_id), {.as_octets = 4, .add_path = true});
    CHECK(find(messages[0].field, "Path Identifier") != nullptr);
    CHECK(messages[0].assumptions.empty());
}

TEST_CASE("an input that cannot be read gets a sentence") {
    CHECK(dyad::decode::decode(text("hello"), {}, [](const Item&) {}) == "line 1: \"hello\" is not hex");
    CHECK(dyad::decode::decode({}, {}, [](const Item&) {}) == "the input is empty");
}
