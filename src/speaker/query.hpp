#pragma once
#include "dyad/speaker/view.hpp"
#include "speaker/state.hpp"

/// Answers to operators: const, plain structs, a page at a time.
namespace dyad::speaker {

SummaryView summary(const State& state, Instant now);
/// NotFound where no peering has that name.
View peering(const State& state, Instant now, const AskPeering& ask);
View session_view(const State& state, Instant now, const AskSession& ask);
FibView fib_view(const State& state, Instant now);
LimitsView limits_view(const State& state, Instant now);
LimitRow limit_row(const State& state, Instant now, const Quota& quota);
View routes(const State& state, const AskRoutes& ask);
View why(const State& state, Instant now, const AskWhy& ask);

// Shared by the answers.
SessionRow session_row(const State& state, Instant now, SessionId id);
FibRow fib_row(const State& state);
NextHopView next_hop_view(const State& state, SessionId id);
std::vector<NextHopView> next_hops(const State& state, Family family, PathSetId paths);
/// What the kernel says of a route that it refuses.
std::string refused_words(const fib::Refused& refused);
std::string fib_word(const State& state, Family family, PrefixId row);
std::vector<std::string> session_names(const State& state);

}  // namespace dyad::speaker
