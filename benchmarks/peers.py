"""Systems beside each other: what they are called and how each is started.

What a system needs is imported when it's started, so that a process has nothing of the others.
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
from typing import IO, Any

from benchmarks.processes import end, family
from benchmarks.system import ADAPTED_WEIGHTS, Answer, CannotRun, Sound, System

START_SECONDS = 120.0
LINES = 20
"""Of what a server said that failed."""
REFERENCE = "faster-whisper greedy"
"""What the others are compared with."""


@dataclass(frozen=True, slots=True)
class Peer:
    start: Callable[[int], AbstractContextManager[System]]
    """With so many clients, where there are clients. Raises ImportError and CannotRun."""
    served: bool = False
    """Whether it has processes of its own, and whoever asks isn't part of it."""


@contextmanager
def _faster_whisper_greedy(clients: int) -> Iterator[System]:
    from benchmarks.faster_whisper_systems import FasterWhisper

    yield FasterWhisper(temperature=0.0)


@contextmanager
def _faster_whisper_beam(clients: int) -> Iterator[System]:
    from benchmarks.faster_whisper_systems import FasterWhisper

    yield FasterWhisper(beam_size=5)


@contextmanager
def _faster_whisper_adapted(clients: int) -> Iterator[System]:
    from benchmarks.faster_whisper_systems import FasterWhisper

    yield FasterWhisper(ADAPTED_WEIGHTS, temperature=0.0)


@contextmanager
def _faster_whisper_workers(clients: int) -> Iterator[System]:
    from benchmarks.faster_whisper_systems import ConcurrentFasterWhisper

    yield ConcurrentFasterWhisper()


@contextmanager
def _faster_whisper_batched(clients: int) -> Iterator[System]:
    from benchmarks.faster_whisper_systems import BatchedFasterWhisper

    yield BatchedFasterWhisper()


@contextmanager
def _transformers(clients: int) -> Iterator[System]:
    from benchmarks.transformers_system import Transformers

    yield Transformers()


@contextmanager
def _engine(clients: int) -> Iterator[System]:
    from benchmarks.in_process import EngineInProcess

    yield EngineInProcess(concurrent_files=clients)


@contextmanager
def _server(clients: int) -> Iterator[System]:
    from benchmarks.http_clients import ask_sentivox, closed_loop
    from benchmarks.server import ANY_LENGTH, running

    with running(None, **ANY_LENGTH) as url:
        yield _Asked(lambda sounds: closed_loop(url, sounds, clients, ask_sentivox))


@contextmanager
def _litserve(clients: int) -> Iterator[System]:
    from benchmarks.http_clients import closed_loop
    from benchmarks.litserve_system import ask_litserve
    from tests.serving import free_port

    port = free_port()
    with _process(["-m", "benchmarks.litserve_system", str(port)], port):
        url = f"http://127.0.0.1:{port}"
        yield _Asked(lambda sounds: closed_loop(url, sounds, clients, ask_litserve))


@contextmanager
def _wyoming(clients: int) -> Iterator[System]:
    from benchmarks.wyoming_system import ask_wyoming, command
    from tests.serving import free_port

    port = free_port()

    async def one_by_one(sounds: Sequence[Sound]) -> list[Answer]:
        return [await ask_wyoming(port, sound) for sound in sounds]

    with tempfile.TemporaryDirectory() as folder, _process(command(port, folder), port):
        yield _Asked(one_by_one)


PEERS = {
    REFERENCE: Peer(_faster_whisper_greedy),
    "faster-whisper beam 5": Peer(_faster_whisper_beam),
    "faster-whisper adapted weights": Peer(_faster_whisper_adapted),
    "faster-whisper two at a time": Peer(_faster_whisper_workers),
    "faster-whisper batched": Peer(_faster_whisper_batched),
    "transformers": Peer(_transformers),
    "engine in process": Peer(_engine),
    "server": Peer(_server, served=True),
    "litserve": Peer(_litserve, served=True),
    "wyoming-faster-whisper": Peer(_wyoming, served=True),
}


class _Asked:
    """A server, by what its clients do."""

    def __init__(self, ask: Callable[[Sequence[Sound]], Any]) -> None:
        self._ask = ask

    def hear(self, sounds: Sequence[Sound]) -> list[Answer]:
        return list(asyncio.run(self._ask(sounds)))


@contextmanager
def _process(command: Sequence[str], port: int) -> Iterator[None]:
    """A server that listens on the port, until it isn't needed any more."""
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen([sys.executable, *command], stdout=log, stderr=subprocess.STDOUT)
        try:
            if not _listens(process, port):
                raise CannotRun(f"Its server didn't start: {_said(log)[-1]}")
            try:
                yield
            except Exception:
                sys.stderr.write("\n".join(_said(log)) + "\n")
                raise
        finally:
            # LitServe leaves its workers behind when it's ended alone.
            end(family(process.pid))
            process.wait()


def _said(log: IO[bytes]) -> list[str]:
    """The last lines, one at least."""
    log.seek(0)
    return log.read().decode("utf-8", "replace").strip().split("\n")[-LINES:]


def _listens(process: subprocess.Popen[bytes], port: int) -> bool:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return True
        time.sleep(0.2)
    return False
