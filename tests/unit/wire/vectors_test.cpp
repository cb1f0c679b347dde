#include <doctest/doctest.h>

#include <boost/json.hpp>
#include <charconv>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <string>

#include "dyad/wire/framer.hpp"
#include "dyad/wire/open.hpp"
#include "dyad/wire/route_refresh.hpp"
#include "dyad/wire/update.hpp"
#include "wire/capability_codec.hpp"

using namespace dyad;
using namespace dyad::wire;
namespace json = boost::json;

namespace {

const std::string kAs4 =
    "an AS4_PATH from a four-octet AS speaker is discarded, whatever its flags are (RFC 6793 sections 4.1 and 6)";

/// Vectors whose verdict we do not share, and why.
const std::map<std::string, std::string> kOtherReading{
    {"biord-052",
     "18 octets with a good marker are the beginning of a message, not a bad one (RFC 4271 4.1: TCP is a stream)"},
    {"tcpdump-163", "NEXT_HOP beside MP_REACH_NLRI alone is to be ignored (RFC 4760 section 3)"},
    {"bgp4j-021", kAs4},
    {"bgp4j-023", kAs4},
    {"bgp4j-024", kAs4},
    {"bgp4j-030", kAs4},
    {"bgp4j-031", kAs4},
    {"bgp4j-032", kAs4},
    {"bgp4j-037", kAs4},
    {"bgp4j-038", kAs4},
    {"bgp4j-071", "routes of 241/1 alone: RFC 7606 3.d's treat-as-withdraw finds nothing of ours to withdraw"},
    {"bgp4j-072", "routes of 1/4 alone: RFC 7606 3.d's treat-as-withdraw finds nothing of ours to withdraw"},
    {"netgauze-067", "1/2 is never agreed on: its routes are passed over unread (RFC 4760 section 8)"},
    {"netgauze-068", "1/2 is never agreed on: not reading it is RFC 7606 3.j's other choice, AFI/SAFI disable"},
    {"netgauze-072", "2/2 is never agreed on: its routes are passed over unread (RFC 4760 section 8)"},
    {"netgauze-075", "2/2 is never agreed on: its routes are passed over unread (RFC 4760 section 8)"},
};

/// What the vectors tell and our types do not hold.
const std::set<std::string, std::less<>> kNotDecoded{"as4_path",        "other",     "unknown", "ipv6_ext_communities",
                                                     "extended_params", "orf_octets"};

/// $DYAD_SHARED, or a directory "shared" beside the source tree or one of the directories we are started in.
std::optional<std::filesystem::path> vectors_file() {
    const std::filesystem::path inside = "vectors/messages.jsonl";
    if (const char* shared = std::getenv("DYAD_SHARED")) return std::filesystem::path{shared} / inside;
    for (auto at = std::filesystem::current_path();; at = at.parent_path()) {
        if (std::filesystem::exists(at / "shared" / inside)) return at / "shared" / inside;
        if (at == at.parent_path()) return std::nullopt;
    }
}

std::vector<std::uint8_t> from_hex(std::string_view hex) {
    std::vector<std::uint8_t> octets(hex.size() / 2);
    for (std::size_t i = 0; i < octets.size(); ++i)
        std::from_chars(hex.data() + 2 * i, hex.data() + 2 * i + 2, octets[i], 16);
    return octets;
}

std::string to_hex(Bytes octets) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    std::string hex;
    for (const auto octet : octets) hex.append({kDigits[octet >> 4], kDigits[octet & 15]});
    return hex;
}

std::string number(const json::value& value) { return std::to_string(value.to_number<std::int64_t>()); }

/// What a message was taken for: an action, and for a reset the NOTIFICATION.
struct Verdict {
    std::string action = "accept";
    Notification notification{};
    std::string why{};
    json::object fields{};
    std::vector<std::uint8_t> discarded{};
};

Verdict reset(const Notification& notification) {
    return {.action = "session-reset", .notification = notification, .why = notification.to_string()};
}

Verdict verdict_of(const UpdateError& error) {
    constexpr std::array kActions{"attribute-discard", "treat-as-withdraw", "afi-safi-disable", "session-reset"};
    return {.action = kActions[static_cast<std::size_t>(error.severity)],
            .notification = error.notification(),
            .why = error.what};
}

json::array prefixes_of(const std::optional<NlriField>& field) {
    json::array list;
    if (!field) return list;
    NlriCursor cursor{*field};
    while (const auto prefix = cursor.next()) {
        if (field->path_ids)
            list.push_back(json::object{{"prefix", prefix->to_string()}, {"path_id", cursor.path_id().value}});
        else
            list.emplace_back(prefix->to_string());
    }
    return list;
}

