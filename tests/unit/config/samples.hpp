#pragma once
#include <string>

namespace dyad::config {

inline const std::string kTenLines = R"(asn = 65010

[[circuit]]
name = "er-ams"
sku  = "standard"

[circuit.private]
subnet    = "192.168.15.16/29"
advertise = ["10.1.0.0/16"]
primary   = { interface = "eth1.100" }
secondary = { interface = "eth2.100" }
)";

}  // namespace dyad::config
