"""Training and test recordings of adapters don't overlap."""

from __future__ import annotations

import pytest

from preprocessing.held_out import OTHER_SPEAKERS, short_clips, training_clips
from preprocessing.speech_data import languages, recordings


@pytest.mark.parametrize("language", languages())
def test_test_recordings_are_short_and_not_in_training(language: str) -> None:
    tested = short_clips(language)
    trained_on = {clip.path for clip in training_clips(language)}
    assert len({clip.path for clip in tested}) == 25
    assert all(1 <= clip.seconds <= 12 for clip in tested)
    assert len(trained_on) > 300
    assert trained_on.isdisjoint(clip.path for clip in tested)


@pytest.mark.parametrize("language", languages())
def test_recordings_of_the_accuracy_benchmark_are_not_in_training(language: str) -> None:
    reported = recordings(language, base_s=2.0, most=100)
    assert {clip.path for clip in training_clips(language)}.isdisjoint(c.path for c in reported)


@pytest.mark.parametrize("language", OTHER_SPEAKERS)
def test_the_second_of_two_speakers_is_for_the_test(language: str) -> None:
    tested, trained_on = short_clips(language), training_clips(language)
    assert {clip.source for clip in tested}.isdisjoint(clip.source for clip in trained_on)


@pytest.mark.parametrize("language", ["cs", "nl"])
def test_recordings_of_a_game_are_split_by_level(language: str) -> None:
    tested, trained_on = short_clips(language), training_clips(language)
    levels = {clip.path.parts[-3] for clip in tested}
    assert len(levels) > 5
    assert levels.isdisjoint(clip.path.parts[-3] for clip in trained_on)