json::array path_of(const AsPath& path) {
    constexpr std::array kTypes{"", "set", "seq", "confed-seq", "confed-set"};
    json::array list;
    for (const auto& segment : path.segments) {
        json::array asns;
        for (const auto asn : segment.asns) asns.emplace_back(asn.value);
        list.push_back(json::object{{"type", kTypes[static_cast<std::size_t>(segment.type)]}, {"asns", asns}});
    }
    return list;
}

template <class List, class ToText>
void put_list(json::object& fields, std::string_view key, const List& list, ToText to_text) {
    if (list.empty()) return;
    json::array texts;
    for (const auto& item : list) texts.emplace_back(to_text(item));
    fields[key] = texts;
}

std::string plain(std::uint32_t community) {
    return std::to_string(community >> 16) + ":" + std::to_string(community & 0xffff);
}

void put_attributes(const Attributes& attributes, json::object& fields) {
    fields["origin"] = static_cast<int>(attributes.origin);
    fields["as_path"] = path_of(attributes.as_path);
    if (attributes.next_hop) fields["next_hop"] = attributes.next_hop->to_string();
    if (attributes.med) fields["med"] = *attributes.med;
    if (attributes.local_pref) fields["local_pref"] = *attributes.local_pref;
    if (attributes.atomic_aggregate) fields["atomic_aggregate"] = true;
    if (attributes.aggregator)
        fields["aggregator"] = {{"as", attributes.aggregator->asn.value},
                                {"ip", attributes.aggregator->address.to_string()}};
    if (attributes.only_to_customer) fields["otc"] = attributes.only_to_customer->value;
    if (attributes.originator_id) fields["originator_id"] = attributes.originator_id->to_string();
    put_list(fields, "communities", attributes.communities, plain);
    put_list(fields, "cluster_list", attributes.cluster_list, [](auto id) { return RouterId{id}.to_string(); });
    put_list(fields, "ext_communities", attributes.extended_communities, [](const auto& c) { return to_hex(c); });
    put_list(fields, "large_communities", attributes.large_communities, [](const auto& c) { return to_string(c); });
}

/// A second occurrence that is dropped (RFC 7606 3.g) is no verdict on the attribute.
void note_discards(const DecodedAttributes& decoded, Verdict& verdict) {
    for (const auto& error : decoded.discarded)
        if (error.subcode != subcode::kMalformedAttributeList) verdict.discarded.push_back(error.attribute);
    if (!verdict.discarded.empty()) verdict.action = "attribute-discard";
}

/// Without routes nothing is mandatory; what is there can be read once the mandatory ones stand behind it.
void judge_attributes_alone(Bytes block, const AttributeContext& context, Verdict& verdict) {
    const std::array<std::uint8_t, 7> mandatory{0x40, 1, 1, 0, 0x40, 2, 0};
    std::vector<std::uint8_t> whole{block.begin(), block.end()};
    whole.insert(whole.end(), mandatory.begin(), mandatory.end());
    const auto decoded = decode_attributes(whole, context);
    if (!decoded) return;
    put_attributes(decoded->attributes, verdict.fields);
    note_discards(*decoded, verdict);
}

/// What both sides of a vector's session agreed on.
struct Agreed {
    AttributeContext attributes;
    NlriFormat format;
    std::size_t max_octets = kMaxMessageOctets;
};

Verdict judge_update(Bytes body, const Agreed& agreed) {
    const auto& context = agreed.attributes;
    const auto view = parse_update(body, agreed.format);
    if (!view) return verdict_of(view.error());
    if (!view->disabled.empty()) return verdict_of(view->disabled.front());
    if (const auto error = error_without_routes(*view, context)) return verdict_of(*error);
    Verdict verdict;
    verdict.fields = {{"withdrawn", prefixes_of(view->withdrawn)}, {"nlri", prefixes_of(view->announced)}};
    if (view->mp_announced) {
        verdict.fields["mp_reach"] = {{"next_hop", json::array{view->mp_next_hop->to_string()}},
                                      {"nlri", prefixes_of(view->mp_announced)}};
    }
    if (view->mp_withdrawn) verdict.fields["mp_unreach"] = {{"nlri", prefixes_of(view->mp_withdrawn)}};
    std::vector<std::uint8_t> scratch;
    const auto block = attributes_without_mp(*view, scratch);
    if (!view->announces()) {
        judge_attributes_alone(block, context, verdict);
        return verdict;
    }
    const auto decoded = decode_attributes(block, context);
    if (!decoded) return verdict_of(decoded.error());
    if (!view->announced.octets.empty() && !decoded->attributes.next_hop)
        return verdict_of(missing_attribute(AttributeType::NextHop));
    put_attributes(decoded->attributes, verdict.fields);
    note_discards(*decoded, verdict);
    return verdict;
}

