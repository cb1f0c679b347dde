#pragma once
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/schema.hpp"

namespace dyad::config {

/// A key with its value as the file would have it, defaults included.
struct Line {
    const Key* key = nullptr;
    std::string name;    ///< "hold_time", "limits.receive"
    std::string text;    ///< "" where there is no value
    std::string hidden;  ///< counts as a difference, is not shown
    /// Of a list whose order means nothing: what identifies an element, and its text; sorted.
    std::vector<std::pair<std::string, std::string>> elements;
};

/// One thing of the configuration with all its keys.
struct Item {
    std::string name;  ///< "" (the top), "er-ams", "er-ams/private", "er-ams/private/primary", "neighbor edge2", "fib"
    Section section = Section::Top;
    std::vector<Line> lines;
};

/// The whole configuration, flat: equal descriptions are equal configurations, whatever the file looked like.
std::vector<Item> describe(const Config& config);

std::string_view choice_text(Prefer prefer);
std::string_view choice_text(OnlyIfReceiving what);
std::string secret_text(const Secret& secret);
std::string advertise_text(const Advertise& entry);
std::string range_text(const PrefixRange& range);

}  // namespace dyad::config
