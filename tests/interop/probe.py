"""A thousand packets a second from the LAN to Azure, or back, and which of them did not arrive.

Run as a program it is one end: `probe.py send ADDRESS` or `probe.py receive ADDRESS FILE`, until SIGTERM.
"""
import array
import pathlib
import signal
import socket
import struct
import sys
import time

from lab import stop, wait_for

PORT = 7700
INTERVAL = 0.001
SO_RCVBUFFORCE = 33  # Linux's number, which Python does not name
FLOWS = 32  # source ports: both links carry some of them
HERE = pathlib.Path(__file__)


class Probe:
    """Counts lost packets from `__enter__` to `finish()`."""

    def __init__(self, lab, back=False):
        """`back`: from Azure to the LAN."""
        self.lab = lab
        self.near, self.far, self.address = (lab.azure, lab.lan, "10.1.0.2") if back else (lab.lan, lab.azure, "10.20.0.4")
        way = "back" if back else "there"
        self.sent_file, self.received_file = lab.dir / f"probe-sent-{way}", lab.dir / f"probe-received-{way}"

    def __enter__(self):
        for file in (self.sent_file, self.received_file):
            file.unlink(missing_ok=True)
        program = ["/usr/bin/python3", HERE]
        log = self.lab.dir / "probe.log"
        self.sink = self.lab.start(self.far, *program, "receive", self.address, self.received_file, log=log)
        wait_for(lambda: f"{self.address}:{PORT}" in self.lab.run(self.far, "ss", "-Hlun"), "the sink listens")
        self.source = self.lab.start(self.near, *program, "send", self.address, self.sent_file, log=log)
        time.sleep(0.5)  # some packets before what happens next
        return self

    def finish(self):
        """Stops; (sent, numbers of those lost)."""
        time.sleep(0.5)  # and some after
        stop(self.source)
        stop(self.sink)  # which takes what is on its way
        sent = int(self.sent_file.read_text())
        got = array.array("Q")
        got.frombytes(self.received_file.read_bytes())
        return sent, sorted(set(range(sent)) - set(got))

    def __exit__(self, *_):
        stop(self.source)
        stop(self.sink)


def send(address, file):
    sockets = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(FLOWS)]
    for flow, sender in enumerate(sockets):
        sender.bind(("0.0.0.0", PORT + 1 + flow))
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    number, due = 0, time.monotonic()
    while running:
        try:
            sockets[number % FLOWS].sendto(struct.pack("=Q", number), (address, PORT))
        except OSError:
            pass  # no route at this moment: a lost packet like any other
        number += 1
        due += INTERVAL
        time.sleep(max(0, due - time.monotonic()))
    pathlib.Path(file).write_text(str(number))


def receive(address, file):
    listener = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    # Five seconds of them: a busy machine may not run this for so long, and that loses no packet on the network.
    listener.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 4 << 20)
    listener.bind((address, PORT))
    listener.settimeout(0.1)
    running = [True]
    signal.signal(signal.SIGTERM, lambda *_: running.clear())
    with open(file, "wb") as out:
        quiet = False
        while running or not quiet:  # at the end, until nothing comes any more
            try:
                out.write(listener.recv(64))
                quiet = False
            except TimeoutError:
                quiet = True


if __name__ == "__main__":
    {"send": send, "receive": receive}[sys.argv[1]](*sys.argv[2:])
