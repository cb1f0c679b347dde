#include "dyad/wire/open.hpp"

#include "dyad/base/ensure.hpp"
#include "dyad/wire/message.hpp"

using namespace dyad;

/// What is accepted is read again as it is written; what is not is answered with an error an OPEN may have.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    if (size > wire::kMaxMessageOctets - wire::kHeaderOctets) return 0;
    const auto open = wire::decode_open({data, size});
    if (!open) {
        ensure(open.error().code == wire::ErrorCode::OpenMessage ||
               open.error().code == wire::ErrorCode::MessageHeader);
        return 0;
    }
    ensure(wire::asn_of(*open) != Asn{0});
    const auto message = wire::encode_open(*open);
    ensure(wire::decode_open(Bytes{message}.subspan(wire::kHeaderOctets)) == *open);
    return 0;
}
