#pragma once
#include <map>
#include <optional>
#include <vector>

#include "dyad/session/session.hpp"
#include "dyad/wire/update.hpp"
#include "msee/msee.hpp"

namespace dyad::msee::test {

inline const Address kMsee = Address::v4(0xc0a80f12);      // 192.168.15.18
inline const Address kCustomer = Address::v4(0xc0a80f11);  // 192.168.15.17

/// An MSEE that listens and a customer (a Session and nothing else) that dials, with a perfect wire between them.
class Pair {
public:
    explicit Pair(std::uint32_t limit = 4'000) : Pair(Options{}, {.limit = limit}) {}
    /// Of the customer's options only what is no address.
    explicit Pair(Options options, CustomerOptions wanted = {})
        : msee(complete(std::move(options), std::move(wanted)), 1),
          customer({.local_as = Asn{65010}, .peer_as = Asn{12076}, .router_id = {1}}, 2) {
        msee.start(now);
        customer.start(now);
        run();
    }

    /// Carries octets both ways until neither has anything to say.
    void run() {
        for (bool moved = true; moved;) {
            moved = false;
            for (auto& action : customer.take_actions()) moved = true, carry_out(action);
            for (auto& output : msee.take_outputs()) moved = true, carry_out(output);
        }
    }

    void pass(Duration duration) {
        now = now + duration;
        msee.tick(now);
        if (const auto deadline = customer.deadline(); deadline && *deadline <= now) customer.tick(now);
        run();
    }

    /// The customer says something of its own.
    void say(std::vector<std::uint8_t> octets) {
        msee.received(now, kTheirs(link_), octets);
        run();
    }
    void announce(std::span<const Prefix> prefixes, std::vector<Asn> path = {Asn{65010}}) {
        wire::Attributes attributes{.origin = wire::Origin::Igp, .next_hop = kCustomer};
        attributes.as_path.segments = {{wire::SegmentType::AsSequence, std::move(path)}};
        std::array<std::uint8_t, 4096> scratch;
        Writer block{scratch};
        wire::encode_attributes(attributes, {}, block);
        while (!prefixes.empty()) {
            std::vector<std::uint8_t> message(4096);
            Writer out{message};
            prefixes = prefixes.subspan(wire::encode_announcement(prefixes, block.written(), kCustomer, out));
            message.resize(out.size());
            say(message);
        }
    }

    Instant now{std::chrono::seconds{1000}};
    Msee msee;
    session::Session customer;
    std::map<Prefix, wire::Attributes> table;  ///< what the customer has of the MSEE
    std::vector<wire::Update> updates;
    std::size_t ends_of_rib = 0;
    std::vector<Happened> events;
    std::vector<std::optional<TurnAway>> doors;  ///< as they moved
    std::optional<session::Reason> down;         ///< why the customer's session last ended

    template <class What>
    std::size_t count() const {
        std::size_t n = 0;
        for (const auto& event : events) n += std::holds_alternative<What>(event.what) ? 1 : 0;
        return n;
    }

private:
    static Options complete(Options options, CustomerOptions wanted) {
        wanted.local = kMsee;
        wanted.peer = kCustomer;
        wanted.asn = Asn{65010};
        wanted.opens = Opens::Listens;
        options.router_id = {2};
        options.customers = {std::move(wanted)};
        return options;
    }
    static ConnectionId kOurs(std::uint32_t link) { return {2 * link}; }
    static ConnectionId kTheirs(std::uint32_t link) { return {2 * link + 1}; }

    void carry_out(const session::Action& action) {
        if (std::holds_alternative<session::OpenConnection>(action)) {
            ++link_;
            customer.connecting(kOurs(link_));
            customer.connected(now, kOurs(link_));
            if (!msee.accepted(now, kTheirs(link_), kMsee, kCustomer)) customer.closed(now, kOurs(link_), 0);
        } else if (const auto* send = std::get_if<session::SendMessage>(&action)) {
            msee.received(now, kTheirs(link_), send->octets);
        } else if (std::holds_alternative<session::CloseConnection>(action)) {
            msee.closed(now, kTheirs(link_), 0);
        } else if (const auto* went = std::get_if<session::WentDown>(&action)) {
            down = went->reason;
            table.clear();
        }
    }

    void carry_out(const Output& output) {
        if (const auto* send = std::get_if<Send>(&output)) {
            customer.feed(kOurs(link_), send->octets);
            while (const auto message = customer.next(now)) read(*message);
            msee.sent(send->connection, send->octets.size());
        } else if (std::holds_alternative<Close>(output)) {
            customer.closed(now, kOurs(link_), 0);
        } else if (const auto* door = std::get_if<Door>(&output)) {
            doors.push_back(door->shut);
        } else if (const auto* happened = std::get_if<Happened>(&output)) {
            events.push_back(*happened);
        }
    }

    void read(const wire::MessageView& message) {
        if (message.type != wire::MessageType::Update) return;
        if (wire::parse_update(message.body())->end_of_rib) ++ends_of_rib;
        const auto update = *wire::decode_update(message.body(), {});
        for (const auto& prefix : update.withdrawn) table.erase(prefix);
        for (const auto& prefix : update.announced) table[prefix] = *update.attributes;
        updates.push_back(update);
    }

    std::uint32_t link_ = 0;
};

}  // namespace dyad::msee::test
