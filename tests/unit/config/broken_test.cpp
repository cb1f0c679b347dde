#include <doctest/doctest.h>

#include "dyad/config/parse.hpp"
#include "files.hpp"

using namespace dyad::config;

TEST_CASE("every broken file is refused with all its complaints, word for word") {
    const auto files = toml_files(source_root() / "tests/unit/config/broken");
    CHECK(files.size() >= 12);
    for (const auto& file : files) {
        CAPTURE(file.filename().string());
        const auto text = content_of(file);
        const auto parsed = parse(text);
        const auto said = render(parsed, file.filename().string(), text);
        auto golden = file;
        golden.replace_extension(".expected");
        if (blessing()) bless(golden, said);
        CHECK_FALSE(parsed.ok());
        CHECK(said == content_of(golden));
    }
}

TEST_CASE("what is said about a file never holds its keys") {
    for (const auto name : {"12-keys.toml", "33-secret-on-a-broken-line.toml"}) {
        const auto text = content_of(source_root() / "tests/unit/config/broken" / name);
        const auto said = render(parse(text), name, text);
        CHECK_FALSE(said.contains("not-for-azure"));
        CHECK_FALSE(said.contains("s3cret"));
    }
}
