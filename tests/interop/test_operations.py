"""What operators ask, of a real daemon on a real kernel: doctor, the ARP table, the difference since then, and health in time."""
import re
import subprocess
import time

import pytest

from dyad import Dyad, Msee, release
from lab import wait_for

# Requirement 55: with so many routes, in so little time.
ROUTES, SECONDS = 100_000, 0.1


@pytest.fixture
def edge(lab):
    return Dyad(lab, private="hold_time = '10s'\n").start()


def doctor(edge, name="er/private/primary"):
    return edge.json("doctor", name, check=False)["sessions"][0]


def fails(edge, step, owner, words=""):
    def found():
        report = doctor(edge)
        return report["owner"] == owner and report["steps"][-1]["step"] == step and words in report["verdict"] and report
    return wait_for(found, f"the doctor says {step}: {owner}", 40)


def test_health_answers_in_time_with_many_routes_loaded(lab):
    program = release()
    if "build-test" in str(program):
        pytest.skip("there is no optimised build, which this is about")
    edge = Dyad(lab, private="limits = { receive = 200000 }\n", program=program).start()
    for link in lab.links:
        Msee(lab, link, routes=ROUTES, program=program).start()
    edge.wait_established()
    wait_for(lambda: edge.settled(ROUTES), "all routes are in the kernel", 120)
    took, said = [], ""

    def answer():
        nonlocal said
        start = time.monotonic()
        said = edge.ask("health")
        took.append(time.monotonic() - start)
        return took[-1]

    for _ in range(9):
        answer()
    # What others do on this machine is not our time: one answer of many says what ours is.
    wait_for(lambda: min(took) < SECONDS or answer() < SECONDS, f"an answer within {SECONDS} s")
    assert said.startswith("DYAD OK") and "'er/private/primary received'=100000" in said, said
    print(f"\n{sorted(took)[len(took) // 2] * 1000:.1f} ms, {max(took) * 1000:.1f} at most")


def test_the_doctor_names_the_first_step_that_fails_and_whose_it_is(lab, edge):
    fails(edge, "TCP 179", "Microsoft", "refused")
    done = subprocess.run([str(edge.program), "-s", str(edge.socket), "doctor", "er/private/primary"], capture_output=True, text=True)
    assert done.returncode == 1 and "fails at TCP 179, which is the matter of Microsoft" in done.stdout
    msee = lab.primary.namespace
    lab.ip(msee, "link", "set", "edge", "down")
    fails(edge, "interface", "provider", "no carrier")
    lab.ip(msee, "address", "del", f"{lab.primary.theirs}/30", "dev", "edge")
    lab.ip(msee, "link", "set", "edge", "up")  # and not before: one answer to ARP is believed for up to 45 s
    fails(edge, "ARP", "provider")
    # Swapped: the edge has Microsoft's address.
    lab.ip(lab.edge, "address", "del", f"{lab.primary.ours}/30", "dev", "primary")
    lab.ip(lab.edge, "address", "add", f"{lab.primary.theirs}/30", "dev", "primary")
    fails(edge, "address", "you", f"belongs to Microsoft; yours is {lab.primary.ours}")
    lab.ip(lab.edge, "address", "del", f"{lab.primary.theirs}/30", "dev", "primary")
    lab.ip(lab.edge, "address", "add", f"{lab.primary.ours}/30", "dev", "primary")
    lab.ip(msee, "address", "add", f"{lab.primary.theirs}/30", "dev", "edge")
    # Up, and empty; then whole.
    first = Msee(lab, lab.primary).start()
    fails(edge, "routes", "you", "none received")
    first.kill()
    Msee(lab, lab.primary, routes=50).start()
    wait_for(lambda: doctor(edge)["owner"] is None, "nothing is wrong any more", 60)
    assert "nothing is wrong with it" in edge.ask("doctor", "er/private/primary")


def test_a_wrong_key_is_called_that_by_show_and_doctor(lab, edge):
    key = lab.dir / "key"
    key.write_text("OneKey")
    Msee(lab, lab.primary, options=("--md5", "AnotherKey")).start()
    fails(edge, "MD5", "you")
    edge.lines["private"] += f'md5 = {{ file = "{key}" }}\n'
    edge.write()
    edge.ask("reload")
    fails(edge, "MD5", "you", "another key")


