#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "player.hpp"

/// scenario DIRECTORY DYAD: plays DIRECTORY/script and compares with DIRECTORY/expected; DYAD_BLESS=1 writes it instead.
int main(int argc, char** argv) {
    if (argc != 3) return 2;
    const std::string directory = argv[1];
    const auto read = [](const std::string& path) {
        std::ifstream file{path};
        std::stringstream text;
        text << file.rdbuf();
        return text.str();
    };
    const auto script = read(directory + "/script");
    if (script.empty()) return std::fprintf(stderr, "%s/script is missing or empty\n", directory.c_str()), 2;
    const auto program = std::filesystem::absolute(argv[2]);
    const auto expected = std::filesystem::absolute(directory) / "expected";
    std::filesystem::current_path(directory);
    const auto transcript = dyad::scenario::Player{program}.play(script);
    if (std::getenv("DYAD_BLESS")) {
        std::ofstream{expected} << transcript;
        return 0;
    }
    if (transcript == read(expected)) return 0;
    std::printf("what was played is not what %s/expected says; this is:\n%s", directory.c_str(), transcript.c_str());
    return 1;
}
