#pragma once
#include <string>

namespace dyad::config {

/// conf/dyad.toml: every key of the schema with its default, its reload class and what it is for. Keys without a
/// default, and those that cannot all stand together, are commented out.
std::string reference_file();

}  // namespace dyad::config
