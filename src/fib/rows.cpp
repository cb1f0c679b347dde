#include "fib/rows.hpp"

namespace dyad::fib {

Row& Rows::at(RowId id) {
    auto& rows = rows_[index_of(id.kind())];
    const auto index = id.prefix().index();
    if (index >= rows.size()) rows.resize(index + 1);
    return rows[index];
}

const Row* Rows::find(RowId id) const {
    const auto& rows = rows_[index_of(id.kind())];
    const auto index = id.prefix().index();
    return index < rows.size() ? &rows[index] : nullptr;
}

void Rows::push(RowId id) {
    auto& row = at(id);
    if (row.queued) return;
    row.queued = true;
    queues_[index_of(id.rank())].rows.push_back(id);
}

std::optional<RowId> Rows::pop() {
    auto& queue = queues_[queues_[0].size() > 0 ? 0 : 1];
    if (queue.size() == 0) return std::nullopt;
    const auto id = queue.rows[queue.head++];
    at(id).queued = false;
    if (queue.size() == 0) {
        queue.rows.clear();
        queue.head = 0;
    }
    return id;
}

void Rows::clear_queue() {
    while (pop()) {
    }
    walking_ = false;
}

}  // namespace dyad::fib
