#pragma once
#include <string>
#include <vector>

#include "dyad/config/config.hpp"

namespace dyad::config {

/// How a key takes effect: the column of the schema table.
enum class ReloadClass : std::uint8_t { Live, Refresh, Session, Start };
std::string_view to_string(ReloadClass reload_class);

/// One difference between two configurations.
struct Change {
    std::string item;    ///< "er-ams/private", "er-ams/private/primary", "neighbor edge2", "fib", "" for the top
    std::string key;     ///< "hold_time"; "" when the item itself came or went
    std::string before;  ///< as the file would have it; "" where absent; "(secret)" for secrets
    std::string after;
    ReloadClass reload_class = ReloadClass::Live;
    enum class Kind : std::uint8_t { Changed, Added, Removed } kind = Kind::Changed;
    friend bool operator==(const Change&, const Change&) = default;
};

/// Everything that differs, in the order of the file. A default written out is no difference.
std::vector<Change> diff(const Config& before, const Config& after);

}  // namespace dyad::config
