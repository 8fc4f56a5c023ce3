"""By which family's recogniser is each language written best? Writes `routes.yaml`.

    make speech-data && make bench-routes
    python -m benchmarks.routes --config serve_config.yaml --clips 100 --languages nl cs
    python -m deployments.routes routes.yaml serve_config.yaml

Every recogniser that the config names stands for choice, once for all families it serves.
Recordings go the way of an upload, the language given. A language leaves its recogniser only for
one that is better by more than chance (benchmarks/route_choice.py). Rows of other languages stay.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from deployments.served_families import ServedFamilies, served_families
from rich.console import Console
from rich.table import Table
from sentivox.route_table import Route, RouteTable, is_commercial, read_routes, write_routes

from benchmarks.candidates import candidates
from benchmarks.licences import told_licences
from benchmarks.outcome import header, record
from benchmarks.route_choice import Measured, choose
from benchmarks.route_measures import cells, cut, measure
from preprocessing.speech_data import ROOT, languages
from sentivox.audio.clip_reader import ClipReader
from sentivox.settings import AudioDecoderSettings
from training.machine import machine

ROUTES = ROOT / "routes.yaml"
CONFIG = ROOT / "serve_config.local.yaml"


def chosen(
    measured: Sequence[Mapping[str, Measured]], language: str, served: ServedFamilies
) -> Measured | None:
    """None where nothing was measured."""
    found = [rows[language] for rows in measured if language in rows]
    serving = served.serving(language)
    incumbent = next((each for each in found if serving in each.candidate.families), None)
    others = [each for each in found if each is not incumbent]
    return choose(incumbent, others, language) if found else None


def route(best: Measured, language: str, served: ServedFamilies) -> Route:
    settings = best.candidate.settings
    return Route(
        family=best.candidate.family_for(language, served),
        model=settings.model,
        engine=settings.engine,
        compute_type=settings.compute_type,
        adapter=best.adapter,
        licence=best.candidate.licence,
        commercial_use=is_commercial(best.candidate.licence),
        clips=len(best.clips),
        wer=round(best.wer, 4),
        cer=round(best.cer, 4),
        speed=round(best.speed, 2),
        measured=datetime.now(UTC).date(),
        machine=machine(),
    )


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        served = served_families(arguments.config.read_text(encoding="utf-8"))
        told = told_licences(arguments.licence)
        standing = candidates(
            served, arguments.threads, told, non_commercial=arguments.non_commercial
        )
        earlier = read_routes(arguments.output).languages if arguments.output.exists() else {}
    except (OSError, ValueError) as exc:
        console.print(exc)
        return 1
    reader = ClipReader(AudioDecoderSettings(processes=1))
    clips = {code: cut(code, arguments.clips, reader) for code in arguments.languages}
    measured = [measure(candidate, clips, console.log) for candidate in standing]
    routes = {
        code: route(best, code, served)
        for code in arguments.languages
        if (best := chosen(measured, code, served))
    }
    if not routes:
        console.print("Nothing could be measured, and nothing was written.")
        return 1
    write_routes(arguments.output, RouteTable(languages=earlier | routes))
    Console().print(_table(measured, routes))
    record(_result(argv, measured, routes, served), None)
    return 0


def _result(
    argv: Sequence[str],
    measured: Sequence[Mapping[str, Measured]],
    routes: Mapping[str, Route],
    served: ServedFamilies,
) -> dict[str, Any]:
    return {
        **header("routes", argv),
        "moved": {
            code: each.family for code, each in routes.items() if each.family != served.own(code)
        },
        "measured": {
            language: {
                rows[language].candidate.name: dict(
                    zip(("wer", "cer", "speed"), map(float, cells(rows[language])), strict=True)
                )
                for rows in measured
                if language in rows
            }
            for language in routes
        },
    }


def _table(measured: Sequence[Mapping[str, Measured]], routes: Mapping[str, Route]) -> Table:
    table = Table("language", "goes to", "recogniser", "WER", "CER", "audio s per s")
    for language, row in routes.items():
        for rows in measured:
            if each := rows.get(language):
                goes = row.family if row.family in each.candidate.families else ""
                table.add_row(language, goes, each.candidate.name, *cells(each))
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--config", type=Path, default=CONFIG, help="whose recognisers to compare")
    parser.add_argument("--clips", type=int, default=40, help="at most, for each language")
    parser.add_argument("--languages", nargs="+", choices=languages(), default=languages())
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument(
        "--non-commercial",
        action="store_true",
        help="let weights stand for choice that a business mustn't use, as MMS's",
    )
    parser.add_argument(
        "--licence", action="append", default=[], metavar="MODEL=NAME", help="of your own weights"
    )
    parser.add_argument("--output", type=Path, default=ROUTES, help="the table to write")
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
