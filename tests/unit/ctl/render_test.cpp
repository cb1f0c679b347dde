#include "ctl/render.hpp"

#include <doctest/doctest.h>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <iterator>
#include <sstream>

using namespace dyad::ctl;

namespace {

std::string golden_file(const std::string& name) {
    std::ifstream in{std::string{DYAD_GOLDEN_FILES} + "/" + name, std::ios::binary};
    REQUIRE_MESSAGE(in.good(), name);
    return {std::istreambuf_iterator<char>{in}, {}};
}

/// Rows with an AS path or a sentence are as long as those. NAME.json rendered is NAME.txt; DYAD_BLESS=1 in the environment writes it anew.
enum class Width : bool { Fits, MayBeLonger };
void check_golden(const std::string& name, const std::function<std::string(const Json&)>& render,
                  Width columns = Width::Fits) {
    const auto rendered = render(boost::json::parse(golden_file(name + ".json")));
    if (std::getenv("DYAD_BLESS")) std::ofstream{std::string{DYAD_GOLDEN_FILES} + "/" + name + ".txt"} << rendered;
    CHECK(rendered == golden_file(name + ".txt"));
    std::istringstream lines{rendered};
    for (std::string line; std::getline(lines, line);) {
        CHECK_MESSAGE((width(line) <= 80 || columns == Width::MayBeLonger), line);
        CHECK_MESSAGE(!line.ends_with(' '), line);
    }
}

}  // namespace

TEST_CASE("the summary has a row a session, the reason under it and fits 80 columns") {
    check_golden("summary", [](const Json& v) { return render_summary(v, Colours::Off); });
}

TEST_CASE("a peering shows its links side by side, and what differs") {
    check_golden("peering", [](const Json& v) { return render_peering(v, Colours::Off); });
    check_golden("peering_two_routers", [](const Json& v) { return render_peering(v, Colours::Off); });
}

TEST_CASE("limits have a row each, and below it what is learned, withheld and could be aggregated") {
    check_golden("limits", [](const Json& v) { return render_limits(v, Colours::Off); });
}

TEST_CASE("the doctor names the first step that fails, and whose it is") {
    check_golden("doctor", [](const Json& v) { return render_doctor(v, Colours::Off); });
}

TEST_CASE("a difference lists what was gained and lost, peering by peering") {
    check_golden("diff", [](const Json& v) { return render_diff(v, Colours::Off); });
}

TEST_CASE("drills have a report each: what was shut, who took over, what was missing, how it came back") {
    check_golden("drill", [](const Json& v) { return render_drill_answer(v, Colours::Off); });
}

TEST_CASE("a session shows everything that is known of it") {
    check_golden("session", [](const Json& v) { return render_session(v, Colours::Off); });
    check_golden("session_down", [](const Json& v) { return render_session(v, Colours::Off); });
}

TEST_CASE("routes come a line each, with the reason of those that lost") {
    check_golden(
        "routes",
        [](const Json& v) {
            auto out = render_routes_titles(Colours::Off);
            for (const auto& route : v.as_array()) out += render_route(route, Colours::Off);
            return out;
        },
        Width::MayBeLonger);
}

TEST_CASE("the kernel's side shows its groups") {
    check_golden("fib", [](const Json& v) { return render_fib(v, Colours::Off); });
}

TEST_CASE("BFD has a row a session, and the reason under what is not Up") {
    check_golden("bfd", [](const Json& v) { return render_bfd(v, Colours::Off); });
}

TEST_CASE("why names each stage, and the configuration line that decided") {
    check_golden("why", [](const Json& v) { return render_why(v, Colours::Off); });
}

TEST_CASE("an event is a line") {
    check_golden(
        "event", [](const Json& v) { return render_event(v, Colours::Off); }, Width::MayBeLonger);
}

TEST_CASE("a reload lists what changed and how it took effect") {
    check_golden("reload", [](const Json& v) { return render_reload(v); });
}

TEST_CASE("an answer without what we expect is shown as far as it goes") {
    const Json empty = boost::json::parse("{}");
    CHECK_FALSE(render_summary(empty, Colours::Off).empty());
    CHECK_FALSE(render_peering(empty, Colours::Off).empty());
    CHECK_FALSE(render_session(empty, Colours::Off).empty());
    CHECK_FALSE(render_route(empty, Colours::Off).empty());
    CHECK_FALSE(render_why(Json{nullptr}, Colours::Off).empty());
}
