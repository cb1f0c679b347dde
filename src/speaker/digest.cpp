#include "speaker/digest.hpp"

#include "dyad/base/hash.hpp"

namespace dyad::speaker {
namespace {

std::uint64_t fold_text(std::uint64_t digest, std::string_view text) {
    return hash_bytes({reinterpret_cast<const std::uint8_t*>(text.data()), text.size()}, digest);
}

struct Fold {
    std::uint64_t digest;

    std::uint64_t operator()(const TcpConnect& out) const {
        return hash_bytes(out.peer.bytes(), hash_mix(digest, out.connection.value));
    }
    std::uint64_t operator()(const TcpSend& out) const {
        return hash_bytes(out.octets, hash_mix(digest, out.connection.value));
    }
    std::uint64_t operator()(const TcpClose& out) const { return hash_mix(digest, out.connection.value); }
    std::uint64_t operator()(const TcpRekey& out) const { return hash_mix(digest, out.connection.value); }
    std::uint64_t operator()(const Listen& out) const {
        auto result = digest;
        for (const auto& address : out.addresses) result = hash_bytes(address.local.bytes(), result);
        return result;
    }
    std::uint64_t operator()(const KernelSend& out) const { return hash_bytes(out.octets, digest); }
    std::uint64_t operator()(const KernelAsk& out) const { return hash_bytes(out.octets, digest); }
    std::uint64_t operator()(const BfdSessions& out) const {
        auto result = digest;
        for (const auto& one : out.sessions) result = hash_bytes(one.path.peer.bytes(), hash_mix(result, one.id.value));
        return result;
    }
    std::uint64_t operator()(const Event& out) const {
        return fold_text(fold_text(digest, event_id(out.kind)), event_subject(out.kind));
    }
};

}  // namespace

std::uint64_t fold(std::uint64_t digest, std::span<const Output> outputs) {
    for (const auto& output : outputs) digest = std::visit(Fold{hash_mix(digest, output.index())}, output);
    return digest;
}

}  // namespace dyad::speaker
