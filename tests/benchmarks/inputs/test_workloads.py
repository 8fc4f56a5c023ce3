"""Workloads are the same in every run, and as long as they should be."""

from __future__ import annotations

import io
import wave

import pytest

from benchmarks.capacity.turns import warm_up_files
from benchmarks.inputs.workloads import in_turn, long, medium, one_of_each, reported, short
from benchmarks.systems.system import AudioFile
from preprocessing.held_out import REPORTED, training_clips
from preprocessing.speech_data import is_fetched

LANGUAGES = ("en", "fr")


@pytest.fixture
def _recordings() -> None:
    for language in LANGUAGES:
        if not is_fetched(language):
            pytest.skip(f"no recordings of {language} here: `make speech-data` fetches them")


def made_up(language: str, seconds: float) -> AudioFile:
    return AudioFile(b"", seconds, language, "")


def length(file: AudioFile) -> float:
    with wave.open(io.BytesIO(file.audio)) as wav:
        assert (wav.getnchannels(), wav.getsampwidth(), wav.getframerate()) == (1, 2, 16_000)
        return wav.getnframes() / 16_000


@pytest.mark.usefixtures("_recordings")
def test_short_files_are_of_each_language_in_turn() -> None:
    files = short(5, LANGUAGES)
    assert [file.language for file in files] == ["en", "fr", "en", "fr", "en"]
    assert all(0.9 <= file.seconds <= 10.1 for file in files)
    assert all(file.seconds == length(file) for file in files)
    assert files == short(5, LANGUAGES)


@pytest.mark.usefixtures("_recordings")
def test_medium_files_fit_into_a_window() -> None:
    files = medium(4, LANGUAGES)
    assert [file.language for file in files] == ["en", "fr", "en", "fr"]
    assert all(10 <= file.seconds <= 30 for file in files)
    assert all(file.seconds == length(file) for file in files)
    assert len({file.transcript for file in files}) == 4
    assert files == medium(4, LANGUAGES)


@pytest.mark.usefixtures("_recordings")
def test_a_long_file_has_about_the_requested_length() -> None:
    file = long(1.0, "en")
    assert file.seconds == length(file)
    assert 55 <= file.seconds <= 75


@pytest.mark.usefixtures("_recordings")
def test_the_warm_up_for_a_long_file_is_a_short_one() -> None:
    [file] = warm_up_files([made_up("fr", 600.0)])
    assert file.language == "fr"
    assert file.seconds <= 10


@pytest.mark.parametrize("most", [7, REPORTED, 1000])
def test_reported_recordings_are_not_in_the_training_data(most: int) -> None:
    paths = {clip.path for clip in reported("nl", most)}
    assert 0 < len(paths) <= min(most, REPORTED)
    assert not paths & {clip.path for clip in training_clips("nl")}


def test_rows_that_end_early_are_left_out_of_later_turns() -> None:
    assert in_turn([[1, 2, 3], [4], [5, 6]]) == [1, 4, 5, 2, 6, 3]


def test_a_warm_up_has_the_shortest_file_of_each_language() -> None:
    files = [made_up("en", 3.0), made_up("en", 2.0), made_up("fr", 5.0)]
    assert {(each.language, each.seconds) for each in one_of_each(files)} == {
        ("en", 2.0),
        ("fr", 5.0),
    }
