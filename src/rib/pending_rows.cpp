#include "rib/pending_rows.hpp"

namespace dyad::rib {
namespace {

/// Once nothing waits, what a whole table needed goes back; less than this is kept for the next change.
constexpr std::size_t kKeptRows = 16'384;

}  // namespace

PendingRows::Number PendingRows::find(PrefixId prefix) const {
    const auto at = row_of_.find(prefix);
    return at == row_of_.end() ? 0 : at->second;
}

void PendingRows::add(PrefixId prefix, route::AttributeRef attributes, Kind kind) {
    auto number = static_cast<Number>(rows_.size());
    if (free_rows_.empty()) {
        rows_.emplace_back();
    } else {
        number = free_rows_.back();
        free_rows_.pop_back();
    }
    rows_[number] = {.prefix = prefix, .attributes = attributes, .kind = kind};
    row_of_.emplace(prefix, number);
    join(number);
}

void PendingRows::remove(Number number) {
    leave(number);
    row_of_.erase(rows_[number].prefix);
    rows_[number] = {};
    free_rows_.push_back(number);
    if (row_of_.empty() && rows_.size() > kKeptRows) *this = {};
}

void PendingRows::join(Number number) {
    const auto at = group_for(rows_[number].attributes);
    auto& row = rows_[number];
    auto& group = groups_[at];
    row.group = at;
    row.previous = group.last;
    row.next = 0;
    (group.last == 0 ? group.first : rows_[group.last].next) = number;
    group.last = number;
}

void PendingRows::leave(Number number) {
    const auto row = rows_[number];
    auto& group = groups_[row.group];
    (row.previous == 0 ? group.first : rows_[row.previous].next) = row.next;
    (row.next == 0 ? group.last : rows_[row.next].previous) = row.previous;
    if (group.first == 0) drop_group(row.group);
}

PendingRows::Number PendingRows::group_for(route::AttributeRef attributes) {
    if (attributes == route::kNoAttributes) return 0;
    const auto newest = groups_[0].previous;
    if (groups_[newest].attributes == attributes) return newest;  // runs of prefixes share their attributes
    const auto [at, added] = group_of_.try_emplace(attributes, static_cast<Number>(groups_.size()));
    if (!added) return at->second;
    if (free_groups_.empty()) {
        groups_.emplace_back();
    } else {
        at->second = free_groups_.back();
        free_groups_.pop_back();
    }
    const auto number = at->second;
    groups_[number] = {.attributes = attributes, .previous = newest, .next = 0};
    groups_[newest].next = number;
    groups_[0].previous = number;
    return number;
}

void PendingRows::drop_group(Number number) {
    if (number == 0) return;
    const auto group = groups_[number];
    groups_[group.previous].next = group.next;
    groups_[group.next].previous = group.previous;
    group_of_.erase(group.attributes);
    groups_[number] = {};
    free_groups_.push_back(number);
}

std::size_t PendingRows::memory_octets() const {
    return rows_.capacity() * sizeof(Row) + groups_.capacity() * sizeof(Group) +
           (free_rows_.capacity() + free_groups_.capacity()) * sizeof(Number) +
           (row_of_.bucket_count() + group_of_.bucket_count()) * 9;
}

}  // namespace dyad::rib
