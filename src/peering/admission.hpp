#pragma once
#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <limits>
#include <set>
#include <string_view>
#include <vector>

#include "dyad/base/paged.hpp"
#include "dyad/base/strong_id.hpp"
#include "dyad/net/prefix.hpp"

/// Who has a place under a limit of prefixes to be advertised, decided once for all links of a peering, so that every
/// link hears the same.
///
/// The rule, whole. Of all prefixes that are wanted:
///  1. critical ones, and the default route, come before all others;
///  2. among equals, what has a place keeps it: nothing that is advertised gives way to a newcomer;
///  3. then the shorter prefix (an aggregate before what is more specific), then the lower address.
/// The first `limit` of them have a place; ordinary ones leave `reserve` places alone, as far as critical ones that are
/// listed and not there at the moment might claim them. A place is lost only to a critical prefix or a lower limit, by
/// who is last in that order. Where on_limit is Freeze, nobody new has a place from the moment that one was missing until
/// all fit; meanwhile, nobody loses a place but to a lower limit.
///
/// It knows prefixes by the RIB's ids, and no session: want() says what each member's policy would tell its peer, decide()
/// answers whose place has changed since. As long as there is room, who asks has a place at once, provisionally: nobody is
/// to be told before decide() has said whether all of them stay. Where they do, which is nearly always, that is all there
/// is to say, and a prefix costs two octets.
namespace dyad::peering {

enum class Priority : std::uint8_t { Normal, Critical };
/// Whether the member's peer holds the prefix already: then it has its place until decide() takes it.
enum class Held : std::uint8_t { No, Yes };
enum class OnLimit : std::uint8_t { Withhold, Freeze, Shutdown };
/// As the configuration says it.
std::string_view to_string(OnLimit on_limit);

inline constexpr std::size_t kNoLimit = std::numeric_limits<std::size_t>::max();
/// Links of a peering; a neighbour has one.
using Member = std::uint8_t;
inline constexpr std::size_t kMostMembers = 8;

struct AdmissionRule {
    std::size_t limit = kNoLimit;
    std::size_t reserve = 0;
    std::size_t critical_listed = 0;  ///< that may come and claim a place of the reserve
    OnLimit on_limit = OnLimit::Withhold;
    friend bool operator==(const AdmissionRule&, const AdmissionRule&) = default;

    /// Of ordinary prefixes, while so many critical ones are wanted.
    std::size_t ordinary_places(std::size_t critical_wanted) const;
};

/// Who is admitted first among those of one priority.
struct AdmissionRank {
    std::uint8_t length = 0;
    Address address;
    PrefixId id;
    friend auto operator<=>(const AdmissionRank&, const AdmissionRank&) = default;
};

/// What the RIB calls by this id.
using PrefixOf = std::function<Prefix(PrefixId)>;

class Admission {
public:
    void set_rule(const AdmissionRule& rule);
    const AdmissionRule& rule() const { return rule_; }

    /// The member's policy lets the prefix out. True if it has a place, for good or until decide().
    bool want(Member member, PrefixId id, const Prefix& prefix, Priority priority, Held held);
    /// It does not, or does no longer.
    void unwant(Member member, PrefixId id, const Prefix& prefix);
    /// The member's session is gone. What had a place is remembered as such until the next decide(): a link that is back
    /// brings the same set.
    void leave(Member member, const PrefixOf& prefix_of);

    /// The prefixes whose place is not what want() said: those that have none, then those that have one now, best first.
    std::vector<PrefixId> decide(const PrefixOf& prefix_of);
    bool undecided() const { return undecided_; }
    /// An operator's word: what a freeze kept out may come in.
    void thaw();

    bool admitted(PrefixId id) const;
    bool withheld(PrefixId id) const;
    std::size_t wanted() const { return admitted_[0] + admitted_[1] + withheld(); }
    std::size_t withheld() const { return waiting_[0].size() + waiting_[1].size(); }
    std::size_t withheld_of(Member member) const;
    /// The first of them in the order in which they will be admitted.
    std::vector<Prefix> first_withheld(std::size_t most) const;
    bool frozen() const { return frozen_; }

private:
    struct Place {
        std::uint8_t members = 0;  ///< a bit each; none: nobody wants it, or it is only remembered
        Priority priority : 1 = Priority::Normal;
        bool admitted : 1 = false;
        bool provisional : 1 = false;  ///< want() said so, and decide() nothing yet
    };
    static_assert(sizeof(Place) == 2);

    static AdmissionRank rank(PrefixId id, const Prefix& prefix) { return {prefix.length(), prefix.address(), id}; }
    static std::size_t slot(Priority priority) { return static_cast<std::size_t>(priority); }
    bool room() const { return !frozen_ && admitted_[0] + admitted_[1] < rule_.limit; }
    bool all_fit() const;
    bool all_stay() const;
    std::size_t critical_wanted() const { return admitted_[1] + waiting_[1].size(); }
    void count_in(const AdmissionRank& rank, const Place& place);
    void count_out(const AdmissionRank& rank, const Place& place);
    void confirm();
    void forget_remembered();
    std::vector<PrefixId> take_back(const PrefixOf& prefix_of);
    void evict(Priority priority, std::size_t most, const PrefixOf& prefix_of, std::vector<PrefixId>& changed);
    void admit(Priority priority, std::size_t most, std::vector<PrefixId>& changed);

    AdmissionRule rule_;
    /// A kilobyte a page.
    Paged<Place, 512> places_;
    std::array<std::size_t, 2> admitted_{};             ///< by priority, of those wanted
    std::array<std::set<AdmissionRank>, 2> waiting_{};  ///< by priority
    std::vector<PrefixId> provisional_;                 ///< some may be so no more, or stand here twice
    bool remembers_ = false;
    bool undecided_ = false;
    bool frozen_ = false;
};

}  // namespace dyad::peering
