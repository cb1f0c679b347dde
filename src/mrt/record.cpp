#include "mrt/record.hpp"

#include "dyad/base/reader.hpp"

namespace dyad::mrt {

namespace {

constexpr std::size_t kHeaderOctets = 12;  // RFC 6396 section 2

/// People hand over what they downloaded: say what to do instead of counting nonsense lengths.
std::string compressed_as(Bytes file) {
    if (file.size() >= 2 && file[0] == 0x1f && file[1] == 0x8b) return "gzip: zcat FILE | dyad msee --mrt -";
    if (file.size() >= 3 && file[0] == 'B' && file[1] == 'Z' && file[2] == 'h')
        return "bzip2: bzcat FILE | dyad msee --mrt -";
    return "";
}

}  // namespace

std::optional<std::expected<Record, Error>> RecordCursor::next() {
    if (position_ >= file_.size()) return std::nullopt;
    return read();
}

std::expected<Record, Error> RecordCursor::read() {
    const auto start = position_;
    if (start == 0)
        if (const auto kind = compressed_as(file_); !kind.empty())
            return std::unexpected(stop(0, "the file is compressed with " + kind));

    Reader in{file_.subspan(start)};
    Record record{.offset = start};
    record.seconds = in.u32();
    record.type = in.u16();
    record.subtype = in.u16();
    const auto length = in.u32();
    if (in.failed())
        return std::unexpected(stop(start, std::to_string(file_.size() - start) + " octets are left, a header has 12"));
    if (length > in.remaining())
        return std::unexpected(stop(start, "the record has " + std::to_string(length) + " octets, " +
                                               std::to_string(in.remaining()) + " are left in the file"));
    auto body = in.sub(length);
    position_ = start + kHeaderOctets + length;
    if (record.type == kBgp4mpEt) {  // RFC 6396 section 3: the microseconds count as part of the length
        record.microseconds = body.u32();
        if (body.failed()) return std::unexpected(Error{start, "an _ET record without its microseconds"});
    }
    record.body_offset = start + kHeaderOctets + body.offset();
    record.body = body.rest();
    return record;
}

Error RecordCursor::stop(std::size_t offset, std::string what) {
    position_ = file_.size();
    return {offset, std::move(what)};
}

}  // namespace dyad::mrt
