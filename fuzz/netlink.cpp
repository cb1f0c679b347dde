#include <map>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "fib/fib.hpp"
#include "netlink/messages.hpp"

using namespace dyad;

namespace {

class Table : public fib::PrefixSource {
public:
    Prefix prefix(Family, PrefixId id) const override { return prefixes_.at(id.index()); }
    PrefixId intern(const Prefix& prefix) override {
        prefixes_.push_back(prefix);
        return {static_cast<std::uint32_t>(prefixes_.size() - 1)};
    }
    std::optional<PrefixId> find(const Prefix& prefix) const override {
        for (std::uint32_t id = 0; id < prefixes_.size(); ++id)
            if (prefixes_[id] == prefix) return PrefixId{id};
        return std::nullopt;
    }

private:
    std::vector<Prefix> prefixes_;
};

void check(const netlink::Message& message) {
    if (const auto* answer = std::get_if<netlink::Answer>(&message)) ensure(answer->error >= 0);
    if (const auto* done = std::get_if<netlink::DumpDone>(&message)) ensure(done->error >= 0);
    if (const auto* leaf = std::get_if<netlink::LeafNews>(&message)) ensure(leaf->leaf.id != 0);
    if (const auto* group = std::get_if<netlink::GroupNews>(&message)) ensure(group->group.id != 0);
    if (const auto* route = std::get_if<netlink::RouteNews>(&message))
        ensure(route->route.prefix.length() <= address_bits(route->route.prefix.family()));
}

}  // namespace

/// Whatever the kernel's socket gives, the walk ends, what it says is within bounds, and the plan survives it as the
/// answer to each thing it asks.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const Bytes octets{data, size};
    netlink::MessageCursor cursor{octets};
    std::size_t messages = 0;
    while (const auto message = cursor.next()) {
        check(*message);
        ensure(++messages <= size / 16);
    }

    const Instant now{std::chrono::seconds{1}};
    const SessionId session{0};
    Table table;
    fib::Fib plan{fib::Settings{}};
    plan.define_path(session, Address::v4(0xac100002), 10);
    plan.define_set(Family::Ipv4, PathSetId{1}, std::span{&session, 1});
    plan.want(now, Family::Ipv4, table.intern(Prefix{Address::v4(0x0a000000), 8}), PathSetId{1});
    plan.start(now);
    for (int asked = 0; asked < 8; ++asked) {
        if (plan.next_batch(now, table).empty()) plan.tick(now + std::chrono::seconds{6 * (asked + 1)});
        plan.received(now, octets, table);
    }
    (void)plan.totals();
    (void)plan.quiet();
    return 0;
}
