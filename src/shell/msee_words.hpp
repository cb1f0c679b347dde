#pragma once
#include <string>

#include "msee/msee.hpp"

namespace dyad::shell {

/// One line for whoever watches an MSEE: "192.168.15.17 up: AS 65010, hold 180 s".
std::string msee_sentence(const msee::Happened& happened, const msee::Msee& msee);
/// Prints it to standard error with the time and the MSEE's name.
void print_msee_line(const std::string& name, const std::string& line);

}  // namespace dyad::shell
