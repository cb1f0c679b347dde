#pragma once
#include "decode/context.hpp"
#include "decode/cursor.hpp"
#include "decode/words.hpp"

/// The kinds of value that attributes, capabilities and NOTIFICATION data have, as functions for their tables.
namespace dyad::decode {

/// Reads one value; the cursor ends where it ends. What is left over afterwards is a fault.
using Read = void (*)(Cursor& in, Fields& out, const Context& context);

/// These fields, once.
template <const auto& kLayout>
void once(Cursor& in, Fields& out, const Context&) {
    in.read(Layout{kLayout}, out);
}

/// This field, again and again to the end.
template <const Part& kPart>
void each(Cursor& in, Fields& out, const Context&) {
    while (!in.empty()) in.read(kPart, out);
}

/// These fields together, again and again; a group of them each time.
template <const auto& kLayout>
void entries(Cursor& in, Fields& out, const Context&) {
    while (!in.empty()) nest("Entry", "", in, out, [&](Field& field) { in.read(Layout{kLayout}, field.fields); });
}

/// Type, length, value to the end.
template <const Part& kType, const Part& kLength>
void type_length_values(Cursor& in, Fields& out, const Context&) {
    while (!in.empty())
        nest("TLV", "", in, out, [&](Field& field) {
            in.read(kType, field.fields);
            auto value = in.sub(in.read(kLength, field.fields), field.fields);
            value.read({"Value", kRest, hex}, field.fields);
        });
}

}  // namespace dyad::decode
