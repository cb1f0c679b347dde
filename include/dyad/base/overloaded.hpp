#pragma once

namespace dyad {

/// Several lambdas as one visitor of a variant.
template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};

}  // namespace dyad
