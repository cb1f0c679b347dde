#pragma once
#include <optional>
#include <string>
#include <vector>

#include "dyad/wire/attributes.hpp"
#include "wire/raw_attribute.hpp"

namespace dyad::wire {

/// An error about one attribute: its octets are the data. `what` goes on after the attribute's name.
UpdateError attribute_error(Severity severity, std::uint8_t subcode, const RawAttribute& attribute,
                            const std::string& what);

/// What is wrong with one UPDATE: the worst of its errors (RFC 7606 3.h; the first of equals) and what was discarded.
class AttributeFaults {
public:
    void add(UpdateError error);
    /// Routes are affected.
    const std::optional<UpdateError>& worst() const { return worst_; }
    std::vector<UpdateError> take_discarded() { return std::move(discarded_); }

private:
    std::optional<UpdateError> worst_;
    std::vector<UpdateError> discarded_;
};

}  // namespace dyad::wire
