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

bool Rows::to_be_queued(RowId id) {
    auto& row = at(id);
    const bool queued = row.queued;
    row.queued = true;
    return !queued;
}

void Rows::push(RowId id) {
    if (to_be_queued(id)) queues_[index_of(id.rank())].rows.push_back(id);
}

void Rows::push_first(RowId id) {
    if (to_be_queued(id)) queues_[index_of(id.rank())].first.push_back(id);
}

RowId Rows::Queue::pop() {
    if (!first.empty()) {
        const auto id = first.back();
        first.pop_back();
        return id;
    }
    const auto id = rows[head++];
    if (head == rows.size()) {
        rows.clear();
        head = 0;
    }
    return id;
}

std::optional<RowId> Rows::pop() {
    auto& queue = queues_[queues_[0].size() > 0 ? 0 : 1];
    if (queue.size() == 0) return std::nullopt;
    const auto id = queue.pop();
    at(id).queued = false;
    return id;
}

}  // namespace dyad::fib
