#include "peering/admission.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <string>

using namespace dyad;
using namespace dyad::peering;

namespace {

constexpr Member kLinks[] = {0, 1};

/// Two links that want the same, and what decide() last said.
struct Links {
    Admission admission;
    std::map<std::string, PrefixId> ids;
    PrefixOf prefix_of = [this](PrefixId id) {
        return *Prefix::parse(std::ranges::find(ids, id, &std::pair<const std::string, PrefixId>::second)->first);
    };

    explicit Links(const AdmissionRule& rule) { admission.set_rule(rule); }
    PrefixId id(const std::string& text) {
        return ids.try_emplace(text, PrefixId{static_cast<std::uint32_t>(ids.size())}).first->second;
    }
    void want(const std::string& text, Priority priority = Priority::Normal) {
        for (const auto link : kLinks) admission.want(link, id(text), *Prefix::parse(text), priority, Held::No);
    }
    void unwant(const std::string& text) {
        for (const auto link : kLinks) admission.unwant(link, id(text), *Prefix::parse(text));
    }
    void leave() {
        for (const auto link : kLinks) admission.leave(link, prefix_of);
    }
    std::vector<PrefixId> decide() { return admission.decide(prefix_of); }
    bool has(const std::string& text) {
        (void)decide();
        return admission.admitted(id(text));
    }
};

}  // namespace

TEST_CASE("aggregates come before what is more specific, and then the lower address") {
    Links links{{.limit = 3}};
    links.want("10.0.0.0/24");
    links.want("10.9.0.0/16");
    links.want("10.3.0.0/16");
    links.want("10.2.0.0/24");
    CHECK(links.has("10.3.0.0/16"));
    CHECK(links.has("10.9.0.0/16"));
    CHECK(links.has("10.0.0.0/24"));
    CHECK_FALSE(links.has("10.2.0.0/24"));
    CHECK(links.admission.withheld() == 1);
    CHECK(links.admission.first_withheld(5) == std::vector{*Prefix::parse("10.2.0.0/24")});
}

TEST_CASE("what has a place keeps it, whoever comes") {
    Links links{{.limit = 1}};
    links.want("10.0.0.0/24");
    CHECK(links.has("10.0.0.0/24"));
    links.want("10.0.0.0/8");
    CHECK(links.has("10.0.0.0/24"));
    CHECK_FALSE(links.has("10.0.0.0/8"));
}

TEST_CASE("a place that becomes free goes to the first who waits") {
    Links links{{.limit = 2}};
    for (const auto* text : {"10.1.0.0/16", "10.2.0.0/16", "10.4.0.0/16", "10.3.0.0/16"}) links.want(text);
    CHECK(links.has("10.2.0.0/16"));
    links.unwant("10.1.0.0/16");
    CHECK(links.decide() == std::vector{links.id("10.3.0.0/16")});
    CHECK_FALSE(links.has("10.4.0.0/16"));
}

TEST_CASE("a make-before-break renumbering ends with all that is wanted") {
    Links links{{.limit = 10}};
    const auto old_one = [](int i) { return "10.1." + std::to_string(i) + ".0/24"; };
    const auto new_one = [](int i) { return "10.2." + std::to_string(i) + ".0/24"; };
    for (int i = 0; i < 10; ++i) links.want(old_one(i));
    CHECK(links.has(old_one(9)));
    for (int i = 0; i < 10; ++i) links.want(new_one(i));
    CHECK_FALSE(links.has(new_one(0)));
    for (int i = 0; i < 10; ++i) links.unwant(old_one(i));
    for (int i = 0; i < 10; ++i) CHECK(links.has(new_one(i)));
    CHECK(links.admission.withheld() == 0);
}

TEST_CASE("a critical prefix has its place, and the last of the others gives way") {
    Links links{{.limit = 2}};
    links.want("10.1.0.0/16");
    links.want("10.2.0.0/16");
    CHECK(links.has("10.2.0.0/16"));
    links.want("10.200.1.0/24", Priority::Critical);
    CHECK(links.decide() == std::vector{links.id("10.2.0.0/16"), links.id("10.200.1.0/24")});
    CHECK(links.has("10.1.0.0/16"));
}

TEST_CASE("the default route is critical without being told") {
    Links links{{.limit = 1}};
    links.want("10.1.0.0/16");
    CHECK(links.has("10.1.0.0/16"));
    links.want("0.0.0.0/0");
    CHECK(links.has("0.0.0.0/0"));
    CHECK_FALSE(links.has("10.1.0.0/16"));
}

