"""IPv4 and IPv6 of one link are two sessions: what befalls one leaves the other."""
from dyad import Dyad, Msee
from lab import wait_for

V4, V6 = "er/private/primary", "er/private/primary/v6"


def times(dyad, name):
    return dyad.json("show", "session", name)["times_established"]


def test_one_family_of_a_link_fails_and_the_other_does_not_notice(lab):
    for link in lab.links:
        Msee(lab, link, routes=3, with_v6=True).start()
    dyad = Dyad(lab, with_v6=True, private='hold_time = "10s"').start()
    dyad.wait_established()
    for family, down, stays in ("ip", V4, V6), ("ip6", V6, V4):
        before = times(dyad, stays)
        lab.run(lab.primary.namespace, "nft", "-f", "-", stdin=f"""table {family} silent {{
            chain in {{ type filter hook input priority 0; tcp dport 179 drop; tcp sport 179 drop; }}
        }}""")
        wait_for(lambda: not dyad.established(down), f"{down} is lost")
        assert dyad.established(stays)
        lab.run(lab.primary.namespace, "nft", "delete", "table", family, "silent")
        dyad.wait_established(down, deadline=90)
        assert dyad.established(stays) and times(dyad, stays) == before
