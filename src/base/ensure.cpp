#include "dyad/base/ensure.hpp"

#include <cstdio>
#include <cstdlib>

namespace dyad {

void ensure_failed(std::source_location where) {
    std::fprintf(stderr, "dyad: broken promise at %s:%u in %s\n", where.file_name(), where.line(),
                 where.function_name());
    std::abort();
}

}  // namespace dyad
