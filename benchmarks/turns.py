"""Systems that take turns: A B C, A B C, so that whatever slows the machine down slows all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field

from rich.console import Console

from benchmarks.processes import HARDLY_ANY_TIME, PeakMemory, cpu_seconds, memory_mb
from benchmarks.system import Answer, CannotRun, Sound
from benchmarks.system_process import SystemProcess, started
from benchmarks.workloads import one_of_each, short

WARM_S = 30.0
"""A longer file isn't for warming up; a short one of its language is."""

Ready = AbstractContextManager[tuple[SystemProcess, list[SystemProcess]]]
"""A system to ask, and the others that are there too."""


@dataclass(slots=True)
class Turns:
    """What one system did in all rounds."""

    rates: list[float] = field(default_factory=list)
    """Audio seconds per second, one a round."""
    memory_mb: float = 0.0
    others_cores: float = 0.0
    """What the other systems took of the processor meanwhile, at most."""
    answers: list[Answer] = field(default_factory=list)
    """Of the last round."""
    reason: str = ""
    """Why there are no more."""


def take_turns(
    names: Sequence[str],
    rounds: int,
    sounds: Sequence[Sound],
    clients: int,
    *,
    alone: bool,
    console: Console,
) -> dict[str, Turns]:
    """All rounds of all systems. One that fails isn't asked again. They stay loaded between, or
    are started anew for every turn, `alone`.
    """
    turns = {name: Turns() for name in names}
    warm = warming(sounds)
    with _systems(clients, alone=alone) as ready:
        for number in range(rounds):
            for name in [name for name in names if not turns[name].reason]:
                try:
                    with ready(name) as (system, others):
                        _turn(system, others, warm, sounds, turns[name])
                    console.log(f"round {number + 1}, {name}: {turns[name].rates[-1]:.2f}")
                except CannotRun as exc:
                    turns[name].reason = str(exc)
                    console.log(str(exc))
    return turns


@contextmanager
def _systems(clients: int, *, alone: bool) -> Iterator[Callable[[str], Ready]]:
    running: dict[str, SystemProcess] = {}
    with ExitStack() as stack:

        @contextmanager
        def kept(name: str) -> Iterator[tuple[SystemProcess, list[SystemProcess]]]:
            if name not in running:
                running[name] = stack.enter_context(started(name, clients))
            yield running[name], [each for each in running.values() if each.name != name]

        @contextmanager
        def anew(name: str) -> Iterator[tuple[SystemProcess, list[SystemProcess]]]:
            with started(name, clients) as system:
                yield system, []

        yield anew if alone else kept


def _turn(
    system: SystemProcess,
    others: Sequence[SystemProcess],
    warm: Sequence[Sound],
    sounds: Sequence[Sound],
    turns: Turns,
) -> None:
    system.hear(warm)
    idle = [process for other in others for process in other.processes()]
    before = cpu_seconds(idle)

    def memory_taken() -> dict[str, float]:
        return {system.name: memory_mb(system.processes())}

    with PeakMemory(memory_taken, HARDLY_ANY_TIME) as memory:
        heard = system.hear(sounds)
    turns.rates.append(sum(sound.seconds for sound in sounds) / heard.seconds)
    turns.memory_mb = max(turns.memory_mb, memory.peak)
    taken = (cpu_seconds(idle) - before) / heard.seconds
    turns.others_cores = max(turns.others_cores, taken)
    turns.answers = heard.answers


def warming(sounds: Sequence[Sound]) -> list[Sound]:
    """One of each language, none of them long."""
    return [
        sound if sound.seconds <= WARM_S else short(1, [sound.language])[0]
        for sound in one_of_each(sounds)
    ]
