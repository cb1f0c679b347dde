#pragma once
#include <functional>
#include <memory>
#include <string>

#include "shell/bfd_thread.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"
#include "shell/msee_arguments.hpp"
#include "shell/msee_routes.hpp"
#include "shell/tcp_connections.hpp"
#include "shell/tcp_listeners.hpp"

namespace dyad::shell {

/// Turns an Msee's crank: as Driver does for the Speaker, with the same sockets.
class MseeServer {
public:
    MseeServer(Loop& loop, Journal& journal, MseeSettings settings);

    /// Loads what is to be announced; "" or what is in the way.
    std::string load();
    void start();
    /// Says goodbye to all customers; done() when it has been said, or a second later.
    void stop(Callback done);

    msee::Msee& msee() { return msee_; }
    const MseeSettings& settings() const { return settings_; }
    VnetRoutes& vnets(Family family) { return family == Family::Ipv4 ? vnets_v4_ : vnets_v6_; }
    /// Something was done to the MSEE: carry out what follows.
    void turn_soon();

private:
    void tell(const speaker::Input& input);
    void turn();
    void carry_out(msee::Output output);
    void listen();
    void move(const msee::Door& door);
    void start_bfd();
    void bfd_changed(const speaker::BfdChanged& news);
    void finish();
    speaker::TcpOptions tcp_options() const;

    Loop& loop_;
    MseeSettings settings_;
    msee::Msee msee_;
    VnetRoutes vnets_v4_;
    VnetRoutes vnets_v6_;
    std::vector<std::optional<msee::TurnAway>> doors_;  ///< by customer: how its calls are met; nothing: taken
    TcpConnections connections_;
    TcpListeners listeners_;
    BfdThread bfd_;
    Timer deadline_;
    Timer patience_;
    bool turn_posted_ = false;
    Callback done_;
};

}  // namespace dyad::shell
