#include "session/fsm.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <set>

#include "rig.hpp"

using namespace dyad;
using namespace dyad::session;
using namespace dyad::session::testing;
using dyad::wire::Notification;
using fsm::Do;
using fsm::EventNumber;

namespace {

constexpr ConnectionId kConnection{2};
constexpr ConnectionId kFresh{4};

/// The states of 8.2.2, Connect and Active also with the DelayOpenTimer running; in the order of the first six.
enum class In { Idle, Connect, Active, OpenSent, OpenConfirm, Established, ConnectDelaying, ActiveDelaying };
constexpr std::size_t kIns = 8;

session::State name_of(In in) {
    switch (in) {
        case In::Idle:
            return session::State::Idle;
        case In::Connect:
        case In::ConnectDelaying:
            return session::State::Connect;
        case In::Active:
        case In::ActiveDelaying:
            return session::State::Active;
        case In::OpenSent:
            return session::State::OpenSent;
        case In::OpenConfirm:
            return session::State::OpenConfirm;
        case In::Established:
            return session::State::Established;
    }
    return session::State::Idle;
}

/// 8.2.2, a paragraph a row: in this state, these events lead to that state and have these things done in this order.
struct Row {
    In state;
    std::vector<int> events;
    In next;
    std::vector<Do> todo;
    std::optional<Notification> says = std::nullopt;
};

/// 32 and 33 are 16 and 17 with DelayOpen.
const std::vector<int> kEvents{1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 16, 17, 18,
                               19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33};
constexpr int kSixteenDelayed = 32, kSeventeenDelayed = 33;
const std::vector<int> kStarts{1, 3, 4, 5, 6, 7};

// What the owner hands in with an event that carries a NOTIFICATION.
const Notification kStop{wire::ErrorCode::Cease, 2, {}};
const Notification kHeaderError{wire::ErrorCode::MessageHeader, 3, {9}};
const Notification kOpenError{wire::ErrorCode::OpenMessage, 2, {}};
const Notification kUpdateError{wire::ErrorCode::UpdateMessage, 11, {}};
// What the machine says by itself.
const Notification kHoldExpired{wire::ErrorCode::HoldTimerExpired, 0, {}};
const Notification kSendHoldExpired{wire::ErrorCode::SendHoldTimerExpired, 0, {}};
const Notification kCollision{wire::ErrorCode::Cease, 7, {}};
const Notification kFsmError{wire::ErrorCode::FiniteStateMachine, 0, {}};

Notification unexpected(std::uint8_t subcode, std::uint8_t type) {
    return {wire::ErrorCode::FiniteStateMachine, subcode, {type}};
}

const std::vector<Do> kFail{Do::SendNotification, Do::Drop, Do::Release, Do::CountFailure, Do::TellFailed};
const std::vector<Do> kFailSilently{Do::Drop, Do::Release, Do::CountFailure, Do::TellFailed};
const std::vector<Do> kFailGone{Do::Release, Do::CountFailure, Do::TellFailed};
const std::vector<Do> kStopped{Do::SendNotification, Do::Drop, Do::Release, Do::ClearFailures, Do::TellFailed};
const std::vector<Do> kCollided{Do::SendNotification, Do::Drop, Do::Release, Do::TellFailed};
const std::vector<Do> kFall{Do::SendNotification, Do::Drop, Do::Release, Do::CountFailure, Do::TellDown};
const std::vector<Do> kTcpUp{Do::StopConnectRetryTimer, Do::SendOpen, Do::SetHoldTimerLarge};

const std::vector<Do> kDelay{Do::StopConnectRetryTimer, Do::StartDelayOpenTimer};
const std::vector<Do> kDelayOver{Do::StopConnectRetryTimer, Do::StopDelayOpenTimer, Do::SendOpen,
                                 Do::SetHoldTimerLarge};
const std::vector<Do> kOpenCame{Do::StopConnectRetryTimer, Do::StopDelayOpenTimer, Do::SendOpen, Do::SendKeepalive,
                                Do::SetHoldTimerNegotiated};
const std::vector<Do> kDialAgain{Do::Drop, Do::Release, Do::TellFailed, Do::StartConnectRetryTimer, Do::Dial};

std::vector<Row> table() {
    using enum In;
    return {
        {Idle, {1, 3}, Connect, {Do::ClearFailures, Do::StartConnectRetryTimer, Do::Dial}},
        {Idle, {6}, Connect, {Do::StartConnectRetryTimer, Do::Dial}},
        {Idle, {4, 5}, Active, {Do::ClearFailures}},
        {Idle, {7}, Active, {}},
        {Idle, {2, 8}, Idle, {}},
        {Idle, {9, 10, 11, 12, 13, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33}, Idle, {}},

        {Connect, kStarts, Connect, {}},
        {Connect, {2}, Idle, {Do::Drop, Do::Release, Do::ClearFailures, Do::TellFailed}},
        {Connect, {9}, Connect, {Do::Drop, Do::Release, Do::TellFailed, Do::StartConnectRetryTimer, Do::Dial}},
        {Connect, {16, 17}, OpenSent, kTcpUp},
        {Connect, {18}, Active, {Do::Release, Do::TellFailed, Do::StartConnectRetryTimer}},
        {Connect, {21, 22}, Idle, kFailSilently},
        {Connect, {24}, Idle, kFailSilently},
        {Connect, {23}, Idle, {Do::Drop, Do::Release, Do::TellFailed}},
        {Connect, {8, 10, 11, 12, 13, 19, 20, 25, 26, 27, 28, 29, 30}, Idle, kFailSilently},
        {Connect, {32, 33}, ConnectDelaying, kDelay},
        {Connect, {31}, Connect, {}},

        {ConnectDelaying, kStarts, ConnectDelaying, {}},
        {ConnectDelaying, {16, 17, 31, 32, 33}, ConnectDelaying, {}},
        {ConnectDelaying, {2}, Idle, kStopped, kStop},
        {ConnectDelaying, {8}, Idle, kFail, kStop},
        {ConnectDelaying, {9}, Connect, kDialAgain},
        {ConnectDelaying, {12}, OpenSent, kDelayOver},
        {ConnectDelaying, {18}, Active, {Do::Release, Do::TellFailed, Do::StartConnectRetryTimer}},
        {ConnectDelaying, {20}, OpenConfirm, kOpenCame},
        {ConnectDelaying, {21}, Idle, kFail, kHeaderError},
        {ConnectDelaying, {22}, Idle, kFail, kOpenError},
        {ConnectDelaying, {23}, Idle, kCollided, kCollision},
        {ConnectDelaying, {24}, Idle, {Do::Drop, Do::Release, Do::TellFailed}},
        {ConnectDelaying, {10, 11, 13, 19, 25, 26, 27, 28, 29, 30}, Idle, kFailSilently},

        {Active, kStarts, Active, {}},
        {Active, {2}, Idle, {Do::Release, Do::ClearFailures}},
        {Active, {9}, Connect, {Do::StartConnectRetryTimer, Do::Dial}},
        {Active, {16, 17}, OpenSent, kTcpUp},
        {Active, {18}, Idle, {Do::Release, Do::CountFailure}},
        {Active, {21, 22, 24}, Idle, {Do::Release, Do::CountFailure}},
        {Active, {23}, Idle, {Do::Release}},
        {Active, {8, 10, 11, 12, 13, 19, 20, 25, 26, 27, 28, 29, 30}, Idle, {Do::Release, Do::CountFailure}},
        {Active, {32, 33}, ActiveDelaying, kDelay},
        {Active, {31}, Active, {}},

        {ActiveDelaying, kStarts, ActiveDelaying, {}},
        {ActiveDelaying, {16, 17, 31, 32, 33}, ActiveDelaying, {}},
        {ActiveDelaying, {2}, Idle, kStopped, kStop},
        {ActiveDelaying, {8}, Idle, kFail, kStop},
        {ActiveDelaying, {9}, Connect, kDialAgain},
        {ActiveDelaying, {12}, OpenSent, kDelayOver},
        {ActiveDelaying, {18}, Idle, kFailGone},
        {ActiveDelaying, {20}, OpenConfirm, kOpenCame},
        {ActiveDelaying, {21}, Idle, kFail, kHeaderError},
        {ActiveDelaying, {22}, Idle, kFail, kOpenError},
        {ActiveDelaying, {23}, Idle, kCollided, kCollision},
        {ActiveDelaying, {24}, Idle, {Do::Drop, Do::Release, Do::TellFailed}},
        {ActiveDelaying, {10, 11, 13, 19, 25, 26, 27, 28, 29, 30}, Idle, kFailSilently},

        {OpenSent, kStarts, OpenSent, {}},
        {OpenSent, {2}, Idle, kStopped, kStop},
        {OpenSent, {8}, Idle, kFail, kStop},
        {OpenSent, {10}, Idle, kFail, kHoldExpired},
        {OpenSent, {16, 17, 31, 32, 33}, OpenSent, {}},
        {OpenSent, {18}, Active, {Do::Release, Do::TellFailed, Do::StartConnectRetryTimer}},
        {OpenSent, {19}, OpenConfirm, {Do::StopConnectRetryTimer, Do::SendKeepalive, Do::SetHoldTimerNegotiated}},
        {OpenSent, {21}, Idle, kFail, kHeaderError},
        {OpenSent, {22}, Idle, kFail, kOpenError},
        {OpenSent, {23}, Idle, kCollided, kCollision},
        {OpenSent, {24}, Idle, {Do::Drop, Do::Release, Do::TellFailed}},
        {OpenSent, {25}, Idle, kFailSilently},
        {OpenSent, {26}, Idle, kFail, unexpected(1, 4)},
        {OpenSent, {27, 28}, Idle, kFail, unexpected(1, 2)},
        {OpenSent, {20}, Idle, kFail, unexpected(1, 1)},
        {OpenSent, {30}, Idle, kFail, unexpected(1, 5)},
        {OpenSent, {9, 11, 12, 13, 29}, Idle, kFail, kFsmError},

        {OpenConfirm, kStarts, OpenConfirm, {}},
        {OpenConfirm, {2}, Idle, kStopped, kStop},
        {OpenConfirm, {8}, Idle, kFail, kStop},
        {OpenConfirm, {10}, Idle, kFail, kHoldExpired},
        {OpenConfirm, {11}, OpenConfirm, {Do::SendKeepalive, Do::RestartKeepaliveTimer}},
        {OpenConfirm, {16, 17, 31, 32, 33}, OpenConfirm, {}},
        {OpenConfirm, {18}, Idle, kFailGone},
        {OpenConfirm, {25}, Idle, kFailSilently},
        {OpenConfirm, {24}, Idle, {Do::Drop, Do::Release, Do::TellFailed}},
        {OpenConfirm, {19, 20}, Idle, kFail, unexpected(2, 1)},
        {OpenConfirm, {21}, Idle, kFail, kHeaderError},
        {OpenConfirm, {22}, Idle, kFail, kOpenError},
        {OpenConfirm, {23}, Idle, kCollided, kCollision},
        {OpenConfirm, {26}, Established, {Do::RestartHoldTimer, Do::TellUp}},
        {OpenConfirm, {27, 28}, Idle, kFail, unexpected(2, 2)},
        {OpenConfirm, {30}, Idle, kFail, unexpected(2, 5)},
        {OpenConfirm, {9, 12, 13, 29}, Idle, kFail, kFsmError},

        {Established, kStarts, Established, {}},
        {Established, {2}, Idle, {Do::SendNotification, Do::Drop, Do::Release, Do::ClearFailures, Do::TellDown}, kStop},
        {Established, {8}, Idle, kFall, kStop},
        {Established, {10}, Idle, kFall, kHoldExpired},
        {Established, {11}, Established, {Do::SendKeepalive, Do::RestartKeepaliveTimer}},
        {Established, {16, 17, 32, 33}, Established, {}},
        {Established, {31}, Idle, {Do::Drop, Do::Release, Do::ClearFailures, Do::TellDown}},
        {Established, {29}, Idle, kFall, kSendHoldExpired},
        {Established, {18}, Idle, {Do::Release, Do::CountFailure, Do::TellDown}},
        {Established, {23}, Idle, {Do::SendNotification, Do::Drop, Do::Release, Do::TellDown}, kCollision},
        {Established, {24, 25}, Idle, {Do::Drop, Do::Release, Do::CountFailure, Do::TellDown}},
        {Established, {26, 27, 30}, Established, {Do::RestartHoldTimer}},
        {Established, {28}, Idle, kFall, kUpdateError},
        {Established, {21}, Idle, kFall, kHeaderError},
        {Established, {19, 20, 22}, Idle, kFall, unexpected(3, 1)},
        {Established, {9, 12, 13}, Idle, kFall, kFsmError},
    };
}

fsm::State state_of(In in) {
    switch (in) {
        case In::Idle:
            return fsm::Idle{};
        case In::Connect:
            return fsm::Connect{kConnection};
        case In::ConnectDelaying:
            return fsm::Connect{kConnection, fsm::Awaits::DelayOpenTimer};
        case In::Active:
            return fsm::Active{};
        case In::ActiveDelaying:
            return fsm::Active{kConnection};
        case In::OpenSent:
            return fsm::OpenSent{kConnection};
        case In::OpenConfirm:
            return fsm::OpenConfirm{kConnection, {.peer_as = kPeerAs}};
        case In::Established:
            return fsm::Established{kConnection, {.peer_as = kPeerAs}};
    }
    return fsm::Idle{};
}

fsm::Event event_of(int number) {
    const bool delayed = number == kSixteenDelayed || number == kSeventeenDelayed;
    const int real = delayed ? number - kSixteenDelayed + 16 : number;
    fsm::Event event{.number = static_cast<EventNumber>(real), .connection = kFresh};
    if (delayed) event.delay_open = fsm::DelayOpen::Yes;
    if (number == 2 || number == 8) event.notification = kStop;
    if (number == 21) event.notification = kHeaderError;
    if (number == 22) event.notification = kOpenError;
    if (number == 28) event.notification = kUpdateError;
    if (number == 19 || number == 20) event.negotiated = Negotiated{.peer_as = kPeerAs};
    return event;
}

}  // namespace

