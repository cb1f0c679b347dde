#include "ctl/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <cstring>
#include <expected>
#include <fstream>
#include <iterator>

#include "ctl/complain.hpp"
#include "ctl/fit.hpp"
#include "dyad/base/text.hpp"
#include "dyad/config/explain.hpp"
#include "dyad/config/parse.hpp"

namespace dyad::ctl {

namespace {

namespace json = boost::json;
using config::Diagnostic;

constexpr std::string_view kDefaultFile = "/etc/dyad/dyad.toml";

std::string as_json(const std::string& file, const config::Parsed& parsed, const std::vector<Fit>& fits) {
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
    if (!fits.empty()) out["limits"] = to_json(fits);
    return json::serialize(out);
}

/// What --sku and --add ask; nothing where neither was given.
std::expected<std::vector<Fit>, std::string> fits_asked_for(const Invocation& invocation,
                                                            const config::Config& config) {
    if (!invocation.has("--sku") && !invocation.has("--add")) return std::vector<Fit>{};
    Question question{.sku = {}, .add = {}, .to = invocation.value("--to")};
    if (invocation.has("--sku")) {
        question.sku = sku_named(invocation.value("--sku"));
        if (!question.sku) return std::unexpected("--sku is local, standard or premium");
    }
    if (invocation.has("--add")) {
        auto added = read_additions(invocation.value("--add"));
        if (!added) return std::unexpected(added.error());
        question.add = std::move(*added);
    }
    return fits(config, question);
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
    const auto fits =
        parsed.ok() ? fits_asked_for(invocation, parsed.config) : std::expected<std::vector<Fit>, std::string>{};
    if (!fits) {
        complain(fits.error());
        return 1;
    }
    const int fit_code = std::ranges::any_of(*fits, &Fit::withholds) ? 2 : 0;
    if (invocation.json) {
        fmt::print("{}\n", as_json(file, parsed, *fits));
        return parsed.ok() ? fit_code : 1;
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
    for (const auto& fit : *fits) fmt::print("{}", fit_words(fit));
    return fit_code;
}

}  // namespace dyad::ctl
