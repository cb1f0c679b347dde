// Bytes drive a Session as a driver and a peer might: TCP news, octets, time, an operator, in any order. It must keep its
// own promises whatever comes: one Established connection, nothing said on a dead one, deadlines that move on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <vector>

#include "dyad/base/ensure.hpp"
#include "dyad/base/reader.hpp"
#include "dyad/session/session.hpp"
#include "dyad/wire/framer.hpp"

using namespace dyad;
using namespace dyad::session;

namespace {

class World {
public:
    World(const Parameters& parameters, std::uint64_t seed) : session_(parameters, seed) {}

    void turn(Reader& in) {
        switch (in.u8() % 16) {
            case 0:
                session_.start(now_);
                break;
            case 1:
                session_.stop(now_, wire::cease(wire::subcode::kAdministrativeShutdown, "bye"),
                              {.cause = Cause::AdministrativelyDown});
                break;
            case 2:
                session_.reset(now_, wire::cease(wire::subcode::kAdministrativeReset), {});
                break;
            case 3:
                session_.connected(now_, any(in));
                break;
            case 4:
                lost(any(in), [&](ConnectionId id) { session_.connect_failed(now_, id, in.u8()); });
                break;
            case 5:
                lost(any(in), [&](ConnectionId id) { session_.closed(now_, id, in.u8()); });
                break;
            case 6:
                call();
                break;
            case 7:
                pass(std::chrono::milliseconds{in.u16()});
                break;
            case 8:
                pass_to_deadline();
                break;
            case 9:
                session_.hint(any(in), static_cast<ConnectHint>(in.u8() % 4));
                break;
            case 10:
                session_.fail(now_, {wire::ErrorCode::UpdateMessage, in.u8(), {}}, "malformed");
                break;
            case 11:
                receive(any(in), wire::keepalive_message());
                break;
            case 12:
                receive(any(in), open(in));
                break;
            default: {
                const auto id = any(in);
                receive(id, in.bytes(std::min<std::size_t>(in.u8(), in.remaining())));
            }
        }
        carry_out();
        check();
    }

private:
    /// One of the living connections mostly, and any number else.
    ConnectionId any(Reader& in) {
        const auto pick = in.u8();
        if (alive_.empty() || pick >= 250) return {pick};
        return *std::next(alive_.begin(), static_cast<std::ptrdiff_t>(pick % alive_.size()));
    }
    template <class Tell>
    void lost(ConnectionId id, Tell tell) {
        alive_.erase(id);
        tell(id);
    }
    void call() {
        const ConnectionId id{calls_ += 2};
        if (session_.accepted(now_, id)) alive_.insert(id);
    }
    void pass(Duration time) {
        now_ = now_ + time;
        session_.tick(now_);
    }
    void pass_to_deadline() {
        const auto due = session_.deadline();
        if (due && *due > now_) now_ = *due;
        session_.tick(now_);
        ensure(!session_.deadline() || *session_.deadline() > now_);
    }
    std::vector<std::uint8_t> open(Reader& in) {
        const auto choice = in.u8();
        return wire::encode_open({Asn{choice & 1 ? 12076u : 65010u},
                                  std::chrono::seconds{choice & 2 ? 9 : 0},
                                  RouterId{(choice >> 2) % 4u + 1},
                                  {}});
    }
    void receive(ConnectionId id, Bytes octets) {
        session_.feed(id, octets);
        while (const auto message = session_.next(now_)) {
            ensure(message->type == wire::MessageType::Update || message->type == wire::MessageType::RouteRefresh);
            ensure(message->whole.size() >= wire::kHeaderOctets);
            sum_ += message->whole.back();
        }
    }
    void carry_out() {
        for (auto actions = session_.take_actions(); !actions.empty(); actions = session_.take_actions())
            for (const auto& action : actions) {
                if (std::holds_alternative<OpenConnection>(action)) {
                    const ConnectionId id{dials_ += 2};
                    alive_.insert(id);
                    session_.connecting(id);
                }
                if (const auto* sent = std::get_if<SendMessage>(&action)) {
                    ensure(alive_.contains(sent->connection));
                    ensure(wire::next_message(sent->octets).value().value().whole.size() == sent->octets.size());
                }
                if (const auto* closed = std::get_if<CloseConnection>(&action))
                    ensure(alive_.erase(closed->connection) == 1);
                if (std::holds_alternative<WentUp>(action)) ensure(++up_ == 1);
                if (std::holds_alternative<WentDown>(action)) ensure(--up_ == 0);
            }
    }
    void check() {
        const bool up = session_.state() == State::Established;
        ensure(up == (up_ == 1));
        ensure(up == session_.established().has_value());
        ensure(up == session_.established_since().has_value());
        ensure(!up || session_.negotiated() != nullptr);
        ensure(!describe(session_.reason(now_)).empty());
        ensure(alive_.size() <= 2);
    }

    Session session_;
    Instant now_{};
    std::set<ConnectionId> alive_;
    std::uint32_t dials_ = 1000, calls_ = 1001;
    int up_ = 0;
    std::size_t sum_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    Reader in{Bytes{data, size}};
    const auto choice = in.u8();
    Parameters parameters{.local_as = Asn{65010}, .peer_as = Asn{12076}, .router_id = RouterId{2}};
    parameters.passive = (choice & 1) != 0;
    if (choice & 2) parameters.peer_as = parameters.local_as;
    World world{parameters, choice};
    while (!in.empty()) world.turn(in);
    return 0;
}
