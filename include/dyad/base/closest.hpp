#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace dyad {

/// Which of the words that could have stood there somebody meant who wrote another: the closest of those offered, the first
/// of several equally close. A third of the letters may be wrong, one always: "hld_time" is hold_time, "foo" is nothing.
class Closest {
public:
    explicit Closest(std::string_view written);
    /// The candidate must outlive this.
    void offer(std::string_view candidate);
    const std::optional<std::string_view>& best() const { return best_; }

private:
    std::string written_;
    std::size_t nearest_;  ///< closer than this is better than what was found
    std::optional<std::string_view> best_;
};

}  // namespace dyad
