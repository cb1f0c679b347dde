#include "decode/notification.hpp"

#include <algorithm>
#include <array>

#include "decode/open.hpp"
#include "decode/shapes.hpp"
#include "decode/words.hpp"
#include "dyad/wire/notification.hpp"

namespace dyad::decode {
namespace {

constexpr std::array kUnreadData{Part{"Data", kRest, hex}};
constexpr std::array kErroneousLength{Part{"Erroneous Length", 2, number}};
constexpr std::array kErroneousType{Part{"Erroneous Type", 1, number}};
constexpr std::array kSupportedVersion{Part{"Largest Version Supported", 2, number}};
constexpr std::array kBound{Part{"Address Family", 2, afi}, Part{"Subsequent Address Family", 1, safi},
                            Part{"Upper Bound", 4, number}};

/// RFC 9003 section 2.
void shutdown_communication(Cursor& in, Fields& out, const Context&) {
    auto value = in.sub(in.read({"Length", 1, number}, out), out);
    if (!value.cut()) value.read({"Shutdown Communication", kRest, text}, out);
}

/// RFC 8538 3.1: the NOTIFICATION that would have been sent.
void hard_reset(Cursor& in, Fields& out, const Context&) {
    in.read({"Error Code", 1, number}, out);
    in.read({"Error Subcode", 1, number}, out);
    in.read({"Data", kRest, hex}, out);
}

/// What the data of an error is, where it is something. Data of a sender who puts nothing there is no fault.
struct DataShape {
    std::uint8_t code, subcode;
    std::string_view rfc;
    Read read;
};
constexpr std::array kDataShapes{
    DataShape{1, 2, "RFC 4271 6.1", once<kErroneousLength>},
    DataShape{1, 3, "RFC 4271 6.1", once<kErroneousType>},
    DataShape{2, 1, "RFC 4271 6.2", once<kSupportedVersion>},
    DataShape{2, 7, "RFC 5492 5", read_capabilities},
    DataShape{6, 1, "RFC 4486 4", once<kBound>},
    DataShape{6, 2, "RFC 9003 2", shutdown_communication},
    DataShape{6, 4, "RFC 9003 2", shutdown_communication},
    DataShape{6, 9, "RFC 8538 3.1", hard_reset},
};
constexpr DataShape kOtherData{0, 0, "RFC 4271 4.5", once<kUnreadData>};

const DataShape& data_shape(std::uint64_t code, std::uint64_t subcode) {
    for (const auto& shape : kDataShapes)
        if (shape.code == code && shape.subcode == subcode) return shape;
    return kOtherData;
}

}  // namespace

void read_notification(Cursor& in, Fields& out, const Context& context) {
    const auto code = in.read({"Error Code", 1, error_code, "RFC 4271 4.5"}, out);
    const auto subcode = in.read({"Error Subcode", 1, number, "RFC 4271 4.5"}, out);
    if (in.cut()) return;
    const wire::Notification whole{static_cast<wire::ErrorCode>(code), static_cast<std::uint8_t>(subcode), {}};
    out.back().value = whole.to_string() + " (" + std::to_string(subcode) + ")";
    if (in.empty()) return;
    const auto& shape = data_shape(code, subcode);
    nest("Data", shape.rfc, in, out, [&](Field& field) {
        shape.read(in, field.fields, context);
        in.leave_nothing(field.fields);
    });
}

}  // namespace dyad::decode
