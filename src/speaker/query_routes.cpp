#include <algorithm>
#include <span>

#include "dyad/base/contains.hpp"
#include "speaker/limits.hpp"
#include "speaker/query.hpp"

namespace dyad::speaker {
namespace {

/// A cursor is the last row delivered: its family and id, plus one, so that 0 is the start.
struct Position {
    Family family;
    PrefixId row;
};
std::uint64_t cursor_of(Position at) { return (static_cast<std::uint64_t>(slot(at.family)) << 32 | at.row.value) + 1; }
Position position_of(std::uint64_t cursor) {
    return {family_of((cursor - 1) >> 32), PrefixId{static_cast<std::uint32_t>(cursor - 1)}};
}

/// How many rows are put in order at once: some milliseconds for a full table, sixty times until all of it was shown.
constexpr std::size_t kRowsAhead = 16'384;

/// Rows in display order behind this prefix (nothing: from the first); none only at the end. The pages of one answer
/// follow one another through the same stretch: what is new in it meanwhile, they do not show.
std::span<const PrefixId> rows_behind(const State& state, Family family, const std::optional<Prefix>& last) {
    const auto& table = state.ribs[slot(family)].table();
    auto& ahead = state.rows_ahead[slot(family)];
    if (ahead && last && ahead->last <= last) {
        const auto next =
            std::ranges::upper_bound(ahead->rows, *last, {}, [&](PrefixId row) { return table.prefix(row); });
        if (next != ahead->rows.end()) return {next, ahead->rows.end()};
    }
    ahead = {last, table.next_after(last, kRowsAhead)};
    return ahead->rows;
}

void describe_attributes(const State& state, route::AttributeRef ref, RouteView& view) {
    const auto attributes = state.pool.attributes(ref);
    view.as_path = attributes.as_path.to_string();
    view.med = attributes.med;
    view.origin = wire::to_string(attributes.origin);
    for (const auto community : attributes.communities)
        view.communities.push_back(wire::community_to_string(community)),
            view.community_names.push_back(config::name_of_community(community, state.config.communities));
    for (const auto& community : attributes.large_communities)
        view.large_communities.push_back(wire::to_string(community));
}

std::optional<std::string> why_not_best(const rib::Explained& path) {
    if (!path.verdict.accepted()) return std::string{policy::sentence(path.verdict.stage)};
    if (path.best || path.multipath) return std::nullopt;
    return std::string{rib::sentence(path.lost_at)};
}

class Pager {
public:
    Pager(const State& state, const AskRoutes& ask)
        : state_(state), ask_(ask), session_(state.find_session(ask.session)) {}

    RoutesPage page() {
        for (const auto family : {Family::Ipv4, Family::Ipv6})
            if (!walk(family)) break;
        return std::move(page_);
    }

private:
    /// False when the page is full.
    bool walk(Family family) {
        if (ask_.cursor != 0 && slot(position_of(ask_.cursor).family) > slot(family)) return true;
        if (ask_.prefix && ask_.prefix->family() != family) return true;
        const auto& table = state_.ribs[slot(family)].table();
        if (ask_.prefix && !ask_.longer) {
            if (const auto row = table.find(*ask_.prefix)) add_row(family, *row);
            return true;
        }
        auto last = start(family);
        for (auto rows = rows_behind(state_, family, last); !rows.empty(); rows = rows_behind(state_, family, last)) {
            for (const auto row : rows) {
                last = table.prefix(row);
                if (ask_.prefix && !ask_.prefix->covers(*last)) return true;
                add_row(family, row);
                if (++looked_at_ < ask_.max_rows) continue;
                page_.next = cursor_of({family, row});
                return false;
            }
        }
        return true;
    }

    /// What the rows to come stand behind: the last one delivered, the prefix whose more specifics are asked for.
    std::optional<Prefix> start(Family family) {
        const auto& table = state_.ribs[slot(family)].table();
        if (ask_.cursor != 0 && position_of(ask_.cursor).family == family)
            return table.prefix(position_of(ask_.cursor).row);
        state_.rows_ahead[slot(family)].reset();
        if (!ask_.prefix) return std::nullopt;
        if (const auto row = table.find(*ask_.prefix)) add_row(family, *row);
        return ask_.prefix;
    }

