"""The table of routes: what it takes, what it refuses, and that ours is one."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from sentivox.languages import LanguageFamily
from sentivox.route_table import Route, RouteTable, is_commercial, read_routes, write_routes

NORWEGIAN = Route(
    family=LanguageFamily.SLAVIC,
    model="embedded:whisper-base",
    engine="ctranslate2_whisper",
    compute_type="int8",
    licence="MIT",
    commercial_use=True,
    clips=40,
    wer=0.25,
    cer=0.1,
    speed=8.5,
    measured=date(2026, 11, 25),
    machine="two cores",
)


def test_a_table_comes_back_as_it_was_written(tmp_path: Path) -> None:
    table = RouteTable(languages={"no": NORWEGIAN, "en": NORWEGIAN})
    write_routes(tmp_path / "routes.yaml", table)
    assert read_routes(tmp_path / "routes.yaml") == table
    lines = (tmp_path / "routes.yaml").read_text().splitlines()
    assert lines[0].startswith("# By which family's recogniser")
    assert "  adapter: null" not in lines


def test_a_language_that_nobody_knows_is_refused() -> None:
    with pytest.raises(ValueError, match="Not a language's code: xx"):
        RouteTable(languages={"xx": NORWEGIAN})


def test_a_row_says_when_a_business_may_not_use_the_weights() -> None:
    row = NORWEGIAN.model_dump() | {"model": "facebook/mms-1b-all@abc", "licence": "CC-BY-NC-4.0"}
    with pytest.raises(ValueError, match=r"CC-BY-NC-4\.0 doesn't allow commercial use"):
        Route.model_validate(row)
    assert not Route.model_validate(row | {"commercial_use": False}).commercial_use


@pytest.mark.parametrize("licence", ["MIT", "Apache-2.0", "CC-BY-4.0"])
def test_licences_without_that_condition_are_commercial(licence: str) -> None:
    assert is_commercial(licence)


def test_a_file_that_is_no_table_is_refused_by_its_name(tmp_path: Path) -> None:
    (tmp_path / "routes.yaml").write_text("languages: {en: {family: slavic}}")
    with pytest.raises(ValueError, match=r"routes\.yaml isn't a table of routes"):
        read_routes(tmp_path / "routes.yaml")
