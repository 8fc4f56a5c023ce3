"""Systems measured in turns, A B C, A B C: what slows the machine down slows all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from rich.console import Console

from benchmarks.capacity.system_process import SystemProcess, started
from benchmarks.inputs.workloads import one_of_each, short
from benchmarks.measures.processes import CPU_SHARE_IN_TIMED_RUN, PeakMemory, cpu_seconds, memory_mb
from benchmarks.systems.peers import PEERS, Peer
from benchmarks.systems.system import Answer, AudioFile, CannotRun

WARM_UP_S = 30.0
"""Longest file of a warm-up; a longer one is replaced by a short one of its language."""

Ready = AbstractContextManager[tuple[SystemProcess, list[SystemProcess]]]
"""A program to ask, and the other programs that are loaded."""


@dataclass(slots=True)
class Turns:
    """The measures of one system over all rounds."""

    rates: list[float] = field(default_factory=list)
    """RTFx of each round."""
    memory_mb: float = 0.0
    """Peak over all rounds."""
    others_cores: float = 0.0
    """Cores that the other loaded systems used meanwhile, at most."""
    answers: list[Answer] = field(default_factory=list)
    """The answers of the last round."""
    reason: str = ""
    """Why there are no further rounds; empty when there are."""


def take_turns(
    names: Sequence[str],
    rounds: int,
    files: Sequence[AudioFile],
    *,
    alone: bool,
    console: Console,
) -> dict[str, Turns]:
    """All rounds of all systems; a system that failed isn't asked again.

    Programs stay loaded between turns. With `alone`, each is started anew for each turn.
    """
    turns = {name: Turns() for name in names}
    warm_up = warm_up_files(files)
    with _programs(alone=alone) as ready:
        for number in range(rounds):
            for name in [name for name in names if not turns[name].reason]:
                try:
                    with ready(PEERS[name].program) as (system, others):
                        _turn(PEERS[name], system, others, warm_up, files, turns[name])
                    console.log(f"round {number + 1}, {name}: RTFx {turns[name].rates[-1]:.2f}")
                except CannotRun as exc:
                    turns[name].reason = str(exc)
                    console.log(str(exc))
    return turns


@contextmanager
def _programs(*, alone: bool) -> Iterator[Callable[[str], Ready]]:
    running: dict[str, SystemProcess] = {}
    with ExitStack() as stack:

        @contextmanager
        def kept(program: str) -> Iterator[tuple[SystemProcess, list[SystemProcess]]]:
            if program not in running:
                running[program] = stack.enter_context(started(program))
            yield running[program], [each for each in running.values() if each.program != program]

        @contextmanager
        def anew(program: str) -> Iterator[tuple[SystemProcess, list[SystemProcess]]]:
            with started(program) as system:
                yield system, []

        yield anew if alone else kept


def _turn(
    peer: Peer,
    system: SystemProcess,
    others: Sequence[SystemProcess],
    warm_up: Sequence[AudioFile],
    files: Sequence[AudioFile],
    turns: Turns,
) -> None:
    system.transcribe(warm_up, peer.concurrency)
    idle = [process for other in others for process in other.processes()]
    before = cpu_seconds(idle)

    def memory_taken() -> dict[str, float]:
        return {system.program: memory_mb(system.processes())}

    with PeakMemory(memory_taken, CPU_SHARE_IN_TIMED_RUN) as memory:
        found = system.transcribe(files, peer.concurrency)
    turns.rates.append(sum(file.seconds for file in files) / found.seconds)
    turns.memory_mb = max(turns.memory_mb, memory.peak)
    taken = (cpu_seconds(idle) - before) / found.seconds
    turns.others_cores = max(turns.others_cores, taken)
    turns.answers = found.answers


def warm_up_files(files: Sequence[AudioFile]) -> list[AudioFile]:
    """One file of each language, none longer than WARM_UP_S."""
    return [
        file if file.seconds <= WARM_UP_S else short(1, [file.language])[0]
        for file in one_of_each(files)
    ]
