#include "decode/message.hpp"

#include "dyad/base/ensure.hpp"

using namespace dyad;
using namespace dyad::decode;

namespace {

/// Every field lies inside the one around it.
void check(const Field& field) {
    ensure(!field.name.empty());
    for (const auto& inner : field.fields) {
        ensure(inner.offset >= field.offset && inner.offset + inner.octets <= field.offset + field.octets);
        if (inner.fault) ensure(!inner.fault->what.empty() && !inner.fault->consequence.empty());
        check(inner);
    }
}

}  // namespace

/// The first octet is what was agreed on, the rest one message: any octets become a tree within their bounds, and a verdict
/// stands if and only if a fault does.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size == 0) return 0;
    Context context{
        .four_octet_as = (data[0] & 1) != 0, .external = (data[0] & 2) != 0, .extended_messages = (data[0] & 4) != 0};
    if (data[0] & 8) context.add_path = {{1, 1}, {2, 1}, {1, 128}};
    const auto read = dissect({data + 1, size - 1}, context);
    check(read.message);
    ensure(is_malformed(read.message) == !read.verdict.empty());
    return 0;
}
