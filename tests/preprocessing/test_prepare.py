"""From recordings to shards, on a Ray cluster of its own."""

from __future__ import annotations

import gc
import hashlib
import json
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import ray

from preprocessing import shards
from preprocessing.prepare import prepare, start_ray
from preprocessing.settings import PrepareSettings, SplitSettings
from preprocessing.sources.folder_tsv import FolderTsv
from preprocessing.steps.clean import clean, report
from preprocessing.steps.gather import gather, units
from sentivox.errors import InvalidRequest

pytestmark = [pytest.mark.ray, pytest.mark.slow]

SETTINGS = PrepareSettings(
    clips_per_shard=4,
    splits=SplitSettings(test_share=0.2, validation_share=0.2),
    augment=("speed-0.9", "telephone"),
)
WORKERS = 2


@pytest.fixture(scope="module")
def source(table: Path) -> FolderTsv:
    return FolderTsv("voice", table, licence="MIT")


@pytest.fixture(scope="module")
def running() -> Iterator[None]:
    start_ray(WORKERS)
    yield
    ray.shutdown()
    with warnings.catch_warnings():
        # Ray doesn't wait for its processes to end, which gives a ResourceWarning.
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


@pytest.fixture(scope="module")
def prepared(source: FolderTsv, running: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shards")
    prepare([source], out, SETTINGS, WORKERS)
    return out


def _hashes(out: Path) -> dict[str, str]:
    return {
        str(file.relative_to(out)): hashlib.sha256(file.read_bytes()).hexdigest()
        for split in shards.SPLITS
        for file in sorted((out / split).glob("*.parquet"))
    }


def test_good_clips_are_kept_and_drops_are_counted(prepared: Path) -> None:
    manifest = json.loads((prepared / "manifest.json").read_text())
    assert manifest["dropped"] == {"duplicate": 1, "unreadable": 2, "wrong script": 1, "digits": 1}
    kept = [row for row in manifest["amounts"] if not row["copies"]]
    assert sum(row["clips"] for row in kept) == 5
    assert manifest["files"] == _hashes(prepared)


def test_only_clips_for_training_have_copies(prepared: Path) -> None:
    rows = [
        row
        for split in shards.SPLITS
        if (prepared / split).is_dir()
        for row in shards.read(prepared, split)
    ]
    copies = [row for row in rows if row.augmentation]
    training = [row for row in rows if row.split == "train" and not row.augmentation]
    assert len(copies) == 2 * len(training)
    assert {row.parent for row in copies} == {row.id for row in training}


def test_silence_around_speech_is_trimmed(prepared: Path) -> None:
    (first,) = [
        row
        for split in shards.SPLITS
        if (prepared / split).is_dir()
        for row in shards.read(prepared, split, augmented=False)
        if row.id == "voice/0.wav"
    ]
    assert 2.0 < first.seconds < 3.5


def test_the_card_has_numbers_and_plots(prepared: Path) -> None:
    card = (prepared / "card.md").read_text()
    assert "5 recordings" in card
    assert "| wrong script | 1 |" in card
    for plot in ("hours", "lengths", "dropped"):
        assert f"plots/{plot}.svg" in card
        assert (prepared / "plots" / f"{plot}.svg").stat().st_size > 1_000


def test_an_interrupted_run_resumes_with_the_same_shards(
    prepared: Path, source: FolderTsv, tmp_path: Path
) -> None:
    (part,) = gather([source], tmp_path, SETTINGS.clips_per_shard)
    assert part == "voice"
    names = units(tmp_path)
    interrupted = clean(names, tmp_path, SETTINGS)
    done = next(interrupted)
    interrupted.close()
    finished = report(tmp_path, done)
    before = finished.stat().st_mtime_ns
    # A file that a killed run may leave.
    (tmp_path / "clean" / ".half.parquet.1").write_bytes(b"PAR1")
    assert set(clean(names, tmp_path, SETTINGS)) == set(names)
    assert finished.stat().st_mtime_ns == before
    prepare([source], tmp_path, SETTINGS, WORKERS)
    assert _hashes(tmp_path) == _hashes(prepared)


def test_other_settings_need_another_folder(prepared: Path, source: FolderTsv) -> None:
    other = SETTINGS.model_copy(update={"augment": ()})
    with pytest.raises(InvalidRequest, match="made with other settings"):
        prepare([source], prepared, other, WORKERS)
