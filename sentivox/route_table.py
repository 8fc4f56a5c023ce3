"""`routes.yaml`: by which family's recogniser each language is written best, as measured.

Serve never reads it. `make bench-routes` writes it, `python -m deployments.routes` takes it over
into a config.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Self

import yaml
from pydantic import Field, PositiveInt, ValidationError, field_validator, model_validator

from sentivox.languages import LANGUAGES, LanguageFamily
from sentivox.settings import Engine, Settings

HEADING = """\
# By which family's recogniser each language is written best, measured on local recordings.
# `make bench-routes` writes it; `python -m deployments.routes routes.yaml CONFIG` takes it over
# into a config.
#
# Only languages that were measured are here; every other one goes to the family it belongs to
# (sentivox/languages.py). wer, cer: errors per word and per letter, 0 being none. speed: seconds
# of audio recognised in a second, of one core's where no GPU is named. adapter: the model's own
# layers for a language, if it has such.
"""
NON_COMMERCIAL = "-NC"
"""In the names of Creative Commons' licences that forbid commercial use."""


class Route(Settings):
    """One language's recogniser, and what it was measured to do."""

    family: LanguageFamily
    """Whose deployment writes it."""
    model: str
    engine: Engine
    compute_type: str
    adapter: str | None = None
    licence: str = Field(min_length=1)
    """Of the weights, as SPDX names it."""
    commercial_use: bool
    """Whether that licence lets a business use them."""
    clips: PositiveInt
    wer: float = Field(ge=0)
    cer: float = Field(ge=0)
    speed: float = Field(gt=0)
    """Seconds of audio a second, of which a processor's core counts those that it worked."""
    measured: date
    machine: str

    @model_validator(mode="after")
    def _says_what_its_licence_says(self) -> Self:
        if self.commercial_use and not is_commercial(self.licence):
            raise ValueError(f"{self.licence} doesn't allow commercial use of {self.model}.")
        return self


class RouteTable(Settings):
    languages: dict[str, Route]

    @field_validator("languages")
    @classmethod
    def _are_known(cls, languages: dict[str, Route]) -> dict[str, Route]:
        if unknown := sorted(languages.keys() - LANGUAGES.keys()):
            raise ValueError(f"Not a language's code: {', '.join(unknown)}.")
        return languages


def is_commercial(licence: str) -> bool:
    """Whether a licence, by its name in SPDX, allows commercial use."""
    return NON_COMMERCIAL not in licence.upper()


def read_routes(file: Path) -> RouteTable:
    """Raises ValueError with a sentence that says what is wrong with the file."""
    try:
        return RouteTable.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except (yaml.YAMLError, ValidationError) as exc:
        raise ValueError(f"{file} isn't a table of routes: {exc}") from exc


def write_routes(file: Path, table: RouteTable) -> None:
    ordered = {code: table.languages[code] for code in sorted(table.languages)}
    rows = RouteTable(languages=ordered).model_dump(mode="json", exclude_none=True)
    text = yaml.safe_dump(rows, sort_keys=False, allow_unicode=True)
    file.write_text(f"{HEADING}\n{text}", encoding="utf-8")
