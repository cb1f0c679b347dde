#include "ctl/render_decode.hpp"

#include <fmt/format.h>

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <chrono>

#include "dyad/base/overloaded.hpp"

namespace dyad::ctl {
namespace {

namespace json = boost::json;
using decode::Field;

constexpr std::size_t kNameColumns = 33, kValueColumns = 34;

/// "2023-01-05 12:34:56.123456789" in UTC.
std::string time_text(Duration since_epoch) {
    const auto days = std::chrono::floor<std::chrono::days>(since_epoch);
    const std::chrono::year_month_day date{std::chrono::sys_days{days}};
    const std::chrono::hh_mm_ss time{since_epoch - days};
    return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}:{:02}.{:09}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), time.hours().count(),
                       time.minutes().count(), time.seconds().count(), time.subseconds().count());
}

std::string where(const decode::Message& message) {
    if (!message.place) return fmt::format("octet {} of the input", message.offset);
    const auto& place = *message.place;
    return fmt::format("packet {}  {}  {} > {}", place.packet, time_text(place.since_epoch), place.from.to_string(),
                       place.to.to_string());
}

std::string fault_words(const decode::Fault& fault) {
    return fault.consequence.empty() ? fault.what : fault.consequence + ": " + fault.what;
}

void add_field(const Field& field, std::size_t depth, Colours colours, std::string& out) {
    const std::string indent(2 * depth, ' ');
    // What the fields below say in full.
    const auto value = field.fields.empty() ? field.value : cut(field.value, kValueColumns);
    auto line =
        fmt::format("{:>6} {:>5}  {}  {}", field.offset, field.octets, pad_right(indent + field.name, kNameColumns),
                    field.rfc.empty() ? value : pad_right(value, kValueColumns));
    if (field.rfc.empty()) line = trim_right(std::move(line));
    out += paint(line, field.fault ? Colour::Bad : Colour::None, colours);
    if (!field.rfc.empty()) out += "  " + paint(field.rfc, Colour::Dim, colours);
    out += '\n';
    if (field.fault)
        out += std::string(14, ' ') + indent + paint("!! " + fault_words(*field.fault), Colour::Bad, colours) + '\n';
    for (const auto& inner : field.fields) add_field(inner, depth + 1, colours, out);
}

std::string render(const decode::Message& message, Colours colours) {
    const auto& field = message.field;
    auto out = paint(fmt::format("{}. {}", message.number, field.name), Colour::Bold, colours);
    out += fmt::format(", {} octets  {}\n", field.octets, where(message));
    for (const auto& assumption : message.assumptions) out += paint("   " + assumption, Colour::Dim, colours) + "\n";
    if (field.fault) out += paint("   !! " + fault_words(*field.fault), Colour::Bad, colours) + "\n";
    for (const auto& inner : field.fields) add_field(inner, 0, colours, out);
    return out + "\n";
}

json::object to_json(const Field& field) {
    json::object out{{"offset", field.offset}, {"octets", field.octets}, {"name", field.name}, {"value", field.value}};
    if (field.number) out["number"] = *field.number;
    if (!field.rfc.empty()) out["rfc"] = field.rfc;
    if (field.fault) out["malformed"] = {{"what", field.fault->what}, {"consequence", field.fault->consequence}};
    if (field.fields.empty()) return out;
    json::array fields;
    for (const auto& inner : field.fields) fields.push_back(to_json(inner));
    out["fields"] = std::move(fields);
    return out;
}

json::object to_json(const decode::Message& message) {
    json::object out{{"kind", "message"}, {"number", message.number}};
    if (message.place) {
        const auto& place = *message.place;
        out["conversation"] = place.conversation;
        out["packet"] = place.packet;
        out["time_nanoseconds"] = place.since_epoch.count();
        out["from"] = place.from.to_string();
        out["to"] = place.to.to_string();
    } else {
        out["offset"] = message.offset;
    }
    json::array assumptions;
    for (const auto& assumption : message.assumptions) assumptions.emplace_back(assumption);
    out["assumptions"] = std::move(assumptions);
    out["malformed"] = is_malformed(message.field);
    out["verdict"] = message.verdict;
    out["message"] = to_json(message.field);
    return out;
}

json::object to_json(const decode::Note& note) {
    return {{"kind", "note"}, {"packet", note.packet}, {"text", note.text}};
}

}  // namespace

std::string render_decoded(const decode::Item& item, Colours colours) {
    return std::visit(
        Overloaded{[&](const decode::Message& message) { return render(message, colours); },
                   [&](const decode::Note& note) {
                       const auto place = note.packet == 0 ? std::string{} : fmt::format("packet {}: ", note.packet);
                       return paint(fmt::format("-- {}{}", place, note.text), Colour::Dim, colours) + "\n\n";
                   }},
        item);
}

std::string decoded_json(const decode::Item& item) {
    return std::visit([](const auto& each) { return json::serialize(to_json(each)); }, item);
}

}  // namespace dyad::ctl
