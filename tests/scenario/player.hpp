#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "../sim/fake_kernel.hpp"
#include "dyad/speaker/speaker.hpp"
#include "operator.hpp"
#include "shell/config_file.hpp"
#include "shell/control_answer.hpp"

namespace dyad::scenario {

/// Plays one story to a whole Speaker and writes down what it answers. A script is lines of words:
///
///     link eth1 192.168.15.17/30        the interface, its number by order, with this address
///     config FILE                       start, or reload
///     after 500ms                       time passes; timers that are due run
///     connect PEER | refuse PEER        the dial to this address succeeds, or is refused
///     accept PEER LOCAL                 the peer calls
///     close PEER                        the peer closes
///     PEER open asn=12076 hold=180 id=10.0.0.1 [restart=120 [flags=RNF]] [refresh=enhanced]
///     PEER refresh 0|1|2                a ROUTE-REFRESH: a request, BoRR, EoRR
///     PEER keepalive | end-of-rib
///     PEER announce 10.20.0.0/16 path=12076,64512 next-hop=192.168.15.18
///     PEER withdraw 10.20.0.0/16
///     PEER notify 6 2
///     PEER hex ff…                      any octets
///     carrier eth1 down
///     bfd PEER up | down | admin-down   what BFD says of the path; admin-down: by the peer's order
///     reset NAME TEXT | refresh NAME | drain NAME [force] | undrain NAME    what an operator orders
///     drill NAME SECONDS [force] | drill end | drills                       the same, of rehearsals; drills: how they went
///     stop TEXT | crash                 the speaker is stopped, or gone; `config` then starts another on the same kernel
///     why SUBJECT | routes              asks, and writes the answer
///     bfd PEER facts                    what `show bfd` tells: an Up session's figures
///     arp INTERFACE PEER MAC|incomplete what the host's kernel knows of the neighbour
///     dyad WORDS                        an operator types this: what the real program prints, whole, with its exit status where that
///                                       is not 0; JSON is broken into lines
///
/// Everything the Speaker puts out stands below the line that caused it, indented.
class Player {
public:
    /// program: the `dyad` that an operator types. Files are those of the directory where it is started.
    explicit Player(std::string program);
    /// The transcript: each line of the script, and what followed.
    std::string play(const std::string& script);

private:
    using Words = std::vector<std::string>;

    void act(const Words& words);
    void add_link(const Words& words);
    void load(const std::string& file);
    void pass(const std::string& duration);
    void from_peer(const Words& words);
    void tell_bfd(const Words& words);
    void ask_why(const std::string& subject);
    void drill(const Words& words);
    void ask_drills();
    void ask_routes();
    speaker::OrderAnswer order(const speaker::Order& order);
    void types(const std::string& words);
    std::string answer(const std::string& question);
    std::string reload();
    void begin_anew();
    void give(const speaker::Input& input);
    void turn();
    void write(const speaker::Output& output);
    void write(const speaker::Event& event);
    void write_message(const std::string& peer, Bytes message);
    void kernel(Bytes request);
    void line(const std::string& text) { transcript_ += "    " + text + "\n"; }

    Instant now_{};
    speaker::Speaker speaker_;
    sim::FakeKernel kernel_;
    std::map<std::string, ConnectionId> connections_;  ///< the latest with each peer's address
    std::map<std::uint32_t, std::string> peers_;
    std::map<std::string, std::uint32_t> links_;
    std::vector<bfd::Wanted> bfd_;
    std::uint32_t next_accepted_ = 1;
    std::vector<std::vector<std::uint8_t>> answers_, news_;
    std::string transcript_;
    shell::LoadedConfig loaded_;
    shell::Journal journal_;
    speaker::Seen seen_;
    shell::Operations operations_;
    Operator operator_;
};

}  // namespace dyad::scenario
