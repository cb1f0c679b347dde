#pragma once
#include <boost/json/object.hpp>
#include <string>

#include "dyad/config/diff.hpp"
#include "dyad/speaker/view.hpp"

/// What `show` answers as JSON: the stable forms of the surface document. Keys keep their order, new ones come last,
/// units stand in the names. One file, so that a reader sees all of it at once.
namespace dyad::shell {

boost::json::object to_json(const speaker::SummaryView& view);
boost::json::object to_json(const speaker::PeeringView& view);
boost::json::object to_json(const speaker::SessionView& view);
boost::json::object to_json(const speaker::RouteView& view);
boost::json::object to_json(const speaker::FibView& view);
boost::json::object to_json(const speaker::BfdView& view);
boost::json::object to_json(const speaker::LimitsView& view);
boost::json::object to_json(const speaker::DrillsView& view);
boost::json::object to_json(const speaker::DiffView& view);
boost::json::object to_json(const speaker::DoctorView& view);
boost::json::object to_json(const speaker::ArpView& view);
boost::json::object to_json(const speaker::WhyView& view);
/// Any answer that is not there: {"error":…,"known":[…]}.
boost::json::object to_json(const speaker::NotFound& view);
boost::json::object to_json(const speaker::OrderView& view);
boost::json::object to_json(const config::Change& change);

boost::json::object error_json(std::string_view what);

}  // namespace dyad::shell
