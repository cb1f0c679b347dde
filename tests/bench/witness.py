"""Whether the machine lets a real-time process run at all: what no daemon can be blamed for.

A process a processor, of a higher real-time priority than BFD's threads have, that wakes every two milliseconds and notes when it
did not. A virtual machine's host may take the processors away for longer than BFD's detection time, without a word in /proc/stat."""
import multiprocessing
import os
import signal
import time

EVERY = 0.002
PRIORITY = 90
# So much later than it should a process wakes at times, without anybody having waited for it.
USUAL = 0.008


class Witness:
    """with Witness() as witness: ...; witness.gaps() -> [(from, to)], in seconds since 1970."""

    def __enter__(self):
        self.told = multiprocessing.SimpleQueue()
        self.processes = [multiprocessing.Process(target=watch, args=(cpu, self.told), daemon=True) for cpu in os.sched_getaffinity(0)]
        for process in self.processes:
            process.start()
        self.seen = []
        return self

    def gaps(self):
        while not self.told.empty():
            self.seen.append(self.told.get())
        return self.seen

    def __exit__(self, *_):
        for process in self.processes:
            process.terminate()
            process.join()


def watch(cpu, told):
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.sched_setaffinity(0, [cpu])
    os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(PRIORITY))
    last = time.time()
    while True:
        time.sleep(EVERY)
        now = time.time()
        if now - last > USUAL:
            told.put((last, now))
        last = now
