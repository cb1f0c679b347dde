#include "shell/config_file.hpp"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <cstring>

#include "dyad/config/parse.hpp"
#include "shell/files.hpp"

namespace dyad::shell {

namespace {

using config::Secret;

/// TCP_MD5SIG takes no more.
constexpr std::size_t kMaxKeyOctets = 80;

using SecretText = std::expected<std::string, std::string>;

SecretText from_file(const std::string& path, std::string_view kind) {
    auto text = read_file(path);
    if (!text) return std::unexpected(fmt::format("{} {}: {}", kind, path, std::strerror(text.error())));
    while (text->ends_with('\n') || text->ends_with('\r')) text->pop_back();
    return *std::move(text);
}

SecretText from_credential(const std::string& name) {
    if (name.find('/') != name.npos) return std::unexpected(fmt::format("credential {}: a name has no slash", name));
    const char* directory = std::getenv("CREDENTIALS_DIRECTORY");
    if (!directory) {
        return std::unexpected(fmt::format(
            "credential {}: there is no $CREDENTIALS_DIRECTORY; LoadCredential={}:PATH in the unit makes one", name,
            name));
    }
    return from_file(fmt::format("{}/{}", directory, name), "credential");
}

SecretText from_environment(const std::string& name) {
    const char* value = std::getenv(name.c_str());
    if (!value) return std::unexpected(fmt::format("environment variable {} is not set", name));
    return value;
}

SecretText fetch(const Secret& secret) {
    switch (secret.from) {
        case Secret::From::Credential:
            return from_credential(secret.name);
        case Secret::From::File:
            return from_file(secret.name, "file");
        case Secret::From::Environment:
            return from_environment(secret.name);
        case Secret::From::Inline:
            return secret.value;
    }
    return std::unexpected("a secret from nowhere");
}

/// "" when the secret is filled in.
std::string fill(std::optional<Secret>& secret) {
    if (!secret) return {};
    auto value = fetch(*secret);
    if (!value) return value.error();
    if (value->empty()) return fmt::format("{} is empty", secret->name.empty() ? "the key" : secret->name);
    if (value->size() > kMaxKeyOctets) {
        return fmt::format("{} has {} octets, a TCP MD5 key has {} at most", secret->name, value->size(),
                           kMaxKeyOctets);
    }
    secret->value = *std::move(value);
    return {};
}

std::vector<std::string> fill_all(config::Config& config) {
    std::vector<std::string> errors;
    const auto add = [&](const std::string& whose, std::string error) {
        if (!error.empty()) errors.push_back(fmt::format("{}: md5: {}", whose, error));
    };
    for (auto& circuit : config.circuits) {
        for (auto& peering : circuit.peerings) {
            add(fmt::format("{}/{}", circuit.name, to_string(peering.kind)), fill(peering.transport.md5));
        }
    }
    for (auto& neighbor : config.neighbors) add(neighbor.name, fill(neighbor.transport.md5));
    return errors;
}

RefusedConfig refuse(std::string what) { return {.errors = 1, .first = what, .text = what + "\n"}; }

RefusedConfig refuse(const std::string& file, const std::string& text, const config::Parsed& parsed) {
    RefusedConfig refused;
    for (const auto& diagnostic : parsed.diagnostics) {
        refused.text += render(diagnostic, file, text);
        if (!refused.text.ends_with('\n')) refused.text += '\n';
        if (diagnostic.level != config::Diagnostic::Level::Error) continue;
        if (refused.errors++ == 0) refused.first = fmt::format("{}:{}: {}", file, diagnostic.line, diagnostic.what);
    }
    return refused;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
    for (auto at = text.find(what); at != text.npos; at = text.find(what, at + with.size())) {
        text.replace(at, what.size(), with);
    }
}

void mask(std::string& text, const std::optional<Secret>& secret) {
    if (!secret || secret->from != Secret::From::Inline || secret->value.empty()) return;
    replace_all(text, secret->value, fmt::format("(set, {} characters)", secret->value.size()));
}

}  // namespace

std::expected<LoadedConfig, RefusedConfig> load_config(const std::string& file, Secrets secrets) {
    auto text = read_file(file);
    if (!text) return std::unexpected(refuse(fmt::format("{}: {}", file, std::strerror(text.error()))));
    auto parsed = config::parse(*text);
    if (!parsed.ok()) return std::unexpected(refuse(file, *text, parsed));
    if (secrets == Secrets::Fetch) {
        const auto errors = fill_all(parsed.config);
        if (!errors.empty()) {
            RefusedConfig refused{.errors = errors.size(), .first = errors.front(), .text = {}};
            for (const auto& error : errors) refused.text += fmt::format("{}: error: {}\n", file, error);
            return std::unexpected(std::move(refused));
        }
    }
    LoadedConfig loaded{.config = std::move(parsed.config), .file = file, .text = *std::move(text), .warnings = {}};
    for (const auto& diagnostic : parsed.diagnostics) loaded.warnings.push_back(render(diagnostic, file, loaded.text));
    return loaded;
}

std::string masked_text(const LoadedConfig& loaded) {
    std::string text = loaded.text;
    for (const auto& circuit : loaded.config.circuits) {
        const auto& key = circuit.service_key;
        if (key.size() > 4) replace_all(text, key, fmt::format("...{}", key.substr(key.size() - 4)));
        for (const auto& peering : circuit.peerings) mask(text, peering.transport.md5);
    }
    for (const auto& neighbor : loaded.config.neighbors) mask(text, neighbor.transport.md5);
    return text;
}

}  // namespace dyad::shell