json::object json_of(const Capability& capability) {
    std::vector<std::uint8_t> octets;
    encode_capability(capability, octets);
    return {{"code", octets.at(0)}, {"value", to_hex(Bytes{octets}.subspan(2))}};
}

Verdict judge_open(Bytes body) {
    const auto open = decode_open(body);
    if (!open) return reset(open.error());
    json::array capabilities;
    for (const auto& capability : open->capabilities) capabilities.push_back(json_of(capability));
    Verdict verdict;
    verdict.fields = {{"version", 4},
                      {"my_as", open->asn.value},
                      {"as", asn_of(*open).value},
                      {"hold_time", open->hold_time.count()},
                      {"bgp_id", open->router_id.to_string()},
                      {"capabilities", capabilities}};
    return verdict;
}

Verdict judge_notification(Bytes body) {
    const auto notification = decode_notification(body);
    if (!notification) return reset(notification.error());
    Verdict verdict;
    verdict.fields = {{"code", static_cast<int>(notification->code)},
                      {"subcode", notification->subcode},
                      {"data", to_hex(notification->data)}};
    if (const auto text = shutdown_text(*notification); !text.empty()) verdict.fields["text"] = text;
    return verdict;
}

Verdict judge_route_refresh(Bytes body) {
    const auto refresh = decode_route_refresh(body);
    if (!refresh) return reset(refresh.error());
    Verdict verdict;
    verdict.fields = {{"afi", refresh->afi}, {"safi", refresh->safi}, {"subtype", refresh->subtype}};
    return verdict;
}

Verdict judge(Bytes octets, const Agreed& agreed) {
    const auto message = next_message(octets, agreed.max_octets);
    if (!message) return reset(message.error());
    if (!*message) return {.action = "ignore"};
    const auto body = (*message)->body();
    switch ((*message)->type) {
        case MessageType::Open:
            return judge_open(body);
        case MessageType::Update:
            return judge_update(body, agreed);
        case MessageType::Notification:
            return judge_notification(body);
        case MessageType::Keepalive:
            return {};
        case MessageType::RouteRefresh:
            return judge_route_refresh(body);
    }
    return {};
}

/// As blocks, not as text: IPv6 addresses may be written in more than one way.
bool same_prefixes(const json::value& left, const json::value& right) {
    const auto route = [](const json::value& value) {
        if (value.is_string()) return std::pair{Prefix::parse(value.as_string()), std::string{}};
        return std::pair{Prefix::parse(value.at("prefix").as_string()), number(value.at("path_id"))};
    };
    return std::ranges::equal(left.as_array(), right.as_array(), {}, route, route);
}

/// Fields of ours that say other than the vector's. Numbers of other types and RFC 6793's merge are not other.
std::string difference(const json::object& expected, const json::object& got) {
    for (const auto& [key, value] : expected) {
        const auto* ours = got.if_contains(key);
        const bool other_family = value.is_object() && value.as_object().contains("raw");
        if (ours == nullptr && (other_family || kNotDecoded.contains(key))) continue;
        if (ours == nullptr) return std::string{key} + " is missing";
        if (key == "as_path" && expected.contains("as4_path")) continue;
        if (key == "mp_reach" || key == "mp_unreach") {
            const auto& theirs = value.as_object();
            const auto& mine = ours->as_object();
            if (theirs.contains("nlri") && !same_prefixes(theirs.at("nlri"), mine.at("nlri")))
                return std::string{key} + " nlri";
            if (theirs.contains("next_hop") && mine.contains("next_hop") &&
                theirs.at("next_hop").as_array().at(0) != mine.at("next_hop").as_array().at(0))
                return std::string{key} + " next hop";
            continue;
        }
        if (key == "nlri" || key == "withdrawn") {
            if (!same_prefixes(value, *ours)) return std::string{key};
            continue;
        }
        const bool same = value.is_number() && ours->is_number() ? number(value) == number(*ours)
                                                                 : json::serialize(value) == json::serialize(*ours);
        if (!same) return std::string{key} + ": " + json::serialize(*ours) + ", not " + json::serialize(value);
    }
    return {};
}

