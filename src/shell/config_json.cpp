#include "shell/config_json.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "shell/view_json.hpp"

namespace dyad::shell {

namespace json = boost::json;

std::string config_json(const LoadedConfig& loaded) {
    json::object out;
    out["file"] = loaded.file;
    out["text"] = masked_text(loaded);
    return json::serialize(out);
}

std::string reloaded_json(const LoadedConfig& loaded, std::span<const config::Change> changes) {
    json::array rows, warnings;
    for (const auto& change : changes) rows.push_back(to_json(change));
    for (const auto& warning : loaded.warnings) warnings.emplace_back(warning);
    json::object out;
    out["file"] = loaded.file;
    out["changes"] = std::move(rows);
    out["warnings"] = std::move(warnings);
    return json::serialize(out);
}

std::string refused_json(const RefusedConfig& refused) {
    json::object out;
    out["error"] = refused.text;
    out["errors"] = refused.errors;
    return json::serialize(out);
}

}  // namespace dyad::shell
