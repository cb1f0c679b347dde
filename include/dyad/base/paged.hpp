#pragma once
#include <algorithm>
#include <array>
#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace dyad {

/// A column by dense row numbers, in pages of kRows that exist where something was ever written: two hundred sessions with
/// a thousand routes each cost what they hold, not two hundred whole columns. A row of no page is as one of T{}.
template <class T, std::size_t kRows>
class Paged {
public:
    static constexpr std::size_t kPageRows = kRows;
    using Page = std::array<T, kRows>;

    Paged() = default;
    Paged(Paged&&) noexcept = default;
    Paged& operator=(Paged&&) noexcept = default;

    /// Nothing where the row has no page.
    const T* find(std::size_t row) const {
        const auto number = row / kRows;
        return number < pages_.size() && pages_[number] ? &(*pages_[number])[row % kRows] : nullptr;
    }
    T* find(std::size_t row) { return const_cast<T*>(std::as_const(*this).find(row)); }
    /// With a page if there was none.
    T& at(std::size_t row) {
        const auto number = row / kRows;
        if (number >= pages_.size()) pages_.resize(number + 1);
        if (!pages_[number]) pages_[number] = std::make_unique<Page>();
        return (*pages_[number])[row % kRows];
    }
    /// Pages are 0 .. pages()-1; nothing where one does not exist.
    const Page* page(std::size_t number) const { return pages_[number].get(); }
    std::size_t pages() const { return pages_.size(); }
    std::size_t rows() const { return pages_.size() * kRows; }
    /// visit(row, T&) for each row that has a page.
    template <class Visit>
    void visit(Visit&& visit) {
        for (std::size_t number = 0; number < pages_.size(); ++number)
            if (pages_[number])
                for (std::size_t row = 0; row < kRows; ++row) visit(number * kRows + row, (*pages_[number])[row]);
    }
    void clear() { pages_.clear(); }
    std::size_t memory_octets() const {
        const auto used =
            static_cast<std::size_t>(std::ranges::count_if(pages_, [](const auto& page) { return page != nullptr; }));
        return pages_.capacity() * sizeof(pages_[0]) + used * sizeof(Page);
    }

private:
    std::vector<std::unique_ptr<Page>> pages_;
};

}  // namespace dyad
