#include "shell/journal.hpp"

#include <doctest/doctest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

using namespace dyad::shell;
using dyad::speaker::EventLevel;

namespace {

/// A folder that goes with the test.
struct Folder {
    std::string name = "/tmp/dyad-journal-XXXXXX";
    Folder() { REQUIRE(::mkdtemp(name.data()) != nullptr); }
    ~Folder() { std::filesystem::remove_all(name); }
    Folder(const Folder&) = delete;
};

std::string content(const std::string& file) {
    std::ifstream in{file};
    return {std::istreambuf_iterator<char>{in}, {}};
}

bool says(const std::string& file, const std::string& words) { return content(file).find(words) != std::string::npos; }

}  // namespace

TEST_CASE("a log file that was moved away is begun anew at the next reload") {
    const Folder folder;
    const auto file = folder.name + "/log", moved = folder.name + "/log.1";
    dyad::config::Log log;
    log.target = file;
    Journal journal;
    journal.configure(log);
    journal.note(EventLevel::Info, "before");
    std::filesystem::rename(file, moved);
    journal.note(EventLevel::Info, "meanwhile");
    journal.configure(log);
    journal.note(EventLevel::Info, "after");
    CHECK(says(moved, "before"));
    CHECK(says(moved, "meanwhile"));
    CHECK(says(file, "after"));
    CHECK_FALSE(says(file, "before"));
}

TEST_CASE("each level brings what is as grave and what is graver") {
    const Folder folder;
    const EventLevel all[] = {EventLevel::Debug, EventLevel::Info, EventLevel::Warning, EventLevel::Error};
    const std::pair<const char*, std::size_t> least[] = {
        {"trace", 0}, {"debug", 0}, {"info", 1}, {"warning", 2}, {"error", 3}};
    for (const auto& [level, first] : least) {
        dyad::config::Log log;
        log.target = folder.name + "/" + level;
        log.level = level;
        Journal journal;
        journal.configure(log);
        for (std::size_t i = 0; i < std::size(all); ++i) {
            const auto words = "level " + std::to_string(i);
            journal.note(all[i], words);
            CHECK_MESSAGE(says(log.target, words) == (i >= first), level, ": ", words);
        }
    }
}
