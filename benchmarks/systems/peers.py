"""Systems beside each other: the name, weights and concurrency of each, and how it is started.

What a system needs is imported when it starts, so that its process loads nothing of the others.
"""

from __future__ import annotations

import asyncio
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import IO, Any, Literal

from benchmarks.measures.processes import end, family
from benchmarks.systems.system import (
    ADAPTED_WEIGHTS,
    THREADS,
    WEIGHTS,
    Answer,
    AudioFile,
    CannotRun,
)

START_SECONDS = 120.0
LOG_LINES = 20
"""Last lines of a server's log that are printed when it fails."""
CLIENTS = 32
"""Concurrent requests at which the server's throughput is highest, or nearly."""
FEW_CLIENTS = 2
"""Concurrent requests of the comparison at equal concurrency."""
BEAM_5 = "faster-whisper beam 5"
"""As it is used by default, one file at a time."""
TWO_AT_A_TIME = "faster-whisper beam 5, two at a time"

Transcribe = Callable[[Sequence[AudioFile], int], list[Answer]]
"""One answer per file, in order. The second argument is the number of files in progress at the same
time; systems with a concurrency of their own ignore it."""


@dataclass(frozen=True, slots=True)
class Program:
    """A program that is started once and may be measured at several concurrencies."""

    start: Callable[[], AbstractContextManager[Transcribe]]
    """Raises ImportError and CannotRun."""
    served: bool = False
    """Whether the system runs in processes of its own; the process that starts it is a client."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A system as it is measured: one row of the table."""

    program: str
    weights: str
    concurrency: int
    """Files in progress at the same time."""


@contextmanager
def _faster_whisper(
    kind: Literal["one", "two", "batched"], *, greedy: bool = False, **settings: Any
) -> Iterator[Transcribe]:
    from benchmarks.systems import faster_whisper_systems as systems

    classes = {
        "one": systems.FasterWhisper,
        "two": systems.ConcurrentFasterWhisper,
        "batched": systems.BatchedFasterWhisper,
    }
    options = systems.GREEDY if greedy else systems.BEAM_5
    system = classes[kind](**settings, **options)
    yield lambda files, _: system.transcribe(files)


@contextmanager
def _transformers() -> Iterator[Transcribe]:
    from benchmarks.systems.transformers_system import Transformers

    system = Transformers()
    yield lambda files, _: system.transcribe(files)


@contextmanager
def _engine() -> Iterator[Transcribe]:
    from benchmarks.systems.in_process import EngineInProcess

    engine = EngineInProcess()

    def transcribe(files: Sequence[AudioFile], concurrency: int) -> list[Answer]:
        engine.concurrent_files = concurrency
        return engine.transcribe(files)

    yield transcribe


@contextmanager
def _server() -> Iterator[Transcribe]:
    from benchmarks.systems.http_clients import ask_sentivox, closed_loop
    from benchmarks.systems.server import ANY_LENGTH, running

    with running(None, **ANY_LENGTH) as url:
        yield lambda files, clients: asyncio.run(closed_loop(url, files, clients, ask_sentivox))


@contextmanager
def _litserve() -> Iterator[Transcribe]:
    from benchmarks.systems.http_clients import closed_loop
    from benchmarks.systems.litserve_system import ask_litserve
    from tests.serving import free_port

    port = free_port()
    with _process(["-m", "benchmarks.systems.litserve_system", str(port)], port):
        url = f"http://127.0.0.1:{port}"
        yield lambda files, clients: asyncio.run(closed_loop(url, files, clients, ask_litserve))


@contextmanager
def _wyoming() -> Iterator[Transcribe]:
    from benchmarks.systems.wyoming_system import ask_wyoming, command
    from tests.serving import free_port

    port = free_port()

    async def one_at_a_time(files: Sequence[AudioFile]) -> list[Answer]:
        return [await ask_wyoming(port, file) for file in files]

    with tempfile.TemporaryDirectory() as folder, _process(command(port, folder), port):
        yield lambda files, _: asyncio.run(one_at_a_time(files))


PROGRAMS = {
    BEAM_5: Program(partial(_faster_whisper, "one")),
    TWO_AT_A_TIME: Program(partial(_faster_whisper, "two")),
    "faster-whisper greedy": Program(partial(_faster_whisper, "one", greedy=True)),
    "faster-whisper adapted weights": Program(
        partial(_faster_whisper, "one", greedy=True, weights=ADAPTED_WEIGHTS)
    ),
    "faster-whisper batched": Program(partial(_faster_whisper, "batched")),
    "transformers": Program(_transformers),
    "engine in process": Program(_engine),
    "server": Program(_server, served=True),
    "litserve": Program(_litserve, served=True),
    "wyoming-faster-whisper": Program(_wyoming, served=True),
}

PEERS = {
    "server": Peer("server", ADAPTED_WEIGHTS, CLIENTS),
    "server, 2 clients": Peer("server", ADAPTED_WEIGHTS, FEW_CLIENTS),
    TWO_AT_A_TIME: Peer(TWO_AT_A_TIME, WEIGHTS, THREADS),
    BEAM_5: Peer(BEAM_5, WEIGHTS, 1),
    "faster-whisper greedy": Peer("faster-whisper greedy", WEIGHTS, 1),
    "faster-whisper adapted weights": Peer("faster-whisper adapted weights", ADAPTED_WEIGHTS, 1),
    "faster-whisper batched": Peer("faster-whisper batched", WEIGHTS, 1),
    "transformers": Peer("transformers", WEIGHTS, 8),
    "engine in process": Peer("engine in process", ADAPTED_WEIGHTS, CLIENTS),
    "litserve": Peer("litserve", ADAPTED_WEIGHTS, CLIENTS),
    "wyoming-faster-whisper": Peer("wyoming-faster-whisper", WEIGHTS, 1),
}

COMPARED = tuple(PEERS)[:6]
"""The systems that are measured by default."""


@contextmanager
def _process(command: Sequence[str], port: int) -> Iterator[None]:
    """A server that listens on the port, ended when the context ends."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *command], stdout=log, stderr=subprocess.STDOUT)
        try:
            if not _listens(process, port):
                raise CannotRun(f"Its server didn't start: {_last_lines(log)[-1]}")
            try:
                yield
            except Exception:
                sys.stderr.write("\n".join(_last_lines(log)) + "\n")
                raise
        finally:
            # LitServe's workers keep running when only their parent is ended.
            end(family(process.pid))
            process.wait()


def _last_lines(log: IO[bytes]) -> list[str]:
    """The last lines of a log, at least one."""
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip().split("\n")[-LOG_LINES:]


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.2)
    return False