def test_the_arp_table_is_azures_from_our_end(lab, edge):
    Msee(lab, lab.primary, routes=5).start()
    edge.wait_established("er/private/primary")
    mac = {}
    for namespace, interface in ((lab.edge, "primary"), (lab.primary.namespace, "edge")):
        text = lab.ip(namespace, "link", "show", interface)
        mac[interface] = re.search(r"link/ether ([0-9a-f:]+)", text)[1].replace(":", "")
    rows = {(row["interfaceProperty"], row["session"]): row for row in edge.json("show", "arp")}
    ours, theirs = (rows[end, "er/private/primary"] for end in ("On-Prem", "Microsoft"))
    assert (ours["ipAddress"], theirs["ipAddress"]) == (lab.primary.ours, lab.primary.theirs)
    assert ours["macAddress"].replace(".", "") == mac["primary"]
    assert theirs["macAddress"].replace(".", "") == mac["edge"]
    assert "Age  InterfaceProperty  IpAddress" in edge.ask("show", "arp")


def test_metrics_have_azures_availabilities_and_change_with_a_reload(lab):
    def get(path, port=9179):
        script = ("import sys, urllib.request, urllib.error\n"
                  f"try: answer = urllib.request.urlopen('http://127.0.0.1:{port}{path}', timeout=5)\n"
                  "except urllib.error.HTTPError as error: answer = error\n"
                  "print(answer.status); print(answer.read().decode())")
        status, _, body = lab.run(lab.edge, "/usr/bin/python3", "-c", script).partition("\n")
        return int(status), body

    lab.ip(lab.edge, "link", "set", "lo", "up")
    edge = Dyad(lab, top='[http]\nlisten = "127.0.0.1:9179"').start()
    assert wait_for(lambda: get("/healthz"), "it answers") == (200, "ok\n\n")
    assert get("/readyz")[0] == 503 and get("/nothing")[0] == 404
    Msee(lab, lab.primary, routes=20).start()
    edge.wait_established("er/private/primary")
    wait_for(lambda: edge.settled(20), "the table is in")
    assert get("/readyz")[0] == 200
    wait_for(lambda: re.search(r'dyad_azure_BgpAvailability{peering="er/private",peer="primary"} [1-9]', get("/metrics")[1]), "a sample of it", 40)
    text = get("/metrics")[1]
    for line in ('dyad_session_up{session="er/private/primary"} 1', 'dyad_session_up{session="er/private/secondary"} 0',
                 'dyad_prefixes{session="er/private/primary",kind="received"} 20', 'dyad_prefix_limit{peering="er/private",family="ipv4"} 4000',
                 'dyad_azure_BgpAvailability{peering="er/private",peer="secondary"} 0'):
        assert line in text.splitlines(), line
    edge.ask("reset", "er/private/primary")
    wait_for(lambda: 'dyad_last_notification_info{session="er/private/primary",direction="sent",code="6",subcode="4"} 1' in get("/metrics")[1],
             "the NOTIFICATION we sent")
    edge.lines["top"] = '[http]\nlisten = "127.0.0.1:9180"'
    edge.write()
    edge.ask("reload")
    assert get("/healthz", 9180)[0] == 200


def test_the_difference_since_then_is_told_by_peering(lab, edge):
    msee = Msee(lab, lab.primary, routes=30).start()
    edge.wait_established("er/private/primary")
    wait_for(lambda: edge.settled(30), "the table is in")
    gained = edge.json("diff", "--since", "1h")["peerings"][0]
    assert (gained["name"], gained["gained_count"], gained["lost_count"]) == ("er/private", 30, 0)
    msee.kill()
    wait_for(lambda: edge.settled(0), "the routes are gone", 60)
    assert edge.json("diff", "--since", "1h")["peerings"][0]["back_count"] == 30
    assert "er/private: 0 gained, 0 lost, 30 changed and changed back" in edge.ask("diff", "--since", "1h")
