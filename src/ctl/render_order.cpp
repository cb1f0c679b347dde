#include <fmt/format.h>

#include <boost/json/array.hpp>

#include "ctl/render.hpp"

namespace dyad::ctl {

std::string render_order(const Json& order) {
    std::string out;
    for (const auto& row : list(order, "sessions"))
        out +=
            fmt::format("{}{} {}\n", truth(row, "done") ? "" : "not done: ", text(row, "session"), text(row, "what"));
    return out;
}

}  // namespace dyad::ctl
