"""Speech with its words, from wherever it is, to shards for training.

    python -m preprocessing.prepare --source debian --languages en es --out shards --disjoint text
    python -m preprocessing.prepare --source folder --table clips/validated.tsv --out shards
    python -m preprocessing.prepare --source fleurs mls --languages de nl --out shards \
        --language-check --label-check --augment speed-0.9 speed-1.1 noise telephone room

Run again, it goes on where it was: a unit that is done is left alone, and shards come out the same,
byte for byte, whether a run was killed or not. With RAY_ADDRESS set it runs on that cluster, whose
machines have to share the folder.
"""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Sequence
from pathlib import Path

import ray
import ray.data
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from preprocessing import arguments
from preprocessing.atomic_files import write_json
from preprocessing.settings import PrepareSettings
from preprocessing.sources.recording import Source
from preprocessing.steps.card import summarise, write_card
from preprocessing.steps.clean import clean
from preprocessing.steps.duplicate_index import find_duplicates
from preprocessing.steps.finish import finish
from preprocessing.steps.gather import gather, units
from sentivox.errors import InvalidRequest, SpeechError

SETTINGS = "settings.json"


def prepare(sources: Sequence[Source], out: Path, settings: PrepareSettings, workers: int) -> None:
    """All steps, one after the other, each of them over all units. Raises SpeechError.

    Ray has to be running.
    """
    _hold_to(settings, out)
    with _progress() as progress:
        parts = [part for source in sources for part in source.parts()]
        _follow(progress, "gather", gather(sources, out, settings.clips_per_shard), len(parts))
        there = units(out)
        _follow(progress, "clean", clean(there, out, settings, workers), len(there))
        find_duplicates(there, out)
        _follow(progress, "finish", finish(there, out, settings), len(there))
    write_card(summarise(there, out), settings, out)


def _hold_to(settings: PrepareSettings, out: Path) -> None:
    kept, wanted = out / SETTINGS, settings.model_dump(mode="json")
    if not kept.is_file():
        write_json(wanted, kept)
    elif PrepareSettings.model_validate_json(kept.read_text()) != settings:
        raise InvalidRequest(
            f"What is in {out} was made with other settings, see {kept}: use those again, or "
            "another folder for --out."
        )


def _progress() -> Progress:
    return Progress(
        TextColumn("{task.description:7}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=Console(stderr=True),
    )


def _follow(progress: Progress, name: str, done: Iterable[str], total: int) -> None:
    for _ in progress.track(done, total=total, description=name):
        pass


def start_ray(workers: int) -> None:
    """The cluster that RAY_ADDRESS names, or one on this machine with so many cores."""
    environment = {"env_vars": {"OMP_NUM_THREADS": "1"}}
    cores = None if "RAY_ADDRESS" in os.environ else workers
    ray.init(
        num_cpus=cores,
        include_dashboard=False,
        log_to_driver=False,
        logging_level=logging.WARNING,
        runtime_env=environment,
    )
    context = ray.data.DataContext.get_current()
    context.enable_progress_bars = False


def main(argv: Sequence[str] | None = None) -> int:
    told = arguments.parser().parse_args(argv)
    began = time.monotonic()
    try:
        sources = arguments.sources(told)
        start_ray(told.workers)
        prepare(sources, told.out, arguments.settings(told), told.workers)
    except SpeechError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{told.out / 'card.md'} says what is there; it took {time.monotonic() - began:.0f} s.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
