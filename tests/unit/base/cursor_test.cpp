#include <doctest/doctest.h>

#include <array>

#include "dyad/base/reader.hpp"
#include "dyad/base/writer.hpp"

using namespace dyad;

TEST_CASE("a read past the end fails for good and gives zero") {
    const std::array<std::uint8_t, 3> octets{1, 2, 3};
    Reader in{octets};
    CHECK(in.u16() == 0x0102);
    CHECK(in.u16() == 0);
    CHECK(in.failed());
    CHECK(in.u8() == 0);
    CHECK(in.empty());
}

TEST_CASE("a cursor over too short a part has failed with its parent") {
    const std::array<std::uint8_t, 3> octets{1, 2, 3};
    Reader in{octets};
    Reader inner = in.sub(4);
    CHECK(inner.failed());
    CHECK(in.failed());
}

TEST_CASE("a write that does not fit is not done, and can be taken back") {
    std::array<std::uint8_t, 4> buffer{};
    Writer out{buffer};
    out.u16(0x0102);
    const auto whole = out.size();
    out.u32(7);
    CHECK(out.failed());
    out.rewind(whole);
    out.u16(0x0304);
    CHECK_FALSE(out.failed());
    CHECK(buffer == std::array<std::uint8_t, 4>{1, 2, 3, 4});
}
