#include "lab.hpp"

namespace dyad::conformance {
namespace {

std::string lines(const std::map<std::string, std::string>& keys) {
    std::string text;
    for (const auto& [key, value] : keys) text += key + " = " + value + "\n";
    return text;
}

}  // namespace

Lab::Lab() : router_{{"asn", "65010"}, {"router_id", "\"10.0.0.10\""}, {"lab", "true"}} {
    const auto add = [&](const std::string& name, const std::string& peer, const std::string& local,
                         const std::string& asn, const std::string& families) {
        neighbors_[name] = {{"name", "\"" + name + "\""},
                            {"address", "\"" + peer + "\""},
                            {"local_address", "\"" + local + "\""},
                            {"asn", asn},
                            {"families", families},
                            {"accept", "{ any = true }"},
                            {"pass_on", "[\"*\"]"}};
    };
    const std::string both = "[\"ipv4\", \"ipv6\"]";
    add("a", "192.0.2.2", "192.0.2.1", "65001", both);
    add("b", "198.51.100.2", "198.51.100.1", "65002", both);
    add("c", "203.0.113.2", "203.0.113.1", "65001", "[\"ipv4\"]");
    add("i", "172.20.1.2", "172.20.1.1", "65010", both);
    add("j", "172.20.2.2", "172.20.2.1", "65010", both);
    add("six", "2001:db8:6::2", "2001:db8:6::1", "65006", "[\"ipv6\"]");
}

Lab Lab::with(const std::string& key, const std::string& value) const {
    Lab copy = *this;
    const auto dot = key.find('.');
    auto& keys = dot == std::string::npos ? copy.router_ : copy.neighbors_.at(key.substr(0, dot));
    const auto name = dot == std::string::npos ? key : key.substr(dot + 1);
    if (value.empty())
        keys.erase(name);
    else
        keys[name] = value;
    return copy;
}

Lab Lab::without_neighbor(const std::string& name) const {
    Lab copy = *this;
    copy.neighbors_.erase(name);
    return copy;
}

std::string Lab::toml() const {
    std::string text = lines(router_);
    for (const auto& [name, keys] : neighbors_) text += "\n[[neighbor]]\n" + lines(keys);
    return text;
}

}  // namespace dyad::conformance
