#include "ctl/check.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>

#include "ctl/complain.hpp"
#include "dyad/base/text.hpp"
#include "dyad/config/explain.hpp"
#include "dyad/config/parse.hpp"

namespace dyad::ctl {

namespace {

namespace json = boost::json;
using config::Diagnostic;

constexpr std::string_view kDefaultFile = "/etc/dyad/dyad.toml";

std::string as_json(const std::string& file, const config::Parsed& parsed) {
    json::object out;
    out["file"] = file;
    out["valid"] = parsed.ok();
    json::array list;
    for (const auto& d : parsed.diagnostics) {
        json::object one;
        one["level"] = d.level == Diagnostic::Level::Error ? "error" : "warning";
        one["line"] = d.line;
        one["column"] = d.column;
        one["end_column"] = d.end_column;
        one["what"] = d.what;
        one["mark"] = d.mark;
        one["hint"] = d.hint;
        list.push_back(std::move(one));
    }
    out["diagnostics"] = std::move(list);
    return json::serialize(out);
}

}  // namespace

int check(const Invocation& invocation) {
    const auto file = invocation.arguments.empty() ? std::string{kDefaultFile} : invocation.arguments.front();
    std::ifstream in{file, std::ios::binary};
    if (!in) {
        complain(fmt::format("{}: {}", file, std::strerror(errno)));
        return 1;
    }
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    const auto parsed = config::parse(text);
    if (invocation.json) {
        fmt::print("{}\n", as_json(file, parsed));
        return parsed.ok() ? 0 : 1;
    }
    std::size_t errors = 0, warnings = 0;
    for (const auto& diagnostic : parsed.diagnostics) {
        ++(diagnostic.level == Diagnostic::Level::Error ? errors : warnings);
        auto frame = render(diagnostic, file, text);
        if (!frame.ends_with('\n')) frame += '\n';
        fmt::print(stderr, "{}\n", frame);
    }
    if (errors > 0) {
        fmt::print(stderr, "{}: {}, {}\n", file, counted(errors, "error", "errors"),
                   counted(warnings, "warning", "warnings"));
        return 1;
    }
    if (invocation.has("--verbose"))
        for (const auto& line : config::explain(parsed.config)) fmt::print("{}\n", line);
    fmt::print("{}: valid{}\n", file, warnings == 0 ? "" : ", " + counted(warnings, "warning", "warnings"));
    return 0;
}

}  // namespace dyad::ctl