    void add_row(Family family, PrefixId row) {
        switch (ask_.filter) {
            case RouteFilter::LocRib:
                add_loc_rib(family, row);
                return;
            case RouteFilter::Received:
            case RouteFilter::Accepted:
            case RouteFilter::Rejected:
                add_received(family, row);
                return;
            case RouteFilter::Sent:
            case RouteFilter::Withheld:
                add_sent(family, row);
                return;
        }
    }

    /// The best path alone, or all of them where one prefix was asked for.
    void add_loc_rib(Family family, PrefixId row) {
        const bool all = ask_.prefix && !ask_.longer;
        if (!all && state_.ribs[slot(family)].loc_route(row).attributes == route::kNoAttributes) return;
        for (const auto& path : state_.ribs[slot(family)].explain(row, state_.neighbours, state_.pool))
            if (all || path.best) add_path(family, row, path);
    }

    void add_received(Family family, PrefixId row) {
        if (state_.ribs[slot(family)].received(*session_, row) == route::kNoAttributes) return;
        for (const auto& path : state_.ribs[slot(family)].explain(row, state_.neighbours, state_.pool)) {
            const bool asked = ask_.filter == RouteFilter::Received ||
                               (ask_.filter == RouteFilter::Accepted) == path.verdict.accepted();
            if (path.session == *session_ && asked) add_path(family, row, path);
        }
    }

    void add_sent(Family family, PrefixId row) {
        const auto& out = state_.peer(*session_).outbound[slot(family)].rib;
        RouteView view;
        view.prefix = state_.ribs[slot(family)].table().prefix(row);
        view.session = ask_.session;
        view.fib = fib_word(state_, family, row);
        if (ask_.filter == RouteFilter::Withheld) {
            if (!withheld_at(state_, *session_, family, row)) return;
            view.reason = policy::sentence(policy::ExportStage::Withheld);
        } else {
            const auto ref = out.advertised_at(row);
            if (ref == route::kNoAttributes) return;
            describe_attributes(state_, ref, view);
            view.next_hops = {{ask_.session, state_.pool.facts(ref).next_hop.to_string(), ""}};
        }
        push(std::move(view));
    }

    void add_path(Family family, PrefixId row, const rib::Explained& path) {
        RouteView view;
        view.prefix = state_.ribs[slot(family)].table().prefix(row);
        view.session = state_.peer(path.session).plan.name;
        view.path_id = path.path_id.value;
        describe_attributes(state_, path.attributes, view);
        view.local_pref = path.verdict.local_preference;
        view.best = path.best;
        view.multipath = path.multipath;
        view.reason = why_not_best(path);
        view.fib = fib_word(state_, family, row);
        const auto loc = state_.ribs[slot(family)].loc_route(row);
        const bool whole_set = path.best && ask_.filter == RouteFilter::LocRib;
        view.next_hops =
            whole_set ? next_hops(state_, family, loc.paths) : std::vector{next_hop_view(state_, path.session)};
        push(std::move(view));
    }

    void push(RouteView view) {
        if (ask_.community && !contains(view.communities, *ask_.community) &&
            !contains(view.large_communities, *ask_.community))
            return;
        page_.routes.push_back(std::move(view));
    }

    const State& state_;
    const AskRoutes& ask_;
    std::optional<SessionId> session_;
    RoutesPage page_;
    std::size_t looked_at_ = 0;
};

}  // namespace

std::vector<NextHopView> next_hops(const State& state, Family family, PathSetId paths) {
    std::vector<NextHopView> views;
    for (const auto member : state.ribs[slot(family)].path_sets().members(paths))
        views.push_back(next_hop_view(state, member));
    return views;
}

std::string fib_word(const State& state, Family family, PrefixId row) {
    switch (state.fib.row_state(family, row)) {
        case fib::RowState::NotWanted:
            return "not_wanted";
        case fib::RowState::Pending:
            return "pending";
        case fib::RowState::Installed:
            return "installed";
        case fib::RowState::Failed:
            return "failed";
    }
    return "";
}

View routes(const State& state, const AskRoutes& ask) {
    if (ask.filter != RouteFilter::LocRib && !state.find_session(ask.session))
        return NotFound{"there is no session " + ask.session, session_names(state)};
    return Pager{state, ask}.page();
}

}  // namespace dyad::speaker
