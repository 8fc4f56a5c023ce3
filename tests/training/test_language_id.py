"""The recipe of a language head, on one synthetic voice; reversed speech stands for Afrikaans."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from preprocessing.shards import SCHEMA, SPLITS
from sentivox.audio import flac
from sentivox.engines.loading import load_language_detector
from sentivox.errors import InvalidRequest
from sentivox.settings import LanguageIdSettings
from sentivox.types import SAMPLE_RATE, Pcm, SpeechWindow
from tests.voices import spoken_pcm
from training.language_id import command

pytestmark = pytest.mark.training

SENTENCES = {
    "train": ["Good morning.", "How far is it?", "The tea is cold.", "We met in June."],
    "validation": ["Where is the door?", "She likes the sea."],
    "test": ["Nobody was at home.", "It rains again."],
}
UNSEEN = "The bus was late today."


def reversed_pcm(pcm: Pcm) -> Pcm:
    return pcm[::-1].copy()


def clip(split: str, language: str, text: str) -> dict[str, object]:
    pcm = spoken_pcm(text)
    row: dict[str, object] = dict.fromkeys(SCHEMA.names, "made up")
    audio = flac.encode(reversed_pcm(pcm) if language == "af" else pcm)
    own = {"id": f"{language} {text}", "audio": audio, "seconds": len(pcm) / SAMPLE_RATE}
    return {**row, **own, "text": text, "language": language, "split": split, "augmentation": ""}


@pytest.fixture(scope="module")
def shards(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shards")
    for split in SPLITS:
        rows = [clip(split, *each) for each in product(("en", "af"), SENTENCES[split])]
        (folder / split).mkdir()
        pq.write_table(pa.Table.from_pylist(rows, SCHEMA), folder / split / "00000.parquet")
    return folder


@pytest.fixture(scope="module")
def head(shards: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("models") / "head"
    arguments = ["--shards", str(shards), "--languages", "en", "af", "--out", str(out)]
    command.main(arguments)
    return out


def test_the_detector_detects_the_languages_of_the_head(head: Path) -> None:
    pcm = spoken_pcm(UNSEEN)
    windows = [SpeechWindow(0, 0.0, each) for each in (pcm, reversed_pcm(pcm))]
    detected = {}
    for name, settings in {
        "without": LanguageIdSettings(threads=1),
        "with": LanguageIdSettings(threads=1, head=str(head)),
    }.items():
        results = load_language_detector(settings).detect_upload(windows)
        detected[name] = [result.ranked[0].language for result in results]
        for result in results:
            assert len(result.ranked) == 99
            total = sum(each.confidence for each in result.ranked)
            assert total == pytest.approx(1, abs=1e-3)
    assert detected["with"] == ["en", "af"]
    assert detected["without"][0] == "en"
    assert detected["without"][1] != "af"


def test_the_card_compares_detection_without_and_with_the_head(head: Path) -> None:
    card = json.loads((head / "card.json").read_text("utf-8"))
    without, with_head = card["test"]["without"], card["test"]["with"]
    assert without["by_language"] == {"en": 1.0, "af": 0.0}
    assert sum(without["taken_for"]["af"].values()) == 2
    assert with_head["right"] == 1.0
    assert "| af | 0.0 | 1.0 |" in (head / "README.md").read_text("utf-8")


def test_a_language_without_clips_is_refused(shards: Path, tmp_path: Path) -> None:
    arguments = ["--shards", str(shards), "--languages", "en", "cs", "--out", str(tmp_path)]
    with pytest.raises(InvalidRequest, match="nothing in 'train' for cs"):
        command.main(arguments)