TEST_CASE("the reserve keeps places for critical prefixes that are listed and not there, and no more than that") {
    Links links{{.limit = 4, .reserve = 2, .critical_listed = 1}};
    for (const auto* text : {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"}) links.want(text);
    CHECK(links.has("10.3.0.0/16"));
    CHECK_FALSE(links.has("10.4.0.0/16"));
    links.want("10.200.1.0/24", Priority::Critical);
    CHECK(links.decide().empty());  // nobody had to give way
    CHECK(links.admission.admitted(links.id("10.200.1.0/24")));
    links.admission.set_rule({.limit = 4, .reserve = 2, .critical_listed = 0});
    links.unwant("10.200.1.0/24");
    CHECK(links.has("10.4.0.0/16"));
}

TEST_CASE("a lower limit takes the last in order, a higher one lets them in again") {
    Links links{{.limit = 4}};
    for (const auto* text : {"10.1.0.0/16", "10.0.0.0/24", "10.2.0.0/16", "10.9.0.0/20"}) links.want(text);
    CHECK(links.has("10.0.0.0/24"));
    links.admission.set_rule({.limit = 2});
    CHECK(links.decide() == std::vector{links.id("10.9.0.0/20"), links.id("10.0.0.0/24")});
    links.admission.set_rule({.limit = 3});
    CHECK(links.decide() == std::vector{links.id("10.9.0.0/20")});
}

TEST_CASE("where additions freeze, a free place stays empty until all fit") {
    Links links{{.limit = 2, .on_limit = OnLimit::Freeze}};
    for (const auto* text : {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16", "10.4.0.0/16"}) links.want(text);
    CHECK(links.has("10.2.0.0/16"));
    CHECK(links.admission.frozen());
    links.unwant("10.1.0.0/16");
    CHECK(links.decide().empty());
    links.want("10.200.1.0/24", Priority::Critical);
    CHECK(links.decide().empty());
    links.unwant("10.200.1.0/24");
    links.unwant("10.4.0.0/16");
    CHECK(links.has("10.3.0.0/16"));
    CHECK_FALSE(links.admission.frozen());
}

TEST_CASE("an operator's word ends a freeze") {
    Links links{{.limit = 1, .on_limit = OnLimit::Freeze}};
    for (const auto* text : {"10.1.0.0/16", "10.2.0.0/16", "10.3.0.0/16"}) links.want(text);
    CHECK(links.has("10.1.0.0/16"));
    links.unwant("10.1.0.0/16");
    CHECK_FALSE(links.has("10.2.0.0/16"));
    links.admission.thaw();
    CHECK(links.has("10.2.0.0/16"));
}

TEST_CASE("a session that comes back brings the same set, though others would come first now") {
    Links links{{.limit = 1}};
    links.want("10.1.0.0/24");
    CHECK(links.has("10.1.0.0/24"));
    links.want("10.2.0.0/16");
    CHECK_FALSE(links.has("10.2.0.0/16"));
    links.leave();
    CHECK(links.admission.wanted() == 0);
    links.want("10.2.0.0/16");
    links.want("10.1.0.0/24");
    CHECK(links.has("10.1.0.0/24"));
    CHECK_FALSE(links.has("10.2.0.0/16"));
}

TEST_CASE("what a session does not bring back has lost its place") {
    Links links{{.limit = 1}};
    links.want("10.1.0.0/24");
    CHECK(links.has("10.1.0.0/24"));
    links.leave();
    links.want("10.2.0.0/16");
    CHECK(links.has("10.2.0.0/16"));
    CHECK_FALSE(links.has("10.1.0.0/24"));
}

TEST_CASE("a prefix keeps its place as long as one link wants it") {
    Links links{{.limit = 1}};
    links.want("10.1.0.0/16");
    links.want("10.2.0.0/16");
    CHECK(links.has("10.1.0.0/16"));
    links.admission.unwant(0, links.id("10.1.0.0/16"), *Prefix::parse("10.1.0.0/16"));
    CHECK(links.has("10.1.0.0/16"));
    links.admission.unwant(1, links.id("10.1.0.0/16"), *Prefix::parse("10.1.0.0/16"));
    CHECK(links.has("10.2.0.0/16"));
}

TEST_CASE("where a limit comes to a running session, what its peer holds comes first") {
    Admission admission;
    admission.set_rule({.limit = 1});
    CHECK(admission.want(0, PrefixId{1}, *Prefix::parse("10.2.0.0/24"), Priority::Normal, Held::Yes));
    CHECK_FALSE(admission.want(0, PrefixId{2}, *Prefix::parse("10.0.0.0/8"), Priority::Normal, Held::No));
    CHECK(admission.decide([](PrefixId) { return *Prefix::parse("10.0.0.0/8"); }).empty());
    CHECK(admission.withheld_of(0) == 1);
    CHECK(admission.withheld_of(1) == 0);
}

TEST_CASE("a place is had at once where there is room, and taken back by who comes first before it was confirmed") {
    Links links{{.limit = 2}};
    links.want("10.0.0.0/24");
    CHECK(links.admission.admitted(links.id("10.0.0.0/24")));
    links.want("10.1.0.0/24");
    links.want("10.2.0.0/16");
    CHECK(links.decide() == std::vector{links.id("10.1.0.0/24"), links.id("10.2.0.0/16")});
    CHECK(links.admission.admitted(links.id("10.0.0.0/24")));
}

TEST_CASE("where all fit, there is nothing to say") {
    Links links{{.limit = 2}};
    links.want("10.0.0.0/24");
    links.want("10.1.0.0/24");
    CHECK(links.decide().empty());
    links.want("10.0.0.0/8");
    CHECK(links.decide().empty());
    CHECK(links.admission.withheld() == 1);
}

TEST_CASE("a session that is gone before its places were confirmed is not remembered with them") {
    Links links{{.limit = 1}};
    links.want("10.1.0.0/24");
    links.leave();
    links.want("10.2.0.0/16");
    links.want("10.1.0.0/24");
    CHECK(links.has("10.2.0.0/16"));
}
