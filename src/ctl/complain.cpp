#include "ctl/complain.hpp"

#include <fmt/format.h>

#include <cstdio>

namespace dyad::ctl {

void complain(std::string_view words) {
    std::fflush(stdout);
    fmt::print(stderr, "dyad: {}{}", words, words.ends_with('\n') ? "" : "\n");
}

}  // namespace dyad::ctl
