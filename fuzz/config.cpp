#include <string_view>

#include "dyad/base/ensure.hpp"
#include "dyad/config/diff.hpp"
#include "dyad/config/explain.hpp"
#include "dyad/config/parse.hpp"

using namespace dyad;

/// Any text gets an answer that can be shown; one without errors is a configuration that differs from itself in nothing.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view text{reinterpret_cast<const char*>(data), size};
    const auto parsed = config::parse(text);
    bool error = false;
    for (const auto& diagnostic : parsed.diagnostics) {
        error = error || diagnostic.level == config::Diagnostic::Level::Error;
        ensure(diagnostic.line > 0 && diagnostic.column > 0 && diagnostic.end_column > diagnostic.column);
        ensure(!config::render(diagnostic, "fuzz.toml", text).empty());
    }
    ensure(parsed.ok() == !error);
    if (!parsed.ok()) return 0;
    ensure(parsed.config.asn.value != 0);
    ensure(!config::explain(parsed.config).empty());
    ensure(config::diff(parsed.config, parsed.config).empty());
    ensure(config::parse(text).config == parsed.config);
    return 0;
}
