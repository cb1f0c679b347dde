#include "dyad/base/ensure.hpp"
#include "mrt/table.hpp"

using namespace dyad;

/// A file of records from anywhere: errors lie inside it, announcements have attributes, the table chosen is in order.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    mrt::Table table;
    mrt::File file{{data, size}};
    while (auto item = file.next()) {
        if (const auto* error = std::get_if<mrt::Error>(&*item)) {
            ensure(error->offset <= size);
            continue;
        }
        auto& news = std::get<mrt::News>(*item);
        ensure(news.announced.empty() || news.attributes);
        table.apply(std::move(news));
    }
    const auto routes = table.choose();
    for (std::size_t i = 1; i < routes.size(); ++i) ensure(routes[i - 1].attributes <= routes[i].attributes);
    return 0;
}
