#pragma once
#include <optional>
#include <string>

#include "dyad/config/config.hpp"
#include "shell/config_file.hpp"
#include "shell/control_answer.hpp"
#include "shell/control_socket.hpp"
#include "shell/driver.hpp"
#include "shell/http_server.hpp"
#include "shell/journal.hpp"
#include "shell/loop.hpp"
#include "shell/notify.hpp"

namespace dyad::shell {

/// `dyad run`: the driver with a configuration file, an operator's socket, signals and a service manager around it.
class Daemon {
public:
    /// socket: where operators ask, if not where the configuration says.
    Daemon(LoadedConfig loaded, std::string socket);

    /// Until a signal ends it. 0, or 1 with the reason on standard error.
    int run();

private:
    /// The answer to `reload`: what changed, or what is wrong with the file.
    std::string reload();
    void on_signal(int number);
    void feed_watchdog();
    std::string status() const;

    Loop loop_;
    Journal journal_;
    LoadedConfig loaded_;
    std::string socket_;
    Driver driver_;
    Operations operations_;
    ControlSocket control_;
    HttpServer http_;
    Timer watchdog_;
    std::optional<Duration> watchdog_interval_;
    bool stopping_ = false;
};

}  // namespace dyad::shell
