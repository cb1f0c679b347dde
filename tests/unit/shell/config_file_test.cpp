#include "shell/config_file.hpp"

#include <doctest/doctest.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <string>

using namespace dyad::shell;

namespace {

/// A file that goes with the test.
struct TemporaryFile {
    std::string name = "/tmp/dyad-config-XXXXXX";
    explicit TemporaryFile(const std::string& text) {
        const int fd = ::mkstemp(name.data());
        REQUIRE(fd >= 0);
        ::close(fd);
        std::ofstream{name} << text;
    }
    ~TemporaryFile() { ::unlink(name.c_str()); }
    TemporaryFile(const TemporaryFile&) = delete;
};

std::string file_with(const std::string& more) {
    return "asn = 65010\n"
           "[[circuit]]\n"
           "name = \"er-ams\"\n"
           "[circuit.private]\n"
           "subnet = \"192.168.15.16/29\"\n"
           "advertise = [\"10.1.0.0/16\"]\n"
           "primary = { interface = \"eth1\" }\n"
           "secondary = { interface = \"eth2\" }\n" +
           more;
}

std::string key_of(const LoadedConfig& loaded) {
    return loaded.config.circuits.at(0).peerings.at(0).transport.md5->value;
}

}  // namespace

TEST_CASE("a file that is not there is refused with its name and the reason") {
    const auto loaded = load_config("/nowhere/dyad.toml", Secrets::Fetch);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().text == "/nowhere/dyad.toml: No such file or directory\n");
}

TEST_CASE("a broken file is refused with every complaint, and the first in one line") {
    const TemporaryFile file{"asn = 12076\nhostname = 7\n"};
    const auto loaded = load_config(file.name, Secrets::Fetch);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().errors >= 2);
    CHECK(loaded.error().first.starts_with(file.name + ":"));
    CHECK(loaded.error().first.find('\n') == std::string::npos);
}

TEST_CASE("a key comes from a file, without the line's end") {
    const TemporaryFile key{"sesame\n"};
    const TemporaryFile file{file_with("md5 = { file = \"" + key.name + "\" }\n")};
    const auto loaded = load_config(file.name, Secrets::Fetch);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
    CHECK(key_of(*loaded) == "sesame");
    CHECK(masked_text(*loaded).find("sesame") == std::string::npos);
}

TEST_CASE("a key comes from the environment") {
    ::setenv("DYAD_TEST_KEY", "open", 1);
    const TemporaryFile file{file_with("md5 = { env = \"DYAD_TEST_KEY\" }\n")};
    const auto loaded = load_config(file.name, Secrets::Fetch);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
    CHECK(key_of(*loaded) == "open");
    ::unsetenv("DYAD_TEST_KEY");
    const auto again = load_config(file.name, Secrets::Fetch);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().text.find("environment variable DYAD_TEST_KEY is not set") != std::string::npos);
}

TEST_CASE("a credential without a service manager says what is missing") {
    ::unsetenv("CREDENTIALS_DIRECTORY");
    const TemporaryFile file{file_with("md5 = { credential = \"er-ams\" }\n")};
    const auto loaded = load_config(file.name, Secrets::Fetch);
    REQUIRE_FALSE(loaded.has_value());
    CHECK(loaded.error().text.find("LoadCredential=er-ams:PATH") != std::string::npos);
    CHECK(load_config(file.name, Secrets::Leave).has_value());
}

TEST_CASE("a key that TCP cannot take is refused") {
    const TemporaryFile key{std::string(81, 'x')};
    const TemporaryFile file{file_with("md5 = { file = \"" + key.name + "\" }\n")};
    CHECK_FALSE(load_config(file.name, Secrets::Fetch).has_value());
    const TemporaryFile empty{"\n"};
    const TemporaryFile other{file_with("md5 = { file = \"" + empty.name + "\" }\n")};
    CHECK_FALSE(load_config(other.name, Secrets::Fetch).has_value());
}

TEST_CASE("of the service key only the last four characters are shown") {
    const TemporaryFile file{
        "asn = 65010\n[[circuit]]\nname = \"er-ams\"\nservice_key = \"9d1f0000-1111-4222-8333-44445555c2aa\"\n"};
    const auto loaded = load_config(file.name, Secrets::Fetch);
    REQUIRE_MESSAGE(loaded.has_value(), loaded.error().text);
    CHECK(masked_text(*loaded).find("service_key = \"...c2aa\"") != std::string::npos);
}
