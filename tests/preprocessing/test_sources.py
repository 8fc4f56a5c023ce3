"""Sources of recordings."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from preprocessing import arguments
from preprocessing.sources.debian import Debian
from preprocessing.sources.folder_tsv import FolderTsv
from preprocessing.sources.hugging_face import (
    COMMON_VOICE,
    FLEURS,
    KNOWN,
    MLS,
    VOXPOPULI,
    Columns,
    HuggingFace,
    language_of,
    recordings,
)
from sentivox.errors import InvalidRequest

ROWS: list[tuple[Columns, dict[str, Any], str, str, str]] = [
    (
        COMMON_VOICE,
        {"client_id": "c1", "path": "x/a.mp3", "sentence": "Guten Tag.", "locale": "de"},
        "common_voice/de/a.mp3",
        "common_voice/de/c1",
        "Guten Tag.",
    ),
    (
        FLEURS,
        {"id": 7, "raw_transcription": "Guten Tag.", "transcription": "guten tag"},
        "fleurs/de/a.mp3",
        "fleurs/de/7",
        "Guten Tag.",
    ),
    (
        MLS,
        {"id": "1_2_3", "transcript": "guten tag", "speaker_id": "1", "audio_duration": 2.0},
        "mls/de/1_2_3",
        "mls/de/1",
        "guten tag",
    ),
    (
        VOXPOPULI,
        {"audio_id": "v9", "raw_text": "", "normalized_text": "guten tag", "speaker_id": "12"},
        "voxpopuli/de/v9",
        "voxpopuli/de/12",
        "guten tag",
    ),
]


def test_a_table_with_other_column_names_is_read(tmp_path: Path) -> None:
    file = tmp_path / "validated.tsv"
    file.write_text('client_id\tpath\tsentence\tlocale\nc1\ta.mp3\tSie sagte "ja".\tde\n')
    (row,) = FolderTsv("cv", file, clips="clips").read("cv")
    assert (row.id, row.speaker, row.language) == ("cv/a.mp3", "c1", "de")
    assert row.text == 'Sie sagte "ja".'
    assert row.path == str(tmp_path / "clips" / "a.mp3")


def test_a_table_without_texts_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "files.tsv"
    file.write_text("path\tlanguage\na.mp3\tde\n")
    with pytest.raises(InvalidRequest, match="no column for text"):
        next(FolderTsv("files", file).read("files"))


@pytest.mark.parametrize(("columns", "row", "name", "speaker", "text"), ROWS)
def test_a_row_of_the_hub_becomes_a_recording(
    columns: Columns, row: dict[str, Any], name: str, speaker: str, text: str
) -> None:
    audio = {"bytes": b"ID3", "path": "a.mp3"}
    (found,) = recordings([{**row, "audio": audio}], columns, "de", "validation")
    assert (found.id, found.speaker, found.text) == (name, speaker, text)
    assert (found.audio, found.path, found.split) == (b"ID3", "", "validation")


@pytest.mark.parametrize(
    ("config", "code"),
    [("sv-SE", "sv"), ("es_419", "es"), ("cmn_hans_cn", "zh"), ("german", "de"), ("all", "")],
)
def test_the_language_of_a_hub_configuration(config: str, code: str) -> None:
    assert language_of(config) == code


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(InvalidRequest, match="pip install 'datasets"):
        HuggingFace(KNOWN["fleurs"], ["de"]).parts()


def test_debian_speakers_are_persons_or_levels_of_a_game() -> None:
    rows = list(Debian().read("fillets_cs"))
    assert rows[0].speaker == "fillets_cs/airplane"
    assert len({row.speaker for row in rows}) > 60
    spanish = list(Debian().read("asterisk_es_g722"))
    assert {row.speaker for row in spanish} == {"asterisk_es_g722"}
    assert {row.licence for row in spanish} == {"CC-BY-SA-3.0"}
    assert any(row.dropped for row in spanish)
    assert len({row.id for row in spanish}) == len(spanish)


def test_a_language_without_debian_recordings_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no recordings in sw"):
        Debian(["sw"]).parts()


def test_a_hub_data_set_needs_languages() -> None:
    options = arguments.parser().parse_args(["--source", "mls", "--out", "shards"])
    with pytest.raises(InvalidRequest, match="Name the --languages of mls"):
        arguments.sources(options)
