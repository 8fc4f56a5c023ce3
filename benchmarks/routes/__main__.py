"""The recogniser with the fewest errors in each language, among those of a Serve config.

    make speech-data && make bench-routes
    python -m benchmarks.routes --config serve_config.yaml --clips 100 --languages nl cs

Every recogniser of the config transcribes the recordings, the language given. A language leaves
the recogniser that serves it only for one with fewer errors beyond chance (choice.py). The last
line before the result is the `routes` to paste into the `user_config` of the config's ingress; it
keeps the routes of languages that weren't measured.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml
from rich.console import Console
from rich.table import Table

from benchmarks.measures.outcome import header, record, show
from benchmarks.routes.candidates import candidates
from benchmarks.routes.choice import Measured, choose
from benchmarks.routes.licences import given_licences
from benchmarks.routes.measures import cells, clips_of, measure
from benchmarks.routes.served import ServedFamilies, served_families
from preprocessing.speech_data import ROOT, languages
from sentivox.languages import LanguageFamily

CONFIG = ROOT / "serve_config.local.yaml"

Rows = Sequence[Mapping[str, Measured]]
"""Measures by language, of each candidate."""


def chosen(measured: Rows, language: str, served: ServedFamilies) -> Measured | None:
    """The measures of the recogniser to use; None where nothing was measured."""
    found = [rows[language] for rows in measured if language in rows]
    serving = served.serving(language)
    incumbent = next((each for each in found if serving in each.candidate.families), None)
    others = [each for each in found if each is not incumbent]
    return choose(incumbent, others, language) if found else None


def routes(best: Mapping[str, Measured], served: ServedFamilies) -> dict[str, LanguageFamily]:
    """The ingress' `routes`: languages that another family than their own serves."""
    families = {code: each.candidate.family_for(code, served) for code, each in best.items()}
    all_families = {**served.routes, **families}
    return {
        code: family for code, family in sorted(all_families.items()) if family != served.own(code)
    }


def routes_line(found: Mapping[str, LanguageFamily]) -> str:
    """The setting as one line of YAML."""
    return yaml.safe_dump(
        {"routes": {code: str(family) for code, family in found.items()}},
        default_flow_style=None,
        width=sys.maxsize,
    ).strip()


def main(argv: Sequence[str]) -> int:
    arguments = _parser().parse_args(argv)
    console = Console(stderr=True)
    try:
        served = served_families(arguments.config.read_text(encoding="utf-8"))
        compared = candidates(
            served,
            arguments.threads,
            given_licences(arguments.licence),
            non_commercial=arguments.non_commercial,
        )
    except (OSError, ValueError) as exc:
        console.print(exc)
        return 1
    clips = {code: clips_of(code, arguments.clips) for code in arguments.languages}
    measured = [measure(candidate, clips, console.log) for candidate in compared]
    best = {
        code: winner for code in arguments.languages if (winner := chosen(measured, code, served))
    }
    if not best:
        console.print("No recogniser could be measured.")
        return 1
    found = routes(best, served)
    show(_table(measured, best, served))
    sys.stdout.write(f"{routes_line(found)}\n")
    record(_result(argv, measured, best, found), None)
    return 0


def _result(
    argv: Sequence[str],
    measured: Rows,
    best: Mapping[str, Measured],
    found: Mapping[str, LanguageFamily],
) -> dict[str, Any]:
    return {
        **header("routes", argv),
        "routes": {code: str(family) for code, family in found.items()},
        "measured": {
            language: {
                rows[language].candidate.name: _values(rows[language])
                for rows in measured
                if language in rows
            }
            for language in best
        },
    }


def _values(each: Measured) -> dict[str, Any]:
    return {
        "clips": len(each.clips),
        "wer": round(each.wer, 4),
        "cer": round(each.cer, 4),
        "rtfx": round(each.rtfx, 2),
        "adapter": each.adapter,
        "licence": each.candidate.licence,
    }


def _table(measured: Rows, best: Mapping[str, Measured], served: ServedFamilies) -> Table:
    table = Table("language", "family", "recogniser", "licence", "WER", "CER", "RTFx of a thread")
    for language, chosen_one in best.items():
        for rows in measured:
            if each := rows.get(language):
                family = each.candidate.family_for(language, served) if each is chosen_one else ""
                table.add_row(
                    language, family, each.candidate.name, each.candidate.licence, *cells(each)
                )
    return table


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--config", type=Path, default=CONFIG, help="Serve config to compare")
    parser.add_argument("--clips", type=int, default=40, help="most recordings of a language")
    parser.add_argument("--languages", nargs="+", choices=languages(), default=languages())
    parser.add_argument("--threads", type=int, default=1, help="of each recogniser")
    parser.add_argument(
        "--non-commercial",
        action="store_true",
        help="compare weights that forbid commercial use too, such as those of MMS",
    )
    parser.add_argument(
        "--licence",
        action="append",
        default=[],
        metavar="MODEL=NAME",
        help="licence of weights that aren't known to this project",
    )
    return parser


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
