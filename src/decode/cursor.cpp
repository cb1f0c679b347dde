#include "decode/cursor.hpp"

#include <algorithm>

#include "decode/words.hpp"
#include "dyad/base/text.hpp"

namespace dyad::decode {
namespace {

/// More on one line is not read.
constexpr std::size_t kMostInSummary = 8;

bool only_helps_reading(const Field& field) {
    return field.name == "Reserved" || field.name == "Flags" || field.name.starts_with("Length") ||
           field.name.ends_with("Length");
}

}  // namespace

std::uint64_t Cursor::read(const Part& part, Fields& out) {
    if (cut_) return 0;
    const std::size_t offset = offset_;
    const std::size_t wanted = part.octets == kRest ? octets_.size() : part.octets;
    const Bytes octets = take(std::min(wanted, octets_.size()));
    Field field{
        .offset = offset, .octets = octets.size(), .name = std::string{part.name}, .value = {}, .rfc = part.rfc};
    if (octets.size() < wanted) {
        cut_ = true;
        field.value = hex(octets);
        field.fault = Fault{std::to_string(octets.size()) + " of " + std::to_string(wanted) + " octets are there", ""};
        out.push_back(std::move(field));
        return 0;
    }
    field.value = part.words(octets);
    const bool numeric = part.octets <= 8;
    if (numeric) field.number = as_number(octets);
    out.push_back(std::move(field));
    return numeric ? as_number(octets) : 0;
}

Cursor Cursor::sub(std::uint64_t octets, Fields& out) {
    if (cut_) return Cursor{{}, offset_};
    const std::size_t offset = offset_;
    if (octets > octets_.size() && !out.empty())
        out.back().fault =
            Fault{"says " + std::to_string(octets) + " octets, " + std::to_string(octets_.size()) + " are there", ""};
    return Cursor{take(static_cast<std::size_t>(std::min<std::uint64_t>(octets, octets_.size()))), offset};
}

void Cursor::leave_nothing(Fields& out) {
    if (octets_.empty()) return;
    const auto count = octets_.size();
    read({"left over", kRest, hex}, out);
    out.back().fault = Fault{counted(count, "octet", "octets") + " too many", ""};
}

Bytes Cursor::take(std::size_t count) {
    const Bytes octets = octets_.first(count);
    octets_ = octets_.subspan(count);
    offset_ += count;
    return octets;
}

std::string summary(const Fields& fields) {
    std::string text;
    std::size_t shown = 0;
    for (const auto& field : fields) {
        if (field.value.empty() || only_helps_reading(field)) continue;
        if (shown++ == kMostInSummary) return text + " … (" + std::to_string(fields.size()) + ")";
        text += (text.empty() ? "" : " ") + field.value;
    }
    return text;
}

}  // namespace dyad::decode
