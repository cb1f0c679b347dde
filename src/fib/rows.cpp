#include "fib/rows.hpp"

namespace dyad::fib {

Row& Rows::at(RowId id) {
    auto& rows = rows_[index_of(id.family())];
    const auto index = id.prefix().index();
    if (index >= rows.size()) rows.resize(index + 1);
    return rows[index];
}

const Row* Rows::find(RowId id) const {
    const auto& rows = rows_[index_of(id.family())];
    const auto index = id.prefix().index();
    return index < rows.size() ? &rows[index] : nullptr;
}

void Rows::push(RowId id) {
    auto& row = at(id);
    if (row.queued) return;
    row.queued = true;
    queue_.push_back(id);
}

std::optional<RowId> Rows::pop() {
    if (queue_empty()) return std::nullopt;
    const auto id = queue_[head_++];
    at(id).queued = false;
    if (queue_empty()) {
        queue_.clear();
        head_ = 0;
    }
    return id;
}

void Rows::clear_queue() {
    while (pop()) {
    }
    walking_ = false;
}

}  // namespace dyad::fib
