"""A program under test in a process of its own, started once for all rounds."""

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

from benchmarks.measures.processes import family
from benchmarks.systems.peers import PROGRAMS
from benchmarks.systems.system import AudioFile, CannotRun, Round


class SystemProcess:
    """A running program."""

    def __init__(self, program: str, pid: int, pipe: Connection) -> None:
        self.program = program
        self._pid = pid
        self._pipe = pipe

    def transcribe(self, files: Sequence[AudioFile], concurrency: int) -> Round:
        """The answers, and the seconds from the first file to the last answer, measured in the
        process. Raises CannotRun when the program fails.
        """
        try:
            self._pipe.send((files, concurrency))
            answer: Round = self._pipe.recv()
        except (EOFError, OSError) as exc:
            raise CannotRun(f"{self.program} failed; its output is above.") from exc
        return answer

    def processes(self) -> list[psutil.Process]:
        """All processes of the system, without those of clients."""
        own = family(self._pid)
        return own[1:] if PROGRAMS[self.program].served else own


@contextmanager
def started(program: str) -> Iterator[SystemProcess]:
    """The program, with its models loaded. Raises CannotRun where it can't be started."""
    here, there = multiprocessing.Pipe()
    descriptor = there.fileno()
    # `multiprocessing` would load in the child what its parent has loaded.
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.capacity.system_process", program, str(descriptor)],
        pass_fds=[descriptor],
    )
    there.close()
    try:
        if reason := _start_error(here):
            raise CannotRun(f"{program}: {reason}")
        yield SystemProcess(program, process.pid, here)
    finally:
        here.close()
        process.wait()


def _start_error(pipe: Connection) -> str:
    """Why the program didn't start; empty when it did."""
    try:
        return str(pipe.recv())
    except EOFError:
        return "it failed; its output is above."


def main(argv: Sequence[str]) -> int:
    """Answers requests until the other end of the pipe is closed."""
    program, descriptor = argv
    # A server that the program started has to end with it.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    pipe = Connection(int(descriptor))
    with ExitStack() as stack:
        try:
            transcribe = stack.enter_context(PROGRAMS[program].start())
        except (ImportError, CannotRun) as exc:
            pipe.send(str(exc))
            return 1
        pipe.send("")
        while True:
            try:
                files, concurrency = pipe.recv()
            except EOFError:
                return 0
            began = time.perf_counter()
            answers = transcribe(files, concurrency)
            pipe.send(Round(time.perf_counter() - began, answers))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
