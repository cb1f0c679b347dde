#pragma once
#include <cstddef>
#include <cstdint>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "dyad/base/time.hpp"
#include "dyad/net/prefix.hpp"
#include "dyad/speaker/view.hpp"
#include "rib/rib.hpp"

/// What the routes in use gained and lost, peering by peering, so that "what has changed since yesterday?" has an answer
/// (`dyad diff`). A prefix is a peering's while the best route is of one of its links: which of them it is changes nothing.
namespace dyad::speaker {

struct State;

class ChangeLog {
public:
    /// Sixteen octets each, a mebibyte in all: several full tables of a peering.
    static constexpr std::size_t kKept = 65'536;

    struct Change {
        Instant at;
        PrefixId row;
        std::uint16_t session = 0;
        Family family = Family::Ipv4;
        bool gained = false;
    };

    void note(const Change& change);
    /// Oldest first.
    template <class Visit>
    void for_each(Visit&& visit) const {
        for (std::size_t i = 0; i < changes_.size(); ++i) visit(changes_[(oldest_ + i) % changes_.size()]);
    }
    /// Changes before this are forgotten; nothing where none is.
    const std::optional<Instant>& forgotten_until() const { return forgotten_until_; }

private:
    std::vector<Change> changes_;  ///< a ring once it is full
    std::size_t oldest_ = 0;
    std::optional<Instant> forgotten_until_;
};

/// What settling has changed.
void note_changes(State& state, Instant now, Family family, std::span<const rib::LocChange> changes);
View diff_view(const State& state, Instant now, const AskDiff& ask);

}  // namespace dyad::speaker
