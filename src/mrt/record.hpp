#pragma once
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>

#include "dyad/base/bytes.hpp"

namespace dyad::mrt {

/// Something in the file that cannot be read: where, counted in octets from its beginning, and what.
struct Error {
    std::size_t offset = 0;
    std::string what;
    friend bool operator==(const Error&, const Error&) = default;
};

/// RFC 6396 section 4: the types that carry BGP as it is spoken today. Others are passed over.
inline constexpr std::uint16_t kTableDumpV2 = 13, kBgp4mp = 16, kBgp4mpEt = 17;

/// One record in place (RFC 6396 sections 2 and 3).
struct Record {
    std::size_t offset = 0;     ///< of its header in the file
    std::uint32_t seconds = 0;  ///< since 1970
    std::uint32_t microseconds = 0;
    std::uint16_t type = 0;
    std::uint16_t subtype = 0;
    Bytes body;  ///< behind the header, and behind the microseconds of the _ET types
    std::size_t body_offset = 0;
};

/// Walks the records of a file. A record whose length points past the end is an error, and the last thing
/// told: nothing says where another would begin.
class RecordCursor {
public:
    explicit RecordCursor(Bytes file) : file_(file) {}
    /// The next record, or nothing at the end.
    std::optional<std::expected<Record, Error>> next();

private:
    std::expected<Record, Error> read();
    Error stop(std::size_t offset, std::string what);

    Bytes file_;
    std::size_t position_ = 0;
};

}  // namespace dyad::mrt
