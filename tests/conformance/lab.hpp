#pragma once
#include <map>
#include <string>

namespace dyad::conformance {

/// The configuration of the Speaker under test. It is always the same router, AS 65010, with six neighbours, each on
/// an interface of its own; a test says only what it wants otherwise:
///
///     lab().with("a.hold_time", "\"10s\"").with("asn", "4200000001")
///
///     a    192.0.2.2      AS 65001   external
///     b    198.51.100.2   AS 65002   external
///     c    203.0.113.2    AS 65001   external, a second router of a's AS
///     i    172.20.1.2     AS 65010   internal
///     j    172.20.2.2     AS 65010   internal
///     six  2001:db8:6::2  AS 65006   external, IPv6 only
///
/// Everything that one tells is passed on to the others. a, b, i and j speak IPv4 and IPv6 routes.
class Lab {
public:
    Lab();
    /// "asn" of the router, or "a.asn" of a neighbour, as TOML writes the value; "" takes the key out.
    Lab with(const std::string& key, const std::string& value) const;
    Lab without_neighbor(const std::string& name) const;
    std::string toml() const;

private:
    using Keys = std::map<std::string, std::string>;
    Keys router_;
    std::map<std::string, Keys> neighbors_;
};

inline Lab lab() { return Lab{}; }

}  // namespace dyad::conformance
