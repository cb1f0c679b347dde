#include <algorithm>
#include <cerrno>
#include <utility>

#include "fib/fib.hpp"
#include "fib/limits.hpp"

/// What the kernel says to a batch, and what follows from it.
namespace dyad::fib {

void Fib::received(Instant now, Bytes octets, PrefixSource& source) {
    netlink::MessageCursor cursor{octets};
    while (const auto message = cursor.next()) {
        if (const auto* answer = std::get_if<netlink::Answer>(&*message)) {
            batch_answered(now, *answer, source);
            // A dump that is refused is answered with an error instead of its end.
            if (dump_sequence_ != 0 && answer->sequence == dump_sequence_ && answer->error != 0)
                dump_done(now, {answer->sequence, answer->error}, source);
        } else if (const auto* done = std::get_if<netlink::DumpDone>(&*message)) {
            if (dump_sequence_ != 0 && done->sequence == dump_sequence_) dump_done(now, *done, source);
        } else if (dump_sequence_ != 0) {
            answer_by_ = now + kAnswerTime;
            dumped(*message, source);
        }
    }
}

void Fib::lost_answers(Instant now) {
    if (!started_ || !settings_.enabled) return;
    under_way_.clear();
    groups_.for_each([&](Slot slot) {
        groups_.at(slot).sent.clear();
        groups_.at(slot).losing = 0;
    });
    dump_sequence_ = 0;
    phase_ = Phase::Off;
    dump_at_ = now;
}

void Fib::batch_answered(Instant now, const netlink::Answer& answer, const PrefixSource& source) {
    const auto of = std::ranges::find_if(under_way_, [&](const Batch& batch) { return batch.asked(answer.sequence); });
    if (of == under_way_.end() || !of->answered(answer)) return;
    const auto outcomes = of->take_outcomes();
    under_way_.erase(of);
    answer_by_ = now + kAnswerTime;
    for (const auto& outcome : outcomes) {
        if (outcome.error == 0) ++operations_done_;
        settle_outcome(now, outcome, source);
    }
    if (stale_batch_) look_soon(now);
}

void Fib::settle_outcome(Instant now, const Outcome& outcome, const PrefixSource& source) {
    const auto& operation = outcome.operation;
    switch (operation.does) {
        case Does::CreateLeaf:
            return leaf_created(now, outcome);
        case Does::WriteGroup:
            return group_written(now, outcome);
        case Does::InstallRow:
        case Does::ReplaceRow:
            return row_written(now, outcome, source);
        case Does::DeleteRow:
            rows_.at(operation.row).sent = false;
            // Of two of ours one is left, wanted or not.
            if (rows_.at(operation.row).touched || rows_.at(operation.row).conflict) look_soon(now);
            rows_.at(operation.row).touched = false;
            // Somebody was faster.
            if (outcome.error != 0 && outcome.error != ESRCH) return row_refused(now, outcome, source);
            set_installed(operation.row, kNowhere);
            set_failed(rows_.at(operation.row), Failing::No);
            return look_at(operation.row);
        case Does::DeleteLeftover:
            return;
        case Does::DeleteGroup:
            if (outcome.error != 0 && outcome.error != ENOENT) return nexthop_refused(now);
            groups_.at(operation.slot).exists = false;
            groups_.free(operation.slot);
            ++epoch_;
            return;
        case Does::DeleteLeaf:
            return leaf_deleted(now, outcome);
    }
}

void Fib::leaf_deleted(Instant now, const Outcome& outcome) {
    const auto id = outcome.operation.id;
    const bool gone = outcome.error == 0 || outcome.error == ENOENT;
    groups_.for_each([&](Slot slot) {
        auto& group = groups_.at(slot);
        if (group.losing != id) return;
        group.losing = 0;
        auto left = std::exchange(group.sent, {});
        if (!gone) return;
        group.members = std::move(left);
        // Its link went before the kernel came to the request: emptied, it has deleted the group.
        group.exists = !group.members.empty();
        if (group.exists) tell_moved(group);
    });
    if (!gone) return nexthop_refused(now);
    if (auto* leaf = paths_.find(id)) {
        leaf->present = false;
        if (!leaf->session) paths_.erase(id);
    }
    paths_changed();
}

void Fib::leaf_created(Instant now, const Outcome& outcome) {
    auto* leaf = paths_.find(outcome.operation.id);
    if (!leaf) return look_again(now);  // its path was forgotten meanwhile
    if (outcome.error == 0) {
        leaf->present = true;
        leaf->backoff = {};
        leaf->told = false;
        return paths_changed();
    }
    leaf->backoff.refused(now);
    if (outcome.error == EEXIST) return look_again(now);
    // A link that is down is news of its own.
    if (leaf->told || outcome.error == ENETDOWN) return;
    leaf->told = true;
    const Prefix gateway{leaf->leaf.gateway, address_bits(leaf->leaf.gateway.family())};
    tell(Failed{.prefix = gateway, .error = outcome.error, .text = outcome.text});
}

void Fib::group_written(Instant now, const Outcome& outcome) {
    auto& group = groups_.at(outcome.operation.slot);
    auto sent = std::exchange(group.sent, {});
    const bool stands_by = group.sharing == netlink::Sharing::First && !group.exists;
    if (stands_by && outcome.error != 0 && ++standby_refused_ == 2) paths_changed();
    if (outcome.error != 0) return nexthop_refused(now);
    if (stands_by) standby_refused_ = 0;
    nexthop_backoff_ = {};
    const bool created = !group.exists;
    group.members = std::move(sent);
    group.exists = !group.members.empty();
    if (created) return paths_changed();
    tell_moved(group);
}

void Fib::tell_moved(const GroupObject& group) {
    if (group.rows > 0) tell(Moved{.group = group.id, .routes = group.rows, .members = group.members.size()});
}

void Fib::nexthop_refused(Instant now) {
    nexthop_backoff_.refused(now);
    look_again(now);
}

void Fib::row_written(Instant now, const Outcome& outcome, const PrefixSource& source) {
    const auto& operation = outcome.operation;
    auto& row = rows_.at(operation.row);
    row.sent = false;
    const bool touched = row.touched;
    row.touched = false;
    if (outcome.error == 0) {
        // The other's is gone. Or it was what we have written over, while news of it was on the way, and there are two of ours.
        if (row.conflict && operation.does == Does::ReplaceRow) look_soon(now);
        set_failed(row, Failing::No);
        // Whose change came last? Asked for as a new one, the kernel will say whether it stands.
        set_installed(operation.row, touched ? kNowhere : operation.slot);
        return look_at(operation.row);
    }
    if (outcome.error == EEXIST && operation.does == Does::InstallRow && !row.conflict) {
        row.looking = true;
        return look_soon(now);
    }
    if (outcome.error == EEXIST && operation.does == Does::ReplaceRow)
        return row_shadowed(now, operation.row, source.prefix(operation.row.family(), operation.row.prefix()));
    row_refused(now, outcome, source);
}

void Fib::row_refused(Instant now, const Outcome& outcome, const PrefixSource& source) {
    const auto id = outcome.operation.row;
    auto& row = rows_.at(id);
    // The group may not be what we take it for.
    if ((outcome.error == EINVAL || outcome.error == ENOENT) && !is_plain()) look_again(now);
    // A path that is down is news of its own.
    const bool over_dead_path = is_plain() && outcome.operation.does != Does::DeleteRow &&
                                (outcome.error == ENETDOWN || !groups_.at(outcome.operation.slot).exists);
    if (!row.failed && !over_dead_path)
        tell(Failed{.prefix = source.prefix(id.family(), id.prefix()), .error = outcome.error, .text = outcome.text});
    const auto again_at = now + pause_after(row.retries);
    retry_row(again_at, id);
    note_refused(again_at, id, outcome.error, outcome.text);
}

/// Somebody else's route stands there: it is not touched, and tried again in a while.
void Fib::row_in_conflict(Instant now, RowId id, const PrefixSource& source) {
    rows_.at(id).looking = false;
    rows_.at(id).conflict = true;
    tell(Conflict{.prefix = source.prefix(id.family(), id.prefix())});
    const auto again_at = now + std::max(kConflictPause, pause_after(rows_.at(id).retries));
    retry_row(again_at, id);
    note_refused(again_at, id, EEXIST, {});
}

void Fib::retry_row(Instant at, RowId id) {
    auto& row = rows_.at(id);
    set_failed(row, Failing::Yes);
    if (row.retries < 255) ++row.retries;
    retries_.push_back({.at = at, .row = id});
    std::ranges::push_heap(retries_, Retry::later);
}

void Fib::note_refused(Instant again_at, RowId id, int error, const std::string& text) {
    if (refused_.size() >= kRefusedKept)
        std::erase_if(refused_, [&](const auto& entry) { return !rows_.at(RowId{entry.first}).failed; });
    if (refused_.size() >= kRefusedKept && !refused_.contains(id.packed)) return;
    const auto& row = rows_.at(id);
    refused_[id.packed] = {
        .error = error, .text = text, .conflict = row.conflict, .times = row.retries, .again_at = again_at};
}

/// The wish may have changed while the request was under way.
void Fib::look_at(RowId id) {
    if (needs_work(id, rows_.at(id))) rows_.push(id);
    if (is_plain() && groups_.at(rows_.at(id).installed).urgent) rows_.restart_rescue();
}

/// Something is not as we took it to be.
void Fib::look_again(Instant now) {
    const auto at = dump_backoff_.waits(now) ? dump_backoff_.until : now;
    if (!dump_at_ || at < *dump_at_) dump_at_ = at;
}

}  // namespace dyad::fib
