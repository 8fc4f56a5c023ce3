"""How much audio a second, at most: the server, its engine and others, same weights, same cores.

    make speech-data && make bench-capacity
    python -m benchmarks.capacity --workload medium --systems "faster-whisper greedy" server
    python -m benchmarks.capacity --workload long --minutes 20 --clips 2 --alone

Closed loop: every system is asked for all files as fast as it can, the servers by so many clients.
Systems take turns within each round, and ratios are of the same round. Before its turn every system
hears one file of each language, which isn't counted, so that nothing is loaded or woken in it. Each
finds the languages out for itself. Error rates are the mean of the languages', of the last round.

Systems stay loaded while others are measured, and what these take of the processor meanwhile is
told; with --alone each is started anew for each of its turns. "of ceiling" is the share of what
`benchmarks.ceiling` says is possible in int8, eight windows at once, without any padding.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

from benchmarks.ceilings import COMPARED, ceilings
from benchmarks.outcome import header, record
from benchmarks.peers import PEERS, REFERENCE
from benchmarks.scores import scores
from benchmarks.system import Sound
from benchmarks.turns import Turns, take_turns
from benchmarks.workloads import long, medium, short
from preprocessing.speech_data import languages

RESULTS = Path(__file__).parent / "results"
CLIPS = {"short": 200, "medium": 40, "long": 2}
"""As many as the slowest system hears in some minutes."""
COLUMNS = ("audio s/s", "range", "ratio", "WER", "CER", "language right", "MiB", "of ceiling")


def sounds_of(arguments: argparse.Namespace) -> list[Sound]:
    count = arguments.clips or CLIPS[arguments.workload]
    codes = arguments.languages
    match arguments.workload:
        case "short":
            return short(count, codes)
        case "medium":
            return medium(count, codes)
        case _:
            return [long(arguments.minutes, code) for code in (codes or ["en", "fr"])[:count]]


def ratio(rates: Sequence[float], reference: Sequence[float]) -> float | None:
    """The median of each round's; None where no round has both."""
    each = [own / other for own, other in zip(rates, reference, strict=False)]
    return round(median(each), 3) if each else None


def row(
    name: str, turns: Turns, reference: Sequence[float], sounds: Sequence[Sound], most: float
) -> dict[str, Any]:
    if not turns.rates:
        return {"system": name, "reason": turns.reason}
    right = scores(sounds, turns.answers)
    middle = median(turns.rates)
    return {
        "system": name,
        "reason": turns.reason,
        "audio_seconds_per_second": round(middle, 2),
        "rounds": [round(rate, 2) for rate in turns.rates],
        f"ratio_to_{REFERENCE.replace(' ', '_')}": ratio(turns.rates, reference),
        "wer": right.wer,
        "cer": right.cer,
        "languages_right": right.languages_right,
        "memory_mb": round(turns.memory_mb),
        "of_ceiling": round(middle / most, 3),
        "others_cores": round(turns.others_cores, 3),
    }


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    sounds = sounds_of(arguments)
    possible = ceilings(sounds)
    turns = take_turns(
        arguments.systems,
        arguments.rounds,
        sounds,
        arguments.clients,
        alone=arguments.alone,
        console=console,
    )
    most = possible["audio_seconds_per_second"][COMPARED]
    reference = turns[REFERENCE].rates if REFERENCE in turns else []
    rows = [row(name, each, reference, sounds, most) for name, each in turns.items()]
    Console().print(_table(rows))
    result = {
        **header("capacity", argv),
        "workload": arguments.workload,
        "languages": sorted({sound.language for sound in sounds}),
        "files": len(sounds),
        "seconds": round(sum(sound.seconds for sound in sounds), 1),
        "clients": arguments.clients,
        "alone": arguments.alone,
        "ceiling": possible,
        "rows": rows,
    }
    record(result, arguments.output or RESULTS / f"capacity-{arguments.workload}.json")
    return 0


def _table(rows: Sequence[dict[str, Any]]) -> Table:
    table = Table("system", *COLUMNS)
    for each in rows:
        if "wer" in each:
            table.add_row(each["system"], *_cells(each))
    reasons = [f"{each['system']}: {each['reason']}" for each in rows if each["reason"]]
    table.caption = "\n".join(reasons)
    return table


def _cells(each: dict[str, Any]) -> Iterator[str]:
    compared = each[f"ratio_to_{REFERENCE.replace(' ', '_')}"]
    right = each["languages_right"]
    yield f"{each['audio_seconds_per_second']:.2f}"
    yield f"{min(each['rounds']):.2f}-{max(each['rounds']):.2f}"
    yield "-" if compared is None else f"{compared:.2f}"
    yield f"{each['wer']:.3f}"
    yield f"{each['cer']:.3f}"
    yield "-" if right is None else f"{right:.0%}"
    yield str(each["memory_mb"])
    yield f"{each['of_ceiling']:.0%}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workload", choices=list(CLIPS), default="short")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=list(PEERS), default=list(PEERS))
    parser.add_argument("--clips", type=int, help=f"files; otherwise {CLIPS}")
    parser.add_argument("--clients", type=int, default=32, help="of each server")
    parser.add_argument("--languages", nargs="+", choices=languages(), default=[])
    parser.add_argument("--minutes", type=float, default=10.0, help="of each long file")
    parser.add_argument("--alone", action="store_true", help="one system in memory at a time")
    parser.add_argument("--output", type=Path, help="file for the result")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
