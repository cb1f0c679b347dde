#pragma once
#include <cstdint>

namespace dyad::msee {

/// Which prefix ends the session. Microsoft writes both: "up to 4,000", and "less than 4,000" where a circuit is to be downgraded.
enum class Boundary : std::uint8_t { Beyond, At };

/// Held: what the customer has announced and not withdrawn. HeldAndIncoming: that, and all that an UPDATE brings, known
/// prefixes or not, whatever it withdraws: so Azure's Route Server counts, and repeating a table ends the session.
enum class Counting : std::uint8_t { Held, HeldAndIncoming };

/// How many prefixes a customer may announce.
struct Allowance {
    std::uint32_t limit = 4'000;  ///< as the documents name it, and the Cease/1
    Boundary boundary = Boundary::Beyond;
    Counting counting = Counting::Held;

    std::uint32_t most() const { return boundary == Boundary::At && limit > 0 ? limit - 1 : limit; }
};

}  // namespace dyad::msee
