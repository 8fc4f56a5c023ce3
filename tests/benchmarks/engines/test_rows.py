"""The engines benchmark: its recordings, its error rates, and its reasons."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.engines.one_engine import read_windows, write_windows
from benchmarks.engines.rows import clips_of_all_languages, row, run, word_error_rates
from preprocessing.speech_data import Recording
from sentivox.types import SpeechWindow
from tests.voices import spoken_pcm

SENTENCE = "Please hold the line."
CPU = ("torch", "float32", "cpu")


def recording(words: str, language: str) -> Recording:
    return Recording(Path("clip.wav"), language, words, 2.0, "somebody")


@pytest.fixture
def windows(tmp_path: Path) -> Path:
    file = tmp_path / "windows.npz"
    write_windows(file, [SpeechWindow(0, 0.0, spoken_pcm(SENTENCE))], ["en"])
    return file


def test_clips_are_divided_evenly_among_the_languages() -> None:
    counts = Counter(clip.language for clip in clips_of_all_languages(23))
    assert counts.total() == 23
    assert len(counts) == 10
    assert set(counts.values()) == {2, 3}


def test_stored_windows_are_read_unchanged(windows: Path) -> None:
    [item] = read_windows(windows)
    assert np.array_equal(item.window.pcm, spoken_pcm(SENTENCE))
    assert item.options.language == "en"


def test_texts_are_counted_by_clip_and_language() -> None:
    clips = [recording("hold the line", "en"), recording("bitte", "de")]
    assert word_error_rates(clips, [2, 1], ["Hold the", "lime!", "Danke."]) == {
        "en": 0.3333,
        "de": 1.0,
    }


@pytest.mark.slow
def test_an_engine_is_measured_in_a_process_of_its_own(windows: Path) -> None:
    found = row(CPU, run(CPU, windows, 1), [recording(SENTENCE, "en")], [1])
    assert not found.reason
    assert found.wer == 0
    assert found.rtfx > 0
    assert found.memory_mib > 200


@pytest.mark.slow
@pytest.mark.parametrize(
    "combination",
    [
        ("torch", "float16", "cpu"),
        pytest.param(
            ("torch", "float16", "cuda"),
            marks=pytest.mark.skipif(torch.cuda.is_available(), reason="has a GPU"),
        ),
    ],
)
def test_a_combination_that_the_machine_cannot_run_has_a_reason(
    windows: Path, combination: tuple[str, str, str]
) -> None:
    found = row(combination, run(combination, windows, 1), [recording(SENTENCE, "en")], [1])
    assert found.reason.endswith(".")
    assert found.rtfx == 0
