#include "dyad/base/ensure.hpp"
#include "msee/script_player.hpp"

using namespace dyad;
using namespace dyad::msee;

namespace {

/// As long as a fuzzer's patience: a `repeat` of a million is a million steps.
constexpr int kTurns = 64;

/// Every dial is answered, everything said comes back as if the peer had said it, time passes in leaps.
void play(Script script) {
    ScriptPlayer player{std::move(script)};
    Instant now{};
    player.start(now);
    bool finished = false;
    for (int turn = 0; turn < kTurns && !finished; ++turn) {
        for (auto& output : player.take_outputs()) {
            ensure(!finished);
            if (const auto* dial = std::get_if<PlayDial>(&output)) player.connected(now, dial->connection);
            if (const auto* send = std::get_if<PlaySend>(&output)) {
                player.sent(now, send->connection, send->octets.size());
                player.received(now, send->connection, send->octets);
            }
            finished = std::holds_alternative<ScriptFinished>(output);
        }
        if (finished) break;
        const auto deadline = player.deadline();
        now = deadline && *deadline > now ? *deadline : now + std::chrono::seconds{1};
        if (turn == kTurns / 2) player.accepted(now, {1});
        player.tick(now);
    }
}

}  // namespace

/// A script is played or gets errors, each inside the text.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    auto script = parse_script(text, {.id = {1}, .local = Address::v4(0xc0a80f12)});
    if (script) {
        play(std::move(*script));
        return 0;
    }
    ensure(!script.error().empty());
    for (const auto& error : script.error()) {
        ensure(error.line >= 1 && error.column >= 1 && error.end_column > error.column);
        ensure(error.column <= size + 1 && !error.what.empty());
    }
    return 0;
}
