#pragma once
#include <span>
#include <string>

#include "dyad/config/diff.hpp"
#include "shell/config_file.hpp"

/// What is told of the file: a line of JSON each.
namespace dyad::shell {

/// `show config`: without its secrets.
std::string config_json(const LoadedConfig& loaded);
/// `reload`: what changed, or what is wrong.
std::string reloaded_json(const LoadedConfig& loaded, std::span<const config::Change> changes);
std::string refused_json(const RefusedConfig& refused);

}  // namespace dyad::shell
