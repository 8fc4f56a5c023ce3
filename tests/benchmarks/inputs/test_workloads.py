"""What systems are asked to write is the same every time, and as long as it should be."""

from __future__ import annotations

import io
import wave

import pytest

from benchmarks.systems.system import Sound
from benchmarks.capacity.turns import warming
from benchmarks.inputs.workloads import in_turn, long, medium, one_of_each, short
from preprocessing.speech_data import is_fetched

LANGUAGES = ("en", "fr")


@pytest.fixture
def _recordings() -> None:
    for language in LANGUAGES:
        if not is_fetched(language):
            pytest.skip(f"no recordings of {language} here: `make speech-data` fetches them")


def made_up(language: str, seconds: float) -> Sound:
    return Sound(b"", seconds, language, "")


def length(sound: Sound) -> float:
    with wave.open(io.BytesIO(sound.audio)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 16_000)
        return file.getnframes() / 16_000


@pytest.mark.usefixtures("_recordings")
def test_short_files_are_of_each_language_in_turn() -> None:
    sounds = short(5, LANGUAGES)
    assert [sound.language for sound in sounds] == ["en", "fr", "en", "fr", "en"]
    assert all(0.9 <= sound.seconds <= 10.1 for sound in sounds)
    assert all(sound.seconds == length(sound) for sound in sounds)
    assert sounds == short(5, LANGUAGES)


@pytest.mark.usefixtures("_recordings")
def test_medium_files_fit_into_a_window() -> None:
    sounds = medium(4, LANGUAGES)
    assert [sound.language for sound in sounds] == ["en", "fr", "en", "fr"]
    assert all(10 <= sound.seconds <= 30 for sound in sounds)
    assert all(sound.seconds == length(sound) for sound in sounds)
    assert len({sound.transcript for sound in sounds}) == 4
    assert sounds == medium(4, LANGUAGES)


@pytest.mark.usefixtures("_recordings")
def test_a_long_file_is_as_long_as_told() -> None:
    sound = long(1.0, "en")
    assert sound.seconds == length(sound)
    assert 55 <= sound.seconds <= 75


@pytest.mark.usefixtures("_recordings")
def test_a_long_file_is_warmed_up_for_with_a_short_one() -> None:
    [sound] = warming([made_up("fr", 600.0)])
    assert sound.language == "fr"
    assert sound.seconds <= 10


def test_rows_that_end_early_are_left_out_of_later_turns() -> None:
    assert in_turn([[1, 2, 3], [4], [5, 6]]) == [1, 4, 5, 2, 6, 3]


def test_the_shortest_of_each_language_wakes_what_sleeps() -> None:
    sounds = [made_up("en", 3.0), made_up("en", 2.0), made_up("fr", 5.0)]
    assert {(each.language, each.seconds) for each in one_of_each(sounds)} == {
        ("en", 2.0),
        ("fr", 5.0),
    }