bool is_also_ok(const json::object& expected, const Verdict& got) {
    const auto* also = expected.if_contains("also_ok");
    if (also == nullptr) return false;
    const auto text = got.action == "session-reset"
                          ? got.action + " " + std::to_string(static_cast<int>(got.notification.code)) + "/" +
                                std::to_string(got.notification.subcode)
                          : got.action;
    const auto& list = also->as_array();
    return std::ranges::any_of(list, [&](const json::value& item) { return item.as_string() == text; });
}

/// Empty, or how our verdict is another.
std::string disagreement(const json::object& expected, const Verdict& got) {
    if (is_also_ok(expected, got)) return {};
    const std::string action{expected.at("action").as_string()};
    // vectors/README.md, RFC 7606 3.j: where an MP attribute costs the session it may cost the family instead.
    const bool milder = action == "session-reset" && got.action == "afi-safi-disable";
    if (action != got.action && !milder) return got.action + ", not " + action + " (" + got.why + ")";
    if (action == "session-reset") {
        const auto code = std::to_string(static_cast<int>(got.notification.code));
        if (expected.contains("code") && number(expected.at("code")) != code) return "code " + code;
        const auto subcode = std::to_string(got.notification.subcode);
        if (expected.contains("subcode") && number(expected.at("subcode")) != subcode) return "subcode " + subcode;
        if (const auto* data = expected.if_contains("data");
            data != nullptr && data->as_string() != to_hex(got.notification.data))
            return "data " + to_hex(got.notification.data);
        return {};
    }
    if (const auto* list = expected.if_contains("discarded_attributes")) {
        json::array types;
        for (const auto type : got.discarded) types.emplace_back(type);
        if (json::serialize(types) != json::serialize(*list)) return "discarded " + json::serialize(types);
    }
    const auto* fields = expected.if_contains("fields");
    // A route that is withdrawn has no fields to compare.
    const bool kept = action == "accept" || action == "attribute-discard";
    return kept && fields != nullptr ? difference(fields->as_object(), got.fields) : "";
}

struct Tally {
    std::size_t agree = 0, other_reading = 0, disagree = 0;
};

bool lists(const json::value& list, std::string_view family) {
    return std::ranges::any_of(list.as_array(), [&](const json::value& one) { return one.as_string() == family; });
}

Agreed agreed_in(const json::object& context) {
    Agreed agreed;
    agreed.attributes = {.four_octet_as = context.at("as4").as_bool(),
                         .external = context.at("session").as_string() == "ebgp"};
    agreed.format.ipv4_path_ids = lists(context.at("addpath"), "1/1");
    agreed.format.ipv6_path_ids = lists(context.at("addpath"), "2/1");
    if (context.at("ext_msg").as_bool()) agreed.max_octets = kMaxExtendedMessageOctets;
    return agreed;
}

void judge_vector(const json::object& vector, Tally& tally) {
    const auto& context = vector.at("context").as_object();
    const std::string id{vector.at("id").as_string()};
    const auto agreed = agreed_in(context);
    const auto& expected = vector.at("expected").as_object();
    const auto octets = from_hex(vector.at("hex").as_string());
    const auto other = disagreement(expected, judge(octets, agreed));
    if (other.empty()) {
        ++tally.agree;
    } else if (kOtherReading.contains(id)) {
        ++tally.other_reading;
        MESSAGE(id << ": " << other << ": " << kOtherReading.at(id));
    } else {
        ++tally.disagree;
        MESSAGE(id << " [" << vector.at("scope").as_string() << "]: " << other);
    }
}

}  // namespace

TEST_CASE("messages of other speakers' test suites are judged as the RFCs do") {
    const auto file = vectors_file();
    if (!file || !std::filesystem::exists(*file)) {
        MESSAGE("skipped: no shared/vectors/messages.jsonl here (DYAD_SHARED names the directory)");
        return;
    }
    Tally core, other;
    std::ifstream in{*file};
    for (std::string line; std::getline(in, line);) {
        const auto vector = json::parse(line).as_object();
        judge_vector(vector, vector.at("scope").as_string() == "core" ? core : other);
    }
    MESSAGE("core: " << core.agree << " agree, " << core.disagree << " disagree, " << core.other_reading
                     << " read otherwise, with the reason");
    MESSAGE("other families, confederations: " << other.agree << " agree, " << other.disagree << " disagree, "
                                               << other.other_reading << " read otherwise, with the reason");
    CHECK(core.agree > 0);
    CHECK(core.disagree == 0);
    CHECK(other.disagree == 0);
}
