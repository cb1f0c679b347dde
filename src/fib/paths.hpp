#pragma once
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "dyad/base/strong_id.hpp"
#include "fib/backoff.hpp"
#include "fib/rows.hpp"
#include "netlink/requests.hpp"

namespace dyad::fib {

/// Our corner of the nexthop id space, so that nobody meets our ids by chance: leaves first, groups behind, those of reserve
/// routes last.
inline constexpr std::uint32_t kFirstLeafId = 0xd1ad'0001;
inline constexpr std::uint32_t kFirstGroupId = 0xd1ad'8001;
inline constexpr std::uint32_t kFirstReserveGroupId = 0xd1ad'c001;
inline constexpr std::uint32_t kLastId = 0xd1ad'ffff;

/// Whose routes go through a group, told by its id: after a restart too.
constexpr Rank rank_of_group(std::uint32_t id) {
    return id >= kFirstReserveGroupId && id <= kLastId ? Rank::Reserve : Rank::Main;
}
/// Gateways of plain routes found in the kernel that are remembered: some for each neighbour there may be.
inline constexpr std::size_t kMostLeaves = 4096;

constexpr bool in_our_range(std::uint32_t id) { return id >= kFirstLeafId && id <= kLastId; }

/// A leaf nexthop of ours: in the kernel, or to be.
struct LeafObject {
    netlink::Leaf leaf{};
    bool present = false;                ///< in the kernel, as far as answers and link news tell
    std::optional<SessionId> session{};  ///< whose path it is; none: found in the kernel, nobody's (yet)
    Backoff backoff{};
    bool told = false;    ///< an operator heard of its refusal
    bool urgent = false;  ///< to be deleted ahead of everything: its path is dead
};

/// How good a path that can carry traffic is: a worse one is used where nothing better is left. Stale: its session restarts.
enum class Standing : std::uint8_t { Good, Drained, Stale };
enum class Drained : std::uint8_t { No, Yes };
/// Whether one of a peering's links stands by while the other carries all.
enum class Order : std::uint8_t { None, Preferred };

/// The paths of sessions and the leaf nexthop of each. Bound to whatever leaf with that gateway and interface an
/// earlier run left in the kernel, else to a new id.
class Paths {
public:
    void define(SessionId session, const Address& gateway, std::uint32_t interface_index);
    void forget(SessionId session);
    void set_down(SessionId session);
    /// Its session restarts (RFC 4724): traffic may go there where nothing else is left.
    void set_stale(SessionId session);
    /// Neither down nor stale.
    void set_up(SessionId session);
    /// By an operator's order, whatever becomes of the session: traffic goes there where nothing else is left.
    void set_drained(SessionId session, Drained drained);
    /// The links of its peering have an order (`prefer`).
    void set_order(SessionId session, Order order);
    Order order(SessionId session) const;
    bool is_down(SessionId session) const;
    bool is_drained(SessionId session) const;
    Standing standing(SessionId session) const;

    /// Leaves that are neither anybody's nor in the kernel: forgotten at once, or kept until erased, so that nobody else gets
    /// their ids before.
    enum class Lost : std::uint8_t { Forgotten, Kept };
    void lost_leaves_are(Lost lost) { lost_ = lost; }
    /// The leaf for this way out of a route found in the kernel, made if there is none; nothing where there are too many.
    std::optional<std::uint32_t> adopt(const netlink::Hop& hop);
    std::optional<std::uint32_t> find_hop(const netlink::Hop& hop) const;

    /// The interface lost its carrier; the ids of the leaves the kernel dropped with it.
    std::vector<std::uint32_t> link_down(std::uint32_t interface_index);
    void link_up(std::uint32_t interface_index);

    /// The session's leaf, if traffic may go there now.
    const LeafObject* usable(SessionId session) const;
    /// The session's leaf, whatever its state.
    const LeafObject* leaf_of(SessionId session) const;
    LeafObject* find(std::uint32_t id);
    const LeafObject* find(std::uint32_t id) const;
    /// The leaf could be created: there is a path, and its link is not known to be down.
    bool creatable(const LeafObject& leaf) const;
    void erase(std::uint32_t id);

    /// What a dump found in the kernel: ours, and the ids that others use. Paths are bound anew.
    void replace(std::vector<netlink::Leaf> ours, std::vector<std::uint32_t> taken);
    /// No nexthop object has this id, ours or others'.
    bool is_free(std::uint32_t id) const;
    void take(std::uint32_t id) { taken_.push_back(id); }

    std::vector<LeafObject>& leaves() { return leaves_; }
    const std::vector<LeafObject>& leaves() const { return leaves_; }
    std::size_t sessions() const { return paths_.size(); }

private:
    struct Path {
        bool defined = false;
        bool down = false;
        bool stale = false;
        bool drained = false;
        Order order = Order::None;
        Address gateway{};
        std::uint32_t interface_index = 0;
        std::uint32_t leaf_id = 0;  ///< 0: not bound
    };
    const Path* path(SessionId session) const;
    void bind(SessionId session);
    void unbind(SessionId session);
    bool link_is_down(std::uint32_t interface_index) const;
    std::uint32_t free_id() const;

    Lost lost_ = Lost::Forgotten;
    std::vector<Path> paths_;
    std::vector<LeafObject> leaves_;
    std::vector<std::uint32_t> links_down_;
    std::vector<std::uint32_t> taken_;
};

}  // namespace dyad::fib
