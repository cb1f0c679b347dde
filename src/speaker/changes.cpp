#include "speaker/changes.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "dyad/base/contains.hpp"
#include "speaker/state.hpp"

namespace dyad::speaker {
namespace {

/// Prefixes an answer names for each peering and direction; the counts are of all.
constexpr std::size_t kListed = 2000;

const std::string& owner_of(const State& state, SessionId id) {
    const auto& plan = state.peer(id).plan;
    return plan.peering.empty() ? plan.name : plan.peering;
}

/// What became of one prefix of one owner in the time asked for.
struct Story {
    bool before = false, after = false;
    std::uint32_t times = 0;
};

using Key = std::tuple<std::string, Family, Prefix>;

std::map<Key, Story> stories(const State& state, Instant since, const std::string& name) {
    std::map<Key, Story> all;
    state.changes.for_each([&](const ChangeLog::Change& change) {
        if (change.at < since) return;
        const auto& owner = owner_of(state, SessionId{change.session});
        if (!name.empty() && owner != name) return;
        const auto& prefix = state.ribs[slot(change.family)].table().prefix(change.row);
        const auto [at, fresh] = all.try_emplace(Key{owner, change.family, prefix});
        if (fresh) at->second.before = !change.gained;
        at->second.after = change.gained;
        ++at->second.times;
    });
    return all;
}

std::vector<std::string> owners(const State& state) {
    std::vector<std::string> names;
    for (std::uint32_t i = 0; i < state.peers.size(); ++i)
        if (const auto& name = owner_of(state, SessionId{i}); !state.peers[i].removed && !contains(names, name))
            names.push_back(name);
    return names;
}

void add(DiffRow& row, const Prefix& prefix, const Story& story) {
    const auto put = [&](std::vector<Prefix>& list, std::size_t& count) {
        if (++count <= kListed) list.push_back(prefix);
    };
    if (story.after && !story.before) put(row.gained, row.gained_count);
    if (story.before && !story.after) put(row.lost, row.lost_count);
    if (story.before == story.after) put(row.back, row.back_count);
}

double as_seconds(Duration span) { return std::chrono::duration<double>(span).count(); }

}  // namespace

void ChangeLog::note(const Change& change) {
    if (changes_.size() < kKept) return changes_.push_back(change);
    forgotten_until_ = changes_[oldest_].at;
    changes_[oldest_] = change;
    oldest_ = (oldest_ + 1) % kKept;
}

void note_changes(State& state, Instant now, Family family, std::span<const rib::LocChange> changes) {
    for (const auto& [prefix, before, after] : changes) {
        const bool was = before.attributes != route::kNoAttributes, is = after.attributes != route::kNoAttributes;
        if (was && is && (before.best == after.best || owner_of(state, before.best) == owner_of(state, after.best)))
            continue;
        const auto note = [&](SessionId session, bool gained) {
            state.changes.note({now, prefix, static_cast<std::uint16_t>(session.value), family, gained});
        };
        if (was) note(before.best, false);
        if (is) note(after.best, true);
    }
}

View diff_view(const State& state, Instant now, const AskDiff& ask) {
    const auto names = owners(state);
    if (!ask.name.empty() && !contains(names, ask.name))
        return NotFound{"there is no peering or neighbor " + ask.name, names};
    const auto since = std::max(state.started, now - std::min<Duration>(ask.since, now - state.started));
    const auto& forgotten = state.changes.forgotten_until();
    DiffView view{.since_seconds_ago = as_seconds(now - since),
                  .complete = !forgotten || *forgotten < since,
                  .known_seconds = as_seconds(now - forgotten.value_or(state.started))};
    for (const auto& [key, story] : stories(state, since, ask.name)) {
        const auto& [owner, family, prefix] = key;
        if (view.peerings.empty() || view.peerings.back().name != owner) view.peerings.push_back({.name = owner});
        add(view.peerings.back(), prefix, story);
    }
    return view;
}

}  // namespace dyad::speaker
