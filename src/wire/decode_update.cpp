#include "dyad/wire/update.hpp"

namespace dyad::wire {
namespace {

void append(const NlriField& field, std::vector<Prefix>& prefixes, std::vector<PathId>& ids) {
    NlriCursor cursor{field};
    while (const auto prefix = cursor.next()) {
        prefixes.push_back(*prefix);
        ids.push_back(cursor.path_id());
    }
}

/// The attributes of what is announced, with the next hop of where it is announced.
std::expected<Attributes, UpdateError> decode_route(const UpdateView& view, const AttributeContext& context) {
    std::vector<std::uint8_t> scratch;
    auto decoded = decode_attributes(attributes_without_mp(view, scratch), context);
    if (!decoded) return std::unexpected(std::move(decoded.error()));
    auto& attributes = decoded->attributes;
    if (view.announced.octets.empty())
        attributes.next_hop = view.mp_next_hop;
    else if (!attributes.next_hop)
        return std::unexpected(missing_attribute(AttributeType::NextHop));
    return std::move(attributes);
}

}  // namespace

std::expected<Update, UpdateError> decode_update(Bytes body, const AttributeContext& context,
                                                 const NlriFormat& format) {
    const auto view = parse_update(body, format);
    if (!view) return std::unexpected(view.error());
    if (!view->disabled.empty()) return std::unexpected(view->disabled.front());
    if (const auto error = error_without_routes(*view, context)) return std::unexpected(*error);
    Update update;
    append(view->withdrawn, update.withdrawn, update.withdrawn_ids);
    if (view->mp_withdrawn) append(*view->mp_withdrawn, update.withdrawn, update.withdrawn_ids);
    append(view->announced, update.announced, update.announced_ids);
    if (view->mp_announced) append(*view->mp_announced, update.announced, update.announced_ids);
    if (!format.ipv4_path_ids && !format.ipv6_path_ids) {
        update.withdrawn_ids.clear();
        update.announced_ids.clear();
    }
    if (!view->announces()) return update;
    auto attributes = decode_route(*view, context);
    if (!attributes) return std::unexpected(std::move(attributes.error()));
    update.attributes = *std::move(attributes);
    return update;
}

}  // namespace dyad::wire
