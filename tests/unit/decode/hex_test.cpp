#include "decode/hex.hpp"

#include <doctest/doctest.h>

using namespace dyad::decode;

namespace {

const std::vector<std::uint8_t> kOctets{0xff, 0xff, 0x00, 0x13, 0x04, 0xab};

std::vector<std::uint8_t> seventeen() {
    std::vector<std::uint8_t> octets(16, 0xff);
    octets.push_back(0x13);
    return octets;
}

}  // namespace

TEST_CASE("hex is read in any layout people paste") {
    CHECK(read_hex("ffff001304ab") == kOctets);
    CHECK(read_hex("FF FF 00 13 04 AB\n") == kOctets);
    CHECK(read_hex("ff:ff:00:13:04:ab") == kOctets);
    CHECK(read_hex("0xff, 0xff, 0x00, 0x13, 0x04, 0xab") == kOctets);
    CHECK(read_hex("\\xff\\xff\\x00\\x13\\x04\\xab") == kOctets);
    CHECK(read_hex("{0xff, 0xff,\r\n 0x00, 0x13,\r\n 0x04, 0xab};") == kOctets);
    CHECK(read_hex("# from the log\nffff0013\n04ab") == kOctets);
}

TEST_CASE("the offsets and characters of a dump are left out") {
    // hexdump -C
    CHECK(read_hex("00000000  ff ff ff ff ff ff ff ff  ff ff ff ff ff ff ff ff  |................|\n"
                   "00000010  13                                                |.|\n00000011\n") == seventeen());
    // xxd
    CHECK(read_hex("00000000: ffff ffff ffff ffff ffff ffff ffff ffff  ................\n00000010: 13  .\n") ==
          seventeen());
    // tcpdump -X
    CHECK(read_hex("\t0x0000:  ffff ffff ffff ffff ffff ffff ffff ffff  ................\n\t0x0010:  13                "
                   "   .\n") == seventeen());
    // Wireshark, characters that are hex digits themselves
    CHECK(read_hex("0000   ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff ff   abcdefabcdefabcd\n0010   13   a\n") ==
          seventeen());
}

TEST_CASE("words of four digits without rising offsets are octets") {
    CHECK(read_hex("ffff 0013 04ab") == kOctets);
    CHECK(read_hex("0000 0001\n0000 0002") == std::vector<std::uint8_t>{0, 0, 0, 1, 0, 0, 0, 2});
}

TEST_CASE("what is not hex is named with its line") {
    CHECK(read_hex("ffff\nxyz").error() == "line 2: \"xyz\" is not hex");
    CHECK(read_hex("fff").error() == "an odd number of hex digits: 3");
}