TEST_CASE("every event in every state does what RFC 4271 8.2.2 says") {
    std::set<std::pair<In, int>> walked;
    for (const auto& row : table())
        for (const int number : row.events) {
            CAPTURE(static_cast<int>(row.state));
            CAPTURE(number);
            CHECK(walked.insert({row.state, number}).second);

            auto state = state_of(row.state);
            const auto step = fsm::transition(state, event_of(number));
            CHECK(to_string(fsm::name(state)) == to_string(name_of(row.next)));
            CHECK(fsm::delays_open(state) == (row.next == In::ConnectDelaying || row.next == In::ActiveDelaying));
            CHECK(std::vector<Do>(step.begin(), step.end()) == row.todo);
            CHECK(step.notification == row.says);
        }
    CHECK(walked.size() == kIns * kEvents.size());
}

TEST_CASE("a state change keeps the connection, and an end forgets it") {
    for (const auto& row : table())
        for (const int number : row.events) {
            CAPTURE(static_cast<int>(row.state));
            CAPTURE(number);
            auto state = state_of(row.state);
            const bool was_up = fsm::has_tcp(state);
            fsm::transition(state, event_of(number));
            const bool tcp_is_new = number == 16 || number == 17 || number >= kSixteenDelayed;
            if (fsm::has_tcp(state)) CHECK(fsm::connection_of(state) == (tcp_is_new && !was_up ? kFresh : kConnection));
            if (row.next == In::Idle || row.next == In::Active) CHECK_FALSE(fsm::connection_of(state));
        }
}

