#!/usr/bin/env python3
"""The README's example, as a stranger would use it: built against an installed library, run against `dyad msee`."""
import os
import pathlib
import shlex
import signal
import socket
import subprocess
import sys
import tempfile

build, dyad, *compiler, sanitizers = sys.argv[1:]
here = pathlib.Path(__file__).resolve().parent
example = here / "library_example.cpp"
DEADLINE = 60  # seconds; a sanitized build on a busy machine


def check(holds, what):
    if not holds:
        sys.exit(f"library: {what}")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return taken.getsockname()[1]


def compiled(folder):
    """Headers, library and dyad.pc, installed into the folder; the example built with nothing else of ours."""
    subprocess.run(["meson", "install", "-C", build, "--no-rebuild", "--quiet", "--tags", "devel", "--destdir", folder], check=True)
    pc = next(folder.rglob("dyad.pc"))
    environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent), "PKG_CONFIG_SYSROOT_DIR": str(folder)}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "dyad"], env=environment, check=True, capture_output=True, text=True).stdout
    sanitize = [] if sanitizers == "none" else [f"-fsanitize={sanitizers}"]
    program = folder / "example"
    subprocess.run([*compiler, "-std=c++23", "-Wall", "-Wextra", "-Werror", *sanitize, example, "-o", program, *shlex.split(flags)],
                   check=True, cwd=folder)
    return program


# 127.0.0.1 is no next hop (RFC 4271 6.3), so `dyad msee` must not tell its own.
SCRIPT = """
listen within 60s
establish
send update announce=198.51.100.0/24,203.0.113.0/24 next-hop=192.0.2.1
wait 60s
"""


EXPECTED = {"up: AS 12076", "198.51.100.0/24", "203.0.113.0/24"}


def too_late(*_):
    raise TimeoutError


def talk(program):
    """What the example prints until it has said all it has to: that the session is up, and two routes."""
    port = str(free_port())
    msee = subprocess.Popen([dyad, "msee", "--local", "127.0.0.1", "--peer", "127.0.0.1", "--passive", "--port", port, "--script", "-"],
                            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True)
    msee.stdin.write(SCRIPT)
    msee.stdin.close()
    told = subprocess.Popen([program, "127.0.0.1", port, "65010", "12076"], stdout=subprocess.PIPE, text=True)
    lines = []
    signal.signal(signal.SIGALRM, too_late)
    signal.alarm(DEADLINE)
    try:
        while not EXPECTED <= set(lines):
            line = told.stdout.readline()
            check(line, f"the example ended after {lines}")
            lines.append(line.strip())
        return lines
    except TimeoutError:
        return lines
    finally:
        signal.alarm(0)
        for process in (told, msee):
            process.kill()
            process.wait()


readme = (here.parents[1] / "README.md").read_text()
check(f"```cpp\n{example.read_text()}```\n" in readme, "README.md does not show library_example.cpp as it is")
with tempfile.TemporaryDirectory() as folder:
    lines = talk(compiled(pathlib.Path(folder)))
check(EXPECTED <= set(lines), f"it told only {lines}")
print("\n".join(lines))
