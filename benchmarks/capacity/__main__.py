"""RTFx at full load: the server, its engine in process, and other systems on the same cores.

    make speech-data && make bench-capacity
    python -m benchmarks.capacity --workload medium --systems "faster-whisper greedy" server
    python -m benchmarks.capacity --workload long --minutes 20 --clips 2 --alone

Closed loop: each system receives all files as fast as it takes them, with as many in progress as
its row says. RTFx is audio seconds per second. Systems take turns within each round, and ratios are
of the same round: to faster-whisper with its default beam of 5, one file at a time, and to the
faster-whisper that has as many files in progress. Before its turn each system transcribes one file
of each language, which isn't counted. Each detects the languages itself. WER and CER are means over
the languages, of the last round. Each row names its weights.

Programs stay loaded while others are measured, and `others_cores` is the processor time that they
take meanwhile; with --alone each is started anew for each turn. "of ceiling" is the share of the
RTFx that `benchmarks/capacity/ceiling.py` computes for int8 and eight windows in a batch, without
padding.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console

from benchmarks.capacity.ceilings import COMPARED as COMPARED_CEILING
from benchmarks.capacity.ceilings import ceilings
from benchmarks.capacity.rows import row, table
from benchmarks.capacity.turns import take_turns
from benchmarks.inputs.workloads import long, medium, short
from benchmarks.measures.outcome import RESULTS, header, record, show
from benchmarks.systems.peers import COMPARED, PEERS
from benchmarks.systems.system import AudioFile
from preprocessing.speech_data import languages

CLIPS = {"short": 200, "medium": 40, "long": 2}
"""Files of each workload: the slowest system needs some minutes for them."""


def workload_files(arguments: argparse.Namespace) -> list[AudioFile]:
    """The files of the workload."""
    count = arguments.clips or CLIPS[arguments.workload]
    codes = arguments.languages
    match arguments.workload:
        case "short":
            return short(count, codes)
        case "medium":
            return medium(count, codes)
        case _:
            return [long(arguments.minutes, code) for code in (codes or ["en", "fr"])[:count]]


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    files = workload_files(arguments)
    possible = ceilings(files)
    turns = take_turns(
        arguments.systems, arguments.rounds, files, alone=arguments.alone, console=console
    )
    rows = [row(name, turns, files, possible["rtfx"][COMPARED_CEILING]) for name in turns]
    show(table(rows))
    result = {
        **header("capacity", argv),
        "workload": arguments.workload,
        "languages": sorted({file.language for file in files}),
        "files": len(files),
        "seconds": round(sum(file.seconds for file in files), 1),
        "alone": arguments.alone,
        "ceiling": possible,
        "rows": rows,
    }
    record(result, arguments.output or RESULTS / f"capacity-{arguments.workload}.json")
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--workload", choices=list(CLIPS), default="short")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--systems", nargs="+", choices=list(PEERS), default=list(COMPARED))
    parser.add_argument("--clips", type=int, help=f"number of files; by default {CLIPS}")
    parser.add_argument("--languages", nargs="+", choices=languages(), default=[])
    parser.add_argument("--minutes", type=float, default=10.0, help="length of each long file")
    parser.add_argument("--alone", action="store_true", help="one system in memory at a time")
    parser.add_argument("--output", type=Path, help="file for the result")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