TEST_CASE("whatever ends a connection releases its resources, and a NOTIFICATION goes out before the connection does") {
    for (const auto& row : table())
        for (const int number : row.events) {
            CAPTURE(static_cast<int>(row.state));
            CAPTURE(number);
            auto state = state_of(row.state);
            const auto before = fsm::connection_of(state);
            const auto step = fsm::transition(state, event_of(number));
            const auto has = [&](Do what) { return std::find(step.begin(), step.end(), what) != step.end(); };
            const bool tcp_is_new = number == 16 || number == 17 || number >= kSixteenDelayed;
            if (before && fsm::connection_of(state) != before && !tcp_is_new) CHECK(has(Do::Release));
            if (has(Do::SendNotification)) {
                CHECK(step.notification.has_value());
                CHECK(*step.begin() == Do::SendNotification);
                CHECK(*(step.begin() + 1) == Do::Drop);
            }
            // RFC 4271 6.4: nothing answers a NOTIFICATION; and nothing is said into a dead connection.
            if (number == 18 || number == 24 || number == 25) CHECK_FALSE(has(Do::SendNotification));
            if (number == 18) CHECK_FALSE(has(Do::Drop));
            // RFC 4724 4.2: "no NOTIFICATION message should be sent".
            if (number == 31) CHECK_FALSE(has(Do::SendNotification));
        }
}

TEST_CASE("what was negotiated goes from OpenConfirm into Established") {
    fsm::State state = fsm::OpenSent{kConnection};
    const Negotiated agreed{.peer_as = kPeerAs, .hold_time = 9s, .families = {Family::Ipv4}};
    fsm::transition(state, {.number = EventNumber::BgpOpen, .negotiated = agreed});
    fsm::transition(state, {EventNumber::KeepAliveMsg});
    CHECK(state == fsm::State{fsm::Established{kConnection, agreed}});
}
