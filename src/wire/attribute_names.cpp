#include <algorithm>
#include <array>
#include <string_view>

#include "dyad/wire/attributes.hpp"

namespace dyad::wire {
namespace {

struct AttributeName {
    std::uint8_t type;
    std::string_view name;
};

/// IANA "BGP Path Attributes", in the words of their RFCs.
constexpr std::array kAttributeNames{AttributeName{1, "ORIGIN"},
                                     AttributeName{2, "AS_PATH"},
                                     AttributeName{3, "NEXT_HOP"},
                                     AttributeName{4, "MULTI_EXIT_DISC"},
                                     AttributeName{5, "LOCAL_PREF"},
                                     AttributeName{6, "ATOMIC_AGGREGATE"},
                                     AttributeName{7, "AGGREGATOR"},
                                     AttributeName{8, "COMMUNITIES"},
                                     AttributeName{9, "ORIGINATOR_ID"},
                                     AttributeName{10, "CLUSTER_LIST"},
                                     AttributeName{14, "MP_REACH_NLRI"},
                                     AttributeName{15, "MP_UNREACH_NLRI"},
                                     AttributeName{16, "EXTENDED COMMUNITIES"},
                                     AttributeName{17, "AS4_PATH"},
                                     AttributeName{18, "AS4_AGGREGATOR"},
                                     AttributeName{22, "PMSI_TUNNEL"},
                                     AttributeName{23, "Tunnel Encapsulation"},
                                     AttributeName{24, "Traffic Engineering"},
                                     AttributeName{25, "IPv6 Extended Communities"},
                                     AttributeName{26, "AIGP"},
                                     AttributeName{27, "PE Distinguisher Labels"},
                                     AttributeName{29, "BGP-LS"},
                                     AttributeName{32, "LARGE_COMMUNITY"},
                                     AttributeName{33, "BGPsec_PATH"},
                                     AttributeName{35, "ONLY_TO_CUSTOMER"},
                                     AttributeName{40, "Prefix-SID"},
                                     AttributeName{128, "ATTR_SET"}};

}  // namespace

std::string attribute_name(std::uint8_t type) {
    const auto found = std::ranges::find(kAttributeNames, type, &AttributeName::type);
    return found != kAttributeNames.end() ? std::string{found->name} : "attribute " + std::to_string(type);
}

}  // namespace dyad::wire
