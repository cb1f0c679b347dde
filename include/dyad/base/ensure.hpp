#pragma once
#include <source_location>

namespace dyad {

[[noreturn]] void ensure_failed(std::source_location where);

/// Our own promises to ourselves, checked in release builds too: prints the place and aborts. The
/// supervisor restarts us and the kernel's routes survive; going on with a broken invariant would not.
constexpr void ensure(bool condition, std::source_location where = std::source_location::current()) {
    if (!condition) [[unlikely]]
        ensure_failed(where);
}

}  // namespace dyad
