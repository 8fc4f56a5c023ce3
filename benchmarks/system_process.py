"""A system in a process of its own: started once, asked for as many rounds as wanted."""

from __future__ import annotations

import multiprocessing
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from multiprocessing.connection import Connection

import psutil

from benchmarks.peers import PEERS
from benchmarks.processes import family
from benchmarks.system import CannotRun, Round, Sound


class SystemProcess:
    def __init__(self, name: str, pid: int, pipe: Connection) -> None:
        self.name = name
        self._pid = pid
        self._pipe = pipe

    def hear(self, sounds: Sequence[Sound]) -> Round:
        """Seconds are counted over there, from the first file to the last answer. CannotRun when
        it fails.
        """
        try:
            self._pipe.send(sounds)
            answer: Round = self._pipe.recv()
        except (EOFError, OSError) as exc:
            raise CannotRun(f"{self.name} failed; its words are above.") from exc
        return answer

    def processes(self) -> list[psutil.Process]:
        """All that the system consists of, without clients."""
        own = family(self._pid)
        return own[1:] if PEERS[self.name].served else own


@contextmanager
def started(name: str, clients: int) -> Iterator[SystemProcess]:
    """Ready to be asked. CannotRun where it can't be had."""
    here, there = multiprocessing.Pipe()
    descriptor = there.fileno()
    # Not by `multiprocessing`, whose children load what the program has loaded that starts them.
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.system_process", name, str(clients), str(descriptor)],
        pass_fds=[descriptor],
    )
    there.close()
    try:
        if reason := _first_words(here):
            raise CannotRun(f"{name}: {reason}")
        yield SystemProcess(name, process.pid, here)
    finally:
        here.close()
        process.wait()


def _first_words(pipe: Connection) -> str:
    """Nothing when all is well."""
    try:
        return str(pipe.recv())
    except EOFError:
        return "it failed; its words are above."


def main(argv: Sequence[str]) -> int:
    """Answers until nobody is there to ask."""
    name, clients, descriptor = argv
    # A server that it has started has to end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    pipe = Connection(int(descriptor))
    with ExitStack() as stack:
        try:
            system = stack.enter_context(PEERS[name].start(int(clients)))
        except (ImportError, CannotRun) as exc:
            pipe.send(str(exc))
            return 1
        pipe.send("")
        while True:
            try:
                sounds = pipe.recv()
            except EOFError:
                return 0
            began = time.perf_counter()
            answers = system.hear(sounds)
            pipe.send(Round(time.perf_counter() - began, answers))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
