#include "ctl/answer.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

namespace dyad::ctl {

const Json& member(const Json& object, std::string_view key) {
    static const Json kNothing;
    const auto* fields = object.if_object();
    if (!fields) return kNothing;
    const auto* found = fields->if_contains(boost::json::string_view{key.data(), key.size()});
    return found ? *found : kNothing;
}

std::string text(const Json& object, std::string_view key) {
    const auto* found = member(object, key).if_string();
    return found ? std::string{found->data(), found->size()} : std::string{};
}

std::string text_or_dash(const Json& object, std::string_view key) {
    auto found = text(object, key);
    return found.empty() ? "-" : found;
}

std::uint64_t number(const Json& object, std::string_view key) {
    const auto& found = member(object, key);
    if (const auto* value = found.if_uint64()) return *value;
    if (const auto* value = found.if_int64(); value && *value >= 0) return static_cast<std::uint64_t>(*value);
    return 0;
}

double real(const Json& object, std::string_view key) {
    const auto& value = member(object, key);
    boost::system::error_code error;
    const auto found = value.to_number<double>(error);
    return error ? 0 : found;
}

bool truth(const Json& object, std::string_view key) {
    const auto* found = member(object, key).if_bool();
    return found && *found;
}

bool is_null(const Json& object, std::string_view key) { return member(object, key).is_null(); }

const boost::json::array& list(const Json& object, std::string_view key) {
    static const boost::json::array kNone;
    const auto* found = member(object, key).if_array();
    return found ? *found : kNone;
}

std::string joined(const Json& object, std::string_view key, std::string_view between) {
    std::string out;
    for (const auto& item : list(object, key)) {
        const auto* word = item.if_string();
        if (!word) continue;
        if (!out.empty()) out += between;
        out.append(word->data(), word->size());
    }
    return out;
}

std::string short_duration(std::uint64_t seconds) {
    if (seconds < 60) return fmt::format("{}s", seconds);
    if (seconds < 3600) return fmt::format("{}m{:02}s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{}h{:02}m", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{}d{:02}h", seconds / 86400, seconds / 3600 % 24);
}

std::string long_duration(std::uint64_t seconds) {
    if (seconds < 60) return fmt::format("{} s", seconds);
    if (seconds < 3600) return fmt::format("{} min {} s", seconds / 60, seconds % 60);
    if (seconds < 86400) return fmt::format("{} h {} min", seconds / 3600, seconds / 60 % 60);
    return fmt::format("{} d {} h", seconds / 86400, seconds / 3600 % 24);
}

}  // namespace dyad::ctl
