#pragma once
#include <string>
#include <string_view>

namespace dyad::config {

/// A key written into the file must not reach a terminal or a log by way of a complaint about its line: what stands
/// behind `md5 =` and `service_key =` becomes stars. True where there was something to hide.
bool hide_secrets(std::u32string& line);

}  // namespace dyad::config
