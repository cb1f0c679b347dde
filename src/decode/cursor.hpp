#pragma once
#include <limits>
#include <span>

#include "decode/field.hpp"
#include "dyad/base/reader.hpp"

namespace dyad::decode {

/// How the octets of one field are said.
using Words = std::string (*)(Bytes octets);

/// All that is left.
inline constexpr std::size_t kRest = std::numeric_limits<std::size_t>::max();

/// One field of a fixed layout. Most of a message is read from tables of these.
struct Part {
    std::string_view name;
    std::size_t octets;
    Words words;
    std::string_view rfc = "";
};
using Layout = std::span<const Part>;

/// A Reader that knows where in the message it stands and writes down each field it reads. A field that is cut is
/// written as far as it goes, with its fault; from then on nothing more is read.
class Cursor {
public:
    explicit Cursor(Bytes octets, std::size_t offset = 0) : octets_(octets), offset_(offset) {}

    /// Reads one field; its octets as a number, 0 for one that is cut or longer than eight.
    std::uint64_t read(const Part& part, Fields& out);
    void read(Layout layout, Fields& out) {
        for (const auto& part : layout) read(part, out);
    }
    /// A cursor of its own over as many octets as the length field just read (out's last) says. One that says more
    /// than there is gets the fault, and all that is left.
    Cursor sub(std::uint64_t octets, Fields& out);
    /// What nobody could read, as a field with a fault; nothing where all was read.
    void leave_nothing(Fields& out);

    bool empty() const { return octets_.empty(); }
    bool cut() const { return cut_; }
    std::size_t remaining() const { return octets_.size(); }
    std::size_t offset() const { return offset_; }
    /// Unread octets.
    Bytes ahead() const { return octets_; }

private:
    Bytes take(std::size_t count);

    Bytes octets_;
    std::size_t offset_;
    bool cut_ = false;
};

/// The values of fields on one line: "65010 12076"; the first few, and how many there are.
std::string summary(const Fields& fields);

/// A field around what `fill(field.fields)` reads from the cursor; its value is their summary unless fill gave one.
template <class Fill>
Field& nest(std::string name, std::string_view rfc, Cursor& in, Fields& out, Fill fill) {
    Field field{.offset = in.offset(), .name = std::move(name), .value = {}, .rfc = rfc};
    fill(field);
    field.octets = in.offset() - field.offset;
    if (field.value.empty()) field.value = summary(field.fields);
    return out.emplace_back(std::move(field));
}

}  // namespace dyad::decode
