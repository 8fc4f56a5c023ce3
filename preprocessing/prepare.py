"""Recordings with transcripts to training shards.

    python -m preprocessing.prepare --source debian --languages en es --out shards --disjoint text
    python -m preprocessing.prepare --source folder --table clips/validated.tsv --out shards
    python -m preprocessing.prepare --source fleurs mls --languages de nl --out shards \
        --language-check --label-check --augment speed-0.9 speed-1.1 noise telephone room

A second run resumes: finished units are skipped, and shards are equal byte for byte whether a run
was killed or not. With RAY_ADDRESS set it runs on that cluster, whose machines must share the
folder.
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
from pydantic import ValidationError
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
    """Run all steps, each over all units. Ray must be running. Raise SpeechError."""
    _check_settings(settings, out)
    with _progress() as progress:
        parts = [part for source in sources for part in source.parts()]
        _follow(progress, "gather", gather(sources, out, settings.clips_per_shard), len(parts))
        names = units(out)
        _follow(progress, "clean", clean(names, out, settings, workers), len(names))
        find_duplicates(names, out)
        _follow(progress, "finish", finish(names, out, settings), len(names))
    write_card(summarise(names, out), settings, out)


def _check_settings(settings: PrepareSettings, out: Path) -> None:
    """Store the settings in a new folder; raise InvalidRequest if a folder was made with others."""
    stored = out / SETTINGS
    if not stored.is_file():
        write_json(settings.model_dump(mode="json"), stored)
        return
    try:
        same = PrepareSettings.model_validate_json(stored.read_text()) == settings
    except ValidationError:
        same = False  # written by an earlier version, whose settings had other names
    if not same:
        raise InvalidRequest(
            f"The shards in {out} were made with other settings, see {stored}: use those again, or "
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
    """Connect to the cluster that RAY_ADDRESS names, or start one here with `workers` cores."""
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
    """Prepare the shards; return the exit status."""
    options = arguments.parser().parse_args(argv)
    began = time.monotonic()
    try:
        sources = arguments.sources(options)
        start_ray(options.workers)
        prepare(sources, options.out, arguments.settings(options), options.workers)
    except SpeechError as error:
        print(error, file=sys.stderr)
        return 1
    print(
        f"{options.out / 'card.md'} describes the shards; it took {time.monotonic() - began:.0f} s."
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
