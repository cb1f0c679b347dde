#include "ctl/decode.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "ctl/complain.hpp"
#include "ctl/render_decode.hpp"
#include "decode/decode.hpp"
#include "dyad/base/text.hpp"

namespace dyad::ctl {
namespace {

/// Larger than any capture that somebody reads field by field; it is held in memory whole.
constexpr std::size_t kMostInput = 1u << 30;

struct Closer {
    void operator()(std::FILE* file) const { std::fclose(file); }
};

std::expected<std::vector<std::uint8_t>, std::string> read_all(std::FILE* file, const std::string& name) {
    std::vector<std::uint8_t> octets;
    std::array<std::uint8_t, 1 << 16> part;
    while (const auto count = std::fread(part.data(), 1, part.size(), file)) {
        if (octets.size() + count > kMostInput)
            return std::unexpected(fmt::format("{}: more than {} MiB", name, kMostInput >> 20));
        octets.insert(octets.end(), part.begin(), part.begin() + static_cast<std::ptrdiff_t>(count));
    }
    if (std::ferror(file) != 0) return std::unexpected(fmt::format("{}: {}", name, std::strerror(errno)));
    return octets;
}

std::expected<std::vector<std::uint8_t>, std::string> read_input(const Invocation& invocation) {
    if (invocation.arguments.empty() || invocation.arguments.front() == "-") return read_all(stdin, "standard input");
    const auto& name = invocation.arguments.front();
    const std::unique_ptr<std::FILE, Closer> file{std::fopen(name.c_str(), "rb")};
    if (!file) return std::unexpected(fmt::format("{}: {}", name, std::strerror(errno)));
    return read_all(file.get(), name);
}

int failed(const std::string& words, int code) {
    complain(words);
    return code;
}

std::expected<decode::Options, std::string> options_of(const Invocation& invocation) {
    decode::Options options{
        .as_octets = std::nullopt, .add_path = invocation.has("--add-path"), .external = invocation.has("--ebgp")};
    const auto width = invocation.value("--as");
    if (width.empty()) return options;
    if (width != "2" && width != "4") return std::unexpected("--as wants 2 or 4: the octets of an AS number");
    options.as_octets = width == "2" ? 2 : 4;
    return options;
}

struct Tally {
    std::size_t messages = 0, malformed = 0, notes = 0;
};

void count(const decode::Item& item, Tally& tally) {
    const auto* message = std::get_if<decode::Message>(&item);
    ++(message ? tally.messages : tally.notes);
    if (message && decode::is_malformed(message->field)) ++tally.malformed;
}

}  // namespace

int decode(const Invocation& invocation) {
    const auto options = options_of(invocation);
    if (!options) return failed(options.error(), 2);
    const auto input = read_input(invocation);
    if (!input) return failed(input.error(), 1);

    const auto kind = decode::kind_of(*input);
    const auto colours = colours_wanted();
    Tally tally;
    if (invocation.json) fmt::print("{{\"input\":\"{}\",\"items\":[", to_string(kind));
    const auto trouble = decode::decode(*input, *options, [&](const decode::Item& item) {
        if (invocation.json)
            fmt::print("{}\n{}", tally.messages + tally.notes == 0 ? "" : ",", decoded_json(item));
        else
            fmt::print("{}", render_decoded(item, colours));
        count(item, tally);
    });
    if (invocation.json)
        fmt::print("\n],\"messages\":{},\"malformed\":{}}}\n", tally.messages, tally.malformed);
    else
        fmt::print("{}, {} malformed\n", counted(tally.messages, "message", "messages"), tally.malformed);
    if (!trouble.empty()) return failed(trouble, 1);
    return invocation.has("--strict") && tally.malformed > 0 ? 1 : 0;
}

}  // namespace dyad::ctl
